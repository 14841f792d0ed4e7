r"""Sums, kinks and the online statistic of self_adjust_normalized: the fourth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.self_adjust_normalized`.

Statements
----------
- `jacobian_sums`, `kink`, `online`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs.exponential import Exponential
from proofs.exponential_online import Online
from proofs.numeric import Number, Point, mp
from proofs.self_adjust_normalized import (
    BOTH,
    POSITIVE,
    at_high,
    at_low,
    closed_jacobian,
    derive,
    high,
    low,
    moving,
    place,
    samples,
    weight,
    with_high,
    with_low,
    y,
)
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, derivative, i, k, normal, total, x

p, q, r = sp.symbols("p q r", real=True)
zero, one = sp.Integer(0), sp.Integer(1)
STEP = mp.mpf(10) ** -70


def jacobian_sums() -> Theorem:
    """The Jacobian of softmax drops out of the rows; the place remains."""
    width = high - low
    moved = 1 - place(i) * with_high - (1 - place(i)) * with_low
    rows = moving(
        r"The derivatives of $\alpha_i$ sum to 0; the place remains, "
        r"$1 - u_i\chi_+ - (1 - u_i)\chi_-$ over $D$, which is 0 where both extremes move:",
        {
            "the extremes held fixed": weight(i) / width,
            "twice the move of the largest": weight(i) * (moved - place(i)) / width,
        },
        lambda case: normal(total(closed_jacobian().subs(case), k)),
        weight(i) * moved / width,
        subject=r"\sum_k J_{ik}",
        sample=lambda point, m: samples.jacobian_sums(point)[0][m - 1],
    )
    mean = total(weight(i) * place(i), i)
    fixed = weight(k) * (place(k) - mean) + weight(k) / width
    up, down = at_high(k) * mean / width, at_low(k) * (1 - mean) / width
    columns = moving(
        "and a column is the vector-Jacobian product of ones:",
        {"the extremes held fixed": fixed, "the ends exchanged": fixed + up + down},
        lambda case: normal(total(closed_jacobian().subs(case), i)),
        fixed - up - down,
        subject=r"\sum_i J_{ik}",
        sample=lambda point, m: samples.jacobian_sums(point)[1][m - 1],
        indices=(k,),
    )
    return Theorem("jacobian_sums", (rows, columns))


def _tied() -> tuple[Point, ...]:
    """Rows in which every score is the largest, and l = 0."""
    given = BOTH[0].parameters
    top = Fraction(5, 4)
    return tuple(
        replace(point, x=(top,) * point.n, parameters={**given, "l": Fraction(0), "h": top})
        for point in POSITIVE[1:]
    )


def _side(point: Point, m: int, by: int, way: int) -> Number:
    """The one-sided derivative of an entry, by a difference quotient of step 1e-70."""
    row = list(point.scores)
    row[by - 1] += way * STEP
    return (samples.row(point, row)[m - 1] - samples.entry(point, m)) / (way * STEP)


def kink() -> Theorem:
    """To the right h = x_k moves, to the left it stays with the other."""
    plain = y(i) * (delta - weight(k)) + weight(i) * delta / (high - low)
    moves = {high: x[k]}
    right, left = derivative(y(i).subs(moves), x[k]), derivative(y(i), x[k])
    up = derive.identity(
        r"Let $x_k$ share the largest place, $h = x_k$. To the right $h$ moves with it:",
        {
            "the largest held fixed": plain.subs(moves),
            "moved twice": (plain - 2 * y(i)).subs(moves),
        },
        subject=r"\partial_k^+ y_i",
        left=right,
        right=(plain - weight(i) * place(i) / (high - low)).subs(moves),
        sample=lambda point, m, by: _side(point, m, by, 1),
        indices=(i, k),
        points=_tied(),
    )
    down = derive.identity(
        "To the left $h$ stays with the other that shares it:",
        {"the largest moves": right, "the weight alone": y(i) * (delta - weight(k))},
        subject=r"\partial_k^- y_i",
        left=left,
        right=plain,
        sample=lambda point, m, by: _side(point, m, by, -1),
        indices=(i, k),
        points=_tied(),
    )
    jump = derive.identity(
        "The two differ, as $y_i > 0$ wherever $x_i > l$; so do those of the smallest score, in "
        "the same way:",
        {"no jump": zero, "upwards": y(i).subs(moves) / (x[k] - low)},
        subject=r"\partial_k^+ y_i - \partial_k^- y_i",
        left=right - left.subs(moves),
        right=-y(i).subs(moves) / (x[k] - low),
        sample=lambda point, m, by: _side(point, m, by, 1) - _side(point, m, by, -1),
        indices=(i, k),
        points=_tied(),
    )
    return Theorem("kink", (up, down, jump))


def _ends(largest: bool) -> Step:
    """The extremes of three parts of a row."""
    pick, name = (sp.Max, r"\max") if largest else (sp.Min, r"\min")
    best = max if largest else min
    first: Expr = pick(pick(zero, p, q), pick(zero, r))
    values = {"p": Fraction(3, 2), "q": Fraction(-4, 5)}
    rows = tuple(
        replace(BOTH[0], parameters={**BOTH[0].parameters, **values, "r": Fraction(sign, 6)})
        for sign in (-1, 1)
    )

    def sample(point: Point) -> Number:
        return best(mp.zero, *(point.number(letter) for letter in "pqr"))

    return derive.identity(
        f"The {'largest' if largest else 'smallest'} score merges too, with 0 as its neutral "
        "element:",
        {
            "the second part alone": pick(zero, r),
            "the sum of both": pick(zero, p, q) + pick(zero, r),
        },
        subject=rf"{name}\big({name}(0, p, q), {name}(0, r)\big)",
        left=first,
        right=pick(zero, p, q, r),
        sample=sample,
        indices=(),
        points=rows,
    )


def online() -> Theorem:
    """The statistic of softmax, the smallest and the largest score."""
    weights = Exponential(y, one, zero, samples, BOTH, letter=r"\alpha")
    merged = Online(weights, place(i)).online()
    return Theorem("online", (*merged.steps, _ends(False), _ends(True)))


THEOREMS = (jacobian_sums, kink, online)
CONTINUED_IN = "proofs.self_adjust_normalized_far"
