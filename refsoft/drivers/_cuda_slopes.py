"""Gradients and tangents of a share of a row: the sums they need, and what follows from them.

A term takes ``(x, g, w, s, p, dp)``, in which g is the cotangent of an entry or its tangent
and dp the tangents of the parameters; 0 times anything is 0.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from refsoft.catalogue._primitives import cast, scaled
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._cuda_rows import less, part, reaction, slope, summed
from refsoft.drivers._numba_cuda import jitable
from refsoft.drivers._reduce import whole


@cache
def pull_terms(recipe: Recipe, count: int) -> tuple[Any, ...]:
    """<g, d>; for every parameter the mean of dlog f and its sum under g d; the two ends."""
    d, of_entry, sway = reaction(recipe), slope(recipe), recipe.sway

    @jitable
    def inner(x: Any, g: Any, w: Any, s: Any, p: Any, dp: Any) -> Any:
        return g * d(x, w, s, p)

    def end(which: int) -> Any:
        @jitable
        def by_end(x: Any, g: Any, w: Any, s: Any, p: Any, dp: Any) -> Any:
            return scaled(g * of_entry(x, w, s, p), sway(x, s[0], *p)[which])  # type: ignore[misc]

        return by_end

    terms = [inner]
    for k in range(count):
        terms += _parameter_terms(recipe, k)
    return (*terms, end(0), end(1)) if sway else tuple(terms)


def _parameter_terms(recipe: Recipe, k: int) -> list[Any]:
    d, weight_gradients = reaction(recipe), recipe.weight_gradients

    @jitable
    def mean(x: Any, g: Any, w: Any, s: Any, p: Any, dp: Any) -> Any:
        return scaled(part(x, w, s, p), weight_gradients(x, s[0], *p)[k])

    @jitable
    def by_weights(x: Any, g: Any, w: Any, s: Any, p: Any, dp: Any) -> Any:
        return scaled(g * d(x, w, s, p), weight_gradients(x, s[0], *p)[k])

    return [mean, by_weights]


@cache
def push_terms(recipe: Recipe, count: int) -> tuple[Any, ...]:
    """The change of log Z by the entries."""
    of_entry, raised = slope(recipe), lift(recipe, count)

    @jitable
    def of_normaliser(x: Any, v: Any, w: Any, s: Any, p: Any, dp: Any) -> Any:
        return scaled(of_entry(x, w, s, p), v) + scaled(part(x, w, s, p), raised(x, s, p, dp))

    return (of_normaliser,)


@cache
def lift(recipe: Recipe, count: int) -> Any:
    """The change of log f(x) with the parameters."""
    weight_gradients, dot = recipe.weight_gradients, _dot(count)

    @jitable
    def raised(x: Any, s: Any, p: Any, dp: Any) -> Any:
        return dot(x, dp, weight_gradients(x, s[0], *p))

    return raised


@cache
def _dot(count: int) -> Any:
    @jitable
    def nothing(like: Any, a: Any, b: Any) -> Any:
        return cast(0.0, like)

    @jitable
    def dot(like: Any, a: Any, b: Any) -> Any:
        return scaled(a[count - 1], b[count - 1]) + rest(like, a, b)

    rest = _dot(count - 1) if count else nothing
    return dot if count else nothing


@cache
def accumulated(terms: tuple[Any, ...], real: Any, entries: int, at: int = 0) -> Any:
    """The function that adds every term's sum over a share to its pair of ``sums``."""
    if at == len(terms):

        @jitable
        def done(x: Any, g: Any, seen: Any, w: Any, s: Any, p: Any, dp: Any, sums: Any) -> Any:
            return None

        return done
    first, rest = summed(terms[at], real, entries), accumulated(terms, real, entries, at + 1)

    @jitable
    def accumulate(x: Any, g: Any, seen: Any, w: Any, s: Any, p: Any, dp: Any, sums: Any) -> Any:
        before = sums[2 * at], sums[2 * at + 1]
        sums[2 * at], sums[2 * at + 1] = first(x, g, seen, w, s, p, dp, before)
        rest(x, g, seen, w, s, p, dp, sums)

    return accumulate


@cache
def parameter_gradients(recipe: Recipe, count: int, k: int = 0) -> Any:
    """The function ``(sums, s, p, gradients, r)`` that writes the gradients from the k-th on."""
    if k == count:

        @jitable
        def done(sums: Any, s: Any, p: Any, gradients: Any, r: Any) -> Any:
            return None

        return done
    offset_gradients, rest = recipe.offset_gradients, parameter_gradients(recipe, count, k + 1)
    mean, by_weights = 2 * (1 + 2 * k), 2 * (2 + 2 * k)

    @jitable
    def write(sums: Any, s: Any, p: Any, gradients: Any, r: Any) -> Any:
        value = cast(0.0, s[1])
        if s[1] != value:
            fall = offset_gradients(s[0], s[1], *p)[k] + whole((sums[mean], sums[mean + 1]))
            inner = whole((sums[0], sums[1]))
            value = whole((sums[by_weights], sums[by_weights + 1])) - scaled(inner, fall)
        gradients[k, r] = value
        rest(sums, s, p, gradients, r)

    return write


@cache
def pull(recipe: Recipe, entries: int) -> Any:
    """The function ``(x, g, seen, w, s, p, sums)`` that replaces weights by gradients."""
    of_entry = slope(recipe)
    rise: Any = recipe.rise

    @jitable
    def alike(x: Any, g: Any, w: Any, s: Any, p: Any, inner: Any) -> Any:
        return of_entry(x, w, s, p) * less(g, inner)

    @jitable
    def product(x: Any, g: Any, w: Any, s: Any, p: Any, inner: Any) -> Any:
        return scaled(of_entry(x, w, s, p), less(rise(x, s[0], *p) * g, inner))

    @jitable
    def logarithm(x: Any, g: Any, w: Any, s: Any, p: Any, inner: Any) -> Any:
        return rise(x, s[0], *p) * g - of_entry(x, w, s, p) * whole(inner)

    one = logarithm if recipe.logarithm else product if rise else alike

    @jitable
    def pulled(x: Any, g: Any, seen: Any, w: Any, s: Any, p: Any, sums: Any) -> Any:
        for e in range(entries):
            if seen[e]:  # elsewhere the weight is 0 already
                w[e] = one(x[e], g[e], w[e], s, p, (sums[0], sums[1]))

    return pulled


@cache
def push(recipe: Recipe, count: int, entries: int) -> Any:
    """The function ``(x, v, seen, w, s, p, dp, fall, ends)`` that replaces weights by tangents."""
    of_entry, d, raised = slope(recipe), reaction(recipe), lift(recipe, count)
    rise: Any = recipe.rise
    sway: Any = recipe.sway

    @jitable
    def alike(x: Any, v: Any, w: Any, s: Any, p: Any, change: Any, ends: Any) -> Any:
        return scaled(of_entry(x, w, s, p), v) + scaled(d(x, w, s, p), change)

    @jitable
    def product(x: Any, v: Any, w: Any, s: Any, p: Any, change: Any, ends: Any) -> Any:
        own = scaled(of_entry(x, w, s, p), rise(x, s[0], *p) * v)
        return own + scaled(d(x, w, s, p), change)

    @jitable
    def with_ends(x: Any, v: Any, w: Any, s: Any, p: Any, change: Any, ends: Any) -> Any:
        by_low, by_high = sway(x, s[0], *p)
        moved = scaled(of_entry(x, w, s, p), by_low * ends[0] + by_high * ends[1])
        return moved + product(x, v, w, s, p, change, ends)

    @jitable
    def logarithm(x: Any, v: Any, w: Any, s: Any, p: Any, change: Any, ends: Any) -> Any:
        return rise(x, s[0], *p) * v + change

    one = with_ends if sway else product if rise else alike
    one = logarithm if recipe.logarithm else one

    @jitable
    def pushed(
        x: Any, v: Any, seen: Any, w: Any, s: Any, p: Any, dp: Any, fall: Any, ends: Any
    ) -> Any:
        for e in range(entries):
            if seen[e]:
                w[e] = one(x[e], v[e], w[e], s, p, raised(x[e], s, p, dp) - fall, ends)

    return pushed


@cache
def falls(recipe: Recipe, count: int) -> Any:
    """The function ``(sums, s, p, dp)`` of the change of log Z."""
    offset_gradients, dot = recipe.offset_gradients, _dot(count)

    @jitable
    def fall(sums: Any, s: Any, p: Any, dp: Any) -> Any:
        return dot(s[1], dp, offset_gradients(s[0], s[1], *p)) + whole((sums[0], sums[1]))

    return fall
