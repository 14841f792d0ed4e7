"""An array of any shape as a matrix of rows along some of its axes."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from refsoft._dtypes import Array


def as_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes of one row, non-negative and in the order given."""
    ndim = max(ndim, 1)  # a scalar is a row of one entry, as in NumPy's reductions
    if axis is None:
        return tuple(range(ndim))
    try:
        axes = tuple(map(operator.index, axis if isinstance(axis, tuple) else (axis,)))
    except TypeError:
        raise TypeError(f"axis={axis!r}; accepted: an int, a tuple of ints, or None") from None
    for a in axes:
        if not -ndim <= a < ndim:
            raise ValueError(
                f"axis={axis!r} is out of range; accepted for this x: {-ndim} to {ndim - 1}"
            )
    axes = tuple(a % ndim for a in axes)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis={axis!r} names an axis twice; accepted: each axis once")
    return axes


@dataclass(frozen=True)
class Layout:
    """How an array of any shape is a matrix of rows, and how to go back."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    batch: tuple[int, ...]

    @classmethod
    def of(cls, shape: tuple[int, ...], axis: object) -> Layout:
        return _layout(shape, axis) if type(axis) is int else cls._of(shape, axis)

    @classmethod
    def _of(cls, shape: tuple[int, ...], axis: object) -> Layout:
        axes = as_axes(axis, len(shape))
        batch = tuple(size for i, size in enumerate(shape) if i not in axes)
        return cls(shape, axes, batch)

    @cached_property
    def count(self) -> int:
        """The number of rows."""
        return math.prod(self.batch)

    @cached_property
    def length(self) -> int:
        """The number of entries of a row."""
        sizes = self.shape or (1,)
        return math.prod([sizes[a] for a in self.axes])

    @cached_property
    def in_order(self) -> bool:
        """Whether the axes of a row are the last, so that reshaping is all there is to do."""
        return self.axes == tuple(range(len(self.batch), len(self.shape)))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The axes of the batch and then those of a row."""
        if not self.shape:
            return ()
        return (*(a for a in range(len(self.shape)) if a not in self.axes), *self.axes)

    def moved(self, array: Array) -> Array:
        """``array``, of this shape, with the axes of the batch first: a view."""
        return array if self.in_order else array.transpose(self.order)

    def rows(self, array: Array) -> Array:
        """``array``, of this shape, as (count, length); a view where NumPy can give one."""
        return self.moved(array).reshape(self.count, self.length)

    def flat(self, array: Array) -> Array | None:
        """:meth:`rows` where that is a view, or None."""
        try:
            return self.moved(array).reshape(self.count, self.length, copy=False)
        except ValueError:
            return None

    def restore(self, rows: Array) -> Array:
        """The inverse of :meth:`rows`."""
        if self.in_order:
            return rows.reshape(self.shape)
        sizes = self.shape or (1,)
        moved = rows.reshape(self.batch + tuple(sizes[a] for a in self.axes))
        return np.moveaxis(moved, range(-len(self.axes), 0), self.axes).reshape(self.shape)


@lru_cache
def _layout(shape: tuple[int, ...], axis: int) -> Layout:
    return Layout._of(shape, axis)
