"""What the CPU kernels do with one row, put together from a recipe."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from refsoft.catalogue._primitives import cast, scaled
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._loops import first, jitable, largest, smallest, summed, weigh


@cache
def weigher(recipe: Recipe) -> Any:
    """The function ``(x, given, w)`` that writes the weights; returns p, m, total and z."""
    key, shift, offset = recipe.key, recipe.shift, recipe.offset
    prepare, weigh_all = recipe.prepare or _as_given, _weigh_all(recipe)

    @jitable
    def weighed(x: Any, given: Any, w: Any) -> Any:
        p = prepare(len(x), np.float64(smallest(x)), *given)
        top = largest(key, x, p)
        m = cast(shift(top, *p), top)
        total = weigh_all(x, m, p, w)
        scale = np.float64(m)
        return p, scale, total, offset(scale, *p) + total

    return weighed


@jitable
def _as_given(n: Any, low: Any, *params: Any) -> Any:
    return params


def _weigh_all(recipe: Recipe) -> Any:
    """`weigh`, with code of its own for the usual parameters: constants to LLVM."""
    weight, usual = recipe.weight, recipe.usual

    @jitable
    def weigh_all(x: Any, m: Any, p: Any, w: Any) -> Any:
        return weigh(weight, x, m, p, w)

    if not usual:
        return weigh_all

    @jitable
    def usual_weight(x: Any, m: Any) -> Any:
        return weight(x, m, *usual)

    @jitable
    def weigh_as_usual(x: Any, m: Any, p: Any, w: Any) -> Any:
        return weigh(usual_weight, x, m, (), w) if p == usual else weigh_all(x, m, p, w)

    return weigh_as_usual


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


@jitable
def no_logarithm(m: Any, total: Any, *params: Any) -> Any:
    """Stand in for the log_normaliser of a recipe that has none."""
    return math.nan
