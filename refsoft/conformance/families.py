"""The case classes, as data: what each draws, and which mistake it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from refsoft.conformance import draws
from refsoft.conformance.scene import Draw, Scene

Level = Literal["accuracy", "special"]
Group = Literal["", "mask", "axis", "layout", "repeat"]


@dataclass(frozen=True, slots=True)
class Family:
    """A case class.

    Attributes
    ----------
    id, reason : str
    draw : (Scene) -> float64 scores
    batch : tuple of int or None
        Shape of the rows; None for as many rows as entries.
    lengths : str
        The list of lengths of the plan that it goes through.
    level : str
        Which ruling applies: the rounding bound, or that for special values.
    group : str
        What the class is about besides scores: masks, axes, layouts, repeated calls.
    """

    id: str
    reason: str
    draw: Callable[[Scene], Draw]
    batch: tuple[int, ...] | None = (3,)
    lengths: str = "usual"
    level: Level = "accuracy"
    group: Group = ""


FAMILIES: tuple[Family, ...] = (
    Family("normal", "ordinary scores", lambda s: s.normal()),
    Family("wide", "differences beyond the range of exp", lambda s: s.normal(60.0)),
    Family("zero", "all scores 0, of either sign", lambda s: s.signs() * s.full(0.0)),
    Family("equal", "all scores equal", draws.equal),
    Family("ties", "whole numbers, the maximum several times", draws.ties),
    Family("sorted", "the maximum moves at every step", lambda s: np.sort(s.normal(4.0))),
    Family("pairs", "scores that cancel in a plain sum", draws.pairs),
    Family("negative", "all scores negative", lambda s: s.normal(at=-12.0)),
    Family("tiny-scores", "scores near 0, subnormal ones among them", draws.tiny),
    Family("subnormal", "results below the normal range", draws.subnormal),
    Family("huge", "the largest finite scores: sums and products overflow", draws.huge),
    Family(
        "edges", "the mass at the first or last column of a tile", draws.edges, (24,), "edges",
    ),
    Family(
        "balance", "scores beside, below and above the offset, over several blocks",
        draws.balance, lengths="balance",
    ),
    Family(
        "blocks", "one row alone, of a length about a power of two",
        lambda s: s.beside_offset(0.0, 2.0), (1,), "blocks",
    ),
    Family(
        "scales", "rows of different scale and offset in one batch, up to 1e8", draws.scales, (9,),
    ),
    Family(
        "square", "as many rows as entries: sums over the wrong axis", lambda s: s.normal(2.0),
        None, "square",
    ),
    Family("vector", "one row without a batch", lambda s: s.normal(2.0), ()),
    Family("batch-3d", "two batch axes", lambda s: s.normal(2.0), (2, 3), "short"),
    Family("batch-middle", "a middle axis of one", lambda s: s.normal(2.0), (3, 1), "short"),
    Family("batch-4d", "three batch axes", lambda s: s.normal(2.0), (2, 3, 2), "short"),
    Family(
        "long-uniform", "a long row of equal scores that balance the offset", draws.uniform,
        (1,), "long",
    ),
    Family("long-outlier", "one outlier in a long row", draws.outlier, (2,), "long"),
    Family("one", "rows of one entry", draws.one, (11,), "one", "special"),
    Family(
        "some-minus-inf", "-inf beside finite scores", draws.some_minus_inf, level="special",
    ),
    Family(
        "tiles-minus-inf", "tiles of -inf, 32 to 1,024 wide, at the start, inside and at the end",
        draws.tiles, (4,), "tiles", "special",
    ),
    Family("all-minus-inf", "a row of -inf", draws.all_minus_inf, (3,), "short", "special"),
    Family("plus-inf", "one and two +inf in a row", draws.plus_inf, (3,), "short", "special"),
    Family("nan", "one NaN in a row", draws.nan, (3,), "short", "special"),
    Family("empty", "no entry, or no row", lambda s: s.full(0.0), (3,), "empty", "special"),
)  # fmt: skip
