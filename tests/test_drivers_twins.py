"""The compiled kernels and their plain twin; masks; and a row is the same row in every batch."""

from __future__ import annotations

import numpy as np
import pytest

from refsoft import rounding
from refsoft.catalogue import VARIANTS
from refsoft.drivers import cpu, plain

DRIVERS = {"plain": plain, "cpu": cpu}
PARAMETERS = {
    "softmax": (0.7,),
    "log_softmax": (1.9,),
    "softmax_n": (2.5,),
    "softmax_sink": (-1.25,),
    "symax": (0.5, 1.5),
    "ssmax": (0.43, 0.25),
}
# Blocks of 1,024, and the lanes of a vector register.
LENGTHS = [1, 2, 7, 16, 17, 1023, 1024, 1025, 2500]

over_variants = pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
over_drivers = pytest.mark.parametrize("driver", DRIVERS.values(), ids=list(DRIVERS))


def columns(variant, rows):
    return np.tile(np.array([PARAMETERS.get(variant.__name__, ())]), (rows, 1))


def inputs(rows, n):
    generator = np.random.default_rng([rows, n])
    x, g = generator.standard_normal((2, rows, n)) * [[[3]], [[1]]]
    return x.astype(np.float32), g.astype(np.float32)


def forward(variant, driver, x, where=None):
    return driver.forward(variant.definition.RECIPE, x, where, columns(variant, len(x)), False)[0]


def vjp(variant, driver, x, g, where=None):
    return driver.vjp(variant.definition.RECIPE, x, g, where, columns(variant, len(x)))


def bounds(variant, x, g, y):
    names = [parameter.name for parameter in variant.card.parameters]
    params = dict(zip(names, columns(variant, len(x)).T[:, :, None], strict=True))
    where, arithmetic = np.ones(x.shape, bool), rounding.PRESETS["float32-tree"]
    x, g, y = (np.asarray(a, np.float64) for a in (x, g, y))
    bound = variant.definition.bound(x, y, where, arithmetic, np.float32, **params)
    pulled = variant.definition.vjp_bound(x, g, y, where, arithmetic, np.float32, **params)
    return bound, pulled[0], list(pulled[1].values())


@over_variants
def test_twins_agree_within_the_bounds_of_both(variant):
    for n in LENGTHS:
        x, g = inputs(1, n)
        y = forward(variant, plain, x)
        bound, dx_bound, slope_bounds = bounds(variant, x, g, y)
        assert np.all(np.abs(forward(variant, cpu, x).astype(np.float64) - y) <= 2 * bound)
        (dx, slopes), (twin, others) = (vjp(variant, d, x, g) for d in (cpu, plain))
        assert np.all(np.abs(dx.astype(np.float64) - twin) <= 2 * dx_bound)
        for slope, other, limit in zip(slopes[0], others[0], slope_bounds, strict=True):
            assert abs(slope - other) <= 2 * limit[0]
    # The twin of the test: an error of 2^-12, thousands of roundings.
    assert np.any(np.abs(y.astype(np.float64) * 2.0**-12) > 2 * bound)


@over_drivers
@over_variants
def test_masked_entries_are_outside_the_row(variant, driver):
    x, g = (np.repeat(a, 4, axis=0) for a in inputs(1, 40))
    where = np.random.default_rng(0).random(x.shape) < 0.6
    where[1], where[2] = False, True
    poison = np.resize([np.nan, np.inf, 1e30, -np.inf], x.shape).astype("f4")
    dark, cold = np.where(where, x, poison), np.where(where, g, poison)
    y = forward(variant, driver, dark, where)
    dx, gradients = vjp(variant, driver, dark, cold, where)
    hidden = -np.inf if variant.__name__ == "log_softmax" else 0.0
    np.testing.assert_array_equal(y[~where], hidden)
    np.testing.assert_array_equal(dx[~where], 0.0)
    for r in range(4):
        packed, pulled = x[r : r + 1, where[r]], g[r : r + 1, where[r]]
        np.testing.assert_array_equal(y[r, where[r]], forward(variant, driver, packed)[0])
        alone, slopes = vjp(variant, driver, packed, pulled)
        np.testing.assert_array_equal(dx[r, where[r]], alone[0])
        np.testing.assert_array_equal(gradients[r], slopes[0])


@over_variants
def test_a_row_is_bitwise_the_same_in_every_batch(variant):
    for n in (33, 1500):
        x, g = inputs(9, n)
        y, (dx, gradients) = forward(variant, cpu, x), vjp(variant, cpu, x, g)
        turned = slice(None, None, -1)
        assert np.array_equal(forward(variant, cpu, x[turned])[turned], y)
        back, slopes = vjp(variant, cpu, x[turned], g[turned])
        assert np.array_equal(back[turned], dx)
        assert np.array_equal(slopes[turned], gradients)
        # Where a row begins in memory is no matter either.
        apart = np.empty(n + 3, np.float32)
        for r in (0, 4, 8):
            for start in range(3):
                apart[start : start + n] = x[r]
                row = apart[np.newaxis, start : start + n]
                assert np.array_equal(forward(variant, cpu, row)[0], y[r])
                assert np.array_equal(vjp(variant, cpu, row, g[r : r + 1])[0][0], dx[r])
