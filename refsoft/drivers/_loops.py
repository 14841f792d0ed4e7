"""The loops over one row, compiled into every CPU kernel.

A loop does one thing and runs over a contiguous block, sums are float64: the
shape that LLVM turns into vector code. Within a block a sum is taken in any
order; the sums of the blocks are added without error, so that the length of a
row does not matter.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numba.extending import register_jitable

from refsoft.catalogue._primitives import difference
from refsoft.drivers._bits import from_ordinal, ordinal
from refsoft.drivers.simd import INLINED, add, ratio

BLOCK = 1024

jitable = cache(register_jitable(**INLINED))


@jitable
def no_logarithm(m: Any, total: Any, *params: Any) -> Any:
    """Stand in for the log_normaliser of a recipe that has none."""
    return math.nan


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
def scatter(packed: Any, visible: Any, row: Any) -> Any:
    """Undo `gather`, with 0 where the mask hides."""
    n = 0
    for j in range(len(row)):
        if visible[j]:
            row[j] = packed[n]
            n += 1
        else:
            row[j] = 0.0


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
def normalise(w: Any, z: Any) -> Any:
    """Divide the weights by z in place."""
    # z = 0 only if every weight is 0 already: a true 0/0, which gives zeros.
    if z != 0.0:
        for j in range(len(w)):
            w[j] = ratio(w[j], z)


@jitable
def inner_product(g: Any, w: Any, z: Any) -> Any:
    """<g, w / z>."""
    total, carry = 0.0, 0.0
    for start in range(0, len(g), BLOCK):
        gs, ws = g[start : start + BLOCK], w[start : start + BLOCK]
        block = 0.0
        for j in range(len(gs)):
            block = add(block, np.float64(gs[j]) * ratio(ws[j], z))
        total, lost = difference(total, -block)
        carry += lost
    return total + carry


@jitable
def pull_scores(slope: Any, x: Any, g: Any, inner: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
    """Replace the weights w by the gradient of the scores."""
    for j in range(len(x)):
        w[j] = slope(np.float64(x[j]), np.float64(w[j]), m, z, *p) * (g[j] - inner)


@jitable
def tabulate(weight_gradients: Any, x: Any, w: Any, m: Any, z: Any, p: Any, table: Any) -> Any:
    """Write the weight_gradients of a row to the lines of a table, y to its last."""
    for j in range(len(x)):
        table[-1, j] = ratio(w[j], z)
        values = weight_gradients(np.float64(x[j]), m, *p)
        for k in range(len(values)):
            table[k, j] = values[k] if w[j] != 0.0 else 0.0


@jitable
def pull_parameters(g: Any, table: Any, means: Any, gradient: Any) -> Any:
    """Write the gradient of every parameter."""
    y = table[-1]
    for k in range(len(gradient)):
        values, mean, total = table[k], means[k], 0.0
        for j in range(len(g)):
            mean = add(mean, y[j] * values[j])
        for j in range(len(g)):
            total = add(total, g[j] * y[j] * (values[j] - mean))
        gradient[k] = total
