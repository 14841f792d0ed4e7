r"""Long rows and far scores, for every map y_i = e^(f x_i) / (c + sum_j e^(f x_j)), f > 0."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, b, rest
from proofs.exponential_laws import Laws, t
from proofs.numeric import Number, Point, mp
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, k, n, x

A, E, N, Q, mu, top, gap, u, width = sp.symbols("A E N Q mu x_max rho u d", real=True)


@dataclass(frozen=True)
class Rays:
    """The theorems about long rows, and about rows that are scaled up."""

    laws: Laws

    def ray(self) -> Theorem:
        """1/(mu + c/a + (n - mu) E) <= y <= 1/(mu + c/a) for the mu largest."""
        laws, ratio = self.laws, self.laws.offset / a
        own, y_i, y_k = laws.map.term(i), laws.map.named(i), laws.map.named(k)
        known = (u >= top, a > 0, mu >= 1, mu <= N, E > 0, rest >= 0, *self.laws.not_negative)
        parts = {
            a: own,
            u: x[i],
            top: top,
            mu: mu,
            N: n,
            E: sp.exp(-laws.map.factor * gap),
            **laws.part,
        }
        low, high = 1 / (mu + ratio + (N - mu) * E), 1 / (mu + ratio)
        largest = laws.map.derive.inequality(
            r"Let $\mu$ scores be largest, $x_i$ among them, and every other lie at least "
            r"$\rho > 0$ below: with $E = e^{-"
            + laws.f
            + r"\rho}$ its term is at most $Ea$, and the sum $C$ of these at most "
            r"$(n - \mu)Ea$. So",
            {
                "one largest score": {"conclusion": y_i <= 1 / (1 + mu + ratio)},
                "half of the others": {"conclusion": y_i >= 1 / (mu + ratio + (N - mu) * E / 2)},
            },
            quantities={y_i: laws.map.entry(i)},
            statistics={**parts, rest: laws.map.whole - mu * own},
            hypotheses=(*known, rest <= (N - mu) * E * a),
            conclusion=sp.And(y_i <= high, y_i >= low),
            sample=lambda p, m: (laws.map.samples.entry(p, m),),
            points=self._tied(),
        )
        other = laws.map.derive.inequality(
            r"and a score below them has, with $b \le Ea$ its term,",
            {
                "half as much": {"conclusion": y_k <= E / (2 * mu)},
                "without the gap": {"hypotheses": (*known, b > 0)},
            },
            quantities={y_k: laws.map.entry(k)},
            statistics={
                **parts,
                b: laws.map.term(k),
                rest: laws.map.whole - mu * own - laws.map.term(k),
            },
            hypotheses=(*known, b > 0, b <= E * a),
            conclusion=y_k <= E / mu,
            sample=lambda p, _, other: (laws.map.samples.entry(p, other),),
            points=self._tied(),
            indices=(i, k),
        )
        return Theorem("ray", (largest, other, self._along()))

    def _along(self) -> Step:
        """The bounds of the row t x, t -> inf."""
        laws = self.laws
        reach = sp.exp(-t * laws.map.factor * gap)

        def near(point: Point, far: Number = 0) -> Number:
            count, top = point.number("mu"), point.n
            shrink = mp.exp(
                -(far or point.number("t")) * laws.map.scale(point) * point.number("rho")
            )
            row = laws.map.samples.row(point, [mp.zero])
            return 1 / (count + shrink * (1 / row[0] - 1 + top - count))

        return laws.map.derive.limit(
            r"For the row $tx$ the bound $E$ becomes $E^t$, and "
            + (
                "there is no offset. Both"
                if laws.map.offset == 0
                else r"$c/a$ becomes $c\,e^{-t" + laws.f + r"\max x}$. With $\rho \le \max x$ both"
            )
            + r" bounds lie between $1/\mu$ and the following, which tends to it:",
            {"the limit is 1": sp.Integer(1), "the limit is $1/n$": 1 / n},
            subject=r"\lim_{t\to\infty} \frac{1}{\mu + E^t(c + n - \mu)}",
            expression=1 / (mu + reach * (laws.map.offset + n - mu)),
            value=1 / mu,
            statistics={A: reach, mu: mu, N: n, **laws.part},
            variable=A,
            near=near,
            far=lambda p: near(p, mp.mpf(1000)),
            hypotheses=(mu >= 1,),
            points=self._tied()[1:],
            indices=(),
        )

    def _tied(self) -> tuple[Point, ...]:
        """Rows with one and with two largest scores."""
        given = self.laws.map.points[0].parameters
        rows = ((("7/5", "-1/3"), "1"), (("5/4", "-2/7", "5/4", "3/5"), "2"))
        return tuple(
            Point(
                tuple(map(Fraction, row)),
                (),
                {
                    **given,
                    "mu": Fraction(count),
                    "x_max": Fraction(row[0]),
                    "rho": Fraction(1, 2),
                    "t": Fraction(3, 2),
                },
            )
            for row, count in rows
        )

    def flattens(self) -> Theorem:
        """An entry is at most 1/(1 + (n - 1) Q) -> 0 with n -> inf."""
        laws = self.laws
        y_i, apart = laws.map.named(i), sp.exp(-laws.map.factor * width)
        known = (a > 0, N >= 1, Q > 0, rest >= 0, *self.laws.not_negative)
        bound = laws.of_entry(
            r"Let all scores lie within $d$ of each other. With $Q = e^{-"
            + laws.f
            + r"d}$ every other term is "
            r"at least $Qa$, and their sum $C$ at least $(n - 1)Qa$:",
            {
                "as if there were $n$ others": {"conclusion": y_i <= 1 / (1 + N * Q)},
                "without the bound of the others": {"hypotheses": known},
            },
            {N: n, Q: apart, **laws.part},
            hypotheses=(*known, rest >= (N - 1) * Q * a),
            conclusion=y_i <= 1 / (1 + (N - 1) * Q),
        )

        def bounding(point: Point, count: Number) -> Number:
            return 1 / (1 + (count - 1) * mp.exp(-laws.map.scale(point) * point.number("d")))

        limit = laws.map.derive.limit(
            "and this bound tends to 0 as the row grows:",
            {"the bound tends to $1/(1 + Q)$": 1 / (1 + apart), "to 1": sp.Integer(1)},
            subject=r"\lim_{n\to\infty} \frac{1}{1 + (n - 1)Q}",
            expression=1 / (1 + (n - 1) * apart),
            value=sp.Integer(0),
            statistics={N: n, Q: apart},
            variable=N,
            direction=-1,
            near=lambda p: bounding(p, p.n),
            far=lambda p: bounding(p, mp.mpf(10) ** 60),
            hypotheses=(Q > 0,),
            indices=(),
        )
        return Theorem("flattens", (bound, limit))

    def level(self) -> Theorem:
        """Q/n <= y <= 1/(n Q) without an offset, and Q -> 1."""
        laws = self.laws
        y_i, apart = laws.map.named(i), sp.exp(-laws.map.factor * width)
        known = (a > 0, N >= 1, Q > 0, Q <= 1, rest >= (N - 1) * Q * a)
        above = rest * Q <= (N - 1) * a
        bound = laws.of_entry(
            r"Let all scores lie within $d$ of each other. With $Q = e^{-fd} \le 1$ every other "
            r"term lies between $Qa$ and $a/Q$, and their sum $C$ between $n - 1$ times these:",
            {
                "one entry less": {"conclusion": y_i <= 1 / ((N + 1) * Q)},
                "without the upper bound of the others": {"hypotheses": known},
            },
            {N: n, Q: apart},
            hypotheses=(*known, above),
            conclusion=sp.And(y_i >= Q / N, y_i <= 1 / (N * Q)),
        )

        def bounding(point: Point, factor: Number) -> Number:
            return mp.exp(-factor * point.number("d")) / point.n

        limit = laws.map.derive.limit(
            r"Both bounds tend to $1/n$ as the factor $f$ tends to 0, which takes $Q$ to 1:",
            {"to 1": sp.Integer(1), "to $1/(n + 1)$": 1 / (n + 1)},
            subject=r"\lim_{f\to0} \frac{Q}{n}",
            expression=apart / n,
            value=1 / n,
            statistics={N: n, Q: apart},
            variable=Q,
            at=sp.Integer(1),
            near=lambda p: bounding(p, laws.map.scale(p)),
            far=lambda p: bounding(p, mp.mpf(10) ** -60),
            hypotheses=(N >= 1,),
            indices=(),
        )
        return Theorem("level", (bound, limit))
