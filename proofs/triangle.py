"""Bounds of an error that is a sum of parts, each of them bounded by z3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from proofs.evidence import Evidence, Refuted, Undecided
from proofs.implication import Implication
from proofs.toolkit import Expr


@dataclass(frozen=True, kw_only=True)
class Triangle:
    """``abs(error) <= bound``, by the triangle inequality over parts of the error.

    Attributes
    ----------
    error : Expr
    parts : tuple of (Expr, Expr)
        Each part with its bound; the parts add up to the error.
    bound : Expr
        The sum of the parts' bounds, however it is written.
    hypotheses : tuple of Boolean
    """

    name: ClassVar[str] = "triangle inequality"
    error: Expr
    parts: tuple[tuple[Expr, Expr], ...]
    bound: Expr
    hypotheses: tuple[Expr, ...]

    def establish(self) -> Evidence:
        """Try explicit points, add up the parts and their bounds, and bound each part by z3."""
        claim = sp.Abs(self.error) <= self.bound
        whole = Implication(hypotheses=self.hypotheses, conclusion=claim)
        values = whole.explicit()
        try:
            self._decide()
        except (Refuted, Undecided) as reason:
            raise Refuted(whole.witness()) from reason
        shown = r" \\ &+ ".join(
            rf"\underbrace{{{sp.latex(part)}}}_{{\le\, {sp.latex(bound)}}}"
            for part, bound in self.parts
        )
        formula = rf"\begin{{aligned}}{sp.latex(self.error)} = {{}} & {shown}\end{{aligned}}"
        latex = tuple(sp.latex(h) for h in self.hypotheses)
        text = (
            f"Both sides expand to the same; where {', '.join(f'${h}$' for h in latex)}, each part "
            rf"is in size at most what is written below it, together $\le {sp.latex(self.bound)}$."
        )
        seen, statement = "explicit points obey it", sp.Implies(sp.And(*self.hypotheses), claim)
        return Evidence(formula, text, values, latex, sp.srepr(statement), seen)

    def _decide(self) -> None:
        if sp.expand(self.error - sum(part for part, _ in self.parts)) != 0:
            raise Undecided("the parts do not add up to the error")
        for part, bound in self.parts:
            common = self._common(part, bound)
            self._follows(sp.Abs(part / common) <= bound / common)
        if sp.expand(sum(bound for _, bound in self.parts) - self.bound) != 0:
            raise Undecided("the bounds of the parts do not add up to the bound")

    def _common(self, part: Expr, bound: Expr) -> Expr:
        """Factors of both that the hypotheses know not to be negative."""
        both = set(sp.Mul.make_args(part)) & set(sp.Mul.make_args(bound))
        return sp.Mul(*(factor for factor in both if (factor >= 0) in self.hypotheses))

    def _follows(self, conclusion: Expr) -> None:
        """Only hypotheses about the symbols of the conclusion are of use to z3."""
        near = tuple(h for h in self.hypotheses if h.free_symbols <= conclusion.free_symbols)
        Implication(hypotheses=near, conclusion=conclusion).decide()
