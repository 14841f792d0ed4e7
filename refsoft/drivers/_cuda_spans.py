"""The kernel for rows too long to hold: tile by tile, some tiles a task, by several blocks.

A row goes through stages: *survey*, *sum* (of gradients and tangents) and *finish*. A task
of a stage needs what all tasks of the row found in the one before, which the last of them
puts together (:mod:`refsoft.drivers._cuda_turns`). So a row is read again while the cache
still has it, and that in one kernel.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.drivers._cuda_ends import NOWHERE, finder
from refsoft.drivers._cuda_finish import concluder, finisher, gatherer, terms_of
from refsoft.drivers._cuda_found import OF_ROW, keep, merger, recaller, surveyor
from refsoft.drivers._cuda_key import Key, cleared, share_of, sizes
from refsoft.drivers._cuda_parameters import parameters
from refsoft.drivers._cuda_rows import steps
from refsoft.drivers._cuda_slopes import accumulated
from refsoft.drivers._cuda_turns import announce, arrive, draw, due, tickets, wait
from refsoft.drivers._lanes import form, start
from refsoft.drivers._launch import STAGES
from refsoft.drivers._numba_cuda import compiled, cuda
from refsoft.drivers._reduce import plus, reducer, slots, whole


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
def span_kernel(operation: str, key: Key) -> Any:
    """The kernel of an operation.

    Its arguments are ``(rows, n, blocks, tiles, lag, x, g, where, given, moves, lengths,
    flags, parts, sums, places, found, ends, y, more)``: ``blocks`` tasks of a row with
    ``tiles`` each; g and moves are the cotangents or tangents, x and given where there are
    none; ``more`` takes the logarithm of the normaliser or the gradients of the parameters.
    Tasks tell each other by the others: ``parts``, ``sums`` and ``places`` have what each
    found, ``found`` and ``ends`` what that makes for a row.
    """
    (first, look, load, store), (members, _, entries, room) = share_of(key), sizes(key)
    real, zero, size = form(key.format).real, form(key.format).real(0), key.shape.tile
    survey, merged, recalled = surveyor(key), merger(key), recaller(key)
    weigh = steps(key.recipe, real, entries).weigh
    given_of = parameters(key.count, key.format, key.usual)
    moves_of = parameters(key.count if operation == "jvp" else 0, key.format)
    terms, stages = terms_of(operation, key), STAGES[operation]
    accumulate, gathered = accumulated(terms, real, entries), gatherer(operation, key)
    finish, conclude = finisher(operation, key), concluder(operation, key)
    sum_of, width = reducer(plus, 2, members), 2 * len(terms)
    kept = max(width, 1)  # no array is empty
    counted = key.masked and key.recipe.prepare is not None
    sided, sway, find = operation != "forward", bool(key.recipe.sway), finder(key)
    ends_room = room if sway else 1

    @compiled(key.shape.threads)  # type: ignore[untyped-decorator]
    def kernel(
        rows: Any, n: Any, blocks: Any, tiles: Any, lag: Any, x: Any, g: Any, where: Any,
        given: Any, moves: Any, lengths: Any, flags: Any, parts: Any, sums: Any, places: Any,
        found: Any, ends: Any, y: Any, more: Any,
    ) -> None:  # fmt: skip
        shared = cuda.shared.array(room, real)
        shared_places = cuda.shared.array(ends_room, np.int64)
        turn = cuda.shared.array(1, np.int64)
        xs, ws = cuda.local.array(entries, real), cuda.local.array(entries, real)
        gs, seen = cuda.local.array(entries, real), cuda.local.array(entries, np.bool_)
        own, t, tasks = cuda.local.array(kept, real), cuda.threadIdx.x, rows * blocks
        every = tickets(tasks, stages, lag)
        for _ in range(np.int64(cuda.blockIdx.x), every, np.int64(cuda.gridDim.x)):
            stage, task = due(draw(turn, flags), stages, lag)
            if task < 0 or task >= tasks:
                continue
            r = task // blocks
            tile, part = (task - r * blocks) * tiles, r * blocks
            length, p = lengths[r] if counted else n, given_of(given, r)
            if stage == 0:
                survey(
                    shared, x, where, r, n, length, p, tile, tile + tiles, xs, ws, seen, parts,
                    task,
                )  # fmt: skip
                if arrive(turn, flags, r, blocks):
                    p, reach, s, total = merged(shared, parts, part, part + blocks, length, p)
                    if t == 0:
                        keep(found, r, reach, s, total)
                        if not sided:
                            conclude(own, s, p, total, more, r)
                        announce(flags, r)
                continue
            wait(flags, r, stage)
            p, reach, s, total = recalled(found, r, length, p)
            dp = moves_of(moves, r)
            begin, begin_g, begin_y = start(x, r), start(g, r), start(y, r)
            low, high = NOWHERE, NOWHERE
            cleared(own, width)
            finishing = stage == stages - 1 or not sided
            if finishing:
                for k in range(width):
                    own[k] = found[r, OF_ROW + k]
                if sway:
                    low, high = ends[r, 0], ends[r, 1]
            for i in range(tile, tile + tiles):
                j = first(x, begin, t) + i * size
                look(where, r, j, n, seen)
                load(x, begin, j, n, xs)
                if sided:
                    load(g, begin_g, j, n, gs)
                weigh(xs, seen, reach[1], p, ws)
                if finishing:
                    finish(xs, gs, seen, ws, s, p, dp, own, g, r, n, j, low, high)
                    store(ws, y, begin_y, j, n)
                else:
                    if s[1] != zero:
                        accumulate(xs, gs, seen, ws, s, p, dp, own)
                    if sway:
                        low = min(low, find(shared_places, xs, seen, j, reach[0]))
                        high = min(high, find(shared_places, xs, seen, j, reach[1]))
            if finishing:
                continue
            for k in range(0, width, 2):
                own[k], own[k + 1] = sum_of(shared, (own[k], own[k + 1]))
            if t == 0:
                for k in range(width):
                    sums[task, k] = own[k]
                places[task, 0], places[task, 1] = low, high
            if arrive(turn, flags, r, blocks):
                low, high = gathered(shared, shared_places, sums, places, part, part + blocks, own)
                if t == 0:
                    for k in range(width):
                        found[r, OF_ROW + k] = own[k]
                    ends[r, 0], ends[r, 1] = low, high
                    conclude(own, s, p, total, more, r)
                    announce(flags, r)

    return kernel
