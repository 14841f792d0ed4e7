"""The formats that arrays are stored in, and the one that a row of them is computed in.

float32 and float64 rows are computed where they lie. A float16 or bfloat16 row
is computed in float32, in buffers of its length: NumPy's arrays of these are
handed to Numba as their bits.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from refsoft.drivers import _bits
from refsoft.drivers._bits import bits_as, from_half, to_half
from refsoft.drivers._loops import jitable


class Storage(NamedTuple):
    """How a row is read and written: each function is called inside kernels.

    ``read(row, buffer)`` and ``room(row, buffer, in_place)`` are the scores of a
    row, and where its results go: not where the scores are. ``write(room, row,
    in_place)`` puts the results into the row. ``widen`` and ``narrow`` convert a
    single entry.
    """

    stored: Any
    work: Any
    buffered: bool
    read: Any
    room: Any
    write: Any
    widen: Any
    narrow: Any


@cache
def storage(name: str) -> Storage:
    """The storage of a format by its name."""
    if name in _HALVES:
        return _in_buffers(*_HALVES[name])
    work = np.dtype(name).type
    return Storage(getattr(types, name), work, False, _row, _room, _write, _as_is, _as_is)


@jitable
def _as_is(value: Any) -> Any:
    return value


@jitable
def _row(row: Any, buffer: Any) -> Any:
    return row


@jitable
def _room(row: Any, buffer: Any, in_place: Any) -> Any:
    return buffer if in_place else row


@jitable
def _write(room: Any, row: Any, in_place: Any) -> Any:
    if in_place:
        row[:] = room


@jitable
def _buffer(row: Any, buffer: Any, in_place: Any) -> Any:
    return buffer


def _in_buffers(widen: Any, narrow: Any) -> Storage:
    @jitable
    def read(row: Any, buffer: Any) -> Any:
        _bits.use_wide_vectors()
        for j in range(len(row)):
            buffer[j] = widen(row[j])
        return buffer

    @jitable
    def write(room: Any, row: Any, in_place: Any) -> Any:
        _bits.use_wide_vectors()
        for j in range(len(row)):
            row[j] = narrow(room[j])

    return Storage(types.uint16, np.float32, True, read, _buffer, write, widen, narrow)


@jitable
def _from_bfloat16(bits: Any) -> Any:
    return bits_as(np.int32(np.uint32(bits) << np.uint32(16)), np.float32)


@jitable
def _to_bfloat16(x: Any) -> Any:
    # Half of the last place that stays, less one if that is even: ties go to even.
    bits = np.uint32(bits_as(x, np.int32))
    last = (bits >> np.uint32(16)) & np.uint32(1)
    near = (bits + np.uint32(0x7FFF) + last) >> np.uint32(16)
    return np.uint16(near if x == x else np.uint32(0x7FC0))


_HALVES = {"float16": (from_half, to_half), "bfloat16": (_from_bfloat16, _to_bfloat16)}
