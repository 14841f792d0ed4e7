r"""Rays of rows without a positive score, for every map y_i = e^(x_i) / (c + sum_j e^(x_j)), c > 0.

There the offset keeps its share, or all of the row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, rest
from proofs.exponential_laws import Laws, t
from proofs.exponential_rays import A, E, N, gap, mu, u
from proofs.numeric import Number, Point, mp
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, i, n, x

ROWS = (("0 -1/3", "1"), ("-1/2 0 0 -3/5", "2"), ("-1/2 -4/5 -2/3", "0"))


@dataclass(frozen=True)
class Below:
    """The theorem about the ray of a row without a positive score."""

    laws: Laws

    def ray_below(self) -> Theorem:
        """1/(c + mu + (n - mu) E) <= y <= 1/(c + mu) at the mu zeros, y <= E/(c + mu) elsewhere."""
        laws, y_i = self.laws, self.laws.map.named(i)
        share = laws.offset + mu
        known = (mu <= N, E > 0, rest >= 0, *laws.positive)
        parts = {a: laws.map.term(i), u: x[i], mu: mu, N: n, E: sp.exp(-gap), **laws.part}
        zero = laws.map.derive.inequality(
            r"Let no score be positive, $\mu \ge 0$ of them be 0, with the term 1, and every other "
            r"lie at least $\rho > 0$ below: with $E = e^{-\rho}$ its term is at most $E$, and the "
            r"sum $C$ of these at most $(n - \mu)E$. A score 0 has",
            {
                "the offset not counted": {"conclusion": y_i >= 1 / (mu + (N - mu) * E)},
                "half of the others": {"conclusion": y_i >= 1 / (share + (N - mu) * E / 2)},
            },
            quantities={y_i: laws.map.entry(i)},
            statistics={**parts, rest: laws.map.whole - mu},
            hypotheses=(*known, u >= 0, a >= 1, a <= 1, mu >= 1, rest <= (N - mu) * E),
            conclusion=sp.And(y_i >= 1 / (share + (N - mu) * E), y_i <= 1 / share),
            sample=lambda p, m: (laws.map.samples.entry(p, m),),
            points=self._rows(),
        )
        other = laws.map.derive.inequality(
            "and a score below 0, where $C$ is the sum of the other terms below 1,",
            {
                "half as much": {"conclusion": y_i <= E / (2 * share)},
                "without the gap": {"hypotheses": (*known, mu >= 0, a > 0)},
            },
            quantities={y_i: laws.map.entry(i)},
            statistics={**parts, rest: laws.map.whole - mu - laws.map.term(i)},
            hypotheses=(*known, mu >= 0, a > 0, a <= E),
            conclusion=y_i <= E / share,
            sample=lambda p, m: (laws.map.samples.entry(p, m),),
            points=self._rows(),
        )
        return Theorem("ray_below", (zero, other, *self._along()))

    def _along(self) -> tuple[Step, Step]:
        """The bounds of the row t x, t -> inf."""
        whole, reach = self.laws.map.offset, sp.exp(-t * gap)

        def kept(point: Point, reached: Number) -> Number:
            return 1 / (_offset(point) + reached * (point.n - point.number("mu")))

        def _offset(point: Point) -> Number:
            alone = self.laws.map.samples.row(point, [mp.zero])[0]  # 1/(c + 1)
            return 1 / alone - 1 + point.number("mu")

        def step(text: str, subject: str, bound: Expr, value: Expr, wrong: dict[str, Expr],
                 of: Callable[[Point, Number], Number]) -> Step:  # fmt: skip
            return self.laws.map.derive.limit(
                text,
                wrong,
                subject=rf"\lim_{{t\to\infty}} {subject}",
                expression=bound,
                value=value,
                statistics={A: reach, mu: mu, N: n, **self.laws.part},
                variable=A,
                near=lambda p: of(p, mp.exp(-p.number("t") * p.number("rho"))),
                far=lambda p: of(p, mp.exp(-1000 * p.number("rho"))),
                hypotheses=(mu >= 0, *self.laws.positive),
                points=self._rows(),
                indices=(),
            )

        another = 2 if whole == 1 else 1
        first = step(
            r"For the row $tx$ the bound $E$ becomes $E^t$, which tends to 0. The first bound "
            "tends to the second, which is the share of a score 0:",
            r"\frac{1}{c + \mu + (n - \mu)E^t}",
            1 / (whole + mu + (n - mu) * reach),
            1 / (whole + mu),
            {f"the offset {another}": 1 / (another + mu), "to 0": sp.S.Zero},
            kept,
        )
        second = step(
            "and nothing is left of a score below 0:",
            r"\frac{E^t}{c + \mu}",
            reach / (whole + mu),
            sp.S.Zero,
            {"to the share of a score 0": 1 / (whole + mu), "to $1/n$": 1 / n},
            lambda p, reached: reached / _offset(p),
        )
        return first, second

    def _rows(self) -> tuple[Point, ...]:
        """Rows with one, two and no score 0."""
        given = self.laws.map.points[0].parameters
        return tuple(
            Point(
                tuple(map(Fraction, row.split())),
                (),
                {**given, "mu": Fraction(count), "rho": Fraction(1, 3), "t": Fraction(3, 2)},
            )
            for row, count in ROWS
        )
