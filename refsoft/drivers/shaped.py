"""Recipes on the CPU for arrays of any layout and format, without a copy of any of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft._call import Call, Mask, Parameters
from refsoft._dtypes import Array, cast, working
from refsoft._validate import Layout
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _long
from refsoft.drivers._kernels import forward_kernel, jvp_kernel, vjp_kernel
from refsoft.drivers._operands import Source, Sums, Target, as_operand
from refsoft.drivers._slabs import over

# Entries of a row for which a kernel may have buffers.
LONG = 1 << 13
# Rows whose parameter gradients are kept apart although a parameter is one for all.
KEPT = 1 << 14

_BOOL = np.dtype(np.bool_)
_NO_MASK = np.empty((0, 0), np.bool_)
_NO_LSE = np.empty(0)
_NO_PARAMETERS = np.empty((1, 0))


class Shaped:
    """The backend of compiled kernels."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def forward(self, call: Call, out: Array | None, lse: bool) -> tuple[Array, Array | None]:
        """The result, in ``out`` if that is given, and its log-normaliser (rows,) if asked for."""
        y = np.empty_like(call.x, call.dtype) if out is None else out
        x, where, layout = call.x, call.where, call.layout
        if out is not None:
            x = _readable(x, out)
            where = None if where is None else _readable(where, out)
        work, count = working(call.dtype, x.dtype), len(call.params)
        long = _by_block(layout, work, where, x, y)
        scores, logarithm = as_operand(x, layout, work, long), _NO_LSE
        if lse:
            logarithm = np.empty(layout.count)
        over(
            _long.forward_kernel(self.recipe, count, work, where is not None)
            if long
            else forward_kernel(self.recipe, count, work),
            layout,
            scores,
            _mask(call, where),
            _lines(call.params),
            _results(y, call, work, long, scores),
            logarithm,
        )
        return y, cast(logarithm, call.dtype) if lse else None

    def vjp(self, call: Call, g: Array, y: Array | None = None) -> tuple[Array, dict[str, Array]]:
        """The gradient by x, and that by each parameter: one per row, or one if that is one."""
        dx, layout, count = np.empty_like(call.x, call.dtype), call.layout, len(call.params)
        if call.where is not None or self.recipe.scale is None:
            y = None  # results from which the gradients do not follow
        given = [call.x, g] if y is None else [call.x, g, y]
        work = working(call.dtype, *(a.dtype for a in given))
        long = _by_block(layout, work, call.where, *given, dx)
        y = None if long else y
        params, sums = _lines(call.params), Sums(count)
        apart = len(params) > 1 or layout.count <= KEPT
        gradients = np.zeros((layout.count if apart else 0, count))
        over(
            _long.vjp_kernel(self.recipe, count, work, call.where is not None)
            if long
            else vjp_kernel(self.recipe, count, work, y is not None),
            layout,
            as_operand(call.x, layout, work, long),
            as_operand(g, layout, work, long),
            _no_rows(work) if y is None else as_operand(y, layout, work),
            _mask(call, call.where),
            params,
            _results(dx, call, work, long),
            gradients if apart or not count else sums,
        )
        found = gradients if apart or not count else sums.total()
        return dx, dict(zip(call.params, found.T, strict=True))

    def jvp(self, call: Call, v: Array, dparams: Parameters) -> Array:
        """The tangent of the result."""
        t, layout = np.empty_like(call.x, call.dtype), call.layout
        work = working(call.dtype, call.x.dtype, v.dtype)
        over(
            jvp_kernel(self.recipe, len(call.params), work),
            layout,
            as_operand(call.x, layout, work),
            as_operand(v, layout, work),
            _mask(call, call.where),
            _lines(call.params),
            _lines(dparams),
            _results(t, call, work),
        )
        return t


def _readable(given: Array, out: Array) -> Array:
    """What is given, as it is still there when it is read: entry for entry in out, or apart."""
    if not np.may_share_memory(given, out):
        return given
    same = given.ctypes.data == out.ctypes.data and given.strides == out.strides
    return given if same and given.dtype == out.dtype else given.copy()


def _by_block(layout: Layout, work: np.dtype[Any], where: Mask, *arrays: Array) -> bool:
    """Whether rows would need buffers, and are too long for them."""
    if layout.length <= LONG:
        return False
    if work.itemsize == 2 or where is not None:
        return True
    begins = {a.ctypes.data for a in (arrays[0], arrays[-1])}
    return len(begins) == 1 or any(isinstance(as_operand(a, layout, work), Source) for a in arrays)


def _mask(call: Call, where: Mask) -> Any:
    return _NO_MASK if where is None else as_operand(where, call.layout, _BOOL, strided=True)


def _results(
    y: Array, call: Call, work: np.dtype[Any], long: bool = False, scores: Any = None
) -> Any:
    rows = as_operand(y, call.layout, work, long)
    if isinstance(rows, np.ndarray):
        return rows
    return Target(y, call.layout, work, rows.flat, scores if isinstance(scores, Source) else None)


def _no_rows(work: np.dtype[Any]) -> Array:
    return np.empty((0, 0), np.uint16 if work.itemsize == 2 else work)


def _lines(params: Parameters) -> Array:
    """All parameters side by side: a line for each row, or one for all."""
    columns = list(params.values())
    if len(columns) == 1:
        return np.asarray(columns[0])
    if not columns:
        return _NO_PARAMETERS
    lines = np.empty((max(map(len, columns)), len(columns)))
    for k, column in enumerate(columns):
        lines[:, k] = column[:, 0]
    return lines
