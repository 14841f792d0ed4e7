"""The loops over one row, compiled into every CPU kernel.

A loop does one thing and runs over a contiguous block: the shape that LLVM turns
into vector code.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from refsoft.catalogue._primitives import cast
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import (
    _bits,
    _portion,  # noqa: F401, what registers parts
    _power,  # noqa: F401, what registers powers
)
from refsoft.drivers._bits import from_ordinal, fused, ordinal
from refsoft.drivers._exponential import INLINED
from refsoft.drivers._portion import NEAR, inverse

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
    _bits.use_wide_vectors()
    # Over integers that order alike: LLVM vectorises no maximum of floats.
    top = ordinal(cast(-np.inf, key(x.dtype.type(0), *p)))
    for j in range(len(x)):
        rank = ordinal(key(x[j], *p))
        top = rank if rank > top else top
    return from_ordinal(top)


@jitable
def smallest(x: Any) -> Any:
    """The smallest score of a row; NaN if one is NaN, inf if there is none."""
    # A minimum that passes over NaN would be no vector code.
    return -largest(_negative, x, ())


@jitable
def _negative(x: Any) -> Any:
    return -x


@jitable
def normalise(x: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
    """Divide the weights by z, a pair, in place."""
    _bits.use_wide_vectors()
    hi, lo = inverse(z, w.dtype.type(1.0))
    for j in range(len(w)):
        w[j] = fused(w[j], hi, w[j] * lo)


@jitable
def quotient(pair: Any, divisor: Any) -> Any:
    """A pair over a number, as a pair."""
    hi = pair[0] / divisor
    return hi, (fused(-hi, divisor, pair[0]) + pair[1]) / divisor


@cache
def finisher(recipe: Recipe, work: Any) -> Any:
    """What turns the weights of a row into its results, in place, both of the format ``work``."""
    result: Any = recipe.result
    if result is None:
        return normalise

    @jitable
    def finish(x: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        for j in range(len(w)):
            w[j] = result(np.float64(x[j]), np.float64(w[j]), m, z, *p)

    @jitable
    def finish_single(x: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        _bits.use_wide_vectors()
        for j in range(len(w)):
            w[j] = result(x[j], w[j], m, z, *p)

    @jitable
    def finish_narrow(x: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        if abs(m) < NEAR:
            finish_single(x, m, z, p, w)
        else:
            # What is rounded to float32 has no use for the tail of the normaliser.
            finish(x, m, z[0], p, w)

    weight = recipe.weight

    @jitable
    def finish_logarithm(x: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        # Of the sum over the largest weight.
        finish_single(x, m, quotient(z, weight(m, m, *p)), p, w)

    if recipe.logarithm:
        return finish_logarithm
    return finish if work is np.float64 else finish_narrow


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
