"""The smallest and the largest score of a row, the first of each, where results depend on them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.drivers._cuda_key import Key
from refsoft.drivers._lanes import form, start
from refsoft.drivers._numba_cuda import jitable
from refsoft.drivers._reduce import earliest, reducer, whole

NOWHERE = np.int64(2**62)


@cache
def finder(key: Key) -> Any:
    """The function ``(places, x, seen, j, value)``: where a row first has a value, or NOWHERE."""
    shape = key.shape
    members, vectors, width = shape.members, shape.vectors, shape.width
    first_of = reducer(earliest, 1, members)

    @jitable
    def find(places: Any, x: Any, seen: Any, j: Any, value: Any) -> Any:
        at = NOWHERE
        for k in range(vectors):
            for i in range(width):
                if seen[k * width + i] and x[k * width + i] == value:
                    at = min(at, j + k * members * width + i)
        return first_of(places, (at,))[0]

    return find


@cache
def mover(key: Key, terms: int) -> Any:
    """The function ``(w, j, low, high, sums)`` that adds to the gradients of the ends.

    What moves with the ends are the last two of the sums.
    """
    shape = key.shape
    members, vectors, width = shape.members, shape.vectors, shape.width
    by_low, by_high = 2 * (terms - 2), 2 * (terms - 1)

    @jitable
    def move(w: Any, j: Any, low: Any, high: Any, sums: Any) -> Any:
        for k in range(vectors):
            for i in range(width):
                at = j + k * members * width + i
                if at == low:
                    w[k * width + i] += whole((sums[by_low], sums[by_low + 1]))
                if at == high:
                    w[k * width + i] += whole((sums[by_high], sums[by_high + 1]))

    return move


@cache
def entry_of(key: Key) -> Any:
    """The function ``(rows, r, n, at)`` of an entry of row r, and 0 where there is none."""
    kind = form(key.format)
    widen, zero = kind.widen, kind.real(0)

    @jitable
    def entry(rows: Any, r: Any, n: Any, at: Any) -> Any:
        return widen(rows.data[start(rows, r) + at * rows.step]) if at < n else zero

    return entry
