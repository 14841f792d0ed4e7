"""Copies between rows that lie across memory and rows that lie along it."""

from __future__ import annotations

from functools import cache
from typing import Any

from numba import types

from refsoft._dtypes import Array
from refsoft.drivers._bits import row_of
from refsoft.drivers._compile import compiled


def copied_across(source: Array, target: Array) -> bool:
    """Copy rows to or from where they are columns; False where nothing was done."""
    if source.shape != target.shape or source.ndim != 2 or source.dtype != target.dtype:
        return False
    if not (source.flags.aligned and target.flags.aligned):
        return False
    size = source.itemsize
    if source.strides[0] == target.strides[1] == size:
        _kernels(size)[0](_words(source.T), _words(target))
    elif source.strides[1] == target.strides[0] == size:
        _kernels(size)[1](_words(source), _words(target.T))
    else:
        return False
    return True


def _words(array: Array) -> Array:
    return array.view(f"u{array.itemsize}")


@cache
def _kernels(size: int) -> tuple[Any, Any]:
    word = types.Integer.from_bitwidth(8 * size, False)
    given, result = (types.Array(word, 2, "A", readonly=flag) for flag in (True, False))

    def from_columns(columns: Any, rows: Any) -> Any:
        for j in range(len(columns)):
            column = row_of(columns, j)
            for r in range(len(column)):
                rows[r, j] = column[r]
        return 0

    def to_columns(rows: Any, columns: Any) -> Any:
        for j in range(len(columns)):
            column = row_of(columns, j)
            for r in range(len(column)):
                column[r] = rows[r, j]
        return 0

    return compiled(from_columns, given, result), compiled(to_columns, given, result)
