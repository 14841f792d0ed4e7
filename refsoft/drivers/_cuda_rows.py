"""What a thread does with its share of a row, put together from a recipe.

A share is a tile of scores ``x``, a tile ``seen`` of what is visible of it, and tiles of
weights ``w`` and of cotangents or tangents ``g`` beside it, all in registers. A sum is a
pair, the number and what rounding has lost of it: no float64 in a float32 kernel. What a
row's entries have in common is ``s = (m, z, near, far)``, where near + far is 1 / z.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from refsoft.catalogue._primitives import cast, difference, is_infinite
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _sources
from refsoft.drivers._numba_cuda import SIMULATED, cuda, jitable
from refsoft.drivers._reduce import larger

if not SIMULATED:
    from refsoft.drivers import _device  # noqa: F401 - registers the primitives


class Steps(NamedTuple):
    """The functions of a recipe over a share of ``entries``, with numbers of type ``real``."""

    prepare: Any
    count: Any
    smallest: Any
    rank: Any
    weigh: Any
    normaliser: Any
    results: Any
    log_normaliser: Any


@cache
def steps(recipe: Recipe, real: Any, entries: int) -> Steps:
    """The steps of every operation up to the normaliser, and the results."""
    for function in _sources.functions(recipe):
        jitable(function)
    key, weight, offset = recipe.key, recipe.weight, recipe.offset
    shift, of_two = recipe.shift, larger(real)
    zero, one, lowest = real(0), real(1), real(-math.inf)

    @jitable
    def count(seen: Any) -> Any:
        n = zero
        for e in range(entries):
            n += one if seen[e] else zero
        return n, zero

    @jitable
    def smallest(x: Any, seen: Any) -> Any:
        """Minus the smallest score."""
        low = lowest
        for e in range(entries):
            if seen[e]:
                low = of_two(low, -x[e])
        return (low,)

    @jitable
    def rank(x: Any, seen: Any, p: Any) -> Any:
        top = lowest
        for e in range(entries):
            if seen[e]:
                top = of_two(top, key(x[e], *p))
        return (top,)

    @jitable
    def weigh(x: Any, seen: Any, top: Any, p: Any, w: Any) -> Any:
        """Write the weights; the scale, and the sum of the share."""
        m = cast(shift(top, *p), top)
        for e in range(entries):
            w[e] = weight(x[e], m, *p) if seen[e] else zero
        return m, total(w)

    @jitable
    def total(w: Any) -> Any:
        near, lost = w[0], zero
        for e in range(1, entries):
            near, more = difference(near, -w[e])
            lost += more
        return near, lost

    @jitable
    def normaliser(m: Any, sum_of_weights: Any, p: Any) -> Any:
        z, lost = difference(offset(m, *p), -sum_of_weights[0])
        lost += sum_of_weights[1]
        z, lost = difference(z, -lost)
        near = one / z
        # One step of Newton's: what 1 / z has lost, and what z itself had.
        far = (fused(-near, z, one) - near * lost) * near
        return m, z, near, far

    @jitable
    def results(x: Any, seen: Any, s: Any, p: Any, w: Any) -> Any:
        """Replace the weights by results; z = 0 is a true 0/0, which gives zeros."""
        for e in range(entries):
            if not seen[e]:
                w[e] = masked
            elif s[1] != zero:
                w[e] = finish(x[e], w[e], s, p)

    finish, masked = result(recipe), real(recipe.masked)
    prepare = recipe.prepare or _as_given
    logarithm = recipe.log_normaliser or _no_logarithm
    return Steps(
        jitable(prepare), count, smallest, rank, weigh, normaliser, results, jitable(logarithm)
    )


@jitable
def _as_given(n: Any, low: Any, *params: Any) -> Any:
    return params


@jitable
def _no_logarithm(m: Any, total: Any, *params: Any) -> Any:
    return cast(math.nan, m)


def _fused(a: Any, b: Any, c: Any) -> Any:
    return type(c)(np.longdouble(a) * np.longdouble(b) + np.longdouble(c))


@jitable
def _fused_by_gpu(a: Any, b: Any, c: Any) -> Any:
    return cuda.fma(a, b, c)


# The product a b plus c with one rounding.
fused = _fused if SIMULATED else _fused_by_gpu


@cache
def result(recipe: Recipe) -> Any:
    """A result from a weight."""
    of_row = recipe.result

    @jitable
    def finish(x: Any, w: Any, s: Any, p: Any) -> Any:
        return of_row(x, w, s[0], (s[1], cast(0.0, s[1])), *p)  # type: ignore[misc]

    return finish if of_row else part


@jitable
def part(x: Any, w: Any, s: Any, p: Any) -> Any:
    """The part w / z that an entry has in the normaliser."""
    return w * s[2] + w * s[3]


@cache
def reaction(recipe: Recipe) -> Any:
    """-dy/dlog Z of an entry: y itself, or 1 where that is a logarithm."""

    @jitable
    def one(x: Any, w: Any, s: Any, p: Any) -> Any:
        return cast(1.0, x)

    return one if recipe.logarithm else result(recipe)


@cache
def slope(recipe: Recipe) -> Any:
    """The derivative of log Z by the score of an entry."""
    of_row = recipe.slope

    @jitable
    def of_entry(x: Any, w: Any, s: Any, p: Any) -> Any:
        return of_row(x, w, s[0], s[1], *p)

    return of_entry


@cache
def summed(term: Any, real: Any, entries: int) -> Any:
    """The pair `before`, and the sum of term(x, g, w, s, p, dp) over what is visible of a share."""

    @jitable
    def total(x: Any, g: Any, seen: Any, w: Any, s: Any, p: Any, dp: Any, before: Any) -> Any:
        near, lost = before
        for e in range(entries):
            if seen[e]:
                near, more = difference(near, -term(x[e], g[e], w[e], s, p, dp))
                lost += more
        return near, lost

    return total


@jitable
def less(value: Any, pair: Any) -> Any:
    """The number less a pair; what an infinite sum has lost means nothing."""
    near = value - pair[0]
    return near if is_infinite(pair[0]) else near - pair[1]
