"""What the CPU kernels do with the tangents of one row, put together from a recipe."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.np.unsafe import ndarray as unsafe

from refsoft.catalogue._primitives import scaled
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _bits
from refsoft.drivers._backward import as_usual, part, reaction
from refsoft.drivers._loops import first_largest, first_smallest, jitable
from refsoft.drivers._sums import rounded, sums


@cache
def pusher(recipe: Recipe, count: int) -> Any:
    """The function ``(p, x, v, dparams, m, z, w)`` that replaces weights by tangents of results."""
    fallen, fall_of_offset = sums(faller(recipe, count)), offset_faller(recipe, count)
    replace, swayed = _replace(recipe, count), recipe.sway is not None

    @jitable
    def push(p: Any, x: Any, v: Any, dparams: Any, m: Any, z: Any, w: Any) -> None:
        dp = unsafe.to_fixed_tuple(dparams, count)
        fall = fall_of_offset(m, z, p, dp) + rounded(fallen(x, v, w, w, m, z, (dp, p))[0])
        low = np.float64(v[first_smallest(x) if swayed else 0])
        high = np.float64(v[first_largest(x) if swayed else 0])
        replace(p, x, v, dp, fall, low, high, m, z, w)

    return as_usual(push, recipe.usual)


def faller(recipe: Recipe, count: int) -> Any:
    """The summand of the change of log Z, but for what the offset adds."""
    slope, lift = recipe.slope, _lift(recipe, count)

    @jitable
    def of_normaliser(x: Any, v: Any, w: Any, m: Any, z: Any, moved: Any) -> Any:
        dp, p = moved
        weights = scaled(part(x, w, m, z, *p), lift(x, m, dp, p))
        return scaled(slope(x, w, m, z, *p), v) + weights

    return of_normaliser


def offset_faller(recipe: Recipe, count: int) -> Any:
    """The function ``(m, z, p, dp)`` for the change of log Z by the offset."""
    offset_gradients, dot = recipe.offset_gradients, _dot(count)

    @jitable
    def of_offset(m: Any, z: Any, p: Any, dp: Any) -> Any:
        return dot(dp, offset_gradients(m, z, *p))

    return of_offset


def replacer(recipe: Recipe, count: int) -> Any:
    """The function ``(p, x, v, dp, fall, low, high, m, z, w)``: tangents in place of weights.

    ``fall`` is the change of log Z, ``low`` and ``high`` are the tangents of the row's extremes.
    """
    return as_usual(_replace(recipe, count), recipe.usual)


def _replace(recipe: Recipe, count: int) -> Any:
    of_entry, lift = _tangent(recipe), _lift(recipe, count)

    @jitable
    def replace(
        p: Any, x: Any, v: Any, dp: Any, fall: Any, low: Any, high: Any, m: Any, z: Any, w: Any
    ) -> None:
        _bits.use_wide_vectors()
        for j in range(len(x)):
            score, tangent, weight = np.float64(x[j]), np.float64(v[j]), np.float64(w[j])
            change = lift(score, m, dp, p) - fall
            w[j] = of_entry(score, tangent, weight, change, low, high, m, z, p)

    return replace


def _lift(recipe: Recipe, count: int) -> Any:
    """The change of log f(x) with the parameters."""
    weight_gradients, dot = recipe.weight_gradients, _dot(count)

    @jitable
    def lift(x: Any, m: Any, dp: Any, p: Any) -> Any:
        return dot(dp, weight_gradients(x, m, *p))

    return lift


def _dot(count: int) -> Any:
    """The sum of the products of two tuples, in which 0 times anything is 0."""

    @jitable
    def nothing(a: Any, b: Any) -> Any:
        return 0.0

    @jitable
    def dot(a: Any, b: Any) -> Any:
        total = 0.0
        for k in range(count):
            total += scaled(a[k], b[k])
        return total

    return dot if count else nothing


def _tangent(recipe: Recipe) -> Any:
    """The tangent of a result, given the change of log f(x) - log Z otherwise than by x."""
    slope, d = recipe.slope, reaction(recipe)
    rise: Any = recipe.rise
    sway: Any = recipe.sway

    @jitable
    def alike(
        x: Any, v: Any, w: Any, change: Any, low: Any, high: Any, m: Any, z: Any, p: Any
    ) -> Any:
        return scaled(slope(x, w, m, z, *p), v) + scaled(d(x, w, m, z, *p), change)

    @jitable
    def product(
        x: Any, v: Any, w: Any, change: Any, low: Any, high: Any, m: Any, z: Any, p: Any
    ) -> Any:
        own = scaled(slope(x, w, m, z, *p), rise(x, m, *p) * v)
        return own + scaled(d(x, w, m, z, *p), change)

    @jitable
    def with_ends(
        x: Any, v: Any, w: Any, change: Any, low: Any, high: Any, m: Any, z: Any, p: Any
    ) -> Any:
        by_low, by_high = sway(x, m, *p)
        moved = scaled(slope(x, w, m, z, *p), by_low * low + by_high * high)
        return moved + product(x, v, w, change, low, high, m, z, p)

    @jitable
    def logarithm(
        x: Any, v: Any, w: Any, change: Any, low: Any, high: Any, m: Any, z: Any, p: Any
    ) -> Any:
        return rise(x, m, *p) * v + change

    if recipe.logarithm:
        return logarithm
    return with_ends if sway else product if rise else alike
