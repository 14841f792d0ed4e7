"""Several sums over one row in one pass, and what is written on the way.

Within a block a sum is taken in any order, for its loop to be vector code; what
is lost where blocks are added is kept, so that the length of a row does not matter.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.catalogue._primitives import difference, is_infinite
from refsoft.drivers import _bits
from refsoft.drivers._loops import BLOCK, jitable
from refsoft.drivers.simd import add


@cache
def sums(*terms: Any) -> Any:
    """The function ``(x, g, w, d, *given)`` with the sum of each term(x_j, g_j, w_j, *given).

    It returns a tuple of what `rounded` rounds, and leaves d alone.
    """
    values, added, zeros = _values(*terms), _each(add, len(terms)), (0.0,) * len(terms)

    @jitable
    def of_block(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        _bits.use_wide_vectors()
        block = zeros
        for j in range(len(x)):
            entry = np.float64(x[j]), np.float64(g[j]), np.float64(w[j])
            block = added(block, values(*entry, *given))
        return block

    return _over_blocks(of_block, len(terms))


@cache
def written(value: Any, beside: bool, *terms: Any) -> Any:
    """`sums` that writes value(x_j, g_j, w_j, *given) to d, ``beside`` w or in its place."""
    values, added, zeros = _values(*terms), _each(add, len(terms)), (0.0,) * len(terms)

    @jitable
    def of_block(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        _bits.use_wide_vectors()
        block = zeros
        for j in range(len(x)):
            entry = np.float64(x[j]), np.float64(g[j]), np.float64(w[j])
            block = added(block, values(*entry, *given))
            d[j] = value(*entry, *given)
        return block

    @jitable
    def of_block_in_place(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        # By one name: LLVM takes two arrays at once only where they do not overlap.
        _bits.use_wide_vectors()
        block = zeros
        for j in range(len(x)):
            entry = np.float64(x[j]), np.float64(g[j]), np.float64(d[j])
            block = added(block, values(*entry, *given))
            d[j] = value(*entry, *given)
        return block

    return _over_blocks(of_block if beside else of_block_in_place, len(terms))


def _over_blocks(of_block: Any, count: int) -> Any:
    """The function that adds up what of_block returns for every block of a row."""
    grown, empty = _each(_grown, count), ((0.0, 0.0),) * count

    @jitable
    def of_row(x: Any, g: Any, w: Any, d: Any, *given: Any) -> Any:
        totals = empty
        for start in range(0, len(x), BLOCK):
            end = start + BLOCK
            block = of_block(x[start:end], g[start:end], w[start:end], d[start:end], *given)
            totals = grown(totals, block)
        return totals

    return of_row


@jitable
def _grown(total: Any, b: Any) -> Any:
    whole, carry = total
    whole, lost = difference(whole, -b)
    return whole, carry + lost


@cache
def joined(count: int) -> Any:
    """The function of two tuples of sums, of a row's beginning and of the rest."""
    return _each(plus, count)


@jitable
def plus(a: Any, b: Any) -> Any:
    """The sum of two pairs."""
    whole, lost = difference(a[0], -b[0])
    return whole, a[1] + b[1] + lost


@jitable
def rounded(total: Any) -> Any:
    """The sum, rounded once."""
    whole, carry = total
    return whole if is_infinite(whole) else whole + carry


def _values(*terms: Any) -> Any:
    """The function with the values of all terms, as a tuple."""

    @jitable
    def nothing(*arguments: Any) -> Any:
        return ()

    if not terms:
        return nothing
    term, rest = terms[0], _values(*terms[1:])

    @jitable
    def only(*arguments: Any) -> Any:
        return (term(*arguments),)

    @jitable
    def values(*arguments: Any) -> Any:
        return (term(*arguments), *rest(*arguments))

    return values if terms[1:] else only


def _each(function: Any, count: int) -> Any:
    """The function of two tuples with the tuple of function(a_k, b_k)."""

    @jitable
    def nothing(a: Any, b: Any) -> Any:
        return ()

    if not count:
        return nothing
    rest, last = _each(function, count - 1), count - 1

    @jitable
    def only(a: Any, b: Any) -> Any:
        return (function(a[0], b[0]),)

    @jitable
    def each(a: Any, b: Any) -> Any:
        return (*rest(a, b), function(a[last], b[last]))

    return each if last else only
