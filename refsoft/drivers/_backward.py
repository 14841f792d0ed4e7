"""What the CPU kernels do with one row on its way back, put together from a recipe."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refsoft.catalogue._primitives import scaled
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._loops import first_largest, first_smallest, jitable, smallest
from refsoft.drivers._rows import as_given
from refsoft.drivers._sums import rounded, sums, written

# The parameters whose gradients are wanted, by their numbers on the card.
Slopes = tuple[int, ...]


@cache
def weigher_from_result(recipe: Recipe) -> Any:
    """The function ``(x, given, y)`` for results that are weights where z = 1; as `weigher`."""
    prepare = recipe.prepare or as_given
    scale: Any = recipe.scale

    @jitable
    def weighed(x: Any, given: Any, y: Any) -> Any:
        p = prepare(len(x), np.float64(smallest(x)), *given)
        top = first_largest(y)
        return p, scale(np.float64(x[top]), np.float64(y[top]), *p), 1.0, (1.0, 0.0)

    return weighed


@cache
def reaction(recipe: Recipe) -> Any:
    """-dy/dlog Z of an entry: y itself, or 1 where that is a logarithm."""

    @jitable
    def one(x: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return 1.0

    of_row: Any = recipe.result

    @jitable
    def result(x: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
        return of_row(x, w, m, z, *p)

    return one if recipe.logarithm else result if of_row else part


@jitable
def part(x: Any, w: Any, m: Any, z: Any, *p: Any) -> Any:
    """The part w / z that an entry has in the normaliser."""
    return w * (1.0 / z)


@cache
def puller(recipe: Recipe, slopes: Slopes, beside: bool) -> Any:
    """The function ``(p, x, g, w, m, z, h, dx, gradient)`` that writes the gradients of a row.

    One pass takes <g, d>, and one writes dx, ``beside`` w or in its place, and takes the sums
    of the parameters whose gradients are wanted, by their numbers.
    """
    totals = sums(_inner(recipe), *_to_ends(recipe))
    scores = written(_pulled(recipe), beside, *_moments(recipe, slopes))
    write_parameters, pull_ends = _write_parameters(recipe, slopes), _pull_ends(recipe)

    @jitable
    def pull(
        p: Any, x: Any, g: Any, w: Any, m: Any, z: Any, h: Any, dx: Any, gradient: Any
    ) -> None:
        found = totals(x, g, w, dx, m, z, p)
        inner = rounded(found[0]) - h
        moments = scores(x, g, w, dx, inner, m, z, p)
        write_parameters(moments, inner, h, m, z, p, gradient)
        pull_ends(x, found, dx)

    return as_usual(pull, recipe.usual)


def as_usual(function: Any, usual: Any) -> Any:
    """The function ``(p, ...)``, with code of its own for the usual p: constants to LLVM."""

    @jitable
    def either(p: Any, *rest: Any) -> Any:
        return function(usual, *rest) if p == usual else function(p, *rest)

    return either if usual else function


def _inner(recipe: Recipe) -> Any:
    """The summand of <g, d>."""
    d = reaction(recipe)

    @jitable
    def inner(x: Any, g: Any, w: Any, m: Any, z: Any, p: Any) -> Any:
        return g * d(x, w, m, z, *p)

    return inner


def _to_ends(recipe: Recipe) -> Any:
    """The summands of what moves with the smallest and with the largest score."""
    slope: Any = recipe.slope
    sway: Any = recipe.sway

    @jitable
    def to_low(x: Any, g: Any, w: Any, m: Any, z: Any, p: Any) -> Any:
        return scaled(g * slope(x, w, m, z, *p), sway(x, m, *p)[0])

    @jitable
    def to_high(x: Any, g: Any, w: Any, m: Any, z: Any, p: Any) -> Any:
        return scaled(g * slope(x, w, m, z, *p), sway(x, m, *p)[1])

    return (to_low, to_high) if sway else ()


def _pull_ends(recipe: Recipe) -> Any:
    """The function ``(x, (inner, low, high), dx)`` that adds what moves with the extremes."""

    @jitable
    def nothing(x: Any, found: Any, dx: Any) -> None:
        return None

    @jitable
    def pull_ends(x: Any, found: Any, dx: Any) -> None:
        dx[first_smallest(x)] += rounded(found[1])
        dx[first_largest(x)] += rounded(found[2])

    return pull_ends if recipe.sway else nothing


def _pulled(recipe: Recipe) -> Any:
    """The gradient of a score."""
    slope: Any = recipe.slope
    rise: Any = recipe.rise

    @jitable
    def alike(x: Any, g: Any, w: Any, inner: Any, m: Any, z: Any, p: Any) -> Any:
        return slope(x, w, m, z, *p) * (g - inner)

    @jitable
    def product(x: Any, g: Any, w: Any, inner: Any, m: Any, z: Any, p: Any) -> Any:
        return scaled(slope(x, w, m, z, *p), rise(x, m, *p) * g - inner)

    @jitable
    def logarithm(x: Any, g: Any, w: Any, inner: Any, m: Any, z: Any, p: Any) -> Any:
        return rise(x, m, *p) * g - slope(x, w, m, z, *p) * inner

    return logarithm if recipe.logarithm else product if rise else alike


def _moments(recipe: Recipe, slopes: Slopes) -> Any:
    """The summands of the gradients of the parameters, but for what the offset adds."""
    d, weight_gradients = reaction(recipe), recipe.weight_gradients

    @jitable
    def of_part(x: Any, g: Any, w: Any, inner: Any, m: Any, z: Any, p: Any) -> Any:
        return part(x, w, m, z, *p) * (g - inner)

    @jitable
    def of_result(x: Any, g: Any, w: Any, inner: Any, m: Any, z: Any, p: Any) -> Any:
        return g * d(x, w, m, z, *p) - inner * part(x, w, m, z, *p)

    pulled = of_part if d is part else of_result

    def of(k: int) -> Any:
        @jitable
        def moment(x: Any, g: Any, w: Any, inner: Any, m: Any, z: Any, p: Any) -> Any:
            return scaled(pulled(x, g, w, inner, m, z, p), weight_gradients(x, m, *p)[k])

        return moment

    return [] if recipe.offset_alone else [of(k) for k in slopes]


def _moment_at(at: int) -> Any:
    @jitable
    def moment(moments: Any) -> Any:
        return rounded(moments[at])

    return moment


@jitable
def _nothing(moments: Any) -> Any:
    return 0.0


def _write_parameters(recipe: Recipe, slopes: Slopes, at: int = 0) -> Any:
    """The function ``(moments, inner, h, m, z, p, gradient)`` that writes from ``at`` on."""

    @jitable
    def nothing(moments: Any, inner: Any, h: Any, m: Any, z: Any, p: Any, gradient: Any) -> None:
        return None

    if at == len(slopes):
        return nothing
    k, offset_gradients = slopes[at], recipe.offset_gradients
    rest = _write_parameters(recipe, slopes, at + 1)
    common_gradients: Any = recipe.common_gradients
    from_weights = _nothing if recipe.offset_alone else _moment_at(at)

    @jitable
    def write(moments: Any, inner: Any, h: Any, m: Any, z: Any, p: Any, gradient: Any) -> None:
        fallen = scaled(inner, offset_gradients(m, z, *p)[k])
        gradient[at] = from_weights(moments) - fallen
        rest(moments, inner, h, m, z, p, gradient)

    @jitable
    def write_with(moments: Any, inner: Any, h: Any, m: Any, z: Any, p: Any, gradient: Any) -> None:
        write(moments, inner, h, m, z, p, gradient)
        gradient[at] += scaled(h, common_gradients(m, *p)[k])

    return write_with if common_gradients else write
