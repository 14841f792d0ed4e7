"""The arrays that one size is timed on, drawn once and shared by all contenders."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from refsoft._dtypes import Array, as_dtype, cast
from refsoft.bench.sizes import SCALE, SEED, Size

BLOCK = 1 << 15  # entries drawn at a time, so that drawing leaves no memory behind


class Problem:
    """Scores, cotangent, tangent and a place for the result, drawn when first asked for.

    Parameters
    ----------
    size : Size
    dtype : str
    scale : float, optional
        The scores are standard normal times this.
    """

    def __init__(self, size: Size, dtype: str, scale: float = SCALE) -> None:
        self.size = size
        self.dtype = dtype
        self.scale = scale

    @property
    def format(self) -> np.dtype[Any]:
        """The NumPy dtype."""
        return as_dtype(self.dtype)

    @cached_property
    def x(self) -> Array:
        """The scores."""
        return self._drawn(0, self.scale)

    @cached_property
    def g(self) -> Array:
        """The cotangent, which is the tangent too."""
        return self._drawn(1, 1.0)

    @cached_property
    def out(self) -> Array:
        """Where results go."""
        return self.empty()

    def empty(self) -> Array:
        """Another array of this shape, its memory there already."""
        return np.full(self.size.shape, 0, self.format)

    def _drawn(self, stream: int, scale: float) -> Array:
        rng = np.random.default_rng([SEED, stream, self.size.rows, self.size.n])
        drawn = np.empty(self.size.shape, self.format)
        flat = drawn.reshape(-1)
        for start in range(0, flat.size, BLOCK):
            block = flat[start : start + BLOCK]
            block[:] = cast(scale * rng.standard_normal(block.size), self.format)
        return drawn
