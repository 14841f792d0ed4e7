"""Rows that are read block by block, by kernels that have no buffers of their length.

The visible entries of a row are numbered without the others, and every pass meets the same
blocks of them, so that sums are those of a short row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft.catalogue._primitives import cast
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._loops import BLOCK, first, jitable, largest, smallest
from refsoft.drivers._rows import FIRST, LARGE, as_given, weigh_all, with_offset
from refsoft.drivers._storage import Storage
from refsoft.drivers._sums import plus
from refsoft.drivers._weights import settled


def surveyor(recipe: Recipe, form: Storage, masked: bool, in_haste: bool) -> Any:
    """``(row, mask, given, xs, ws)``: p, m, total and the pair z; where the extreme scores are.

    For a scale in haste see `_rows.weigher`.
    """
    fetch, weighed = fetcher(form, masked), weigh_all(recipe, form.work)
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
        total, start = (0.0, 0.0), 0
        while start < len(row):
            k, start = fetch(row, mask, start, xs)
            total = plus(total, weighed(xs[:k], m, p, ws[:k]))
        return total

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
        if in_haste and not total[0] < LARGE:
            m = scale_of(row, mask, p, xs, False)
            total = total_at(row, mask, m, p, xs, ws)
        scale = np.float64(m)
        z = with_offset(offset(scale, *p), total)
        return p, scale, settled(total)[0], z, at_low, at_high

    return survey


@jitable
def _itself(x: Any) -> Any:
    return x


def fetcher(form: Storage, masked: bool) -> Any:
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


@jitable
def counted(row: Any, mask: Any) -> Any:
    """How many entries of a row are visible; an empty mask hides none."""
    if not mask.size:
        return len(row)
    n = 0
    for j in range(len(row)):
        n += 1 if mask[j] else 0
    return n


def keeper(form: Storage, masked: bool) -> Any:
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
