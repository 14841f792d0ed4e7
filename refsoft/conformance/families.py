"""The case classes, as data: what each draws, and which mistake it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Draw = NDArray[np.float64]
Level = Literal["accuracy", "special"]
TILES = (32, 64, 128, 256, 1024)
Group = Literal["", "mask", "axis", "layout", "repeat"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a class may draw upon.

    Attributes
    ----------
    rng : Generator
    shape : tuple of int
        Of the scores; the last axis is the row.
    limits : finfo
        Of the format.
    centre : ndarray, broadcasts against ``shape``
        Where scores balance the variant's offset: a score, or for a variant of
        powers the magnitude's logarithm; 0 without an offset.
    power : float or None
        The exponent of a variant of powers, None for one of exponentials.
    """

    rng: np.random.Generator
    shape: tuple[int, ...]
    limits: Any
    centre: Draw
    power: float | None

    @property
    def n(self) -> int:
        """The length of a row."""
        return self.shape[-1]

    def normal(self, scale: float = 1.0, at: float = 0.0) -> Draw:
        """Normal scores."""
        return at + scale * self.rng.standard_normal(self.shape)

    def signs(self) -> Draw:
        """Random signs."""
        return self.rng.choice([-1.0, 1.0], self.shape)

    def full(self, value: Any) -> Draw:
        """The same score everywhere, or one per row."""
        return np.broadcast_to(np.asarray(value, np.float64), self.shape).copy()

    def per_row(self, values: list[float]) -> Draw:
        """A column with one of the values per row, in turn."""
        count = int(np.prod(self.shape[:-1], dtype=np.int64))
        return np.resize(np.asarray(values), count).reshape(*self.shape[:-1], 1)

    def beside_offset(self, distance: float) -> Draw:
        """Scores at that logarithmic distance above the point where they balance the offset."""
        x = self.centre + distance + self.normal()
        if self.power is None:
            return x
        return self.signs() * np.exp(x / self.power)


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


def _subnormal(s: Scene) -> Draw:
    low, high = np.log(float(s.limits.smallest_subnormal)), np.log(float(s.limits.tiny))
    depth = s.rng.uniform(low - 1, high + 2, s.shape)
    depth[..., 0] = 0.0
    return depth if s.power is None else s.signs() * np.exp(depth / s.power)


def _tiny(s: Scene) -> Draw:
    smallest = np.log10(float(s.limits.smallest_subnormal))
    return s.signs() * 10 ** s.rng.uniform(smallest, -3, s.shape)


def _huge(s: Scene) -> Draw:
    x: Draw = s.signs() * float(s.limits.max) * s.rng.choice([1.0, 0.75, 0.5, 2**-10], s.shape)
    x[..., 0] = float(s.limits.max)
    return x


def _dominant(s: Scene) -> Draw:
    x = s.normal()
    x[..., s.n // 2] += 40.0
    return x


def _invisible_scores(s: Scene) -> Draw:
    x = s.normal(1e-3, -60.0)
    x[..., -1] = 3.0
    return x


def _edges(s: Scene) -> Draw:
    """The mass in the first, the last, or the last and first column of one tile of a width."""
    sides = [column for tile in TILES for column in (tile - 1, tile) if column < s.n - 1]
    places = s.per_row([float(p) for p in dict.fromkeys([s.n - 1, 0, *sides])])
    x: Draw = s.normal() + 12.0 * (np.arange(s.n) == places)
    return x


def _outlier(s: Scene) -> Draw:
    """Once so high that the rest is visible, once so high that exp overflows beside it."""
    x = s.normal()
    x[..., (2 * s.n) // 3] = s.per_row([100.0, 20.0])[..., 0]
    return x


def _ties(s: Scene) -> Draw:
    x = np.round(s.normal(2.0))
    top = np.max(x, axis=-1, keepdims=True)
    return np.where(s.rng.random(s.shape) < 0.3, top, x)


def _pairs(s: Scene) -> Draw:
    x = s.normal(2.0)
    x[..., 1::2] = -x[..., 0 : 2 * (s.n // 2) : 2]
    return x


def _scales(s: Scene) -> Draw:
    return s.normal() * s.per_row([1.0, 30.0, 0.01, 1.0]) + s.per_row([0.0, 0.0, 0.0, 50.0])


def _offsets(s: Scene) -> Draw:
    return s.normal() + s.per_row([0.0, 1e3, -20.0, 300.0])


def _some_minus_inf(s: Scene) -> Draw:
    x = s.normal(3.0)
    x[s.rng.random(s.shape) < 0.4] = -np.inf
    x[..., s.n // 2] = 1.0
    return x


def _tiles(s: Scene) -> Draw:
    """A quarter of the row is -inf: at the start, inside, at the end, and two quarters at once."""
    tile = max(1, s.n // 4)
    quarter = np.minimum(np.arange(s.n) // tile, 3)
    hidden = np.array([quarter == 0, quarter == 1, quarter == 3, quarter % 2 == 0])
    if s.n < 4:
        hidden[:, -1], hidden[2] = False, np.arange(s.n) == s.n - 1
    x = s.normal(2.0)
    x[hidden] = -np.inf
    return x


def _one(s: Scene) -> Draw:
    values = [0.0, 1.0, -1.0, 0.5, -3.0, 8.0, -8.0, 100.0, -100.0]
    return s.per_row([*values, float(s.limits.max), -float(s.limits.max)])


def _single(value: float) -> Callable[[Scene], Draw]:
    def draw(s: Scene) -> Draw:
        x = s.normal()
        x[0, s.n // 2] = value
        return x

    return draw


def _all_minus_inf(s: Scene) -> Draw:
    x = s.normal()
    x[0] = -np.inf
    return x


FAMILIES: tuple[Family, ...] = (
    Family("normal", "ordinary scores", lambda s: s.normal()),
    Family("wide", "differences beyond the range of exp", lambda s: s.normal(60.0)),
    Family("zero", "all scores 0", lambda s: s.full(0.0)),
    Family("equal", "all scores equal", lambda s: s.full(s.per_row([1.0, -1.5, 20.0]))),
    Family("ties", "whole numbers, the maximum several times", _ties),
    Family("sorted", "the maximum moves at every step", lambda s: np.sort(s.normal(4.0))),
    Family("pairs", "scores that cancel in a plain sum", _pairs),
    Family("offset-1e3", "an offset that overflows exp", lambda s: s.normal(at=1e3)),
    Family("offset-1e8", "an offset far above the differences", lambda s: s.normal(64.0, 1e8)),
    Family("negative", "all scores negative", lambda s: s.normal(at=-12.0)),
    Family("very-negative", "all scores far below 0", lambda s: s.normal(10.0, -2e3)),
    Family("tiny-scores", "scores near 0, subnormal ones among them", _tiny),
    Family("subnormal", "results below the normal range", _subnormal),
    Family("huge", "the largest finite scores: sums and products overflow", _huge),
    Family("dominant", "one score outweighs the rest", _dominant),
    Family("invisible-scores", "one score hides the rest", _invisible_scores),
    Family("edges", "the mass at the first or last column of a tile", _edges, (12,), "edges"),
    Family("offset-dominant", "offset far above the scores", lambda s: s.beside_offset(-10.0)),
    Family(
        "offset-balanced", "offset as large as the sum, over several blocks",
        lambda s: s.beside_offset(0.0), lengths="balanced",
    ),
    Family("offset-invisible", "offset far below the scores", lambda s: s.beside_offset(20.0)),
    Family("blocks", "lengths about powers of two", lambda s: s.normal(2.0), (1,), "blocks"),
    Family("scales", "rows of different scale in one batch", _scales, (4,)),
    Family("offsets", "rows of different offset in one batch", _offsets, (4,)),
    Family(
        "square", "as many rows as entries: sums over the wrong axis", lambda s: s.normal(2.0),
        None, "square",
    ),
    Family("vector", "one row without a batch", lambda s: s.normal(2.0), ()),
    Family("decode", "a batch of one row", lambda s: s.normal(2.0), (1,)),
    Family("batch-3d", "two batch axes", lambda s: s.normal(2.0), (2, 3), "short"),
    Family("batch-middle", "a middle axis of one", lambda s: s.normal(2.0), (3, 1), "short"),
    Family("batch-4d", "three batch axes", lambda s: s.normal(2.0), (2, 3, 2), "short"),
    Family("long-uniform", "a long row of equal scores", lambda s: s.full(0.0), (1,), "long"),
    Family("long-outlier", "one outlier in a long row", _outlier, (2,), "long"),
    Family("long-wide", "a long row of scores far apart", lambda s: s.normal(5.0), (1,), "long"),
    Family("one", "rows of one entry", _one, (11,), "one", "special"),
    Family("some-minus-inf", "-inf beside finite scores", _some_minus_inf, level="special"),
    Family(
        "tiles-minus-inf", "tiles of -inf, 32 to 1,024 wide, at the start, inside and at the end",
        _tiles, (4,), "tiles", "special",
    ),
    Family("all-minus-inf", "a row of -inf", _all_minus_inf, (3,), "short", "special"),
    Family("plus-inf", "one +inf in a row", _single(np.inf), (3,), "short", "special"),
    Family("minus-inf", "one -inf in a row", _single(-np.inf), (3,), "short", "special"),
    Family("nan", "one NaN in a row", _single(np.nan), (3,), "short", "special"),
    Family("empty", "no entry, or no row", lambda s: s.full(0.0), (3,), "empty", "special"),
)  # fmt: skip
