"""Kernels for rows that are too long for buffers: read by block, in several passes.

A row may lie anyhow, hold numbers of 16 bits or have a mask; its results may go
where it lies. Weights are computed anew in each pass that needs them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.np.unsafe import ndarray as unsafe

from refsoft.catalogue._primitives import cast
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _backward as back
from refsoft.drivers import _tangents as forth
from refsoft.drivers._blocks import counted, fetcher, keeper, surveyor
from refsoft.drivers._claims import shared
from refsoft.drivers._compile import MASK, given_rows, registered, result_rows
from refsoft.drivers._loops import BLOCK, finisher
from refsoft.drivers._rows import as_given, hasty, no_logarithm, weigh_all
from refsoft.drivers._storage import storage
from refsoft.drivers._sums import joined, rounded, sums, written


@cache
def forward_kernel(recipe: Recipe, count: int, dtype: Any, masked: bool) -> Any:
    """The kernel ``(x, where, params, y, lse)``, as `_kernels.forward_kernel`."""
    stamp, form = registered(recipe), storage(dtype.name)
    survey, weighed = surveyor(recipe, form, masked, hasty(recipe)), weigh_all(recipe, form.work)
    fetch, keep = fetcher(form, masked), keeper(form, masked)
    finish, hidden, work = finisher(recipe, form.work), recipe.masked, form.work
    log_normaliser = recipe.log_normaliser or no_logarithm

    def kernel(x: Any, where: Any, params: Any, y: Any, lse: Any) -> Any:
        xs, ys = np.empty(BLOCK, work), np.empty(BLOCK, work)
        for r in range(len(x)):
            given = unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)
            row, mask, results = x[r], where[min(r, len(where) - 1)], y[r]
            p, m, total, z, _, _ = survey(row, mask, given, xs, ys)
            start = 0
            while start < len(row):
                k, end = fetch(row, mask, start, xs)
                weighed(xs[:k], cast(m, xs[0]), p, ys[:k])
                if z[0] != 0.0:
                    finish(xs[:k], m, z, p, ys[:k])
                keep(ys, mask, start, end, hidden, results)
                start = end
            if lse.size:
                lse[r] = log_normaliser(m, total, *p)
        return stamp

    rows, line = form.stored, types.Array(types.float64, 1, "C")
    inputs = (given_rows(rows), MASK, given_rows(types.float64))
    return shared(kernel, *inputs, result_rows(rows), line)


@cache
def vjp_kernel(recipe: Recipe, count: int, dtype: Any, slopes: back.Slopes, masked: bool) -> Any:
    """The kernel ``(x, g, y, where, params, of_lse, dx, gradients)``; y is not looked at."""
    stamp, form = registered(recipe), storage(dtype.name)
    in_haste = hasty(recipe, bool(slopes))
    survey, weighed = surveyor(recipe, form, masked, in_haste), weigh_all(recipe, form.work)
    fetch, keep, work = fetcher(form, masked), keeper(form, masked), form.work
    ends, moments = back._to_ends(recipe), back._moments(recipe, slopes)
    totals, scores = (
        sums(back._inner(recipe), *ends),
        written(back._pulled(recipe), False, *moments),
    )
    no_totals, no_moments = ((0.0, 0.0),) * (1 + len(ends)), ((0.0, 0.0),) * len(moments)
    join_totals, join_moments = joined(1 + len(ends)), joined(len(moments))
    write_parameters, swayed = back._write_parameters(recipe, slopes), bool(ends)

    def kernel(
        x: Any, g: Any, y: Any, where: Any, params: Any, of_lse: Any, dx: Any, gradients: Any
    ) -> Any:
        xs, gs, ds = np.empty(BLOCK, work), np.empty(BLOCK, work), np.empty(BLOCK, work)
        for r in range(len(x)):
            given = unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)
            row, cotangents, mask = x[r], g[r], where[min(r, len(where) - 1)]
            p, m, _, (z, _), low, high = survey(row, mask, given, xs, ds)
            scale, found, start = cast(m, xs[0]), no_totals, 0
            while start < len(row) and z != 0.0:
                k, end = fetch(row, mask, start, xs)
                fetch(cotangents, mask, start, gs)
                weighed(xs[:k], scale, p, ds[:k])
                found = join_totals(found, totals(xs[:k], gs[:k], ds[:k], ds[:k], m, z, p))
                start = end
            h = of_lse[min(r, len(of_lse) - 1), 0]
            inner, moved, start, first_entry = rounded(found[0]) - h, no_moments, 0, 0
            while start < len(row):
                k, end = fetch(row, mask, start, xs)
                fetch(cotangents, mask, start, gs)
                weighed(xs[:k], scale, p, ds[:k])
                if z != 0.0:
                    part = scores(xs[:k], gs[:k], ds[:k], ds[:k], inner, m, z, p)
                    moved = join_moments(moved, part)
                    if swayed:
                        if 0 <= low - first_entry < k:
                            ds[low - first_entry] += rounded(found[1 % len(found)])
                        if 0 <= high - first_entry < k:
                            ds[high - first_entry] += rounded(found[2 % len(found)])
                keep(ds, mask, start, end, 0.0, dx[r])
                start, first_entry = end, first_entry + k
            if z != 0.0:
                write_parameters(moved, inner, h, m, z, p, gradients[r])
        return stamp

    rows, params = form.stored, types.float64
    inputs = (*(given_rows(rows),) * 3, MASK, given_rows(params), given_rows(params))
    return shared(kernel, *inputs, result_rows(rows), result_rows(params))


@cache
def pull_kernel(recipe: Recipe, count: int, dtype: Any, masked: bool) -> Any:
    """The kernel ``(g, y, where, params, of_lse, dx)``, as `_kernels.pull_kernel`."""
    stamp, form = registered(recipe), storage(dtype.name)
    fetch, keep, work = fetcher(form, masked), keeper(form, masked), form.work
    totals, scores = sums(back._inner(recipe)), written(back._pulled(recipe), False)
    join_totals, prepare = joined(1), recipe.prepare or as_given

    def kernel(g: Any, y: Any, where: Any, params: Any, of_lse: Any, dx: Any) -> Any:
        gs, ys = np.empty(BLOCK, work), np.empty(BLOCK, work)
        for r in range(len(y)):
            given = unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)
            row, cotangents, mask = y[r], g[r], where[min(r, len(where) - 1)]
            p = prepare(counted(row, mask), np.inf, *given)
            found, start = ((0.0, 0.0),), 0
            while start < len(row):
                k, end = fetch(row, mask, start, ys)
                fetch(cotangents, mask, start, gs)
                part = totals(ys[:k], gs[:k], ys[:k], ys[:k], 1.0, 1.0, p)
                found, start = join_totals(found, part), end
            inner, start = rounded(found[0]) - of_lse[min(r, len(of_lse) - 1), 0], 0
            while start < len(row):
                k, end = fetch(row, mask, start, ys)
                fetch(cotangents, mask, start, gs)
                scores(gs[:k], gs[:k], ys[:k], ys[:k], inner, 1.0, 1.0, p)
                keep(ys, mask, start, end, 0.0, dx[r])
                start = end
        return stamp

    rows, params = given_rows(form.stored), given_rows(types.float64)
    return shared(kernel, rows, rows, MASK, params, params, result_rows(form.stored))


@cache
def jvp_kernel(recipe: Recipe, count: int, dtype: Any, moves: bool, masked: bool) -> Any:
    """The kernel ``(x, v, where, params, dparams, t)``, as `_kernels.jvp_kernel`."""
    stamp, form = registered(recipe), storage(dtype.name)
    in_haste, moving = hasty(recipe, moves), count if moves else 0
    survey, weighed = surveyor(recipe, form, masked, in_haste), weigh_all(recipe, form.work)
    fetch, keep, work = fetcher(form, masked), keeper(form, masked), form.work
    fallen, fall_of_offset = sums(forth.faller(recipe, moving)), forth.offset_faller(recipe, moving)
    pushed, join = forth.replacer(recipe, moving), joined(1)

    def kernel(x: Any, v: Any, where: Any, params: Any, dparams: Any, t: Any) -> Any:
        xs, vs, ts = np.empty(BLOCK, work), np.empty(BLOCK, work), np.empty(BLOCK, work)
        for r in range(len(x)):
            given = unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)
            moved = unsafe.to_fixed_tuple(dparams[min(r, len(dparams) - 1)], moving)
            row, tangents, mask = x[r], v[r], where[min(r, len(where) - 1)]
            p, m, _, (z, _), at_low, at_high = survey(row, mask, given, xs, ts)
            scale, found, low, high = cast(m, xs[0]), ((0.0, 0.0),), 0.0, 0.0
            start, first_entry = 0, 0
            while start < len(row) and z != 0.0:
                k, end = fetch(row, mask, start, xs)
                fetch(tangents, mask, start, vs)
                weighed(xs[:k], scale, p, ts[:k])
                found = join(found, fallen(xs[:k], vs[:k], ts[:k], ts[:k], m, z, (moved, p)))
                if 0 <= at_low - first_entry < k:
                    low = np.float64(vs[at_low - first_entry])
                if 0 <= at_high - first_entry < k:
                    high = np.float64(vs[at_high - first_entry])
                start, first_entry = end, first_entry + k
            fall, start = fall_of_offset(m, z, p, moved) + rounded(found[0]), 0
            while start < len(row):
                k, end = fetch(row, mask, start, xs)
                fetch(tangents, mask, start, vs)
                weighed(xs[:k], scale, p, ts[:k])
                if z != 0.0:
                    pushed(p, xs[:k], vs[:k], moved, fall, low, high, m, z, ts[:k])
                keep(ts, mask, start, end, 0.0, t[r])
                start = end
        return stamp

    rows, params = form.stored, types.float64
    inputs = (given_rows(rows), given_rows(rows), MASK, given_rows(params), given_rows(params))
    return shared(kernel, *inputs, result_rows(rows))
