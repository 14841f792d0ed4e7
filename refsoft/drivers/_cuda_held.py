"""Kernels for rows that a warp or a block holds in registers: one read, one write.

A group of ``members`` threads takes a row, and a block takes ``slots`` rows at a time. An
argument that is an array of scores is a :class:`Rows`; a parameter is a number or one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.drivers._cuda_ends import NOWHERE, finder
from refsoft.drivers._cuda_finish import concluder, finisher, terms_of
from refsoft.drivers._cuda_key import Key, cleared, share_of, sizes
from refsoft.drivers._cuda_parameters import parameters
from refsoft.drivers._cuda_rows import steps
from refsoft.drivers._cuda_slopes import accumulated
from refsoft.drivers._lanes import form, start
from refsoft.drivers._numba_cuda import compiled, cuda, jitable
from refsoft.drivers._reduce import largest, plus, reducer, whole


@cache
def weigher(key: Key) -> Any:
    """The function ``(shared, x, seen, n, given, w)`` that writes the weights of a held row.

    It returns what stands for the parameters, the ends of the row, s, and the sum of weights.
    """
    real, (members, _, entries, _) = form(key.format).real, sizes(key)
    step = steps(key.recipe, real, entries)
    prepare, count, smallest, rank = step.prepare, step.count, step.smallest, step.rank
    weigh, normaliser = step.weigh, step.normaliser
    largest_of, sum_of = reducer(largest(real), 1, members), reducer(plus, 2, members)
    prepared, masked = key.recipe.prepare is not None, key.masked

    @jitable
    def weighed(shared: Any, x: Any, seen: Any, n: Any, given: Any, w: Any) -> Any:
        length, low = n, real(0)
        if prepared:
            low = -largest_of(shared, smallest(x, seen))[0]
            if masked:
                length = np.int64(whole(sum_of(shared, count(seen))))
        p = prepare(length, low, *given)
        top = largest_of(shared, rank(x, seen, p))[0]
        m, own = weigh(x, seen, top, p, w)
        total = sum_of(shared, own)
        return p, (low, top), normaliser(m, total, p), total

    return weighed


@cache
def held_kernel(operation: str, key: Key) -> Any:
    """The kernel of an operation, one of forward, vjp and jvp.

    Its arguments are ``(rows, n, x, g, where, given, moves, y, more)``: g and moves are the
    cotangents or tangents, x and given where there are none; ``more`` takes the logarithm of
    the normaliser or the gradients of the parameters.
    """
    (first, look, load, store), (members, slots, entries, room) = share_of(key), sizes(key)
    real, zero = form(key.format).real, form(key.format).real(0)
    weighed, given_of = weigher(key), parameters(key.count, key.format, key.usual)
    sided, pushing = operation != "forward", operation == "jvp"
    moves_of, terms = parameters(key.count if pushing else 0, key.format), terms_of(operation, key)
    accumulate, width = accumulated(terms, real, entries), 2 * len(terms)
    kept = max(width, 1)  # no array is empty
    finish, conclude = finisher(operation, key), concluder(operation, key)
    sum_of, sway, find = reducer(plus, 2, members), bool(key.recipe.sway) and sided, finder(key)
    ends_room = room if sway else 1

    @compiled(key.shape.threads)  # type: ignore[untyped-decorator]
    def kernel(
        rows: Any, n: Any, x: Any, g: Any, where: Any, given: Any, moves: Any, y: Any, more: Any
    ) -> None:
        shared = cuda.shared.array(room, real)
        places = cuda.shared.array(ends_room, np.int64)
        xs, ws = cuda.local.array(entries, real), cuda.local.array(entries, real)
        gs, seen = cuda.local.array(entries, real), cuda.local.array(entries, np.bool_)
        sums = cuda.local.array(kept, real)
        t, slot = cuda.threadIdx.x % members, cuda.threadIdx.x // members
        every = np.int64(cuda.gridDim.x) * slots
        for block in range(np.int64(cuda.blockIdx.x) * slots, rows, every):
            alive = block + slot < rows  # the others keep their warp company
            r = block + slot if alive else block
            begin, low, high = start(x, r), NOWHERE, NOWHERE
            j = first(x, begin, t)
            look(where, r, j, n, seen)
            load(x, begin, j, n, xs)
            if sided:
                load(g, start(g, r), j, n, gs)
            p, ends, s, total = weighed(shared, xs, seen, n, given_of(given, r), ws)
            dp = moves_of(moves, r)
            cleared(sums, width)
            if s[1] != zero:
                accumulate(xs, gs, seen, ws, s, p, dp, sums)
            for k in range(0, width, 2):
                sums[k], sums[k + 1] = sum_of(shared, (sums[k], sums[k + 1]))
            if sway:
                low = find(places, xs, seen, j, ends[0])
                high = find(places, xs, seen, j, ends[1])
            finish(xs, gs, seen, ws, s, p, dp, sums, g, r, n, j, low, high)
            if alive:
                store(ws, y, start(y, r), j, n)
                if t == 0:
                    conclude(sums, s, p, total, more, r)

    return kernel
