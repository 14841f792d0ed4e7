"""The scores of the case classes, each drawn by a function of the scene."""

from __future__ import annotations

import numpy as np

from refsoft.conformance.scene import Draw, Scene

TILES = (32, 64, 128, 256, 1024)


def subnormal(s: Scene) -> Draw:
    """One weight of 1, the others about the smallest numbers of the format."""
    low, high = np.log(float(s.limits.smallest_subnormal)), np.log(float(s.limits.tiny))
    depth = s.rng.uniform(low - 1, high + 2, s.shape)
    depth[..., 0] = 0.0
    return depth if s.power is None else s.signs() * np.exp(depth / s.power)


def tiny(s: Scene) -> Draw:
    """Magnitudes from the smallest number up to 1e-3."""
    smallest = np.log10(float(s.limits.smallest_subnormal))
    return s.signs() * 10 ** s.rng.uniform(smallest, -3, s.shape)


def huge(s: Scene) -> Draw:
    """The largest number and fractions of it, of either sign."""
    x: Draw = s.signs() * float(s.limits.max) * s.rng.choice([1.0, 0.75, 0.5, 2**-10], s.shape)
    x[..., 0] = float(s.limits.max)
    return x


def equal(s: Scene) -> Draw:
    """One score per row."""
    return s.full(s.per_row([1.0, -1.5, 20.0]))


def edges(s: Scene) -> Draw:
    """The mass in the first, the last, or the last and first column of one tile of a width.

    Once so that the rest is visible, once so high that exp overflows where it is overlooked.
    """
    sides = [column for tile in TILES for column in (tile - 1, tile) if column < s.n - 1]
    places = s.per_row([float(p) for p in dict.fromkeys([s.n - 1, 0, *sides])])
    heights = s.per_row([12.0] * 12 + [120.0] * 12)
    x: Draw = s.normal() + heights * (np.arange(s.n) == places)
    return x


def balance(s: Scene) -> Draw:
    """A row beside the offset, one far below it, one far above."""
    return s.beside_offset(s.per_row([0.0, -10.0, 20.0]))


def uniform(s: Scene) -> Draw:
    """Equal scores whose sum of weights is the offset."""
    x = s.full(s.centre)
    return x if s.power is None else np.exp(x / s.power)


def outlier(s: Scene) -> Draw:
    """Once so high that the rest is visible, once so high that exp overflows beside it."""
    x = s.normal()
    x[..., (2 * s.n) // 3] = s.per_row([100.0, 20.0])[..., 0]
    return x


def ties(s: Scene) -> Draw:
    """Whole numbers, about a third of them raised to the maximum."""
    x = np.round(s.normal(2.0))
    top = np.max(x, axis=-1, keepdims=True)
    return np.where(s.rng.random(s.shape) < 0.3, top, x)


def pairs(s: Scene) -> Draw:
    """Every second score is the negative of the one before."""
    x = s.normal(2.0)
    x[..., 1::2] = -x[..., 0 : 2 * (s.n // 2) : 2]
    return x


def scales(s: Scene) -> Draw:
    """Rows of four scales about 0, then rows far from 0."""
    factors = s.per_row([1.0, 20.0, 0.01, 1.0, 1.0, 1.0, 1.0, 16.0, 10.0])
    return s.normal() * factors + s.per_row([0.0, 0.0, 0.0, 50.0, 1e3, -20.0, 300.0, 1e8, -2e3])


def some_minus_inf(s: Scene) -> Draw:
    """One -inf in the first row, several in the others."""
    x = s.normal(3.0)
    hidden = s.rng.random(s.shape) < 0.4
    hidden[0] = np.arange(s.n) == 0
    x[hidden] = -np.inf
    x[..., s.n // 2] = 1.0
    return x


def tiles(s: Scene) -> Draw:
    """A quarter of the row is -inf: at the start, inside, at the end, and two quarters at once."""
    tile = max(1, s.n // 4)
    quarter = np.minimum(np.arange(s.n) // tile, 3)
    hidden = np.array([quarter == 0, quarter == 1, quarter == 3, quarter % 2 == 0])
    if s.n < 4:
        hidden[:, -1], hidden[2] = False, np.arange(s.n) == s.n - 1
    x = s.normal(2.0)
    x[hidden] = -np.inf
    return x


def one(s: Scene) -> Draw:
    """The only entry: 0, ordinary, large, the largest."""
    values = [0.0, 1.0, -1.0, 0.5, -3.0, 8.0, -8.0, 100.0, -100.0]
    return s.per_row([*values, float(s.limits.max), -float(s.limits.max)])


def plus_inf(s: Scene) -> Draw:
    """One +inf in the first row, two in the second."""
    x = s.normal()
    x[0, s.n // 2] = np.inf
    x[1, [0, -1]] = np.inf
    return x


def nan(s: Scene) -> Draw:
    """One NaN in the first row."""
    x = s.normal()
    x[0, s.n // 2] = np.nan
    return x


def all_minus_inf(s: Scene) -> Draw:
    """Nothing but -inf in the first row."""
    x = s.normal()
    x[0] = -np.inf
    return x
