"""Where rows and their vectors lie in memory: arithmetic alone, of any length.

A *vector* is as many neighbours as 16 bytes hold, which a GPU moves in one access.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

VECTOR_BYTES = 16


class Rows(NamedTuple):
    """An array as its rows lie in memory; a kernel's argument.

    Attributes
    ----------
    data : array (entries,)
        From the array's first entry on.
    sizes, strides : tuple of int
        The shape of the batch, and how many entries apart its rows are.
    step : int
        How many entries apart the neighbours of a row are.
    lead : int
        The entries between the last address that a vector may have and the first entry.
    """

    data: Any
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    step: int
    lead: int


def start(rows: Any, r: Any) -> Any:
    """Where row r begins."""
    offset, left = np.int64(0), np.int64(r)
    for back in range(1, len(rows.sizes)):
        d = len(rows.sizes) - back
        offset += (left % rows.sizes[d]) * rows.strides[d]
        left //= rows.sizes[d]
    return offset + left * rows.strides[0]


def first(begin: Any, lead: Any, width: Any, t: Any) -> Any:
    """The first entry of a row that thread t of it looks at.

    Vectors begin where they are aligned: the first before the row, if that is between two.
    """
    return np.int64(t * width - (begin + lead) % width)


def lead_of(pointer: int, itemsize: int) -> int:
    """The entries between the last address that a vector may have and an array's first."""
    return pointer // itemsize % (VECTOR_BYTES // itemsize)


def alignment(arrays: Sequence[Rows], width: int) -> tuple[bool, bool]:
    """Whether the arrays' vectors can be aligned, and whether rows may begin between two.

    They can where neighbours lie side by side and the arrays' rows begin alike.
    """
    first, alike = arrays[0], True
    for array in arrays:
        alike &= array.step == 1 and array.sizes == first.sizes
        alike &= (array.lead - first.lead) % width == 0
        pairs = zip(array.strides, first.strides, strict=False)
        alike &= all((a - b) % width == 0 for a, b in pairs)
    leads = first.lead % width != 0 or any(stride % width for stride in first.strides)
    return alike, leads
