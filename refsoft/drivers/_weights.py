"""The weights of a row and their sum, a pair, so that neither its length nor its order matters.

A sum in float64 of weights in float32 errs by nothing to speak of. One of weights in float64
is taken in two parts: of each weight the nearest multiple of a common unit, whose sum is exact
in any order, and what is left, below 2**-40 of the sum.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.catalogue._primitives import difference
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _bits
from refsoft.drivers._bits import bits_as
from refsoft.drivers._loops import BLOCK, jitable
from refsoft.drivers._sums import plus
from refsoft.drivers.simd import add

# A block of exponentials that sums up to more is at too low a scale: their largest is near 2**60.
LIMIT = 2.0**80
# Added to a weight and taken off again it leaves a multiple of 2**29; see `_shift_for`.
_SHIFT = 1.5 * 2.0**81
# A sum as large as that is of no use, and has no unit.
_MOST = 2.0**1000
_DIGITS, _TWO_BINADES = np.int64(52), np.int64(2 << 52)


@cache
def weigh_of(recipe: Recipe, usual: Any, work: Any) -> Any:
    """The function ``(x, m, p, w)`` that writes the weights of a row to w, in the format ``work``.

    It returns their sum: a pair, as yet in any two parts. With ``usual`` parameters p is empty.
    """
    weight, rest = recipe.weight, recipe.rest or _nothing

    @jitable
    def usual_weight(x: Any, m: Any) -> Any:
        return weight(x, m, *usual)

    @jitable
    def usual_rest(x: Any, m: Any) -> Any:
        return rest(x, m, *usual)

    if usual:
        weight_of, rest_of = usual_weight, usual_rest
    else:
        weight_of, rest_of = weight, rest
    if recipe.logarithm:
        of_block = _beside_largest(weight_of, work)
    elif work is not np.float64:
        of_block = _single(weight_of)
    elif recipe.rest:
        of_block = _lifted(weight_of, rest_of)
    else:
        of_block = _double(weight_of)

    @jitable
    def weigh(x: Any, m: Any, p: Any, w: Any) -> Any:
        total = 0.0, 0.0
        for start in range(0, len(x), BLOCK):
            end = start + BLOCK
            total = plus(total, of_block(x[start:end], m, p, w[start:end]))
        return total

    return weigh


@jitable
def settled(total: Any) -> Any:
    """The same pair, its first number the sum, rounded."""
    near, rest = difference(total[0], -total[1])
    return near, rest if near < np.inf else 0.0


@jitable
def _nothing(*arguments: Any) -> Any:
    return 0.0


def _single(weight: Any) -> Any:
    """The function of `weigh_of` for a block of weights in float32."""

    @jitable
    def of_block(x: Any, m: Any, p: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        total = 0.0
        for j in range(len(x)):
            w[j] = weight(x[j], m, *p)
        for j in range(len(w)):
            total = add(total, np.float64(w[j]))
        return total, 0.0

    return of_block


def _beside_largest(weight: Any, work: Any) -> Any:
    """The same for a row whose largest score is m: its weight in float64, the others beside it.

    So a logarithm of the sum is as close where little is beside the largest.
    """
    one, zero = work(1.0), work(0.0)

    @jitable
    def others(x: Any, m: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        count, total = zero, 0.0
        for j in range(len(w)):
            count = add(count, one if x[j] == m else zero)
            total = add(total, 0.0 if x[j] == m else np.float64(w[j]))
        return np.float64(count), total, 0.0

    @jitable
    def others_in_parts(x: Any, m: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        count, total, _ = others(x, m, w)
        shift, heads, tails = _shift_for(total), 0.0, 0.0
        for j in range(len(w)):
            value = zero if x[j] == m else w[j]
            head = (value + shift) - shift
            heads = add(heads, head)
            tails = add(tails, value - head)
        return count, heads, tails

    in_two = others_in_parts if work is np.float64 else others

    @jitable
    def of_block(x: Any, m: Any, p: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        for j in range(len(x)):
            w[j] = weight(x[j], m, *p)
        count, heads, tails = in_two(x, m, w)
        top = weight(np.float64(m), np.float64(m), *p)
        near = count * top
        return plus((near, _bits.fused(count, top, -near)), (heads, tails))

    return of_block


def _lifted(weight: Any, rest: Any) -> Any:
    """The same for exponentials in float64, and what rounding has taken from them."""

    @jitable
    def of_block(x: Any, m: Any, p: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        rests = 0.0
        for j in range(len(x)):
            w[j] = weight(x[j], m, *p)
            rests = add(rests, rest(x[j], m, *p))
        heads, tails = _in_parts(w, _SHIFT)
        # The part of a row's only entry is 1.
        more = rests if len(w) > 1 else 0.0
        return heads if heads < LIMIT else heads * np.inf, tails + more

    return of_block


def _double(weight: Any) -> Any:
    """The same for others, of any size."""

    @jitable
    def of_block(x: Any, m: Any, p: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        total = 0.0
        for j in range(len(x)):
            w[j] = weight(x[j], m, *p)
        for j in range(len(w)):
            total = add(total, w[j])
        return _in_parts(w, _shift_for(total))

    return of_block


@jitable
def _in_parts(w: Any, shift: Any) -> Any:
    """The sum of weights as a pair: of what the shift leaves of each, exact, and of the rest."""
    heads, tails = 0.0, 0.0
    for j in range(len(w)):
        head = (w[j] + shift) - shift
        heads = add(heads, head)
        tails = add(tails, w[j] - head)
    return heads, tails


@jitable
def _shift_for(total: Any) -> Any:
    """What rounds a part of the total to a multiple of a unit, when added and taken off again.

    A power of two from twice to four times the total, and half of it: what is added leaves
    the binade only if the total does, and all heads together are below 2**52 units.
    """
    bits = bits_as(total, np.int64)
    power = bits_as(((bits >> _DIGITS) << _DIGITS) + _TWO_BINADES, np.float64)
    return 1.5 * power if total < _MOST else 0.0
