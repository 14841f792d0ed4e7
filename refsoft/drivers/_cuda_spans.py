"""Kernels for rows too long to hold: tile by tile, one block a row or several.

The passes over a row are *survey*, *sum* (of gradients and tangents) and *finish*. With one
block a row they follow each other in one kernel, which reads again what the caches still
hold; with several each is a kernel of its own, so that every block knows of all the others.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.drivers._cuda_ends import NOWHERE, finder
from refsoft.drivers._cuda_finish import concluder, finisher, gatherer, terms_of
from refsoft.drivers._cuda_found import merger, surveyor
from refsoft.drivers._cuda_key import Key, cleared, share_of, sizes
from refsoft.drivers._cuda_parameters import parameters
from refsoft.drivers._cuda_rows import steps
from refsoft.drivers._cuda_slopes import accumulated
from refsoft.drivers._lanes import form, start
from refsoft.drivers._numba_cuda import compiled, cuda
from refsoft.drivers._reduce import plus, reducer, slots, whole

PASSES = ("survey", "sum", "finish")


@cache
def length_kernel(members: int) -> Any:
    """The kernel ``(rows, n, where, lengths)`` that counts what is visible, a block for a row."""
    real, sum_of, places = np.float64, reducer(plus, 2, members), slots(members)

    @compiled(members)  # type: ignore[untyped-decorator]
    def kernel(rows: Any, n: Any, where: Any, lengths: Any) -> None:
        shared = cuda.shared.array(2 * places, real)
        for r in range(np.int64(cuda.blockIdx.x), rows, np.int64(cuda.gridDim.x)):
            begin, count = start(where, r), real(0)
            for j in range(np.int64(cuda.threadIdx.x), n, members):
                count += real(where.data[begin + j * where.step] != 0)
            count = whole(sum_of(shared, (count, real(0))))
            if cuda.threadIdx.x == 0:
                lengths[r] = np.int64(count)

    return kernel


@cache
def span_kernel(operation: str, key: Key, passes: tuple[str, ...]) -> Any:
    """The kernel of some passes of an operation.

    Its arguments are ``(rows, n, blocks, tiles, x, g, where, given, moves, lengths, parts,
    sums, places, y, more)``: ``blocks`` of a row with ``tiles`` each; g and moves are the
    cotangents or tangents, x and given where there are none; ``more`` takes the logarithm of
    the normaliser or the gradients of the parameters; the others are for what blocks tell
    each other.
    """
    (first, look, load, store), (members, _, entries, room) = share_of(key), sizes(key)
    real, zero, size = form(key.format).real, form(key.format).real(0), key.shape.tile
    survey, merged = surveyor(key), merger(key)
    weigh = steps(key.recipe, real, entries).weigh
    given_of = parameters(key.count, key.format, key.usual)
    moves_of = parameters(key.count if operation == "jvp" else 0, key.format)
    terms = terms_of(operation, key)
    accumulate, gathered = accumulated(terms, real, entries), gatherer(operation, key)
    finish, conclude = finisher(operation, key), concluder(operation, key)
    sum_of, width = reducer(plus, 2, members), 2 * len(terms)
    kept = max(width, 1)  # no array is empty
    surveying, summing, finishing = (name in passes for name in PASSES)
    summing = summing and bool(terms)
    counted = key.masked and key.recipe.prepare is not None
    sided, sway, find = operation != "forward", bool(key.recipe.sway), finder(key)
    ends_room = room if sway else 1

    @compiled(key.shape.threads)  # type: ignore[untyped-decorator]
    def kernel(
        rows: Any, n: Any, blocks: Any, tiles: Any, x: Any, g: Any, where: Any, given: Any,
        moves: Any, lengths: Any, parts: Any, sums: Any, places: Any, y: Any, more: Any,
    ) -> None:  # fmt: skip
        shared = cuda.shared.array(room, real)
        shared_places = cuda.shared.array(ends_room, np.int64)
        xs, ws = cuda.local.array(entries, real), cuda.local.array(entries, real)
        gs, seen = cuda.local.array(entries, real), cuda.local.array(entries, np.bool_)
        own = cuda.local.array(kept, real)
        t, last = cuda.threadIdx.x, rows * blocks - 1
        for task in range(np.int64(cuda.blockIdx.x), rows * blocks, np.int64(cuda.gridDim.x)):
            # The last that was surveyed is still in the cache when the next kernel begins.
            b = task if surveying else last - task
            r, begin_parts = b // blocks, (b // blocks) * blocks
            tile = (b - begin_parts) * tiles
            length = lengths[r] if counted else n
            p = given_of(given, r)
            if surveying:
                survey(
                    shared, x, where, r, n, length, p, tile, tile + tiles, xs, ws, seen, parts, b
                )
                cuda.syncthreads()
            if summing or finishing:
                p, ends, s, total = merged(
                    shared, parts, begin_parts, begin_parts + blocks, length, p
                )
                dp = moves_of(moves, r)
                begin, begin_g, begin_y = start(x, r), start(g, r), start(y, r)
            if summing:
                cleared(own, width)
                low, high = NOWHERE, NOWHERE
                for i in range(tile, tile + tiles):
                    j = first(x, begin, t) + i * size
                    look(where, r, j, n, seen)
                    load(x, begin, j, n, xs)
                    if sided:
                        load(g, begin_g, j, n, gs)
                    weigh(xs, seen, ends[1], p, ws)
                    if s[1] != zero:
                        accumulate(xs, gs, seen, ws, s, p, dp, own)
                    if sway:
                        low = min(low, find(shared_places, xs, seen, j, ends[0]))
                        high = min(high, find(shared_places, xs, seen, j, ends[1]))
                for k in range(0, width, 2):
                    own[k], own[k + 1] = sum_of(shared, (own[k], own[k + 1]))
                if t == 0:
                    for k in range(width):
                        sums[b, k] = own[k]
                    places[b, 0], places[b, 1] = low, high
                cuda.syncthreads()
            if finishing:
                low, high = gathered(
                    shared, shared_places, sums, places, begin_parts, begin_parts + blocks, own
                )
                for i in range(tile, tile + tiles):
                    j = first(x, begin, t) + i * size
                    look(where, r, j, n, seen)
                    load(x, begin, j, n, xs)
                    if sided:
                        load(g, begin_g, j, n, gs)
                    weigh(xs, seen, ends[1], p, ws)
                    finish(xs, gs, seen, ws, s, p, dp, own, g, r, n, j, low, high)
                    store(ws, y, begin_y, j, n)
                if t == 0 and tile == 0:
                    conclude(own, s, p, total, more, r)

    return kernel
