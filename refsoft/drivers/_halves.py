"""The kernel of results in 16 bits that are parts of a normaliser: weights alone are float32.

A score is widened where it is used, and a result narrowed where it is made: rows in float32 beside
the weights would fill the nearest cache.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numba import types
from numba.np.unsafe import ndarray as unsafe

from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _bits
from refsoft.drivers._claims import shared
from refsoft.drivers._compile import MASK, given_rows, result_rows
from refsoft.drivers._loops import gather, jitable, scatter
from refsoft.drivers._portion import inverse
from refsoft.drivers._rows import as_given, at_a_time, hasty, no_logarithm, steps
from refsoft.drivers._storage import Storage


def forward_kernel(recipe: Recipe, count: int, form: Storage, stamp: int) -> Any:
    """The kernel ``(x, where, params, y, lse)``; y may be x."""
    work, narrow, masked = form.work, form.narrow, recipe.masked
    scale, weigh = steps(_of_bits(recipe, form.widen), work, hasty(recipe))
    prepare, log_normaliser = recipe.prepare or as_given, recipe.log_normaliser or no_logarithm

    @jitable
    def prepared(n: Any, params: Any, r: Any) -> Any:
        # Nothing that is a part of the normaliser depends on the smallest score.
        given = unsafe.to_fixed_tuple(params[min(r, len(params) - 1)], count)
        return prepare(n, np.inf, *given)

    @jitable
    def narrowed(z: Any, w: Any, y: Any) -> Any:
        _bits.use_wide_vectors()
        # z = 0 only if every weight is 0 already: a true 0/0, which gives zeros.
        hi, lo = inverse(z if z[0] != 0.0 else (1.0, 0.0), work(1.0))
        for j in range(len(w)):
            y[j] = narrow(_bits.fused(w[j], hi, w[j] * lo))

    def kernel(x: Any, where: Any, params: Any, y: Any, lse: Any) -> Any:
        n = x.shape[1]
        most = 1 if where.size else at_a_time(n)
        packed = np.empty((2, n if where.size else 0), np.uint16)
        weights, scales, found = (
            np.empty((most, n), work),
            np.empty(most, work),
            np.empty((most, 3)),
        )
        for start in range(0, len(x), most):
            xs, ys, ws = x[start : start + most], y[start : start + most], weights
            if where.size:
                n = gather(_bits.row_of(x, start), where[start], packed[0])
                xs, ys, ws = packed[:1, :n], packed[1:, :n], weights[:, :n]
            for r in range(len(xs)):
                scales[r] = scale(_bits.row_of(xs, r), prepared(n, params, start + r))
            for r in range(len(xs)):
                p = prepared(n, params, start + r)
                m, total, z = weigh(_bits.row_of(xs, r), scales[r], p, _bits.row_of(ws, r))
                scales[r], found[r, 0], found[r, 1], found[r, 2] = m, total, z[0], z[1]
            for r in range(len(xs)):
                narrowed((found[r, 1], found[r, 2]), _bits.row_of(ws, r), _bits.row_of(ys, r))
                if lse.size:
                    p = prepared(n, params, start + r)
                    lse[start + r] = log_normaliser(np.float64(scales[r]), found[r, 0], *p)
            if where.size:
                results = _bits.row_of(y, start)
                scatter(_bits.row_of(ys, 0), where[start], results, narrow(work(masked)))
        return stamp

    rows, line = form.stored, types.Array(types.float64, 1, "C")
    inputs = (given_rows(rows), MASK, given_rows(types.float64))
    return shared(kernel, *inputs, result_rows(rows), line)


def _of_bits(recipe: Recipe, widen: Any) -> Recipe:
    """The keys and weights of a recipe, from scores as they are stored."""
    key, weight = recipe.key, recipe.weight

    @jitable
    def key_of(x: Any, *p: Any) -> Any:
        return key(widen(x), *p)

    @jitable
    def weight_of(x: Any, m: Any, *p: Any) -> Any:
        return weight(widen(x), m, *p)

    return replace(recipe, key=key_of, weight=weight_of)
