"""How the blocks of one kernel wait for each other: by tickets, and counts of integers.

A block draws a ticket and does its task, and waits only for tasks of tickets drawn before
its own (:func:`refsoft.drivers._launch.due`). Whoever drew them is running, and by induction
waits for nobody for ever: no block needs all the others to be on the GPU at the same time.

``flags`` has the next ticket, and for every row how often a block has arrived, and how many
stages are done.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.drivers import _launch
from refsoft.drivers._numba_cuda import compiled, cuda, jitable

NEXT = 0

due, tickets = jitable(_launch.due), jitable(_launch.tickets)


def flags_of(rows: int) -> int:
    """The length of the flags for so many rows."""
    return 1 + 2 * rows


@cache
def clearing_kernel(members: int) -> Any:
    """The kernel ``(flags,)`` that sets them to 0, before each call."""

    @compiled(members)  # type: ignore[untyped-decorator]
    def kernel(flags: Any) -> None:
        for i in range(cuda.grid(1), flags.size, cuda.gridsize(1)):
            flags[i] = 0

    return kernel


@jitable
def draw(shared: Any, flags: Any) -> Any:
    """The next ticket, the same for the whole block."""
    if cuda.threadIdx.x == 0:
        shared[0] = cuda.atomic.add(flags, NEXT, np.int64(1))
    cuda.syncthreads()
    ticket = shared[0]
    cuda.syncthreads()  # before anyone writes there again
    return ticket


@jitable
def arrive(shared: Any, flags: Any, r: Any, blocks: Any) -> Any:
    """Tell what thread 0 has written of row r; whether all of its blocks now have."""
    if cuda.threadIdx.x == 0:
        cuda.threadfence()
        shared[0] = cuda.atomic.add(flags, 1 + 2 * r, np.int64(1)) + 1
        cuda.threadfence()
    cuda.syncthreads()
    last = shared[0] % blocks == 0
    cuda.syncthreads()
    return last


@jitable
def announce(flags: Any, r: Any) -> Any:
    """Tell, by thread 0, that a stage of row r is done, and what it has written of it."""
    cuda.threadfence()
    cuda.atomic.add(flags, 2 + 2 * r, np.int64(1))


@jitable
def wait(flags: Any, r: Any, stages: Any) -> Any:
    """Wait until so many stages of row r are done."""
    if cuda.threadIdx.x == 0:
        while cuda.atomic.add(flags, 2 + 2 * r, np.int64(0)) < stages:
            cuda.nanosleep(np.uint32(100))
        cuda.threadfence()
    cuda.syncthreads()
