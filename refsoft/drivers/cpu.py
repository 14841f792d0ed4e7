"""Recipes on the CPU: `plain.py` compiled by Numba, rows shared between threads.

The weights are computed in the format of x, or in float32 where that has 16
bits, and everything of a row that is summed or divided in float64, so a float32
result is rounded about once after its weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._claims import ALONE
from refsoft.drivers._kernels import forward_kernel, jvp_kernel, vjp_kernel
from refsoft.drivers._slabs import SMALL
from refsoft.drivers._threads import over_rows

_NO_MASK = np.empty((0, 0), np.bool_)
_NO_LSE = np.empty(0)
_NO_COTANGENT = np.zeros((1, 1))


def forward(
    recipe: Recipe, x: Array, where: Array | None, params: Array, lse: bool
) -> tuple[Array, Array | None]:
    """The result for every row of x, and the logarithm of its normaliser.

    Parameters
    ----------
    recipe : Recipe
    x : ndarray (rows, n) of one of the four formats
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
    logarithm = np.empty(len(x)) if lse else _NO_LSE
    kernel = forward_kernel(recipe, params.shape[1], x.dtype)
    _over_rows(kernel, x.size, _bits(x), _mask(where), _lines(params), _bits(y), logarithm)
    return y, logarithm if lse else None


def vjp(
    recipe: Recipe,
    x: Array,
    g: Array,
    where: Array | None,
    params: Array,
    y: Array | None = None,
) -> tuple[Array, Array]:
    """Pull g back through every row: dx, and the gradient of every parameter.

    Parameters
    ----------
    recipe, x, where, params
        As in :func:`forward`.
    g : ndarray (rows, n) of the dtype of x
    y : ndarray (rows, n) of the dtype of x, optional
        The result, which saves the weights where they follow from it.

    Returns
    -------
    dx : ndarray (rows, n) of the dtype of x
    gradients : ndarray (rows, k) of float64
    """
    usable = y is not None and where is None and recipe.scale is not None
    count = params.shape[1]
    kernel = vjp_kernel(recipe, count, x.dtype, tuple(range(count)), usable)
    dx, gradients = np.empty(x.shape, x.dtype), np.zeros(params.shape)
    results = y if usable else np.empty((0, 0), x.dtype)
    given = (_bits(x), _bits(g), _bits(results), _mask(where), _lines(params), _NO_COTANGENT)
    _over_rows(kernel, x.size, *given, _bits(dx), gradients)
    return dx, gradients


def jvp(
    recipe: Recipe, x: Array, v: Array, where: Array | None, params: Array, dparams: Array
) -> Array:
    """Push the tangents v of x and dparams of the parameters forward through every row.

    Parameters
    ----------
    recipe, x, where, params
        As in :func:`forward`.
    v : ndarray (rows, n) of the dtype of x
    dparams : ndarray (rows, k) of float64

    Returns
    -------
    ndarray (rows, n) of the dtype of x
    """
    kernel = jvp_kernel(recipe, params.shape[1], x.dtype, dparams.shape[1] > 0)
    t = np.empty(x.shape, x.dtype)
    given = (_bits(x), _bits(v), _mask(where), _lines(params), _lines(dparams))
    _over_rows(kernel, x.size, *given, _bits(t))
    return t


def _bits(rows: Any) -> Array:
    """The array as the kernels take it: C-contiguous, of formats that Numba knows."""
    rows = np.ascontiguousarray(rows)
    return rows.view(np.uint16) if rows.itemsize == 2 else rows  # type: ignore[no-any-return]


def _mask(where: Array | None) -> Array:
    return _NO_MASK if where is None else np.ascontiguousarray(where)


def _lines(params: Array) -> Array:
    return np.ascontiguousarray(params, np.float64)


def _over_rows(kernel: Any, entries: int, *arrays: Array) -> None:
    if entries < SMALL:
        kernel(ALONE, arrays)
    else:
        over_rows(kernel, len(arrays[0]), *arrays)
