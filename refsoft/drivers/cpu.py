"""Recipes on the CPU: `plain.py` compiled by Numba, one row after the other.

The weights are computed in the format of x and everything of a row that is
summed or divided in float64, so a float32 result is rounded about once after
its weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numba.np.unsafe.ndarray import to_fixed_tuple

from refsoft._dtypes import Array
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _sources
from refsoft.drivers._loops import finisher, gather, jitable, scatter, summed
from refsoft.drivers._rows import (
    inner_product,
    no_logarithm,
    parameter_puller,
    puller,
    weigher,
)

_NO_MASK = np.empty((0, 0), np.bool_)


def forward(
    recipe: Recipe, x: Array, where: Array | None, params: Array, lse: bool
) -> tuple[Array, Array | None]:
    """The result for every row of x, and the logarithm of its normaliser.

    Parameters
    ----------
    recipe : Recipe
    x : ndarray (rows, n) of float32 or float64
    where : ndarray (rows, n) of bool, or None
        True = visible.
    params : ndarray (rows, k) of float64
    lse : bool
        Whether to return the second array.

    Returns
    -------
    y : ndarray (rows, n) of the dtype of x
    lse : ndarray (rows,) of float64, or None
    """
    y = np.empty(x.shape, x.dtype)
    logarithm = np.empty(len(x) if lse else 0)
    forward_into(recipe, x, where, params, y, logarithm)
    return y, logarithm if lse else None


def forward_into(
    recipe: Recipe, x: Array, where: Array | None, params: Array, y: Array, lse: Array
) -> None:
    """:func:`forward` into given C-contiguous arrays; an empty ``lse`` asks for none."""
    kernel = _forward_kernel(recipe, params.shape[1])
    kernel(*_packed(x, _NO_MASK if where is None else where, params), y, lse)


def vjp(
    recipe: Recipe, x: Array, g: Array, where: Array | None, params: Array
) -> tuple[Array, Array]:
    """Pull g back through every row: dx, and the gradient of every parameter.

    Parameters
    ----------
    recipe, x, where, params
        As in :func:`forward`.
    g : ndarray (rows, n) of the dtype of x

    Returns
    -------
    dx : ndarray (rows, n) of the dtype of x
    gradients : ndarray (rows, k) of float64
    """
    dx, gradients = np.empty(x.shape, x.dtype), np.empty(params.shape)
    vjp_into(recipe, x, g, where, params, dx, gradients)
    return dx, gradients


def vjp_into(
    recipe: Recipe,
    x: Array,
    g: Array,
    where: Array | None,
    params: Array,
    dx: Array,
    gradients: Array,
) -> None:
    """:func:`vjp` into given C-contiguous arrays."""
    kernel = _vjp_kernel(recipe, params.shape[1])
    gradients[...] = 0.0
    kernel(*_packed(x, g, _NO_MASK if where is None else where, params), dx, gradients)


def _packed(*arrays: Array) -> Iterator[Array]:
    return map(np.ascontiguousarray, arrays)


def _compiled(kernel: Any) -> Any:
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(kernel)
    except RuntimeError:  # no folder to cache in: read-only package, no home
        return njit(**options)(kernel)


@cache
def _forward_kernel(recipe: Recipe, count: int) -> Any:
    stamp = _registered(recipe)
    weighed, finish, masked = weigher(recipe), finisher(recipe.result), recipe.masked
    log_normaliser = recipe.log_normaliser or no_logarithm

    @_compiled
    def kernel(x: Any, where: Any, params: Any, y: Any, lse: Any) -> Any:
        gathered = np.empty((2, where.shape[1]), x.dtype)
        for r in range(len(x)):
            given = to_fixed_tuple(params[r], count)
            xs, ys = x[r], y[r]
            if where.size:
                n = gather(x[r], where[r], gathered[0])
                xs, ys = gathered[0][:n], gathered[1][:n]
            p, m, total, z = weighed(xs, given, ys)
            # z = 0 only if every weight is 0 already: a true 0/0, which gives zeros.
            if z != 0.0:
                finish(xs, m, z, p, ys)
            if where.size:
                scatter(ys, where[r], y[r], masked)
            if lse.size:
                lse[r] = log_normaliser(m, total, *p)
        return stamp

    return kernel


@cache
def _vjp_kernel(recipe: Recipe, count: int) -> Any:
    stamp = _registered(recipe)
    weighed, term, pull_scores = weigher(recipe), inner_product(recipe), puller(recipe)
    pull_parameters = parameter_puller(recipe, count)

    @_compiled
    def kernel(x: Any, g: Any, where: Any, params: Any, dx: Any, gradients: Any) -> Any:
        gathered = np.empty((3, where.shape[1]), x.dtype)
        for r in range(len(x)):
            given = to_fixed_tuple(params[r], count)
            xs, gs, ds = x[r], g[r], dx[r]
            if where.size:
                n = gather(x[r], where[r], gathered[0])
                gather(g[r], where[r], gathered[1])
                xs, gs, ds = gathered[0][:n], gathered[1][:n], gathered[2][:n]
            p, m, _, z = weighed(xs, given, ds)
            if z != 0.0:
                inner = summed(term, xs, gs, ds, m, z, p)
                pull_parameters(xs, gs, inner, ds, m, z, p, gradients[r])
                pull_scores(xs, gs, inner, m, z, p, ds)
            if where.size:
                scatter(ds, where[r], dx[r], 0.0)
        return stamp

    return kernel


def _registered(recipe: Recipe) -> int:
    for function in _sources.functions(recipe):
        jitable(function)
    return _sources.stamp(recipe)
