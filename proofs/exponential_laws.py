r"""What holds of every map y_i = e^(f x_i) / (c + sum_j e^(f x_j)), f > 0, and of its offset.

Inequalities are between the terms a, b of a row, the sum C of its other terms and the
offset h; of exp they assume that it is positive and strictly increasing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from proofs.derivations import Changes, Terms, a, rest
from proofs.exponential import Exponential, S
from proofs.numeric import mp
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, i, scores, x

h, norm, s, t, w = sp.symbols("h L s t w", real=True)
half = sp.Rational(1, 2)


@dataclass(frozen=True)
class Laws:
    """The theorems about the values of one such map."""

    map: Exponential

    @cached_property
    def terms(self) -> Terms:
        """Entry, term and sum."""
        return Terms(self.map.entry, self.map.term, self.map.whole)

    @property
    def part(self) -> Mapping[Expr, Expr]:
        """The offset by name, where it is not a number."""
        return {} if self.map.offset.is_number else {h: self.map.offset}

    @property
    def offset(self) -> Expr:
        """The offset as a part: h, or a number."""
        return self.map.offset if self.map.offset.is_number else h

    @property
    def not_negative(self) -> tuple[Expr, ...]:
        """That an offset which is not a number is not negative."""
        return (h >= 0,) if self.part else ()

    @property
    def f(self) -> str:
        """The factor in LaTeX, where it is not 1."""
        return "" if self.map.factor == 1 else "f "

    @property
    def positive(self) -> tuple[Expr, ...]:
        """That an offset which is not a number is positive."""
        return (h > 0,) if self.part else ()

    def of_entry(
        self, text: str, wrong: Changes, also: Mapping[Expr, Expr], **statement: Any
    ) -> Step:
        """An inequality of an entry, of its term a and of the sum C of the others."""
        entry = self.map.entry(i)
        quantities = {"quantities": {self.map.named(i): entry}}
        return self.map.derive.of_entry(
            text, wrong, self.terms, also, **{**quantities, **statement}
        )

    def row_sum(self) -> Theorem:
        """S/(c + S), which is below 1 for a positive offset."""
        closed = self.map.whole / self.map.total
        step = self.map.derive.row_sum(
            self.map.entry(i),
            closed,
            "The denominator does not depend on $i$ and leaves the sum:",
            {"the sum is 1": sp.Integer(1), "the offset twice": closed / (2 - closed)},
        )
        bound = self.map.derive.inequality(
            "which is below 1, because $S$ and the offset are positive:",
            {
                r"at most $\frac12$": {"conclusion": s <= half},
                **(
                    {"the offset may be 0": {"hypotheses": (S > 0, h >= 0)}}
                    if self.part
                    else {"any $S$": {"hypotheses": (sp.Ne(S, -self.map.offset),)}}
                ),
            },
            quantities={s: closed},
            statistics={S: self.map.whole, **self.part},
            hypotheses=(S > 0, *self.positive),
            conclusion=sp.And(s > 0, s < 1),
            sample=lambda point: (self.map.samples.sum(point),),
            indices=(),
        )
        return Theorem("row_sum", (step, bound))

    def sums_to_one(self) -> Theorem:
        """S/S."""
        text = "The denominator does not depend on $i$ and leaves the sum:"
        wrong = {"the sum is $S$": self.map.whole, "below 1": self.map.whole / (1 + self.map.whole)}
        step = self.map.derive.row_sum(self.map.entry(i), sp.Integer(1), text, wrong)
        return Theorem("row_sum", (step,))

    def range_(self) -> Theorem:
        """The quotient a/(c + a + C) lies between 0 and 1."""
        y_i = self.map.named(i)
        alone = self.map.offset == 0
        wrong: Changes
        if self.part:
            wrong = {"the offset may be 0": {"hypotheses": (a > 0, rest >= 0, h >= 0)}}
        elif alone:
            wrong = {"the ends attained for $n = 1$": {"hypotheses": (a > 0, rest >= 0)}}
        else:
            wrong = {r"$C \ge -1$": {"hypotheses": (a > 0, rest >= -1)}}
        step = self.of_entry(
            r"Every exponential is positive; $C$ is the sum of the other terms"
            + (r", positive for $n \ge 2$:" if alone else ", 0 for $n = 1$:"),
            {**wrong, r"$y_i < \frac12$": {"conclusion": y_i < half}},
            self.part,
            hypotheses=(a > 0, rest > 0 if alone else rest >= 0, *self.positive),
            conclusion=sp.And(y_i > 0, y_i < 1),
        )
        return Theorem("range", (step,))

    def below_softmax(self) -> Theorem:
        """The offset only enlarges the denominator."""
        y_i = self.map.named(i)
        plain = self.map.term(i) / self.map.whole
        step = self.of_entry(
            "Softmax has the same numerator over the denominator without the offset; with "
            "$w$ its entry:",
            {
                "equal": {"conclusion": sp.Eq(y_i, w)},
                r"at most half of it": {"conclusion": y_i <= w / 2},
            },
            self.part,
            quantities={y_i: self.map.entry(i), w: plain},
            hypotheses=(a > 0, rest >= 0, *self.positive),
            conclusion=y_i < w,
            sample=lambda point, m: (
                self.map.samples.entry(point, m),
                mp.exp(point.scores[m - 1]) / mp.fsum(map(mp.exp, point.scores)),
            ),
        )
        return Theorem("below_softmax", (step,))

    def shifted(self) -> Expr:
        """The entry of the row x + t."""
        return scores(self.map.entry(i), lambda m: x[m] + t)
