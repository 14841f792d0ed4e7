"""How threads share the rows of a call: each claims some, and more when it has done them.

Claims are four integers: how many rows are claimed, how many are claimed at a time, whether
somebody has begun, how many are done. They are counted in compiled code, so that no thread
waits for another to leave the interpreter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numba import types

from refsoft._dtypes import Array
from refsoft.drivers import _bits
from refsoft.drivers._compile import compiled
from refsoft.drivers._loops import jitable

# The claims of a thread that does all rows.
ALONE = np.empty(0, np.int64)
_CLAIMS = types.Array(types.int64, 1, "C")
_NEXT, _STEP, _BEGUN, _DONE = range(4)
# Looks, with a pause after each: some 100 us, which is what it takes to wake a thread.
LOOKS = 4000


def _unclaimed() -> Array:
    return np.zeros(4, np.int64)


@jitable
def _cut(array: Any, start: Any, stop: Any, count: Any) -> Any:
    return array[start:stop] if len(array) == count else array


@cache
def _all_cut(number: int) -> Any:
    """The function that cuts a tuple of so many arrays, those that have a line for each row."""

    @jitable
    def only(arrays: Any, start: Any, stop: Any, count: Any) -> Any:
        return (_cut(arrays[0], start, stop, count),)

    if number == 1:
        return only
    rest, last = _all_cut(number - 1), number - 1

    @jitable
    def all_cut(arrays: Any, start: Any, stop: Any, count: Any) -> Any:
        return (*rest(arrays, start, stop, count), _cut(arrays[last], start, stop, count))

    return all_cut


def shared(kernel: Any, *arguments: Any) -> Any:
    """The kernel for arrays of these types, compiled for threads that claim rows of them.

    It takes claims and a tuple of the arrays; one that has a line for each row is cut.
    """
    of_block, cut = jitable(kernel), _all_cut(len(arguments))

    def claimed(claims: Any, arrays: Any) -> Any:
        count, found = len(arrays[0]), 0
        start, step = 0, count
        if claims.size:
            _bits.fetch_and_add(claims[_BEGUN:], 1)
            step = claims[_STEP]
            start = _bits.fetch_and_add(claims[_NEXT:], step)
        while start < count:
            found = of_block(*cut(arrays, start, min(start + step, count), count))
            start = count
            if claims.size:
                # What was written is seen by who reads this.
                _bits.fetch_and_add(claims[_DONE:], step)
                start = _bits.fetch_and_add(claims[_NEXT:], step)
        return found

    return compiled(claimed, _CLAIMS, types.BaseTuple.from_types(arguments))


def _reached(claims: Any, place: Any, least: Any) -> Any:
    for _ in range(LOOKS):
        if _bits.fetch_and_add(claims[place:], 0) >= least:
            return 1
        _bits.pause()
    return 0


@cache
def _looks() -> Any:
    return compiled(_reached, _CLAIMS, types.int64, types.int64)


class Board:
    """The claims of the call that comes next, for threads that watch out for it.

    They are exchanged for others after the call has been announced: who has heard of no call
    looks at those of the next.
    """

    def __init__(self) -> None:
        self.coming = _unclaimed()
        self._lock = Lock()

    def call(self, step: int, announce: Callable[[Array], object]) -> Array:
        """Announce a call that claims so many rows at a time; its claims."""
        with self._lock:
            claims = self.coming
            claims[_STEP] = step
            announce(claims)
            self.coming = _unclaimed()
        return claims


def watch(claims: Array) -> None:
    """Wait for a call to begin, but not for long."""
    _looks()(claims, _BEGUN, 1)


def finish(claims: Array, rows: int) -> None:
    """Wait until all rows are done."""
    while not _looks()(claims, _DONE, rows):
        time.sleep(1e-5)  # whoever has claimed the last of them lost its core
