"""Recipes on the CPU for arrays of any layout and format, without a copy of any of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft._call import Call, Mask, Names, Parameters
from refsoft._dtypes import Array, cast, working
from refsoft._validate import Layout
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _long
from refsoft.drivers._kernels import forward_kernel, jvp_kernel, pull_kernel, vjp_kernel
from refsoft.drivers._operands import Nowhere, Source, Sums, Target, as_operand
from refsoft.drivers._slabs import over

# Entries of a row for which a kernel may have buffers.
LONG = 1 << 13
# Rows whose parameter gradients are kept apart although a parameter is one for all.
KEPT = 1 << 14

_BOOL = np.dtype(np.bool_)
_NO_MASK = np.empty((0, 0), np.bool_)
_NO_LSE = np.empty(0)
_NO_COTANGENT = np.zeros((1, 1))
_NO_PARAMETERS = np.empty((1, 0))


class Shaped:
    """The backend of compiled kernels."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def forward(self, call: Call, out: Array | None, lse: bool) -> tuple[Array, Array | None]:
        """The result, in ``out`` if that is given, and its log-normaliser (rows,) if asked for."""
        y = np.empty_like(call.x, call.dtype) if out is None else out
        x, where, _ = _apart(out, call.x, call.where)
        layout = call.layout
        work, count = working(call.dtype, x.dtype), len(call.params)
        long = _by_block(layout, work, where, y, x)
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

    def vjp(
        self,
        call: Call,
        g: Array,
        y: Array | None,
        wrt: Names,
        out: Array | None,
        of_lse: Array | None,
    ) -> tuple[Array | None, dict[str, Array]]:
        """The gradients that are wanted: by x, and by parameters, one per row or one for all."""
        slopes = tuple(k for k, name in enumerate(call.params) if name in wrt)
        if "x" not in wrt and not slopes:
            return None, {}
        dx = out if out is not None else np.empty_like(call.x, call.dtype) if "x" in wrt else None
        x, where, (g, *known) = _apart(out, call.x, call.where, g, *([] if y is None else [y]))
        cotangent = _NO_COTANGENT if of_lse is None else of_lse
        if known and dx is not None and not slopes and self.recipe.proportional:
            self._pull(call, g, known[0], where, cotangent, dx)
            return dx, {}
        if where is not None or self.recipe.scale is None:
            known = []  # results from which the gradients do not follow
        layout, count, given = call.layout, len(call.params), [x, g, *known]
        work = working(call.dtype, *(a.dtype for a in given))
        long = _by_block(layout, work, where, dx, *given)
        known = [] if long else known
        params, sums = _lines(call.params), Sums(len(slopes))
        apart = len(params) > 1 or layout.count <= KEPT or not slopes
        gradients = np.zeros((layout.count if apart else 0, len(slopes)))
        over(
            _long.vjp_kernel(self.recipe, count, work, slopes, where is not None)
            if long
            else vjp_kernel(self.recipe, count, work, slopes, bool(known)),
            layout,
            as_operand(x, layout, work, long),
            as_operand(g, layout, work, long),
            as_operand(known[0], layout, work) if known else _no_rows(work),
            _mask(call, where),
            params,
            cotangent,
            Nowhere(layout, work, long) if dx is None else _results(dx, call, work, long),
            gradients if apart else sums,
        )
        found = (gradients if apart else sums.total()).T
        return dx, {name: found[at] for at, name in enumerate(n for n in call.params if n in wrt)}

    def _pull(self, call: Call, g: Array, y: Array, where: Mask, of_lse: Array, dx: Array) -> None:
        """The gradient by x, from results alone."""
        layout, count, work = call.layout, len(call.params), working(call.dtype, g.dtype, y.dtype)
        long = where is not None or _by_block(layout, work, None, dx, g, y)
        rows = (as_operand(a, layout, work, long) for a in (g, y))
        into = _lines(call.params), of_lse, _results(dx, call, work, long)
        if long:
            kernel = _long.pull_kernel(self.recipe, count, work, where is not None)
            over(kernel, layout, *rows, _mask(call, where), *into)
        else:
            over(pull_kernel(self.recipe, count, work), layout, *rows, *into)

    def jvp(self, call: Call, v: Array, dparams: Parameters, out: Array | None) -> Array:
        """The tangent of the result."""
        t = np.empty_like(call.x, call.dtype) if out is None else out
        x, where, (v,) = _apart(out, call.x, call.where, v)
        layout, count, work = call.layout, len(call.params), working(call.dtype, x.dtype, v.dtype)
        long = _by_block(layout, work, where, t, x, v)
        moves = any(np.any(column) for column in dparams.values())
        over(
            _long.jvp_kernel(self.recipe, count, work, moves, where is not None)
            if long
            else jvp_kernel(self.recipe, count, work, moves),
            layout,
            as_operand(x, layout, work, long),
            as_operand(v, layout, work, long),
            _mask(call, where),
            _lines(call.params),
            _lines(dparams if moves else {}),
            _results(t, call, work, long),
        )
        return t


def _apart(
    out: Array | None, x: Array, where: Mask, *others: Array
) -> tuple[Array, Mask, tuple[Array, ...]]:
    """What is given, so that a kernel may write to out while it reads."""
    if out is None:
        return x, where, others
    mask = None if where is None else _readable(where, out)
    return _readable(x, out), mask, tuple(_readable(a, out) for a in others)


def _readable(given: Array, out: Array) -> Array:
    """What is given, as it is still there when it is read: entry for entry in out, or apart."""
    if not np.may_share_memory(given, out):
        return given
    same = given.ctypes.data == out.ctypes.data and given.strides == out.strides
    return given if same and given.dtype == out.dtype else given.copy()


def _by_block(
    layout: Layout, work: np.dtype[Any], where: Mask, result: Array | None, *given: Array
) -> bool:
    """Whether rows would need buffers, and are too long for them."""
    if layout.length <= LONG:
        return False
    if work.itemsize == 2 or where is not None or result is None:
        return True
    if result.ctypes.data in [a.ctypes.data for a in given]:
        return True
    return any(isinstance(as_operand(a, layout, work), Source) for a in (result, *given))


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
