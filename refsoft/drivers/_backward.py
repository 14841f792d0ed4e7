"""What the CPU kernels do with one row on its way back, and with its tangents."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba.np.unsafe.ndarray import to_fixed_tuple

from refsoft.catalogue._primitives import scaled
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._loops import first, jitable, largest, smallest, summed
from refsoft.drivers._rows import as_given


@cache
def weigher_from_result(recipe: Recipe) -> Any:
    """The function ``(x, given, y)`` that takes results for weights, at the scale where z = 1."""
    scale: Any = recipe.scale
    prepare = recipe.prepare or as_given

    @jitable
    def weighed(x: Any, given: Any, y: Any) -> Any:
        p = prepare(len(x), np.float64(smallest(x)), *given)
        top = first(y, largest(_itself, y, ()))
        return p, scale(np.float64(x[top]), np.float64(y[top]), *p), 1.0, 1.0

    return weighed


@jitable
def _itself(y: Any) -> Any:
    return y


@cache
def reaction(recipe: Recipe) -> Any:
    """-dy/dlog Z of an entry: y itself, or 1 where that is a logarithm."""

    @jitable
    def one(x: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return 1.0

    return one if recipe.logarithm else recipe.result or part


@jitable
def part(x: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
    """The part w / z that an entry has in the normaliser."""
    return w * (1.0 / z)


@cache
def puller(recipe: Recipe) -> Any:
    """The function ``(x, g, inner, m, z, p, w)`` that replaces weights by gradients of scores."""
    slope: Any = recipe.slope
    rise: Any = recipe.rise

    @jitable
    def alike(x: Any, g: Any, inner: Any, w: Any, m: Any, z: Any, p: Any) -> Any:
        return slope(x, w, m, z, *p) * (g - inner)

    @jitable
    def product(x: Any, g: Any, inner: Any, w: Any, m: Any, z: Any, p: Any) -> Any:
        return scaled(slope(x, w, m, z, *p), rise(x, m, *p) * g - inner)

    @jitable
    def logarithm(x: Any, g: Any, inner: Any, w: Any, m: Any, z: Any, p: Any) -> Any:
        return rise(x, m, *p) * g - slope(x, w, m, z, *p) * inner

    of_entry = logarithm if recipe.logarithm else product if rise else alike

    @jitable
    def pull(x: Any, g: Any, inner: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        for j in range(len(x)):
            score, cotangent, weight = np.float64(x[j]), np.float64(g[j]), np.float64(w[j])
            w[j] = of_entry(score, cotangent, inner, weight, m, z, p)

    return _with_ends(pull, recipe) if recipe.sway else pull


def _with_ends(pull: Any, recipe: Recipe) -> Any:
    """`pull`, and what moves with the smallest and with the largest score."""
    slope: Any = recipe.slope
    sway: Any = recipe.sway

    @jitable
    def by_low(x: Any, g: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return scaled(g * slope(x, w, m, z, *p), sway(x, m, *p)[0])

    @jitable
    def by_high(x: Any, g: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return scaled(g * slope(x, w, m, z, *p), sway(x, m, *p)[1])

    @jitable
    def pull_with_ends(x: Any, g: Any, inner: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        low, high = summed(by_low, x, g, w, m, z, p), summed(by_high, x, g, w, m, z, p)
        pull(x, g, inner, m, z, p, w)
        w[first(x, smallest(x))] += low
        w[first(x, m)] += high

    return pull_with_ends


@cache
def inner_product(recipe: Recipe) -> Any:
    """The summand of <g, d>."""
    d = reaction(recipe)

    @jitable
    def term(x: Any, g: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return g * d(x, w, m, z, *p)

    return term


@cache
def parameter_puller(recipe: Recipe, count: int, k: int = 0) -> Any:
    """The function that writes the gradients of the parameters from the k-th on."""

    @jitable
    def nothing(x: Any, g: Any, inner: Any, w: Any, m: Any, z: Any, p: Any, gradient: Any) -> Any:
        return None

    if k == count:
        return nothing
    d, rest = reaction(recipe), parameter_puller(recipe, count, k + 1)
    weight_gradients, offset_gradients = recipe.weight_gradients, recipe.offset_gradients

    @jitable
    def by_weights(x: Any, g: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return scaled(g * d(x, w, m, z, *p), weight_gradients(x, m, *p)[k])

    @jitable
    def mean(x: Any, g: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return scaled(part(x, w, m, z, *p), weight_gradients(x, m, *p)[k])

    @jitable
    def pull(x: Any, g: Any, inner: Any, w: Any, m: Any, z: Any, p: Any, gradient: Any) -> Any:
        fall = offset_gradients(m, z, *p)[k] + summed(mean, x, g, w, m, z, p)
        gradient[k] = summed(by_weights, x, g, w, m, z, p) - scaled(inner, fall)
        rest(x, g, inner, w, m, z, p, gradient)

    return pull


@cache
def pusher(recipe: Recipe, count: int) -> Any:
    """The function ``(x, v, dparams, m, z, p, w)`` that replaces weights by tangents of results."""
    slope, offset_gradients, lift = recipe.slope, recipe.offset_gradients, _lift(recipe, count)
    of_entry, of_offset = _tangent(recipe), _dot(count)

    @jitable
    def of_normaliser(x: Any, v: Any, w: Any, m: Any, z: Any, dp: Any, p: Any) -> Any:
        weights = scaled(part(x, w, m, z, *p), lift(x, m, dp, p))
        return scaled(slope(x, w, m, z, *p), v) + weights

    @jitable
    def push(x: Any, v: Any, dparams: Any, m: Any, z: Any, p: Any, w: Any) -> Any:
        dp = to_fixed_tuple(dparams, count)
        fall = of_offset(dp, offset_gradients(m, z, *p))
        fall += summed(of_normaliser, x, v, w, m, z, (dp, p))
        low, high = np.float64(v[first(x, smallest(x))]), np.float64(v[first(x, m)])
        for j in range(len(x)):
            score, tangent, weight = np.float64(x[j]), np.float64(v[j]), np.float64(w[j])
            change = lift(score, m, dp, p) - fall
            w[j] = of_entry(score, tangent, weight, change, low, high, m, z, p)

    return push


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
