"""The drivers' gradients against 60-digit arithmetic, within bounds that are derived here.

With c = <g, y> and K u the relative error of a y before its last rounding (as
in tests/test_drivers_forward.py), dx_j = s_j (g_j - c) errs by (K + 8) u of
itself, by s_j times the error of c, which is (K + 8) u of sum |g| y, and by
one rounding. A parameter's gradient sum_j g_j y_j (l_j - L) errs by that much
of sum |g y (l - L)| and of sum |g| y times the sum of the terms of L.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mpmath import mpf

from refsoft.catalogue import softmax, softmax_one, symax
from refsoft.drivers import cpu, plain
from tests.helpers import high

DRIVERS = {"plain": plain, "cpu": cpu}
RECIPES = {"softmax": softmax.RECIPE, "softmax_one": softmax_one.RECIPE, "symax": symax.RECIPE}
CASES = [
    ("softmax", (1.0,)),
    ("softmax", (0.3,)),
    ("softmax_one", ()),
    ("symax", (1.0, 1.0)),
    ("symax", (0.25, 2.0)),
    ("symax", (3.0, 0.4)),
    ("symax", (0.5, 3.5)),
]
LENGTHS = [1, 2, 3, 17, 255, 257, 1025]


def inputs(n, dtype):
    generator = np.random.default_rng(n)
    x, g = generator.standard_normal((2, n)) * [[3], [1]]
    return x.astype(dtype), g.astype(dtype)


def excess(found, x, g, name, params, dtype):
    """The largest error over its bound, of dx and of the parameters' gradients."""
    u, v, quantum = (
        float(np.finfo(dtype).eps) / 2,
        2.0**-53,
        float(np.finfo(dtype).smallest_subnormal),
    )
    # Exponentials 3 u; a power and the offset 6 v, or u where they are kept in float32.
    weight = {"symax": max(6 * v, u), "softmax": 3 * u, "softmax_one": 3 * u}[name]
    k = 2 * weight + (min(len(x), 1024) + 10) * v
    truth = high.row(name, x, g, params)
    dx, gradients = found
    worst = 0.0
    for a, b, s in zip(dx[0], truth.dx, truth.slopes, strict=True):
        bound = (k + u) * abs(b) + k * abs(s) * truth.inner_scale + quantum * (2 + 8 * abs(s))
        worst = max(worst, float(abs(mpf(float(a)) - b) / bound))
    for a, b, scale in zip(gradients[0], truth.gradients, truth.gradient_scales, strict=True):
        worst = max(worst, float(abs(mpf(float(a)) - b) / (k * scale + quantum)))
    return worst


def run(driver, recipe, x, g, params):
    return DRIVERS[driver].vjp(recipe, x[None], g[None], None, np.array([params]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(("name", "params"), CASES)
def test_gradients_are_within_the_bound(name, params, driver, dtype):
    for n in LENGTHS:
        x, g = inputs(n, dtype)
        found = run(driver, RECIPES[name], x, g, params)
        assert found[0].dtype == dtype
        assert found[1].dtype == np.float64
        assert excess(found, x, g, name, params, dtype) <= 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_constant_cotangent(driver):
    # <g, y> cancels g but for the row sum; the temperature's gradient is 0.
    x, _ = inputs(50, np.float64)
    g = np.full(50, 3.0)
    for name, params in CASES:
        found = run(driver, RECIPES[name], x, g, params)
        assert excess(found, x, g, name, params, np.float64) <= 1


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(("name", "params"), CASES)
def test_masked_entries_are_outside_the_row(name, params, driver):
    x, g = (np.tile(a, (3, 1)) for a in inputs(40, np.float32))
    where = np.random.default_rng(0).random(x.shape) < 0.6
    where[1] = False
    poison = np.resize([np.nan, np.inf, 1e30, -np.inf], x.shape).astype("f4")
    columns = np.tile(np.array([params]), (3, 1))
    dx, gradients = DRIVERS[driver].vjp(
        RECIPES[name], np.where(where, x, poison), np.where(where, g, poison), where, columns
    )
    for r in range(3):
        packed, alone = run(driver, RECIPES[name], x[r, where[r]], g[r, where[r]], params)
        np.testing.assert_array_equal(dx[r, where[r]], packed[0])
        np.testing.assert_array_equal(dx[r, ~where[r]], 0.0)
        np.testing.assert_array_equal(gradients[r], alone[0])


def wrong_slope(x, w, m, z, temperature):
    return w / z


def uncentred(m, z, temperature):
    return (temperature,)


def negative(x, w, m, z, temperature):
    return -w / z / temperature


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    "twin",
    [{"slope": wrong_slope}, {"slope": negative}, {"offset_gradients": uncentred}],
    ids=["no temperature", "sign", "offset"],
)
def test_a_wrong_twin_is_rejected(driver, twin):
    x, g = inputs(17, np.float32)
    found = run(driver, replace(softmax.RECIPE, **twin), x, g, (0.3,))
    assert excess(found, x, g, "softmax", (0.3,), np.float32) > 1
