"""How much of their bound our own kernels use, and rows on which that is much."""

from __future__ import annotations

import numpy as np

from refsoft import rounding
from refsoft._dtypes import as_dtype, cast


def forward(variant, x, params, y=None, bound=None):
    """The largest certified error over `ulp_bound`: of normal results, and of all.

    A subnormal result may be a unit further off; one of self_adjust whose weight
    is subnormal by as many units as the score.
    """
    y = variant(x, **params) if y is None else y
    bound = variant.ulp_bound(x.shape[-1], x.dtype, **params) if bound is None else bound
    error = variant.ulp_error(y, x, **params)[1]
    size = np.abs(variant.using("golden")(x, dtype="float64", **params))
    units = np.ones(x.shape)
    if variant.card.name == "self_adjust":
        units = np.maximum(np.abs(x.astype(np.float64)), 1.0)
    normal = size >= rounding.FORMATS[x.dtype.name].normal * units
    if variant.card.name == "log_softmax":  # its unit is that of a result of 1 at least
        error = error * _binade(size) / _binade(np.maximum(size, 1.0))
        normal[...] = True
    ratio = error / (bound + np.where(normal, 0.0, units))
    return np.max(ratio, initial=0.0, where=normal), np.max(ratio, initial=0.0)


def _binade(size):
    return np.exp2(np.frexp(size)[1].astype(np.float64))


def backward(variant, x, g, params, y=None, scale=1.0):
    """The largest certified error over `error_bound`, by output: of what is normal, and of all."""
    columns = {name: np.full(len(x), value) for name, value in params.items()}
    dx, slopes = variant.vjp(x, g, y=y, **columns)
    bound, bounds = variant.error_bound(x, g, y=y, **columns)
    truth, truths = variant.exact_vjp(x, g, dtype="float64", **columns)
    floor = 64 * rounding.FORMATS[x.dtype.name].subnormal  # the quanta count little beyond
    found = {"dx": (dx, truth, bound)} | {k: (slopes[k], truths[k], bounds[k]) for k in slopes}
    return {
        name: _used(value, exact, scale * most, floor if name == "dx" else 2.0**-1000)
        for name, (value, exact, most) in found.items()
    }


def _used(value, exact, most, floor):
    wide = value.astype(np.float64)
    error = np.maximum(np.maximum(exact.lo - wide, wide - exact.hi), 0.0)
    ratio = np.where(error == 0, 0.0, error / np.where(most > 0, most, 2.0**-1074))
    return np.max(ratio, initial=0.0, where=most > floor), np.max(ratio, initial=0.0)


def scores(name, dtype, count, n, seed=0):
    """Rows with one score in bulk, whose error is the sum's, and n // 2 below it of all kinds.

    For log_softmax, whose sum is one over the largest weight, one score and the others below it.
    """
    rng = np.random.default_rng([seed, n])
    bulk, below = rng.uniform(-3, 3, (count, 1)), rng.uniform(6, 16, (count, n))
    x = np.where(np.arange(n) < (n + 1) // 2, bulk, bulk - below)
    if name == "log_softmax":
        x = bulk - np.where(np.arange(n) < 1, 0.0, rng.uniform(0, 0.7, (count, 1)))
    if name == "symax":
        x = rng.choice([-1, 1], x.shape) * np.exp(x)
    return cast(x, as_dtype(dtype))
