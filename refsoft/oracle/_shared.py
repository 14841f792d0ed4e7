"""What several definitions have in common, in any exact or ball arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Number = Any
Row = list[Any]
Entry = Callable[[int], Number]
Gradients = dict[str, Callable[[], Number]]

NAN = math.nan


def leader(x: Row) -> int | None:
    """The index of the first largest score; None if all are -inf."""
    best = None
    for i, v in enumerate(x):
        if v is not None and (best is None or v > x[best]):
            best = i
    return best


def exponentials(x: Row, shift: Number) -> Row:
    """exp(x - shift), an exact 0 where a score is -inf."""
    return [0 if v is None else (v - shift).exp() for v in x]


def dot(a: Row, b: Row) -> Number:
    """The sum of products."""
    return sum(p * q for p, q in zip(a, b, strict=True))


class Normalised:
    """y = w/(c + Σw), the shared form of offset-normalised maps.

    Parameters
    ----------
    weights : list
        w, each at least 0.
    offset : number
        c, at least 0.

    Notes
    -----
    0/0 is NaN: the only rows with c + Σw = 0 here are those whose scores are all
    -inf and that have no offset.
    """

    def __init__(self, weights: Row, offset: Number = 0) -> None:
        self.weights, self.offset = weights, offset
        self.normaliser = offset + sum(weights)
        self.empty = isinstance(self.normaliser, int) and self.normaliser == 0

    def __call__(self, i: int) -> Number:
        """y_i."""
        return NAN if self.empty else self.weights[i] / self.normaliser

    def excess(self, g: Row, anchor: int) -> tuple[Row, Number]:
        """Return h and e with h_j − e = g_j − ⟨g,y⟩.

        With h = g − g_anchor a constant g leaves exact zeros (where there is no
        offset), and a g that is constant but for entries of tiny weight leaves
        no cancellation.
        """
        level = g[anchor]
        h = [v - level for v in g]
        return h, (dot(h, self.weights) - level * self.offset) / self.normaliser

    def pullback(self, g: Row, anchor: int) -> Entry:
        """The function k ↦ y_k (g_k − ⟨g,y⟩)."""
        if self.empty:
            return lambda _: NAN
        h, mean = self.excess(g, anchor)
        return lambda k: self.weights[k] * (h[k] - mean) / self.normaliser


def with_offset(x: Row, score: Number | None, weight: Number = 1) -> tuple[Normalised, Number]:
    """e^{x_i}/(weight·e^{score} + Σe^{x_j}), and the shift taken out of both.

    ``score`` None is -inf: no offset.
    """
    lead = leader(x)
    if score is None:
        shift = None if lead is None else x[lead]
        return Normalised(exponentials(x, shift)), shift
    if lead is None or score > x[lead]:
        return Normalised(exponentials(x, score), weight), score
    return Normalised(exponentials(x, x[lead]), weight * (score - x[lead]).exp()), x[lead]
