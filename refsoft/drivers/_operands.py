"""Arrays of any layout and format, as kernels take them: rows that are contiguous.

An array whose rows are contiguous and of the kernel's format is used where it
lies. Of any other a few rows at a time are gathered into a buffer, and results
scattered from one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refsoft._dtypes import Array, cast
from refsoft._validate import Layout
from refsoft.drivers._copies import copied_across

# Entries between the rows of a buffer, so that they do not share the sets of a cache.
_APART = 16


class Slab(NamedTuple):
    """Consecutive rows, and where they are in an array whose batch axes come first."""

    start: int
    stop: int
    place: tuple[Any, ...]


def slabs(batch: tuple[int, ...], size: int) -> Iterator[Slab]:
    """All rows of a batch, in slabs of at most ``size`` rows."""
    depth = next(d for d in range(len(batch) + 1) if math.prod(batch[d + 1 :]) <= size)
    if depth == len(batch):
        yield Slab(0, 1, ())
        return
    inner, row = math.prod(batch[depth + 1 :]), 0
    step = size // max(1, inner)  # a batch may be empty
    for lead in np.ndindex(batch[:depth]):
        for at in range(0, batch[depth], step):
            count = min(step, batch[depth] - at) * inner
            yield Slab(row, row + count, (*lead, slice(at, at + step)))
            row += count


def as_bits(rows: Array) -> Array:
    """Rows in formats that Numba knows: those of 16 bits as their bits."""
    return rows.view(np.uint16) if rows.itemsize == 2 else rows


def as_operand(
    array: Array, layout: Layout, work: np.dtype[Any], strided: bool = False
) -> Array | Source:
    """The rows where they lie, if a kernel for the format ``work`` can take them there.

    Kernels for long rows, and those that read a mask, take them ``strided``.
    """
    if array.dtype == work and array.flags.aligned:
        if layout.in_order and array.flags.c_contiguous:
            return as_bits(array.reshape(layout.count, layout.length))
        flat = layout.flat(array)
        if flat is not None and (strided or _is_contiguous(flat)):
            return as_bits(flat)
        return Source(array, layout, work, flat)
    return Source(array, layout, work, layout.flat(array))


def _is_contiguous(rows: Array) -> bool:
    return rows.shape[1] <= 1 or not rows.size or rows.strides[1] == rows.itemsize


class Source:
    """Rows to be gathered.

    Attributes
    ----------
    moved : ndarray
        The array with the axes of the batch first and those of a row last.
    flat : ndarray (rows, n) or None
        The same, where that is a view.
    even : bool
        Whether it is.
    shared : Source or None
        Whose buffer these rows take, too.
    width : int
        Bytes of a row of its buffer.
    """

    def __init__(
        self,
        array: Array,
        layout: Layout,
        work: np.dtype[Any],
        flat: Array | None,
        shared: Source | None = None,
    ) -> None:
        self.work = work
        self.shared = shared
        self.length = layout.length
        self.moved = layout.moved(array)
        self.flat = flat
        self.even = flat is not None
        self.width = 0 if shared is not None else layout.length * work.itemsize

    def room(self, rows: int) -> Array:
        """A buffer for that many rows."""
        return np.empty((rows, self.length + _APART), self.work)[:, : self.length]

    def at(self, slab: Slab) -> Array:
        """The rows of a slab, a view."""
        return self.moved[slab.place] if self.flat is None else self.flat[slab.start : slab.stop]

    def fetch(self, slab: Slab, room: Array) -> Array:
        """The rows of a slab as a kernel takes them."""
        source, rows = self.at(slab), room[: slab.stop - slab.start]
        if not copied_across(source, rows):
            np.copyto(rows.reshape(source.shape, copy=False), source, casting="unsafe")
        return as_bits(rows)

    def keep(self, slab: Slab, room: Array) -> None:
        """Nothing: what is read stays as it is."""


class Target(Source):
    """Rows to be scattered."""

    def fetch(self, slab: Slab, room: Array) -> Array:
        """Room for the results of a slab."""
        return as_bits(room[: slab.stop - slab.start])

    def keep(self, slab: Slab, room: Array) -> None:
        """The results of a slab to their place, rounded once."""
        rows, target = room[: slab.stop - slab.start], self.at(slab)
        if not copied_across(rows, target):
            np.copyto(target, cast(rows, target.dtype).reshape(target.shape))


class Nowhere:
    """Rows of results that are not wanted: each is written over the last.

    So is each entry, by kernels for long rows.
    """

    even, shared, width = True, None, 0

    def __init__(self, layout: Layout, work: np.dtype[Any], long: bool) -> None:
        self.length, self.work, self.step = layout.length, work, 0 if long else work.itemsize

    def room(self, rows: int) -> Array:
        """A buffer of a row, or of an entry, as that many rows."""
        kept = np.empty(self.length if self.step else 1, self.work)
        return as_strided(kept, (rows, self.length), (0, self.step))

    def fetch(self, slab: Slab, room: Array) -> Array:
        """Room for the results of a slab."""
        return as_bits(room[: slab.stop - slab.start])

    def keep(self, slab: Slab, room: Array) -> None:
        """Nothing."""


class Sums:
    """Numbers of every row of which only the sums over the rows are wanted."""

    even, shared, width = True, None, 0

    def __init__(self, count: int) -> None:
        self.count = count
        self._found: dict[int, Array] = {}

    def room(self, rows: int) -> Array:
        """A buffer for that many rows."""
        return np.empty((rows, self.count))

    def fetch(self, slab: Slab, room: Array) -> Array:
        """Room for the numbers of a slab."""
        rows = room[: slab.stop - slab.start]
        rows[...] = 0.0
        return rows

    def keep(self, slab: Slab, room: Array) -> None:
        """The sums of a slab."""
        self._found[slab.start] = room[: slab.stop - slab.start].sum(axis=0)

    def total(self) -> Array:
        """The sums, (1, count), whatever thread did which slab."""
        each = [self._found[start] for start in sorted(self._found)]
        return np.asarray(np.sum(each, axis=0, keepdims=True))
