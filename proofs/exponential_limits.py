r"""The limits of every map y_i = e^(f x_i) / (c + sum_j e^(f x_j)), f > 0.

A limit is taken in one named part of the row, which no other part contains.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from proofs.derivations import a, b, rest
from proofs.exponential import S
from proofs.exponential_laws import Laws, t
from proofs.numeric import Number, Point, Row
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, i, k, n

A = sp.Symbol("A", real=True)


@dataclass(frozen=True)
class Limits:
    """The theorems about the limits of one such map."""

    laws: Laws

    def together(self, text: str, way: int, value: Expr, wrong: dict[str, Expr]) -> Step:
        """The entry of x + t, t to -inf for way 1 and to +inf for way -1."""
        laws, samples = self.laws, self.laws.map.samples
        return laws.map.derive.limit(
            text,
            wrong,
            subject=rf"\lim_{{t\to{'-' if way > 0 else ''}\infty}} y_i(x + t)",
            expression=laws.shifted(),
            value=value,
            statistics={
                A: sp.exp(laws.map.factor * t),
                a: laws.map.term(i),
                S: laws.map.whole,
                **laws.part,
            },
            variable=A,
            direction=way,
            near=lambda p, m: samples.shifted(p, p.number("t"))[m - 1],
            far=lambda p, m: samples.shifted(p, -way * 400 / laws.map.scale(p))[m - 1],
            hypotheses=(S > 0, *laws.positive),
        )

    def quiet(self) -> Theorem:
        """A a/(c + A S) -> 0 with A = exp(t) -> 0."""
        wrong = {
            "the limit is that of softmax": self.laws.map.term(i) / self.laws.map.whole,
            f"the limit is ${self.laws.map.letter}_i$": self.laws.map.entry(i),
        }
        text = r"Where all scores go to $-\infty$ together, $x + t$ with $A = e^t \to 0$, the "
        text += "offset remains:"
        return Theorem("quiet", (self.together(text, 1, sp.Integer(0), wrong),))

    def loud(self) -> Theorem:
        """A a/(c + A S) -> a/S with A = exp(t) -> inf."""
        wrong = {
            f"the limit is ${self.laws.map.letter}_i$": self.laws.map.entry(i),
            "the limit is 1": sp.Integer(1),
        }
        text = r"Where all scores go to $\infty$ together, $x + t$ with $A = e^t \to \infty$, the "
        text += "offset vanishes beside them, and softmax remains, whose entries sum to 1:"
        value = self.laws.map.term(i) / self.laws.map.whole
        return Theorem("loud", (self.together(text, -1, value, wrong),))

    def _one(self, way: int, text: str, value: Expr, wrong: dict[str, Expr], of: Expr = i) -> Step:
        """The entry ``of`` as x_i goes to -inf for way 1 and to +inf for way -1."""
        laws = self.laws
        own, pair = laws.map.term(i), (i,) if of == i else (i, k)

        def far(point: Point, m: int, other: int | None = None) -> Number:
            row: Row = list(point.scores)
            row[m - 1] = -way * 400 / laws.map.scale(point)
            return laws.map.samples.row(point, row)[(other or m) - 1]

        parts = {a: own, rest: laws.map.whole - own}
        if of == k:
            parts = {a: own, b: laws.map.term(k), rest: laws.map.whole - own - laws.map.term(k)}
        return laws.map.derive.limit(
            text,
            wrong,
            subject=rf"\lim_{{x_i\to{'-' if way > 0 else ''}\infty}} {laws.map.letter}_{of}",
            expression=laws.map.entry(of),
            value=value,
            statistics={**parts, **laws.part},
            variable=a,
            direction=way,
            near=lambda p, m, other=None: laws.map.samples.entry(p, other or m),
            far=far,
            # A row of one score keeps its sum 1 where there is no offset.
            points=laws.map.points if laws.map.offset != 0 else laws.map.points[1:],
            hypotheses=(
                *((b > 0, rest >= 0) if of == k else (rest > 0,)),
                *self.laws.not_negative,
            ),
            indices=pair,
        )

    def one_up(self) -> Theorem:
        """a/(c + a + C) -> 1 and b/(c + a + b + C) -> 0 with a -> inf."""
        y, laws = self.laws.map.entry, self.laws
        own = self._one(
            -1,
            r"As $x_i \to \infty$ alone, $a = e^{"
            + laws.f
            + r"x_i} \to \infty$ and the other terms stay:",
            sp.Integer(1),
            {"it stays": y(i), r"it tends to $\frac12$": sp.Rational(1, 2)},
        )
        other = self._one(
            -1,
            "and of another entry",
            sp.Integer(0),
            {"it stays": y(k), "it tends to 1": sp.Integer(1)},
            k,
        )
        return Theorem("one_up", (own, other))

    def one_down(self) -> Theorem:
        """a/(c + a + C) -> 0 and b/(c + a + b + C) -> b/(c + b + C) with a -> 0."""
        y, laws = self.laws.map.entry, self.laws
        own = self._one(
            1,
            r"As $x_i \to -\infty$ alone, $a = e^{"
            + laws.f
            + r"x_i} \to 0$ and the other terms stay:",
            sp.Integer(0),
            {"it stays": y(i), "it tends to $1/(n + 1)$": 1 / (n + 1)},
        )
        without = laws.map.term(k) / (laws.map.total - laws.map.term(i))
        other = self._one(
            1,
            r"and another entry tends to that of the row without $x_i$:",
            without,
            {"it stays": y(k), "it tends to $1/n$": 1 / n},
            k,
        )
        return Theorem("one_down", (own, other))
