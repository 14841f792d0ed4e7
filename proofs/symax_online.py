r"""The online statistic of symax: the fifth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `online`.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from proofs.exponential_online import EMPTY_FIRST, ONE_FIRST, folded
from proofs.methods import Identity
from proofs.numeric import Number, Point, mp
from proofs.rows import prepended
from proofs.symax import WHOLE, derive, eta, p, samples, y
from proofs.symax_laws import A
from proofs.symax_powers import B, K, M, P, with_values, z
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, j, total, x

Q = sp.Symbol("Q", positive=True)


def online() -> Theorem:
    """Scales cancel, parts add up, and the offset belongs to none of them."""
    values = {"A": "5/3", "B": "7/4", "P": "3/2", "M": "4/5", "K": "2/9", "z": "-3/5", "Q": "5/6"}
    rows = with_values(**values)
    own = (sp.Abs(x[i]) / P) ** p
    whole = total((sp.Abs(x[j]) / P) ** p)
    scaled = derive.identity(
        "Any number $P > 0$ can divide the magnitudes, if its power divides the offset too:",
        {
            "the offset left unscaled": own / (eta + whole),
            "the offset divided by $P$": own / (eta / P + whole),
        },
        subject="y_i",
        left=y(i),
        right=own / (eta / P**p + whole),
        sample=samples.entry,
        points=rows,
    )
    merged = derive.identity(
        r"Let $(P, A)$ and $(M, B)$ keep two parts, which stand for the sums $AP^p$ and $BM^p$. "
        r"Merged at any $K > 0$ they stand for the sum of both; with $K$ the larger of $P$ and $M$ "
        "no factor exceeds 1. Merging is commutative and associative, as addition is, and an empty "
        "part, with the sum 0, adds nothing:",
        {
            "the second not rescaled": A * P**p + B * K**p,
            "rescaled the wrong way": K**p * (A * (K / P) ** p + B * (K / M) ** p),
        },
        subject=r"K^p\big(A (P/K)^p + B (M/K)^p\big)",
        left=K**p * (A * (P / K) ** p + B * (M / K) ** p),
        right=A * P**p + B * M**p,
        sample=lambda q: (
            q.number("A") * q.number("P") ** q.number("p")
            + q.number("B") * q.number("M") ** q.number("p")
        ),
        indices=(),
        points=rows,
    )
    grown = derive.identity(
        "A row with one score $z$ more has the sum of that score and of the row, which is what "
        "merging the two stands for; the offset is in neither:",
        {"the score twice": 2 * sp.Abs(z) ** p + WHOLE, "its power alone": sp.Abs(z) ** p},
        subject="S(z, x)",
        left=prepended(WHOLE, z),
        right=sp.Abs(z) ** p + WHOLE,
        sample=lambda q: mp.fsum(
            abs(score) ** q.number("p") for score in (q.number("z"), *q.scores)
        ),
        indices=(),
        points=rows,
    )
    return Theorem("online", (scaled, merged, grown, _folded(rows)))


def _folded(rows: tuple[Point, ...]) -> Step:
    """The fold of two parts one after the other, by induction on the length of the first."""
    alone, second = (sp.Abs(z) / K) ** p, B * (M / K) ** p
    later = (A * (P / Q) ** p + B * (M / Q) ** p) * (Q / K) ** p
    first = ((sp.Abs(z) / Q) ** p + A * (P / Q) ** p) * (Q / K) ** p

    def power(point: Point, name: str) -> Number:
        return abs(point.number(name) / point.number("K")) ** point.number("p")

    def of_second(point: Point) -> Number:
        return point.number("B") * power(point, "M")

    def of_all(point: Point) -> Number:
        return power(point, "z") + point.number("A") * power(point, "P") + of_second(point)

    base = Identity(
        subject=EMPTY_FIRST,
        left=second,
        right=0 * (P / K) ** p + second,
        sample=of_second,
        indices=(),
        points=rows,
    )
    return folded(
        ("(P, A)", "(M, B)", "Q"),
        base,
        replace(base, subject=ONE_FIRST, left=alone + later, right=first + second, sample=of_all),
        {
            "the new score not rescaled from $Q$": first + second - alone + (sp.Abs(z) / Q) ** p,
            "the second part twice": first + 2 * second,
        },
        (P / K) ** p + second,
    )


THEOREMS = (online,)
CONTINUED_IN = "proofs.symax_second"
