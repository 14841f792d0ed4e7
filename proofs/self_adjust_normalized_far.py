r"""Long rows and far scores of self_adjust_normalized: the fifth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.self_adjust_normalized`.

Statements
----------
- `one_up`, `ray`, `flattens`.
"""

from __future__ import annotations

import sympy as sp

from proofs import softmax
from proofs.derivations import a, b, rest
from proofs.exponential import Exponential
from proofs.exponential_laws import Laws
from proofs.exponential_rays import Rays
from proofs.numeric import Number, Point, Row, Samples, mp, points
from proofs.self_adjust_normalized import (
    BOTH,
    CASES,
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
from proofs.self_adjust_normalized_laws import below_weight
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, i, k, n, scores, x

t = sp.Symbol("t", positive=True)
zero, one = sp.Integer(0), sp.Integer(1)
OWN, OTHER = sp.exp(x[i]), sp.exp(x[k])
WEIGHTS = Samples(lambda x: softmax.value(x, mp.one))
#: The weights alone, which are softmax.
RAYS = Rays(Laws(Exponential(weight, one, zero, WEIGHTS, points(t="4/3", d="5"), letter=r"\alpha")))


def one_up() -> Theorem:
    """The place is 1, a/(a + C) -> 1 and b/(a + b + C) -> 0 with a -> inf."""
    own = [
        derive.identity(
            f"{name} with $h = x_M$ the largest score has the place 1, so that its entry is its "
            "weight:",
            {"half of it": weight(M) / 2, "$1/n$": 1 / n},
            subject="y_M",
            left=y(M).subs(case),
            right=weight(M),
            sample=lambda p: samples.entry(p, int(p.parameters["M"])),
            indices=(),
            points=rows[1:],
            apart=((m, M),),
        )
        for name, rows, case in CASES[:2]
    ]
    up = _weight(
        r"As $x_i \to \infty$ alone it becomes the largest, with $a = e^{x_i} \to \infty$ and the "
        "weight",
        i,
        one,
        {"it stays": weight(i), r"it tends to $\frac12$": sp.Rational(1, 2)},
    )
    down = _weight(
        "and the weight of another score tends to 0",
        k,
        zero,
        {"it stays": weight(k), "it tends to 1": one},
    )
    return Theorem("one_up", (*own, up, down, below_weight()))


def _weight(text: str, of: Expr, value: Expr, wrong: dict[str, Expr]) -> Step:
    """The weight of that index as x_i goes to inf."""

    def moved(point: Point, q: int) -> Row:
        return [*point.scores[: q - 1], mp.mpf(400), *point.scores[q:]]

    parts = {a: OWN, rest: WHOLE - OWN}
    if of == k:
        parts = {a: OWN, b: OTHER, rest: WHOLE - OWN - OTHER}
    return derive.limit(
        text,
        wrong,
        subject=rf"\lim_{{x_i\to\infty}} \alpha_{of}",
        expression=weight(of),
        value=value,
        statistics=parts,
        variable=a,
        direction=-1,
        near=lambda p, q, other=None: WEIGHTS.entry(p, other or q),
        far=lambda p, q, other=None: WEIGHTS.row(p, moved(p, q))[(other or q) - 1],
        indices=(i,) if of == i else (i, k),
        points=BOTH,
    )


def ray() -> Theorem:
    """The place stays, and the weights tend to 1/mu at the largest scores and to 0 elsewhere."""
    scaled = scores(place(i), lambda q: t * x[q]).subs({low: t * low, high: t * high})

    def sample(point: Point, q: int) -> Number:
        moved = [score * point.number("t") for score in point.scores]
        return samples.row(point, moved)[q - 1] / softmax.value(moved, mp.one)[q - 1]

    step = derive.identity(
        r"So far of the weights $\alpha$. The extremes of $tx$, $t > 0$, are $tl$ and $th$, and "
        "the places stay. That of a largest score is 1 where $h = \\max x > 0$:",
        {"the extremes stay": scores(place(i), lambda q: t * x[q]), "they grow": t * place(i)},
        subject="u_i(tx)",
        left=scaled,
        right=place(i),
        sample=sample,
    )
    return Theorem("ray", (*RAYS.ray().steps, step))


def flattens() -> Theorem:
    """0 <= y <= alpha, and alpha -> 0."""
    return Theorem("flattens", (*RAYS.flattens().steps, below_weight()))


THEOREMS = (one_up, ray, flattens)
CONTINUED_IN = "proofs.self_adjust_normalized_second"
