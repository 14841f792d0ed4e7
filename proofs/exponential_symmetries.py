r"""Order, permutations and shifts, for every map y_i = e^(f x_i) / (c + sum_j e^(f x_j))."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from proofs.derivations import a, b, rest
from proofs.exponential_laws import Laws, t
from proofs.permutations import permuted
from proofs.theorem import Theorem
from proofs.toolkit import i, k, x

f, u, w = sp.symbols("f u w", real=True)


@dataclass(frozen=True)
class Symmetries:
    """The theorems about what moves with the scores."""

    laws: Laws

    def order(self) -> Theorem:
        """The larger term over one denominator is the larger entry."""
        known = (a > 0, b > 0, rest >= 0, *self.laws.not_negative)
        monotone = sp.Implies(f * u > f * w, a > b)
        y_i, y_k = self.laws.map.named(i), self.laws.map.named(k)
        step = self.laws.map.derive.inequality(
            "The exponential is positive and increases strictly"
            + (", and so for $f > 0$ does the term of a score" if self.laws.f else "")
            + "; $C$ is the sum of the other terms:",
            {
                "the order reversed": {"conclusion": y_i < y_k},
                "$f < 0$ allowed": {"hypotheses": (u > w, sp.Ne(f, 0), monotone, *known)},
                "without the monotony of exp": {"hypotheses": (u > w, f > 0, *known)},
            },
            quantities={y_i: self.laws.map.entry(i), y_k: self.laws.map.entry(k)},
            statistics={
                a: self.laws.map.term(i),
                b: self.laws.map.term(k),
                rest: self.laws.map.whole - self.laws.map.term(i) - self.laws.map.term(k),
                u: x[i],
                w: x[k],
                f: self.laws.map.factor,
                **self.laws.part,
            },
            sample=lambda p, *pair: tuple(self.laws.map.samples.entry(p, m) for m in pair),
            indices=(i, k),
            hypotheses=(u > w, f > 0, monotone, *known),
            conclusion=y_i > y_k,
        )
        return Theorem("order", (step,))

    def permutation(self) -> Theorem:
        """Exchanging two scores exchanges their entries."""
        return permuted(self.laws.map.entry, self.laws.map.samples, self.laws.map.derive)

    def shift_invariant(self) -> Theorem:
        """Cancel exp(f t)."""
        meaning = f", $f = {sp.latex(self.laws.map.factor)}$" if self.laws.f else ""
        step = self.laws.map.derive.identity(
            rf"Every term has the factor $e^{{{self.laws.f}t}}${meaning}, which cancels:",
            {
                "the factor stays": self.laws.map.entry(i) * sp.exp(self.laws.map.factor * t),
                "its inverse stays": self.laws.map.entry(i) * sp.exp(-self.laws.map.factor * t),
            },
            subject="y_i(x + t)",
            left=self.laws.shifted(),
            right=self.laws.map.entry(i),
            sample=lambda p, m: self.laws.map.samples.shifted(p, p.number("t"))[m - 1],
        )
        return Theorem("shift_invariant", (step,))
