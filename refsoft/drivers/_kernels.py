"""The compiled kernels: every row of an array, one after the other.

A row is contiguous and may begin anywhere. Parameters have a line for each row,
or one for all.

What varies is put together from a recipe when a kernel is first asked for, for
its number of parameters and the format of the arrays. A kernel returns the
stamp of its sources, for what it captures is what Numba's disk cache goes by.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.np.unsafe import ndarray as unsafe

from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _bits
from refsoft.drivers._backward import Slopes, puller, weigher_from_result
from refsoft.drivers._claims import shared
from refsoft.drivers._compile import MASK, given_rows, registered, result_rows
from refsoft.drivers._halves import forward_kernel as half_kernel
from refsoft.drivers._loops import finisher, gather, jitable, scatter
from refsoft.drivers._rows import (
    as_given,
    at_a_time,
    hasty,
    no_logarithm,
    preparer,
    steps,
    weigher,
)
from refsoft.drivers._storage import storage
from refsoft.drivers._tangents import pusher


@cache
def forward_kernel(recipe: Recipe, count: int, dtype: Any) -> Any:
    """The kernel ``(x, where, params, y, lse)``; y may be x."""
    stamp, form = registered(recipe), storage(dtype.name)
    if form.buffered and recipe.result is None:
        return half_kernel(recipe, count, form, stamp)
    work, buffered, read, room, write = form[1:6]
    (scale, weigh), prepare = steps(recipe, work, hasty(recipe)), preparer(recipe)
    finish, masked = finisher(recipe, work), recipe.masked
    log_normaliser = recipe.log_normaliser or no_logarithm

    @jitable
    def given_of(params: Any, r: Any) -> Any:
        return unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)

    def kernel(x: Any, where: Any, params: Any, y: Any, lse: Any) -> Any:
        n, in_place = x.shape[1], _bits.address(x) == _bits.address(y)
        by_one = where.size or buffered or in_place
        buffers, most = np.empty((4, n if by_one else 0), work), 1 if by_one else at_a_time(n)
        scales, found = np.empty(most, work), np.empty((most, 3))
        for start in range(0, len(x), most):
            xs = room(x[start : start + most], buffers[:1], False)
            ys = room(y[start : start + most], buffers[1:2], in_place)
            if by_one:
                row = read(_bits.row_of(x, start), buffers[0])
                if where.size:
                    n = gather(row, where[start], buffers[2])
                    xs, ys = buffers[2:3, :n], buffers[3:4, :n]
            # What a step does not use of the parameters is not prepared for it.
            for r in range(len(xs)):
                p = prepare(_bits.row_of(xs, r), given_of(params, start + r))
                scales[r] = scale(_bits.row_of(xs, r), p)
            for r in range(len(xs)):
                p = prepare(_bits.row_of(xs, r), given_of(params, start + r))
                m, total, z = weigh(_bits.row_of(xs, r), scales[r], p, _bits.row_of(ys, r))
                scales[r], found[r, 0], found[r, 1], found[r, 2] = m, total, z[0], z[1]
            for r in range(len(xs)):
                p = prepare(_bits.row_of(xs, r), given_of(params, start + r))
                m, z = np.float64(scales[r]), (found[r, 1], found[r, 2])
                # z = 0 only if every weight is 0 already: a true 0/0, which gives zeros.
                if z[0] != 0.0:
                    finish(_bits.row_of(xs, r), m, z, p, _bits.row_of(ys, r))
                if lse.size:
                    lse[start + r] = log_normaliser(m, found[r, 0], *p)
            if by_one:
                results = room(_bits.row_of(y, start), buffers[1], in_place)
                if where.size:
                    scatter(_bits.row_of(ys, 0), where[start], results, masked)
                write(results, _bits.row_of(y, start), in_place)
        return stamp

    rows, line = form.stored, types.Array(types.float64, 1, "C")
    return shared(
        kernel, given_rows(rows), MASK, given_rows(types.float64), result_rows(rows), line
    )


@cache
def vjp_kernel(recipe: Recipe, count: int, dtype: Any, slopes: Slopes, from_result: bool) -> Any:
    """The kernel ``(x, g, y, where, params, of_lse, dx, gradients)``; without y it is empty.

    It writes the gradients of the parameters with these numbers; dx may be x, g or y.
    """
    stamp, form = registered(recipe), storage(dtype.name)
    work, buffered, read, room, write = form[1:6]
    in_haste = hasty(recipe, bool(slopes))
    weighed = weigher_from_result(recipe) if from_result else weigher(recipe, work, in_haste)
    pull = puller(recipe, slopes, from_result)

    def kernel(
        x: Any, g: Any, y: Any, where: Any, params: Any, of_lse: Any, dx: Any, gradients: Any
    ) -> Any:
        in_place = _bits.address(dx) == _bits.address(x) or _bits.address(dx) == _bits.address(g)
        in_place = in_place or (from_result and _bits.address(dx) == _bits.address(y))
        buffers = np.empty((7, x.shape[1] if where.size or buffered or in_place else 0), work)
        for r in range(len(x)):
            given = unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)
            h = of_lse[min(r, len(of_lse) - 1), 0]
            row, cotangents = (
                read(_bits.row_of(x, r), buffers[0]),
                read(_bits.row_of(g, r), buffers[1]),
            )
            results = room(_bits.row_of(dx, r), buffers[2], in_place)
            xs, gs, ds = row, cotangents, results
            if where.size:
                n = gather(row, where[r], buffers[4])
                gather(cotangents, where[r], buffers[5])
                xs, gs, ds = buffers[4][:n], buffers[5][:n], buffers[6][:n]
            if from_result:
                ys = read(_bits.row_of(y, r), buffers[3])
                p, m, _, (z, _) = weighed(xs, given, ys)
                pull(p, xs, gs, ys, m, z, h, ds, gradients[r])
            else:
                p, m, _, (z, _) = weighed(xs, given, ds)
                if z != 0.0:
                    pull(p, xs, gs, ds, m, z, h, ds, gradients[r])
            if where.size:
                scatter(ds, where[r], results, 0.0)
            write(results, _bits.row_of(dx, r), in_place)
        return stamp

    rows, params = form.stored, types.float64
    inputs = (*(given_rows(rows),) * 3, MASK, given_rows(params), given_rows(params))
    return shared(kernel, *inputs, result_rows(rows), result_rows(params))


@cache
def pull_kernel(recipe: Recipe, count: int, dtype: Any) -> Any:
    """The kernel ``(g, y, params, of_lse, dx)`` for proportional results; dx may be g or y."""
    stamp, form = registered(recipe), storage(dtype.name)
    work, buffered, read, room, write = form[1:6]
    pull, prepare = puller(recipe, (), True), recipe.prepare or as_given

    def kernel(g: Any, y: Any, params: Any, of_lse: Any, dx: Any) -> Any:
        n, in_place = (
            y.shape[1],
            _bits.address(dx) == _bits.address(g) or _bits.address(dx) == _bits.address(y),
        )
        buffers = np.empty((3, n if buffered or in_place else 0), work)
        for r in range(len(y)):
            p = prepare(n, np.inf, *unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count))
            gs, ys = read(_bits.row_of(g, r), buffers[0]), read(_bits.row_of(y, r), buffers[1])
            ds = room(_bits.row_of(dx, r), buffers[2], in_place)
            # Neither the scores nor their scale nor a gradient of a parameter is looked at.
            pull(p, ys, gs, ys, 1.0, 1.0, of_lse[min(r, len(of_lse) - 1), 0], ds, ds)
            write(ds, _bits.row_of(dx, r), in_place)
        return stamp

    rows, params = given_rows(form.stored), given_rows(types.float64)
    return shared(kernel, rows, rows, params, params, result_rows(form.stored))


@cache
def jvp_kernel(recipe: Recipe, count: int, dtype: Any, moves: bool) -> Any:
    """The kernel ``(x, v, where, params, dparams, t)``; t may be x or v.

    Where the parameters do not move dparams has no columns.
    """
    stamp, form = registered(recipe), storage(dtype.name)
    work, buffered, read, room, write = form[1:6]
    weighed = weigher(recipe, work, hasty(recipe, moves))
    moving = count if moves else 0
    push = pusher(recipe, moving)

    def kernel(x: Any, v: Any, where: Any, params: Any, dparams: Any, t: Any) -> Any:
        in_place = _bits.address(t) == _bits.address(x) or _bits.address(t) == _bits.address(v)
        buffers = np.empty((6, x.shape[1] if where.size or buffered or in_place else 0), work)
        for r in range(len(x)):
            given = unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)
            row, tangents = (
                read(_bits.row_of(x, r), buffers[0]),
                read(_bits.row_of(v, r), buffers[1]),
            )
            results = room(_bits.row_of(t, r), buffers[2], in_place)
            xs, vs, ts = row, tangents, results
            if where.size:
                n = gather(row, where[r], buffers[3])
                gather(tangents, where[r], buffers[4])
                xs, vs, ts = buffers[3][:n], buffers[4][:n], buffers[5][:n]
            p, m, _, (z, _) = weighed(xs, given, ts)
            if z != 0.0:
                push(p, xs, vs, dparams[min(r, len(dparams) - 1)], m, z, ts)
            if where.size:
                scatter(ts, where[r], results, 0.0)
            write(results, _bits.row_of(t, r), in_place)
        return stamp

    rows, params = form.stored, types.float64
    inputs = (given_rows(rows), given_rows(rows), MASK, given_rows(params), given_rows(params))
    return shared(kernel, *inputs, result_rows(rows))
