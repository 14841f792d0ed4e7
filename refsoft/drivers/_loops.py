"""The loops over one row, compiled into every CPU kernel.

A loop does one thing and runs over a contiguous block, sums are float64: the
shape that LLVM turns into vector code. Within a block a sum is taken in any
order; the sums of the blocks are added without error, so that the length of a
row does not matter.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from refsoft.catalogue._primitives import difference, is_infinite
from refsoft.drivers._bits import from_ordinal, ordinal
from refsoft.drivers.simd import INLINED, add, ratio

BLOCK = 1024
# Entries that are looked through one by one.
STRETCH = 128

jitable = cache(register_jitable(**INLINED))


@jitable
def gather(row: Any, visible: Any, packed: Any) -> Any:
    """Copy the visible entries of a row side by side; how many there are."""
    n = 0
    for j in range(len(row)):
        if visible[j]:
            packed[n] = row[j]
            n += 1
    return n


@jitable
def scatter(packed: Any, visible: Any, row: Any, masked: Any) -> Any:
    """Undo `gather`, with ``masked`` where the mask hides."""
    n = 0
    for j in range(len(row)):
        if visible[j]:
            row[j] = packed[n]
            n += 1
        else:
            row[j] = masked


@jitable
def largest(key: Any, x: Any, p: Any) -> Any:
    """The largest key of a row; NaN if one is NaN, -inf if there is none."""
    # Over integers that order alike: LLVM vectorises no maximum of floats.
    top = ordinal(x.dtype.type(-np.inf))
    for j in range(len(x)):
        rank = ordinal(key(x[j], *p))
        top = rank if rank > top else top
    return from_ordinal(top)


@jitable
def smallest(x: Any) -> Any:
    """The smallest score of a row; inf if there is none."""
    low = ordinal(x.dtype.type(np.inf))
    for j in range(len(x)):
        rank = ordinal(x[j])
        low = rank if rank < low else low
    return from_ordinal(low)


@jitable
def weigh(weight: Any, x: Any, m: Any, p: Any, w: Any) -> Any:
    """Write the weights of a row to w, and return their sum."""
    total, carry = 0.0, 0.0
    for start in range(0, len(x), BLOCK):
        xs, ws = x[start : start + BLOCK], w[start : start + BLOCK]
        for j in range(len(xs)):
            ws[j] = weight(xs[j], m, *p)
        block = 0.0
        for j in range(len(ws)):
            block = add(block, np.float64(ws[j]))
        total, lost = difference(total, -block)
        carry += lost
    return total + carry


@jitable
def normalise(x: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
    """Divide the weights by z in place."""
    for j in range(len(w)):
        w[j] = ratio(w[j], z)


@cache
def finisher(result: Any) -> Any:
    """What turns the weights of a row into its results, in place."""
    if result is None:
        return normalise

    @jitable
    def finish(x: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        for j in range(len(w)):
            w[j] = result(np.float64(x[j]), np.float64(w[j]), m, z, *p)

    return finish


@cache
def sums(*terms: Any) -> Any:
    """The function ``(x, g, w, *given)`` with the sum of each term(x_j, g_j, w_j, *given)."""
    values, added, zeros = _values(*terms), _each(add, len(terms)), (0.0,) * len(terms)

    @jitable
    def of_block(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        block = zeros
        for j in range(len(x)):
            entry = np.float64(x[j]), np.float64(g[j]), np.float64(w[j])
            block = added(block, values(*entry, *given))
        return block

    over_blocks = _over_blocks(of_block, len(terms))

    @jitable
    def summed(x: Any, g: Any, w: Any, *given: Any) -> Any:
        return over_blocks(x, g, w, w, *given)

    return summed


@cache
def written(value: Any, beside: bool, *terms: Any) -> Any:
    """The function ``(x, g, w, d, *given)`` that writes value(x_j, g_j, w_j, *given) to d.

    It returns the sums of the terms, too. Without ``beside`` d is w.
    """
    values, added, zeros = _values(*terms), _each(add, len(terms)), (0.0,) * len(terms)

    @jitable
    def of_block_beside(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        block = zeros
        for j in range(len(x)):
            entry = np.float64(x[j]), np.float64(g[j]), np.float64(w[j])
            block = added(block, values(*entry, *given))
            d[j] = value(*entry, *given)
        return block

    @jitable
    def of_block_in_place(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        # By one name: of two LLVM takes it that they overlap, where they do.
        block = zeros
        for j in range(len(x)):
            entry = np.float64(x[j]), np.float64(g[j]), np.float64(d[j])
            block = added(block, values(*entry, *given))
            d[j] = value(*entry, *given)
        return block

    return _over_blocks(of_block_beside if beside else of_block_in_place, len(terms))


def _over_blocks(of_block: Any, count: int) -> Any:
    """The function ``(x, g, w, d, *given)`` with the sums of what of_block returns for blocks."""
    plus, lost, corrected = _each(_plus, count), _each(_lost, count), _each(_corrected, count)
    zeros = (0.0,) * count

    @jitable
    def over_blocks(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        totals, carries = zeros, zeros
        for start in range(0, len(x), BLOCK):
            end = start + BLOCK
            block = of_block(x[start:end], g[start:end], w[start:end], d[start:end], *given)
            carries = plus(carries, lost(totals, block))
            totals = plus(totals, block)
        return corrected(totals, carries)

    return over_blocks


def _values(*terms: Any) -> Any:
    """The function with the values of all terms, as a tuple."""

    @jitable
    def nothing(*arguments: Any) -> Any:
        return ()

    if not terms:
        return nothing
    term, rest = terms[0], _values(*terms[1:])

    @jitable
    def values(*arguments: Any) -> Any:
        return (term(*arguments), *rest(*arguments))

    return values


def _each(function: Any, count: int) -> Any:
    """The function of two tuples with the tuple of function(a_k, b_k)."""

    @jitable
    def nothing(a: Any, b: Any) -> Any:
        return ()

    if not count:
        return nothing
    rest, last = _each(function, count - 1), count - 1

    @jitable
    def each(a: Any, b: Any) -> Any:
        return (*rest(a, b), function(a[last], b[last]))

    return each


@jitable
def _plus(a: Any, b: Any) -> Any:
    return a + b


@jitable
def _lost(a: Any, b: Any) -> Any:
    """What the sum a + b loses to rounding."""
    return difference(a, -b)[1]


@jitable
def _corrected(total: Any, carry: Any) -> Any:
    return total if is_infinite(total) else total + carry


@jitable
def first_largest(x: Any) -> Any:
    """The index of the first largest entry; 0 if there is none."""
    start, top = 0, -np.inf
    for at in range(0, len(x), STRETCH):
        value = largest(_itself, x[at : at + STRETCH], ())
        if value > top:
            start, top = at, value
    return start + first(x[start : start + STRETCH], top)


@jitable
def first_smallest(x: Any) -> Any:
    """The index of the first smallest entry; 0 if there is none."""
    start, low = 0, np.inf
    for at in range(0, len(x), STRETCH):
        value = smallest(x[at : at + STRETCH])
        if value < low:
            start, low = at, value
    return start + first(x[start : start + STRETCH], low)


@jitable
def _itself(x: Any) -> Any:
    return x


@jitable
def first(x: Any, value: Any) -> Any:
    """The index of the first entry of that value; 0 if there is none."""
    for j in range(len(x)):
        if x[j] == value:
            return j
    return 0
