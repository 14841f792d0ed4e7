"""Proof of inequalities over the parts of a row, by z3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from proofs import smt
from proofs.evidence import Evidence, Refuted, Undecided, meanings, number, places, where
from proofs.numeric import Number, Point, agree, mp
from proofs.parts import abstract
from proofs.toolkit import Expr, i


@dataclass(frozen=True, kw_only=True)
class Inequality:
    """A relation between quantities of a row, by z3 over the parts of the row.

    Attributes
    ----------
    quantities : mapping of Symbol to Expr
        What the conclusion speaks of, as derived from the definition.
    statistics : mapping of Symbol to Expr
        The parts of the row; they alone reach z3.
    hypotheses : tuple of Boolean
        Between statistics.
    conclusion : Boolean
        Between quantities, statistics and numbers.
    sample : callable
        ``sample(point, *indices)``, the quantities without SymPy.
    points : tuple of Point
    indices : tuple of Symbol
        The free indices, distinct from each other.
    """

    name: ClassVar[str] = "z3"
    quantities: Mapping[Expr, Expr]
    statistics: Mapping[Expr, Expr]
    hypotheses: tuple[Expr, ...]
    conclusion: Expr
    sample: Callable[..., tuple[Number, ...]]
    points: tuple[Point, ...]
    indices: tuple[Expr, ...] = (i,)

    def establish(self) -> Evidence:
        """Show the hypotheses satisfiable, the negation not, and look at explicit rows."""
        parts = {name: abstract(q, self.statistics) for name, q in self.quantities.items()}
        assumed = [smt.formula(h) for h in self.hypotheses]
        for expression in (*parts.values(), *self.hypotheses, self.conclusion):
            for divisor in smt.denominators(expression):
                if smt.satisfiable([*assumed, smt.term(divisor) == 0]) is not False:
                    raise Undecided(f"the hypotheses do not exclude {divisor} = 0")
        assumed += [smt.term(name) == smt.term(part) for name, part in parts.items()]
        if smt.satisfiable(assumed) is not True:
            raise Undecided("the hypotheses are not shown to be satisfiable")
        broken = smt.satisfiable([*assumed, smt.formula(sp.Not(self.conclusion))])
        if broken:
            raise Refuted("z3 finds parts that obey the hypotheses and break the conclusion")
        if broken is None:
            raise Undecided("z3 cannot tell")
        values = self._explicit(parts)
        equations = r",\quad ".join(
            f"{sp.latex(name)} = {sp.latex(part)}" for name, part in parts.items()
        )
        hypotheses = tuple(sp.latex(h) for h in self.hypotheses)
        text = (
            f"With {meanings(self.statistics)}. Under the hypotheses "
            f"{', '.join(f'${h}$' for h in hypotheses)} the divisor is not 0; they are satisfiable "
            "together, and with the negation of the conclusion they are not."
        )
        conclusion = rf"{equations} \quad\Longrightarrow\quad {sp.latex(self.conclusion)}"
        named = (sp.Eq(name, part, evaluate=False) for name, part in parts.items())
        statement = sp.Implies(sp.And(*self.hypotheses, *named), self.conclusion)
        return Evidence(conclusion, text, values, hypotheses, sp.srepr(statement))

    def _explicit(self, parts: Mapping[Expr, Expr]) -> int:
        values = 0
        for point, chosen in places(self.points, self.indices, distinct=True):
            known = {
                name: number(meaning, point, self.indices, chosen)
                for name, meaning in self.statistics.items()
            }
            known = {name: sp.Float(str(value), 100) for name, value in known.items()}
            if not all(h.subs(known) for h in self.hypotheses):
                continue
            samples = self.sample(point, *chosen)
            for (name, part), sample in zip(parts.items(), samples, strict=True):
                if not agree(mp.mpf(str(part.subs(known).evalf(90))), sample):
                    place = where(point, self.indices, chosen)
                    raise Refuted(f"the definition itself gives another value at {place}")
                known[name] = sp.Float(str(sample), 100)
                values += 1
            if not self.conclusion.subs(known):
                raise Refuted(where(point, self.indices, chosen))
        if not values:
            raise Undecided("no explicit row obeys the hypotheses")
        return values
