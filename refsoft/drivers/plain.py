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
from refsoft.catalogue._recipe import Recipe

Row = Sequence[float]


def forward(
    recipe: Recipe, x: Array, where: Array | None, params: Array, lse: bool
) -> tuple[Array, Array | None]:
    """The result for every row of x, and the logarithm of its normaliser.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.forward`.
    """
    y, logarithm = np.zeros(x.shape), np.full(len(x), math.nan)
    for r in range(len(x)):
        visible = slice(None) if where is None else where[r]
        p = params[r].tolist()
        xs = x[r, visible].tolist()
        m, w, total, z = weigh(recipe, xs, p)
        y[r, visible] = normalise(w, z)
        if recipe.log_normaliser:
            logarithm[r] = recipe.log_normaliser(m, total, *p)
    return cast(y, x.dtype), logarithm if lse else None


def vjp(
    recipe: Recipe, x: Array, g: Array, where: Array | None, params: Array
) -> tuple[Array, Array]:
    """Pull g back through every row: dx, and the gradient of every parameter.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.vjp`.
    """
    dx, gradients = np.zeros(x.shape), np.zeros(params.shape)
    for r in range(len(x)):
        visible = slice(None) if where is None else where[r]
        p = params[r].tolist()
        xs, gs = x[r, visible].tolist(), g[r, visible].tolist()
        m, w, _, z = weigh(recipe, xs, p)
        if z != 0.0:
            y = normalise(w, z)
            dx[r, visible] = pull_scores(recipe, xs, gs, w, y, m, z, p)
            gradients[r] = pull_parameters(recipe, xs, gs, y, m, z, p)
    return cast(dx, x.dtype), gradients


def weigh(recipe: Recipe, x: Row, p: Row) -> tuple[float, Row, float, float]:
    """The scale m of a row, its weights, their sum, and the normaliser z."""
    m = recipe.shift(largest(recipe.key(score, *p) for score in x), *p)
    w = [recipe.weight(score, m, *p) for score in x]
    total = summed(w)
    return m, w, total, recipe.offset(m, *p) + total


def normalise(w: Row, z: float) -> Row:
    """The weights over z; z = 0 only if every weight is 0 already, a true 0/0."""
    return [weight / z for weight in w] if z != 0.0 else w


def pull_scores(recipe: Recipe, x: Row, g: Row, w: Row, y: Row, m: float, z: float, p: Row) -> Row:
    """The gradient of every score."""
    inner = summed(a * b for a, b in zip(g, y, strict=True))
    entries = zip(x, w, g, strict=True)
    return [recipe.slope(score, weight, m, z, *p) * (a - inner) for score, weight, a in entries]


def pull_parameters(
    recipe: Recipe, x: Row, g: Row, y: Row, m: float, z: float, p: Row
) -> list[float]:
    """The gradient of every parameter."""
    table = [recipe.weight_gradients(score, m, *p) for score in x]
    means = recipe.offset_gradients(m, z, *p)
    gradients = []
    for k in range(len(p)):
        values = [row[k] if b != 0.0 else 0.0 for row, b in zip(table, y, strict=True)]
        mean = means[k] + summed(a * b for a, b in zip(values, y, strict=True))
        terms = zip(g, y, values, strict=True)
        gradients.append(summed(a * b * (value - mean) for a, b, value in terms))
    return gradients


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
