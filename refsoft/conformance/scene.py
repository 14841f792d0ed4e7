"""What the case classes draw upon: random numbers, a shape, a format, a variant's offset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Draw = NDArray[np.float64]


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
        powers the magnitude's logarithm; 1 without an offset.
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

    def beside_offset(self, distance: Any, scale: float = 1.0) -> Draw:
        """Scores at that logarithmic distance above the point where they balance the offset."""
        x: Draw = self.centre + distance + self.normal(scale)
        return x if self.power is None else self.signs() * np.exp(x / self.power)
