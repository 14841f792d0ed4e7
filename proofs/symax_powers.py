r"""The ends of symax's power, and long rows: the fourth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `power_to_zero`, `power_grows`, `flattens`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, rest, y_i
from proofs.numeric import Number, Point, mp
from proofs.symax import (
    WHOLE,
    derive,
    eta,
    h,
    p,
    samples,
    term,
    y,
)
from proofs.symax_laws import half, one
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, n

B, N, Q, R, W, width, z = sp.symbols("B N Q R W d z", real=True)
P, K, M = sp.symbols("P K M", positive=True)
zero = sp.Integer(0)
HUGE = mp.mpf(10) ** 60


def with_values(**more: str) -> tuple[Point, ...]:
    """The usual rows with more parameters."""
    values = {name: Fraction(text) for name, text in more.items()}
    return tuple(replace(q, parameters={**q.parameters, **values}) for q in derive.points)


def _between() -> Step:
    """Q/(h + n R) <= y <= R/(h + n Q)."""
    far_below = (rest >= 0, rest <= (N - 1) * R)
    return derive.inequality(
        r"Let no score be 0 and $d$ be at least every $|\log|x_j||$. With $Q = e^{-pd}$ and "
        r"$R = e^{pd}$ every term lies between $Q$ and $R$; $C$ is the sum of the others, "
        r"$h = \eta$:",
        {
            "one term more": {"conclusion": y_i <= R / (h + (N + 1) * Q)},
            "without the bound from below": {
                "hypotheses": (Q > 0, N >= 1, h >= 0, a > 0, a <= R, *far_below)
            },
        },
        quantities={y_i: y(i)},
        statistics={
            a: term(i), rest: WHOLE - term(i), h: eta, N: n,
            Q: sp.exp(-p * width), R: sp.exp(p * width),
        },
        hypotheses=(
            *(Q > 0, N >= 1, h >= 0, a >= Q, a <= R),
            *(rest >= (N - 1) * Q, rest <= (N - 1) * R, h + a + rest > 0),
        ),
        conclusion=sp.And(y_i >= Q / (h + N * R), y_i <= R / (h + N * Q)),
        sample=lambda point, m: (samples.entry(point, m),),
        points=with_values(d="2"),
    )  # fmt: skip


def power_to_zero() -> Theorem:
    """Q/(h + n R) <= y <= R/(h + n Q), Q and R -> 1."""

    def bound(point: Point, power: Number) -> Number:
        spread = mp.exp(-power * point.number("d"))
        return spread / (point.number("eta") + point.n / spread)

    limit = derive.limit(
        r"Both bounds tend to $1/(n + \eta)$ with $p \to 0$, where $Q = 1/R \to 1$; the first, the "
        r"other being the same with $Q$ and $R$ exchanged:",
        {"to $1/n$": 1 / n, "to 1": one},
        subject=r"\lim_{p\to0} \frac{Q}{\eta + n/Q}",
        expression=sp.exp(-p * width) / (eta + n * sp.exp(p * width)),
        value=1 / (n + eta),
        statistics={Q: sp.exp(-p * width), h: eta, N: n},
        variable=Q,
        at=one,
        near=lambda point: bound(point, point.number("p")),
        far=lambda point: bound(point, 1 / HUGE),
        hypotheses=(N >= 1, h >= 0),
        points=with_values(d="2"),
        indices=(),
    )
    return Theorem("power_to_zero", (_between(), limit))


def flattens() -> Theorem:
    """R/(h + n Q) -> 0 with n -> inf."""

    def bound(point: Point, count: Number) -> Number:
        spread = mp.exp(point.number("p") * point.number("d"))
        return spread / (point.number("eta") + count / spread)

    limit = derive.limit(
        "and the second bound tends to 0 as the row grows:",
        {"to 1": one, "to what it is at $n$": sp.exp(p * width) / (eta + n * sp.exp(-p * width))},
        subject=r"\lim_{n\to\infty} \frac{R}{\eta + nQ}",
        expression=sp.exp(p * width) / (eta + n * sp.exp(-p * width)),
        value=zero,
        statistics={Q: sp.exp(-p * width), R: sp.exp(p * width), h: eta, N: n},
        variable=N,
        direction=-1,
        near=lambda point: bound(point, point.n),
        far=lambda point: bound(point, HUGE),
        hypotheses=(Q > 0,),
        points=with_values(d="2"),
        indices=(),
    )
    return Theorem("flattens", (_between(), limit))


def _shrinking(point: Point, power: Number) -> Number:
    return mp.exp(-power * point.number("d"))


def power_grows() -> Theorem:
    """Y >= 1/(1 + (h + n - 1) W) for the largest above 1, y <= W/h for all below 1."""
    parts = {
        a: term(i), rest: WHOLE - term(i), h: eta, N: n, W: sp.exp(-p * width),
    }  # fmt: skip
    large = (Fraction(7, 2), Fraction(-1, 3), Fraction(5, 4))
    small = (Fraction(1, 2), Fraction(-1, 3), Fraction(2, 5))
    ones = tuple(replace(q, x=large) for q in with_values(d="1") if q.n == 3)
    known = (a > 0, W > 0, N >= 1, h >= 0, rest >= 0)
    above = derive.inequality(
        r"Let $|x_i| > 1$ be the only largest magnitude, and $d > 0$ at most $\log|x_i|$ and at "
        r"most its distance $\log|x_i/x_k|$ from the next. With $W = e^{-pd}$ its term is at least "
        r"$1/W$, and every other at most $W$ times it:",
        {
            "without an offset": {"conclusion": y_i >= 1 / (1 + (N - 1) * W)},
            "half of the others": {"conclusion": y_i >= 1 / (1 + (h + (N - 1) / 2) * W)},
            "where it is below 1": {"hypotheses": (*known, rest <= (N - 1) * W * a)},
        },
        quantities={y_i: y(i)},
        statistics=parts,
        hypotheses=(*known, a * W >= 1, rest <= (N - 1) * W * a),
        conclusion=y_i >= 1 / (1 + (h + N - 1) * W),
        sample=lambda point, m: (samples.entry(point, m),),
        points=ones,
    )
    bound = 1 / (1 + (eta + n - 1) * sp.exp(-p * width))

    def near(point: Point, power: Number) -> Number:
        reach = _shrinking(point, power)
        return 1 / (1 + (point.number("eta") + point.n - 1) * reach)

    all_of_it = derive.limit(
        r"which tends to 1 with $p \to \infty$, $W \to 0$; the other entries then tend to 0, for "
        "the row sums to at most 1:",
        {r"to $\frac12$": half, "to $1/n$": 1 / (n + 1)},
        subject=r"\lim_{p\to\infty} \frac{1}{1 + (\eta + n - 1)W}",
        expression=bound,
        value=one,
        statistics={W: sp.exp(-p * width), h: eta, N: n},
        variable=W,
        near=lambda point: near(point, point.number("p")),
        far=lambda point: near(point, mp.mpf(300)),
        points=ones,
        indices=(),
    )
    below = derive.inequality(
        r"Where all magnitudes are at most $e^{-d} < 1$, every term is at most $W$, and for "
        r"$\eta > 0$ nothing is left, as $W \to 0$:",
        {
            "by $W$ itself": {"conclusion": y_i <= W},
            "half as much": {"conclusion": y_i <= W / (2 * h)},
        },
        quantities={y_i: y(i)},
        statistics=parts,
        hypotheses=(*known, h > 0, a <= W),
        conclusion=y_i <= W / h,
        sample=lambda point, m: (samples.entry(point, m),),
        points=tuple(replace(q, x=small) for q in with_values(d="1/2") if q.n == 3),
    )
    return Theorem("power_grows", (above, all_of_it, below))


THEOREMS = (power_to_zero, flattens, power_grows)
CONTINUED_IN = "proofs.symax_online"
