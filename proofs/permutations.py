"""That permuting the scores permutes the entries, for every map that sees its row by sums."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from proofs.derivations import Derivations
from proofs.numeric import Number, Point, Samples
from proofs.rows import swapped
from proofs.theorem import Theorem
from proofs.toolkit import Expr, i, k

q = sp.Symbol("q", integer=True)


def permuted(
    y: Callable[[Expr], Expr],
    samples: Samples,
    derive: Derivations,
    kept: str = "the sum",
    rows: tuple[Point, ...] | None = None,
) -> Theorem:
    """Exchanging two scores exchanges their entries, and no other.

    Parameters
    ----------
    y : callable
        The entry of an index.
    samples : Samples
    derive : Derivations
    kept : str
        What does not change, in words.
    rows : tuple of Point, optional
        Other rows than those of ``derive``.
    """
    points = derive.points if rows is None else rows

    def sample(point: Point, m: int, one: int, other: int) -> Number:
        moved = list(point.scores)
        moved[one - 1], moved[other - 1] = moved[other - 1], moved[one - 1]
        return samples.row(point, moved)[m - 1]

    own = derive.identity(
        f"Exchanging two scores leaves {kept}, and every permutation is made of such "
        r"exchanges. With $x'$ the row in which $x_i$ and $x_k$ have changed places:",
        {"the entries stay": y(i), "both become their mean": (y(i) + y(k)) / 2},
        subject="y_i(x')",
        left=swapped(y(i)),
        right=y(k),
        sample=lambda point, m, other: sample(point, m, m, other),
        indices=(i, k),
        apart=((i, k),),
        points=points,
    )
    third = derive.identity(
        "and any other entry stays:",
        {"it becomes $y_i$": y(i), "it becomes $y_k$": y(k)},
        subject="y_q(x')",
        left=swapped(y(q)),
        right=y(q),
        sample=sample,
        indices=(q, i, k),
        apart=((q, i), (q, k), (i, k)),
        points=tuple(point for point in points if point.n == 3)[:1],
    )
    return Theorem("permutation", (own, third))
