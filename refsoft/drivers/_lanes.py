"""The formats that a GPU's memory holds, and how a thread moves its entries.

Arithmetic is float64 for float64 and float32 for the others, whose values Numba is handed
as bits where they have 16. A *vector* is as many neighbours as 16 bytes hold: one access.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from refsoft._dtypes import BFLOAT16
from refsoft.drivers import _index
from refsoft.drivers._numba_cuda import SIMULATED, jitable

if not SIMULATED:
    from refsoft.drivers import _vectors


class Form(NamedTuple):
    """A format: ``stored`` in memory, computed in ``real``, ``width`` to a vector.

    ``widen(bits)`` and ``narrow(value)`` convert; ``read(data, offset, tile, at)`` and
    ``write(tile, at, data, offset)`` move an aligned vector.
    """

    stored: Any
    real: Any
    width: int
    widen: Any
    narrow: Any
    read: Any
    write: Any


@cache
def form(name: str) -> Form:
    """The form of a format by its name."""
    stored = np.dtype(np.uint16 if name in _HALVES else name)
    real = np.float64 if name == "float64" else np.float32
    width = _index.VECTOR_BYTES // stored.itemsize
    convert = _simulated_conversion if SIMULATED else _vectors.conversion
    widen, narrow = (_itself, _itself) if name not in _HALVES else convert(name)
    move = _simulated_vectors if SIMULATED else _vectors.vectors
    return Form(stored, real, width, widen, narrow, *move(name, width, widen, narrow))


_HALVES = {"float16": np.dtype(np.float16), "bfloat16": BFLOAT16}


@jitable
def _itself(value: Any) -> Any:
    return value


def _simulated_conversion(name: str) -> tuple[Any, Any]:
    half = _HALVES[name]

    def widen(bits: Any) -> Any:
        return np.float32(np.uint16(bits).view(half))

    def narrow(value: Any) -> Any:
        return np.float32(value).astype(half).view(np.uint16)

    return widen, narrow


def _simulated_vectors(name: str, width: int, widen: Any, narrow: Any) -> tuple[Any, Any]:
    def read(data: Any, offset: Any, tile: Any, at: Any) -> None:
        assert offset % width == 0, "a vector is read from where it is aligned"  # noqa: S101
        for i in range(width):
            tile[at + i] = widen(data[offset + i])

    def write(tile: Any, at: Any, data: Any, offset: Any) -> None:
        assert offset % width == 0, "a vector is written to where it is aligned"  # noqa: S101
        for i in range(width):
            data[offset + i] = narrow(tile[at + i])

    return read, write


start = jitable(_index.start)
_first = jitable(_index.first)


class Share(NamedTuple):
    """How a thread handles its share of a row: `vectors` vectors, `members` threads a row.

    Its k-th vector begins at entry ``first + k members width`` of the row.
    """

    first: Any
    look: Any
    load: Any
    store: Any


@cache
def share(name: str, members: int, vectors: int, aligned: bool, masked: bool) -> Share:
    """The functions of a share; one that is not aligned has vectors of one entry."""
    kind = form(name)
    width = kind.width if aligned else 1
    widen, narrow, read, write = kind.widen, kind.narrow, kind.read, kind.write
    zero = kind.real(0)

    @jitable
    def first(rows: Any, begin: Any, t: Any) -> Any:
        return _first(begin, rows.lead, width, t)

    @jitable
    def look(where: Any, r: Any, j: Any, n: Any, seen: Any) -> Any:
        """Which entries of the share are there, and visible."""
        begin = start(where, r) if masked else np.int64(0)
        for k in range(vectors):
            for i in range(width):
                e = j + k * members * width + i
                there = 0 <= e < n
                if masked and there:
                    there = where.data[begin + e * where.step] != 0
                seen[k * width + i] = there

    @jitable
    def load(rows: Any, begin: Any, j: Any, n: Any, tile: Any) -> Any:
        for k in range(vectors):
            e = j + k * members * width
            if aligned and e >= 0 and e + width <= n:
                read(rows.data, begin + e, tile, k * width)
            else:
                for i in range(width):
                    there = 0 <= e + i < n
                    tile[k * width + i] = (
                        widen(rows.data[begin + (e + i) * rows.step]) if there else zero
                    )

    @jitable
    def store(tile: Any, rows: Any, begin: Any, j: Any, n: Any) -> Any:
        for k in range(vectors):
            e = j + k * members * width
            if aligned and e >= 0 and e + width <= n:
                write(tile, k * width, rows.data, begin + e)
            else:
                for i in range(width):
                    if 0 <= e + i < n:
                        rows.data[begin + (e + i) * rows.step] = narrow(tile[k * width + i])

    return Share(first, look, load, store)
