"""What blocks find of a long row, and how it is put together: the monoid of the online sum.

A block finds of its part ``(bare, low, top, near, lost)``: the smallest score, the largest
key, the sum of the weights at the scale of that key as a pair, and, of tiles without a
finite key, only how many entries are visible: their weights are for the whole row to tell.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from refsoft.catalogue._primitives import cast
from refsoft.drivers._cuda_key import Key, share_of, sizes
from refsoft.drivers._cuda_rows import fused, steps
from refsoft.drivers._lanes import form, start
from refsoft.drivers._numba_cuda import cuda, jitable
from refsoft.drivers._reduce import larger, largest, plus, reducer

FIELDS = 5
OF_ROW = 8


@cache
def surveyor(key: Key) -> Any:
    """The function that goes over tiles of a row once, and writes what it found at ``parts[at]``.

    Its arguments are ``(shared, x, where, r, n, length, given, tile, last, xs, ws, seen,
    parts, at)``, for the tiles from ``tile`` up to ``last``.
    """
    (first, look, load, _), (members, _, entries, _) = share_of(key), sizes(key)
    kind, size = form(key.format), key.shape.tile
    step = steps(key.recipe, kind.real, entries)
    prepare, count, smallest, rank, weigh = step[:5]
    largest_of, sum_of = reducer(largest(kind.real), 1, members), reducer(plus, 2, members)
    zero, lowest = kind.real(0), kind.real(-math.inf)
    of_two, moved, prepared = larger(kind.real), rescaled(key), key.recipe.prepare is not None

    @jitable
    def survey(
        shared: Any, x: Any, where: Any, r: Any, n: Any, length: Any, given: Any, tile: Any,
        last: Any, xs: Any, ws: Any, seen: Any, parts: Any, at: Any,
    ) -> Any:  # fmt: skip
        p = prepare(length, zero, *given)
        begin = start(x, r)
        bare, low, top, total = zero, lowest, lowest, (zero, zero)
        for i in range(tile, last):
            j = first(x, begin, cuda.threadIdx.x) + i * size
            look(where, r, j, n, seen)
            load(x, begin, j, n, xs)
            if prepared:
                low = of_two(low, smallest(xs, seen)[0])
            of_tile = largest_of(shared, rank(xs, seen, p))[0]
            if of_tile == lowest:
                bare += sum_of(shared, count(seen))[0]
            else:
                reached = of_two(top, of_tile)
                if top != lowest:
                    total = moved(total, top, reached, p)
                _, own = weigh(xs, seen, reached, p, ws)
                total, top = plus(total, own), reached
        total = sum_of(shared, total)
        low = largest_of(shared, (low,))[0]
        if cuda.threadIdx.x == 0:
            parts[at, 0], parts[at, 1], parts[at, 2] = bare, -low, top
            parts[at, 3], parts[at, 4] = total

    return survey


@cache
def merger(key: Key) -> Any:
    """The function ``(shared, parts, start, stop, length, given)``: a row from its parts.

    It returns what the weigher of a held row does.
    """
    kind, members, recipe = form(key.format), key.shape.members, key.recipe
    step = steps(recipe, kind.real, key.shape.entries)
    prepare, normaliser = step.prepare, step.normaliser
    of_key, shift, weight = recipe.key, recipe.shift, recipe.weight
    largest_of, sum_of = reducer(largest(kind.real), 1, members), reducer(plus, 2, members)
    zero, lowest = kind.real(0), kind.real(-math.inf)
    of_two, moved = larger(kind.real), rescaled(key)

    @jitable
    def merged(shared: Any, parts: Any, begin: Any, end: Any, length: Any, given: Any) -> Any:
        low, top, t = lowest, lowest, cuda.threadIdx.x
        for i in range(begin + t, end, members):
            low, top = of_two(low, -parts[i, 1]), of_two(top, parts[i, 2])
        low = -largest_of(shared, (low,))[0]
        top = largest_of(shared, (top,))[0]
        p = prepare(length, low, *given)
        m, total = cast(shift(top, *p), top), (zero, zero)
        # The score whose key is -inf: -inf itself, or inf where the order is reversed.
        endless = lowest if of_key(lowest, *p) == lowest else -lowest
        for i in range(begin + t, end, members):
            if parts[i, 2] != lowest:
                own = moved((parts[i, 3], parts[i, 4]), parts[i, 2], top, p)
                total = plus(total, own)
            if parts[i, 0] != zero:
                total = plus(total, (parts[i, 0] * weight(endless, m, *p), zero))
        total = sum_of(shared, total)
        return p, (low, top), normaliser(m, total, p), total

    return merged


@jitable
def keep(found: Any, r: Any, ends: Any, s: Any, total: Any) -> Any:
    """Write down what a merger returned of row r."""
    found[r, 0], found[r, 1] = ends
    found[r, 2], found[r, 3], found[r, 4], found[r, 5] = s
    found[r, 6], found[r, 7] = total


@cache
def recaller(key: Key) -> Any:
    """The function ``(found, r, length, given)`` that returns it again."""
    prepare = steps(key.recipe, form(key.format).real, key.shape.entries).prepare

    @jitable
    def recalled(found: Any, r: Any, length: Any, given: Any) -> Any:
        low, top = found[r, 0], found[r, 1]
        s = found[r, 2], found[r, 3], found[r, 4], found[r, 5]
        return prepare(length, low, *given), (low, top), s, (found[r, 6], found[r, 7])

    return recalled


@cache
def rescaled(key: Key) -> Any:
    """The function ``(total, top, reached, p)``: a sum at the scale of a larger key."""
    shift = key.recipe.shift
    rescale: Any = key.recipe.rescale

    @jitable
    def moved(total: Any, top: Any, reached: Any, p: Any) -> Any:
        result = total
        if top != reached:
            before, after = cast(shift(top, *p), top), cast(shift(reached, *p), reached)
            factor = rescale(before, after, *p)
            near = total[0] * factor
            result = (near, fused(total[0], factor, -near) + total[1] * factor)
        return result

    return moved
