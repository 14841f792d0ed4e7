r"""The limits of self_adjust_normalized: the third part of its proofs.

Definitions
-----------
Those of :mod:`proofs.self_adjust_normalized`.

Statements
----------
- `discontinuous_at_zero`, `quiet`, `loud`, `one_down`.
"""

from __future__ import annotations

import sympy as sp

from proofs import softmax
from proofs.derivations import a, b, rest
from proofs.numeric import Number, Point, Row, mp
from proofs.self_adjust_normalized import (
    BOTH,
    CASES,
    NEGATIVE,
    POSITIVE,
    WHOLE,
    M,
    derive,
    high,
    low,
    m,
    place,
    samples,
    weight,
    y,
)  # fmt: skip
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, i, k, n, scores, x

t, u, w, end = sp.symbols("t u w e", real=True)
zero, one = sp.Integer(0), sp.Integer(1)
OWN, OTHER = sp.exp(x[i]), sp.exp(x[k])


def discontinuous_at_zero() -> Theorem:
    """1/n for t > 0 and 0 for t < 0, however small."""

    def side(name: str, way: int, ends: dict[Expr, Expr], closed: Expr, wrong: Expr) -> Step:
        return derive.identity(
            f"Where all scores are the same $t {name} 0$, however small, their place is "
            f"{closed * n}:",
            {"the other side": wrong, r"half of $\frac1n$": 1 / (2 * n)},
            subject=r"y_i(t, \dots, t)",
            left=scores(y(i), lambda _: t).subs(ends),
            right=closed,
            sample=lambda p, _: samples.row(p, [way * p.number("t")] * p.n)[0],
            points=POSITIVE,
        )

    above = side(">", 1, {low: zero, high: t}, 1 / n, zero)
    below = side("<", -1, {low: t, high: zero}, zero, 1 / n)
    return Theorem("discontinuous_at_zero", (above, below))


def _far(text: str, way: int, value_: Expr, wrong: dict[str, Expr]) -> Step:
    """X + t with w = |t| -> inf: the shift changes the extremes, and not the weights."""
    case = {low: x[m] - w, high: zero} if way < 0 else {low: zero, high: x[M] + w}
    rows = NEGATIVE if way < 0 else POSITIVE
    moved = place(i).subs(x[i], x[i] + way * w).subs(case) * weight(i)
    return derive.limit(
        text,
        wrong,
        subject=rf"\lim_{{t\to{'-' if way < 0 else ''}\infty}} y_i(x + t)",
        expression=moved,
        value=value_,
        statistics={
            w: w, a: OWN, rest: WHOLE - OWN, u: x[i], end: x[m] if way < 0 else x[M]
        },
        variable=w,
        direction=-1,
        near=lambda p, q: samples.shifted(p, way * p.number("w"))[q - 1],
        far=lambda p, q: samples.shifted(p, way * mp.mpf(10) ** 60)[q - 1],
        hypotheses=(a > 0, rest >= 0),
        points=rows,
    )  # fmt: skip


def quiet() -> Theorem:
    """(x - min x)/(w - min x) -> 0 with w -> inf."""
    text = (
        r"All scores go to $-\infty$ together, $x - w$ with $w \to \infty$: $l = x_m - w$ and "
        "$h = 0$, and the weights stay:"
    )
    wrong = {"the limit is the weight": weight(i), "the limit is $1/n$": 1 / n}
    return Theorem("quiet", (_far(text, -1, zero, wrong),))


def loud() -> Theorem:
    """(x + w)/(max x + w) -> 1 with w -> inf."""
    text = (
        r"All scores go to $\infty$ together, $x + w$ with $w \to \infty$: $l = 0$, $h = x_M + w$, "
        "and the weights stay:"
    )
    wrong = {"the limit is 0": zero, "the limit is $1/(n + 1)$": 1 / (n + 1)}
    return Theorem("loud", (_far(text, 1, weight(i), wrong),))


def one_down() -> Theorem:
    """Its own place is 0; (x_k - x_i)/(h - x_i) -> 1 and b/(a + b + C) -> b/(b + C)."""
    case = CASES[0][2]
    own = derive.identity(
        "The smallest score has the place 0, as soon as it is the smallest and negative:",
        {"its weight": weight(m).subs(case), "$1/n$": 1 / n},
        subject="y_m",
        left=y(m).subs(case),
        right=zero,
        sample=lambda p: samples.entry(p, int(p.parameters["m"])),
        indices=(),
        points=BOTH,
    )

    def moved(point: Point, q: int) -> Row:
        return [*point.scores[: q - 1], -(mp.mpf(10) ** 60), *point.scores[q:]]

    def far_place(point: Point, q: int, other: int) -> Number:
        row = moved(point, q)
        return samples.row(point, row)[other - 1] / softmax.value(row, mp.one)[other - 1]

    def near_place(point: Point, q: int, other: int) -> Number:
        own, top = point.scores[q - 1], point.number("h")
        return (point.scores[other - 1] - own) / (top - own)

    places = derive.limit(
        r"Another entry is the product of its place and its weight. With $l = x_i \to -\infty$ the "
        "place tends to 1:",
        {"to 0": zero, "it stays": place(k).subs(low, x[i])},
        subject=r"\lim_{x_i\to-\infty} u_k",
        expression=place(k).subs(low, x[i]),
        value=one,
        statistics={u: x[i], w: x[k], high: high},
        variable=u,
        direction=-1,
        near=near_place,
        far=far_place,
        indices=(i, k),
        points=NEGATIVE[1:],
    )
    weights = derive.limit(
        r"and with $a = e^{x_i} \to 0$ the weight tends to that of the row without $x_i$:",
        {"it stays": weight(k), "to the uniform": 1 / n},
        subject=r"\lim_{x_i\to-\infty} \alpha_k",
        expression=weight(k),
        value=OTHER / (WHOLE - OWN),
        statistics={a: OWN, b: OTHER, rest: WHOLE - OWN - OTHER},
        variable=a,
        near=lambda p, _, other: softmax.value(p.scores, mp.one)[other - 1],
        far=lambda p, q, other: softmax.value(moved(p, q), mp.one)[other - 1],
        hypotheses=(b > 0, rest >= 0),
        indices=(i, k),
        points=BOTH[1:],
    )
    return Theorem("one_down", (own, places, weights))


THEOREMS = (discontinuous_at_zero, quiet, loud, one_down)
CONTINUED_IN = "proofs.self_adjust_normalized_rows"
