"""Recipes in plain Python floats: what `cpu.py` computes, without a compiler.

It is the text to read and to step through, and the twin that the compiled
kernels are held against: float64 inside, sums without error, one rounding to
the format of x at the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.catalogue._primitives import scaled
from refsoft.catalogue._recipe import Recipe

Row = Sequence[float]


def forward(
    recipe: Recipe, x: Array, where: Array | None, params: Array, lse: bool
) -> tuple[Array, Array | None]:
    """The result for every row of x, and the logarithm of its normaliser.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.forward`.
    """
    y, logarithm = np.full(x.shape, recipe.masked), np.full(len(x), math.nan)
    for r in range(len(x)):
        visible = slice(None) if where is None else where[r]
        xs = numbers(x[r, visible])
        p, m, w, total, z = weigh(recipe, xs, params[r].tolist())
        y[r, visible] = results(recipe, xs, w, m, z, p)
        if recipe.log_normaliser:
            logarithm[r] = recipe.log_normaliser(m, total, *p)
    return cast(y, x.dtype), logarithm if lse else None


def vjp(
    recipe: Recipe,
    x: Array,
    g: Array,
    where: Array | None,
    params: Array,
    y: Array | None = None,
    of_lse: Array | None = None,
) -> tuple[Array, Array]:
    """Pull g back through every row: dx, and the gradient of every parameter.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.vjp`.
    """
    dx, gradients = np.zeros(x.shape), np.zeros(params.shape)
    for r in range(len(x)):
        visible = slice(None) if where is None else where[r]
        xs, gs = numbers(x[r, visible]), numbers(g[r, visible])
        p, m, w, _, z = weigh(recipe, xs, params[r].tolist())
        if y is not None and where is None and recipe.scale and xs:
            w, z = numbers(y[r]), 1.0
            top = max(range(len(w)), key=w.__getitem__)
            m = recipe.scale(xs[top], w[top], *p)
        if z != 0.0:
            d = reactions(recipe, xs, w, m, z, p)
            h = 0.0 if of_lse is None else float(of_lse[r, 0])
            inner = summed(a * b for a, b in zip(gs, d, strict=True)) - h
            dx[r, visible] = pull_scores(recipe, xs, gs, w, inner, m, z, p)
            gradients[r] = pull_parameters(recipe, xs, gs, w, d, inner, m, z, p)
            if recipe.common_gradients:
                gradients[r] += [scaled(h, a) for a in recipe.common_gradients(m, *p)]
    return cast(dx, x.dtype), gradients


def jvp(
    recipe: Recipe, x: Array, v: Array, where: Array | None, params: Array, dparams: Array
) -> Array:
    """Push tangents of x and of the parameters forward through every row.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.jvp`.
    """
    t = np.zeros(x.shape)
    for r in range(len(x)):
        visible = slice(None) if where is None else where[r]
        xs, vs = numbers(x[r, visible]), numbers(v[r, visible])
        p, m, w, _, z = weigh(recipe, xs, params[r].tolist())
        if z != 0.0 and xs:
            d = reactions(recipe, xs, w, m, z, p)
            t[r, visible] = push(recipe, xs, vs, dparams[r].tolist(), w, d, m, z, p)
    return cast(t, x.dtype)


def numbers(row: Array) -> Row:
    """A row as Python floats."""
    return row.astype(np.float64).tolist()  # type: ignore[no-any-return]


def weigh(recipe: Recipe, x: Row, params: Row) -> tuple[Row, float, Row, float, float]:
    """What stands for the parameters, the scale m, the weights, their sum, the normaliser z."""
    p: Row = params
    if recipe.prepare:
        p = recipe.prepare(len(x), min(x, default=math.inf), *params)
    m = recipe.shift(largest(recipe.key(score, *p) for score in x), *p)
    w = [recipe.weight(score, m, *p) for score in x]
    total = summed(w)
    return p, m, w, total, recipe.offset(m, *p) + total


def results(recipe: Recipe, x: Row, w: Row, m: float, z: float, p: Row) -> Row:
    """The results; z = 0 only if every weight is 0 already, a true 0/0."""
    if z == 0.0:
        return w
    if recipe.result is None:
        return [weight / z for weight in w]
    # What the sum has lost.
    rest = summed([recipe.offset(m, *p), *w, -z]) if math.isfinite(z) else 0.0
    return [recipe.result(a, b, m, (z, rest), *p) for a, b in zip(x, w, strict=True)]


def reactions(recipe: Recipe, x: Row, w: Row, m: float, z: float, p: Row) -> Row:
    """-dy/dlog Z of every entry: y itself, or 1 where that is a logarithm."""
    return [1.0] * len(x) if recipe.logarithm else results(recipe, x, w, m, z, p)


def pull_scores(
    recipe: Recipe, x: Row, g: Row, w: Row, inner: float, m: float, z: float, p: Row
) -> Row:
    """The gradient of every score."""
    slopes = [recipe.slope(a, b, m, z, *p) for a, b in zip(x, w, strict=True)]
    if recipe.rise is None:
        return [slope * (a - inner) for slope, a in zip(slopes, g, strict=True)]
    rises = [recipe.rise(score, m, *p) for score in x]
    entries = zip(slopes, rises, g, strict=True)
    if recipe.logarithm:
        return [rise * a - slope * inner for slope, rise, a in entries]
    dx = [scaled(slope, rise * a - inner) for slope, rise, a in entries]
    if recipe.sway:
        sways = [recipe.sway(score, m, *p) for score in x]
        for end, at in enumerate((min(x), max(x))):
            terms = zip(g, slopes, sways, strict=True)
            dx[x.index(at)] += summed(scaled(a * slope, sway[end]) for a, slope, sway in terms)
    return dx


def pull_parameters(
    recipe: Recipe, x: Row, g: Row, w: Row, d: Row, inner: float, m: float, z: float, p: Row
) -> list[float]:
    """The gradient of every parameter."""
    table = [recipe.weight_gradients(score, m, *p) for score in x]
    falls = list(recipe.offset_gradients(m, z, *p))
    for k in range(len(falls)):
        falls[k] += summed(scaled(b / z, row[k]) for b, row in zip(w, table, strict=True))
    return [
        summed(scaled(a * b, row[k]) for a, b, row in zip(g, d, table, strict=True))
        - scaled(inner, fall)
        for k, fall in enumerate(falls)
    ]


def push(
    recipe: Recipe, x: Row, v: Row, dp: Row, w: Row, d: Row, m: float, z: float, p: Row
) -> list[float]:
    """The tangent of every result."""
    slopes = [recipe.slope(a, b, m, z, *p) for a, b in zip(x, w, strict=True)]
    lifts = [dot(dp, recipe.weight_gradients(score, m, *p)) for score in x]
    fall = dot(dp, recipe.offset_gradients(m, z, *p))
    fall += summed(scaled(slope, a) for slope, a in zip(slopes, v, strict=True))
    fall += summed(scaled(b / z, lift) for b, lift in zip(w, lifts, strict=True))
    rises = [recipe.rise(score, m, *p) if recipe.rise else 1.0 for score in x]
    if recipe.logarithm:
        own = [rise * a for rise, a in zip(rises, v, strict=True)]
        return [a + (lift - fall) for a, lift in zip(own, lifts, strict=True)]
    entries = zip(slopes, rises, v, d, lifts, strict=True)
    t = [scaled(s, rise * a) + scaled(b, lift - fall) for s, rise, a, b, lift in entries]
    if recipe.sway:
        low, high = v[x.index(min(x))], v[x.index(max(x))]
        for j, (score, slope) in enumerate(zip(x, slopes, strict=True)):
            by_low, by_high = recipe.sway(score, m, *p)
            t[j] += scaled(slope, by_low * low + by_high * high)
    return t


def dot(a: Row, b: Row) -> float:
    """The sum of products, in which 0 times anything is 0."""
    return summed(scaled(s, t) for s, t in zip(a, b, strict=True))


def largest(keys: Iterable[float]) -> float:
    """The largest key; NaN if one is NaN, -inf if there is none."""
    top = -math.inf
    for key in keys:
        top = key if key > top or math.isnan(key) else top
    return top


def summed(terms: Iterable[float]) -> float:
    """The sum, rounded once; as float arithmetic has it where that is not finite."""
    values = list(terms)
    return math.fsum(values) if all(map(math.isfinite, values)) else sum(values)
