r"""What the largest entry of ssmax does as the row grows: the third part of its proofs.

Definitions
-----------
Those of :mod:`proofs.ssmax`.

Statements
----------
- `top_bounds`, `critical`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, rest, y_i
from proofs.exponential_symmetries import u
from proofs.numeric import Number, Point, mp
from proofs.rows import spiked
from proofs.ssmax import FACTOR, LAWS, MAP, POINTS, b, s, value, y
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, n, x

N, P, Q, W, gap, near_, reach, top = sp.symbols("N P Q W gamma beta alpha x_max", real=True)
half, one, zero = sp.Rational(1, 2), sp.Integer(1), sp.Integer(0)


def _with_ends() -> tuple[Point, ...]:
    """Rows with their largest score, its distance from the next and from the smallest."""
    found = []
    for point in POINTS[2:]:
        falling = sorted(point.x, reverse=True)
        ends = {
            "x_max": falling[0], "beta": falling[0] - falling[1], "alpha": falling[0] - falling[-1]
        }  # fmt: skip
        found.append(replace(point, parameters={**point.parameters, **ends}))
    return tuple(found)


def top_bounds() -> Theorem:
    """(n - 1) P a <= C <= (n - 1) Q a at the largest score."""
    known = (u >= top, a > 0, P > 0, Q > 0, N >= 2)
    above, below = rest >= (N - 1) * P * a, rest <= (N - 1) * Q * a
    step = LAWS.of_entry(
        r"Let $x_i$ be the largest score, $\beta$ its distance from the next and $\alpha$ from the "
        r"smallest, $f \ge 0$. With $P = e^{-f\alpha}$ and $Q = e^{-f\beta}$ every other term lies "
        "between $Pa$ and $Qa$, and their sum $C$ between $n - 1$ times these:",
        {
            "$n$ others": {"conclusion": y_i >= 1 / (1 + N * P)},
            "the ends exchanged": {"conclusion": y_i >= 1 / (1 + (N - 1) * P)},
            "without the bound from above": {"hypotheses": (*known, above)},
        },
        {
            u: x[i], top: top, N: n,
            P: sp.exp(-FACTOR * reach), Q: sp.exp(-FACTOR * near_),
        },
        hypotheses=(*known, above, below),
        conclusion=sp.And(y_i >= 1 / (1 + (N - 1) * Q), y_i <= 1 / (1 + (N - 1) * P)),
        points=_with_ends(),
    )  # fmt: skip
    return Theorem("top_bounds", (step,))


def critical() -> Theorem:
    """1/(1 + (n - 1) n^(-s gamma)) with s gamma above, below and at 1."""
    power = sp.exp(-s * gap * sp.log(n))
    exact = MAP.derive.identity(
        r"For $b = 0$ the bounds have $e^{-f\gamma} = n^{-s\gamma}$. They are attained: one score "
        r"$\gamma$ above $n - 1$ equal ones has",
        {"$n$ others": 1 / (1 + n * power), "plain softmax": 1 / (1 + (n - 1) * sp.exp(-gap))},
        subject=r"y_i",
        left=spiked(y(i).subs(b, 0), gap, zero),
        right=1 / (1 + (n - 1) * power),
        sample=lambda p: value([p.number("gamma"), *[mp.zero] * (p.n - 1)], p.number("s"), mp.zero)[
            0
        ],
        indices=(),
        points=_gaps("5/7"),
    )
    return Theorem("critical", (exact, _beyond(1), _beyond(-1), _at_critical()))


def _gaps(gamma: str) -> tuple[Point, ...]:
    return tuple(replace(p, parameters={**p.parameters, "gamma": Fraction(gamma)}) for p in POINTS)


def _beyond(way: int) -> Step:
    """The bound at s gamma > 1 for way 1, at s gamma < 1 for way -1."""
    share = one if way > 0 else half
    bound = 1 / (1 + share * sp.exp((1 - s * gap) * sp.log(n)))

    def formula(point: Point, length: Number) -> Number:
        power = mp.exp((1 - point.number("s") * point.number("gamma")) * mp.log(length))
        return 1 / (1 + mp.mpf(share.p) / share.q * power)

    if way > 0:
        text = (
            r"With $W = n^{1-s\gamma}$ the lower bound is at least $1/(1 + W)$, as $n - 1 \le n$. "
            r"For $s\gamma > 1$, $\gamma$ at most the distance to the next score, $W \to 0$:"
        )
    else:
        text = (
            r"and the upper bound is at most $1/(1 + W/2)$, as $n - 1 \ge n/2$ for $n \ge 2$. For "
            r"$s\gamma < 1$, $\gamma$ at least the distance to the smallest score, $W \to \infty$:"
        )
    return MAP.derive.limit(
        text,
        {"to its half": half, "the other limit": one - (one if way > 0 else zero)},
        subject=rf"\lim_{{n\to\infty}} \frac{{1}}{{1 + {'W' if way > 0 else 'W/2'}}}",
        expression=bound,
        value=one if way > 0 else zero,
        statistics={W: sp.exp((1 - s * gap) * sp.log(n))},
        variable=W,
        direction=way,
        near=lambda p: formula(p, p.n),
        far=lambda p: formula(p, mp.mpf(10) ** 500),
        indices=(),
        points=_gaps("2" if way > 0 else "1"),
    )


def _at_critical() -> Step:
    """n/(2 n - 1) -> 1/2."""
    return MAP.derive.limit(
        r"At $s\gamma = 1$ the row of one score above $n - 1$ equal ones has neither limit:",
        {"to 1": one, "to 0": zero},
        subject=r"\lim_{n\to\infty} y_i",
        expression=1 / (1 + (n - 1) / n),
        value=half,
        statistics={N: n},
        variable=N,
        direction=-1,
        near=lambda p: value([1 / p.number("s"), *[mp.zero] * (p.n - 1)], p.number("s"), mp.zero)[
            0
        ],
        far=lambda _: 1 / (1 + (1 - mp.mpf(10) ** -60)),
        indices=(),
    )


THEOREMS = (top_bounds, critical)
