"""What the threads of a row find together: the largest, the first, the sum, known to them all.

On the GPU a warp exchanges registers, and the warps of a block meet once in shared memory.
The simulator has no warps: there a tree in shared memory does both.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.catalogue._primitives import difference, is_infinite
from refsoft.drivers._numba_cuda import SIMULATED, cuda, jitable

if not SIMULATED:
    from refsoft.drivers._vectors import larger_single

WARP = 32
EVERYONE = 0xFFFFFFFF


def slots(threads: int) -> int:
    """The places of shared memory that a block of that many threads needs."""
    return threads if SIMULATED else max(1, threads // WARP)


@cache
def reducer(combine: Any, parts: int, members: int) -> Any:
    """The function ``(shared, value)`` of a value that is a tuple of so many numbers.

    ``combine`` takes two values and does not mind their order, so that every thread has the
    same bits in the end; ``shared`` holds `slots` places for each of the numbers.
    """
    exchange, put, take = _MOVES[parts]
    warps = members // WARP

    @jitable
    def over_lanes(value: Any, width: Any) -> Any:
        step = 1
        while step < width:
            value = combine(value, exchange(value, step))
            step *= 2
        return value

    @jitable
    def in_warps(shared: Any, value: Any) -> Any:
        value = over_lanes(value, min(members, WARP))
        if members > WARP:
            t = cuda.threadIdx.x
            if t % WARP == 0:
                put(shared, t // WARP, value)
            cuda.syncthreads()
            value = over_lanes(take(shared, t % warps), warps)
            cuda.syncthreads()  # before anyone writes there again
        return value

    def in_shared_memory(shared: Any, value: Any) -> Any:
        t = cuda.threadIdx.x
        own, step = t % members, members // 2
        put(shared, t, value)
        while step > 0:
            cuda.syncthreads()
            if own < step:
                put(shared, t, combine(take(shared, t), take(shared, t + step)))
            step //= 2
        cuda.syncthreads()
        value = take(shared, t - own)
        cuda.syncthreads()
        return value

    return in_shared_memory if SIMULATED else in_warps


@jitable
def _exchange_one(value: Any, step: Any) -> Any:
    return (cuda.shfl_xor_sync(EVERYONE, value[0], step),)


@jitable
def _exchange_two(value: Any, step: Any) -> Any:
    return (
        cuda.shfl_xor_sync(EVERYONE, value[0], step),
        cuda.shfl_xor_sync(EVERYONE, value[1], step),
    )


@jitable
def _put_one(shared: Any, place: Any, value: Any) -> Any:
    shared[place] = value[0]


@jitable
def _put_two(shared: Any, place: Any, value: Any) -> Any:
    shared[2 * place], shared[2 * place + 1] = value


@jitable
def _take_one(shared: Any, place: Any) -> Any:
    return (shared[place],)


@jitable
def _take_two(shared: Any, place: Any) -> Any:
    return shared[2 * place], shared[2 * place + 1]


_MOVES = {
    1: (_exchange_one, _put_one, _take_one),
    2: (_exchange_two, _put_two, _take_two),
}


@jitable
def _larger(a: Any, b: Any) -> Any:
    return b if b > a or b != b else a


def larger(real: Any) -> Any:
    """The function of the larger of two numbers of a type, NaN if one is NaN."""
    return _larger if SIMULATED or real is np.float64 else larger_single


@cache
def largest(real: Any) -> Any:
    """The same of two 1-tuples, for `reducer`."""
    of_two = larger(real)

    @jitable
    def of_tuples(a: Any, b: Any) -> Any:
        return (of_two(a[0], b[0]),)

    return of_tuples


@jitable
def earliest(a: Any, b: Any) -> Any:
    """The smaller of two 1-tuples of integers."""
    return (min(a[0], b[0]),)


@jitable
def plus(a: Any, b: Any) -> Any:
    """The sum of two pairs, each a number and what rounding has lost of it."""
    near, lost = difference(a[0], -b[0])
    return near, (a[1] + b[1]) + lost


@jitable
def whole(pair: Any) -> Any:
    """A pair as one number; what an infinite one has lost means nothing."""
    near, lost = pair
    return near if is_infinite(near) else near + lost
