"""Kernels for rows that are too long for buffers: read by block, in several passes.

A row may lie anyhow, hold numbers of 16 bits or have a mask; its results may go
where it lies. The visible entries of a row are numbered without the others, and
every pass meets the same blocks of them, so that sums are those of a short row.
Weights are computed anew in each pass that needs them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.np.unsafe.ndarray import to_fixed_tuple

from refsoft.catalogue._primitives import cast, difference
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _backward as back
from refsoft.drivers._compile import MASK, compiled, given_rows, registered, result_rows
from refsoft.drivers._loops import BLOCK, finisher, first, jitable, largest, smallest
from refsoft.drivers._rows import FIRST, LARGE, _weigh_all, as_given, hasty, no_logarithm
from refsoft.drivers._storage import Storage, storage
from refsoft.drivers._sums import joined, rounded, sums, written


@cache
def forward_kernel(recipe: Recipe, count: int, dtype: Any, masked: bool) -> Any:
    """The kernel ``(x, where, params, y, lse)``, as `_kernels.forward_kernel`."""
    stamp, form = registered(recipe), storage(dtype.name)
    survey, weighed = _survey(recipe, form, masked, hasty(recipe)), _weigh_all(recipe)
    fetch, keep = _fetch(form, masked), _keep(form, masked)
    finish, hidden, work = finisher(recipe.result), recipe.masked, form.work
    log_normaliser = recipe.log_normaliser or no_logarithm

    def kernel(x: Any, where: Any, params: Any, y: Any, lse: Any) -> Any:
        xs, ys = np.empty(BLOCK, work), np.empty(BLOCK, work)
        for r in range(len(x)):
            given = to_fixed_tuple(params[min(r, len(params) - 1)], count)
            row, mask, results = x[r], where[min(r, len(where) - 1)], y[r]
            p, m, total, z, _, _ = survey(row, mask, given, xs, ys)
            start = 0
            while start < len(row):
                k, end = fetch(row, mask, start, xs)
                weighed(xs[:k], cast(m, xs[0]), p, ys[:k])
                if z != 0.0:
                    finish(xs[:k], m, z, p, ys[:k])
                keep(ys, mask, start, end, hidden, results)
                start = end
            if lse.size:
                lse[r] = log_normaliser(m, total, *p)
        return stamp

    rows, line = form.stored, types.Array(types.float64, 1, "C")
    inputs = (given_rows(rows), MASK, given_rows(types.float64))
    return compiled(kernel, *inputs, result_rows(rows), line)


@cache
def vjp_kernel(recipe: Recipe, count: int, dtype: Any, masked: bool) -> Any:
    """The kernel ``(x, g, y, where, params, dx, gradients)``; y is not looked at."""
    stamp, form = registered(recipe), storage(dtype.name)
    in_haste = hasty(recipe) and not count
    survey, weighed = _survey(recipe, form, masked, in_haste), _weigh_all(recipe)
    fetch, keep, work = _fetch(form, masked), _keep(form, masked), form.work
    ends, moments = back._to_ends(recipe), back._moments(recipe, count)
    totals, scores = (
        sums(back._inner(recipe), *ends),
        written(back._pulled(recipe), False, *moments),
    )
    no_totals, no_moments = ((0.0, 0.0),) * (1 + len(ends)), ((0.0, 0.0),) * count
    join_totals, join_moments = joined(1 + len(ends)), joined(count)
    write_parameters, swayed = back._write_parameters(recipe, count), bool(ends)

    def kernel(x: Any, g: Any, y: Any, where: Any, params: Any, dx: Any, gradients: Any) -> Any:
        xs, gs, ds = np.empty(BLOCK, work), np.empty(BLOCK, work), np.empty(BLOCK, work)
        for r in range(len(x)):
            given = to_fixed_tuple(params[min(r, len(params) - 1)], count)
            row, cotangents, mask = x[r], g[r], where[min(r, len(where) - 1)]
            p, m, _, z, low, high = survey(row, mask, given, xs, ds)
            scale, found, start = cast(m, xs[0]), no_totals, 0
            while start < len(row) and z != 0.0:
                k, end = fetch(row, mask, start, xs)
                fetch(cotangents, mask, start, gs)
                weighed(xs[:k], scale, p, ds[:k])
                found = join_totals(found, totals(xs[:k], gs[:k], ds[:k], ds[:k], m, z, p))
                start = end
            inner, moved, start, first_entry = rounded(found[0]), no_moments, 0, 0
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
                write_parameters(moved, inner, m, z, p, gradients[r])
        return stamp

    rows, params = form.stored, types.float64
    inputs = (given_rows(rows),) * 3 + (MASK, given_rows(params))
    return compiled(kernel, *inputs, result_rows(rows), result_rows(params))


def _survey(recipe: Recipe, form: Storage, masked: bool, in_haste: bool) -> Any:
    """``(row, mask, given, xs, ws)``: p, m, total and z; where the extreme scores are.

    For a scale in haste see `_rows.weigher`.
    """
    fetch, weighed = _fetch(form, masked), _weigh_all(recipe)
    prepare = recipe.prepare or as_given
    key, shift, offset, work = recipe.key, recipe.shift, recipe.offset, form.work

    @jitable
    def scale_of(row: Any, mask: Any, p: Any, xs: Any, first_alone: bool) -> Any:
        top, start = work(-np.inf), 0
        while start < len(row):
            k, start = fetch(row, mask, start, xs)
            if first_alone:
                k, start = min(k, FIRST), len(row)
            most = largest(key, xs[:k], p)
            top = top if most <= top or np.isnan(top) else most
        return cast(shift(top, *p), top)

    @jitable
    def total_at(row: Any, mask: Any, m: Any, p: Any, xs: Any, ws: Any) -> Any:
        total, carry, start = 0.0, 0.0, 0
        while start < len(row):
            k, start = fetch(row, mask, start, xs)
            total, lost = difference(total, -weighed(xs[:k], m, p, ws[:k]))
            carry += lost
        return total + carry

    @jitable
    def survey(row: Any, mask: Any, given: Any, xs: Any, ws: Any) -> Any:
        n, low, high, start = 0, work(np.inf), work(-np.inf), 0
        at_low, at_high = 0, 0
        while start < len(row):
            k, start = fetch(row, mask, start, xs)
            least, most = smallest(xs[:k]), largest(_itself, xs[:k], ())
            if least < low:
                low, at_low = least, n + first(xs[:k], least)
            if most > high:
                high, at_high = most, n + first(xs[:k], most)
            n += k
        p = prepare(n, np.float64(low), *given)
        m = scale_of(row, mask, p, xs, in_haste)
        total = total_at(row, mask, m, p, xs, ws)
        if in_haste and not total < LARGE:
            m = scale_of(row, mask, p, xs, False)
            total = total_at(row, mask, m, p, xs, ws)
        scale = np.float64(m)
        return p, scale, total, offset(scale, *p) + total, at_low, at_high

    return survey


@jitable
def _itself(x: Any) -> Any:
    return x


def _fetch(form: Storage, masked: bool) -> Any:
    """``(row, mask, start, room)``: a block of entries; how many, and where the next begins."""
    widen = form.widen

    @jitable
    def fetch(row: Any, mask: Any, start: Any, room: Any) -> Any:
        end = min(start + BLOCK, len(row))
        for j in range(start, end):
            room[j - start] = widen(row[j])
        return end - start, end

    @jitable
    def fetch_visible(row: Any, mask: Any, start: Any, room: Any) -> Any:
        k, j = 0, start
        while j < len(row) and k < BLOCK:
            if mask[j]:
                room[k] = widen(row[j])
                k += 1
            j += 1
        return k, j

    return fetch_visible if masked else fetch


def _keep(form: Storage, masked: bool) -> Any:
    """``(room, mask, start, end, hidden, row)``: a block of results to where they belong."""
    narrow, work = form.narrow, form.work

    @jitable
    def keep(room: Any, mask: Any, start: Any, end: Any, hidden: Any, row: Any) -> None:
        for j in range(start, end):
            row[j] = narrow(room[j - start])

    @jitable
    def keep_visible(room: Any, mask: Any, start: Any, end: Any, hidden: Any, row: Any) -> None:
        k = 0
        for j in range(start, end):
            if mask[j]:
                row[j] = narrow(room[k])
                k += 1
            else:
                row[j] = narrow(work(hidden))

    return keep_visible if masked else keep
