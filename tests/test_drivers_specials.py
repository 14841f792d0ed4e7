"""Infinite, extreme and missing scores, against a table written by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from refsoft.catalogue import softmax, softmax_one, symax
from refsoft.drivers import cpu, plain

inf, nan = math.inf, math.nan
THIRD = 1 / 3
TINY = 2.0**-149
TANH = math.tanh(1) / 2
SOFT = (softmax.RECIPE, (1.0,))
ONE = (softmax_one.RECIPE, ())
SYMAX = (symax.RECIPE, (1.0, 1.0))
NO_ETA = (symax.RECIPE, (0.0, 1.0))

# Recipe with parameters, scores, result; every number is one of float32 too.
FORWARD = [
    (SOFT, [0, -inf, 0], [0.5, 0, 0.5]),
    (SOFT, [-inf, -inf], [nan, nan]),
    (SOFT, [-inf], [nan]),
    (SOFT, [inf, 0], [nan, nan]),
    (SOFT, [inf, inf], [nan, nan]),
    (SOFT, [inf, -inf], [nan, nan]),
    (SOFT, [nan, 0, -inf], [nan, nan, nan]),
    (SOFT, [3e38, 3e38, -3e38], [0.5, 0.5, 0]),
    (SOFT, [-3e38, -3e38], [0.5, 0.5]),
    (SOFT, [TINY, 0], [0.5, 0.5]),
    ((softmax.RECIPE, (2.0**120,)), [2.0**127, -(2.0**127)], [1, math.exp(-256)]),
    ((softmax.RECIPE, (1e-300,)), [1, 1, 0.5], [0.5, 0.5, 0]),
    ((softmax.RECIPE, (1e300,)), [1, 0, -1], [THIRD, THIRD, THIRD]),
    ((softmax.RECIPE, (TINY,)), [TINY, 0], [0.7310585786300049, 0.2689414213699951]),
    (ONE, [-inf, -inf], [0, 0]),
    (ONE, [-inf], [0]),
    (ONE, [-inf, 0], [0, 0.5]),
    (ONE, [-3e38, 0], [0, 0.5]),
    (ONE, [-1000, -1000], [0, 0]),
    (ONE, [3e38, 3e38], [0.5, 0.5]),
    (ONE, [inf, 0], [nan, nan]),
    (ONE, [nan, -inf], [nan, nan]),
    (SYMAX, [0, 0], [0, 0]),
    (SYMAX, [-1, 0], [0.5, 0]),
    (SYMAX, [-inf, 1], [nan, nan]),
    (SYMAX, [inf, 1], [nan, nan]),
    (SYMAX, [-inf, -inf], [nan, nan]),
    (SYMAX, [nan, 1], [nan, nan]),
    (SYMAX, [3e38, 3e38, -3e38], [THIRD, THIRD, THIRD]),
    (SYMAX, [TINY, 0], [TINY, 0]),
    (NO_ETA, [0, 0], [0, 0]),
    (NO_ETA, [TINY, -TINY, 0], [0.5, 0.5, 0]),
    (NO_ETA, [-0.0, -4], [0, 1]),
    ((symax.RECIPE, (0.0, 2.0)), [1e-30, 1e-30], [0.5, 0.5]),
    ((symax.RECIPE, (0.0, 2.0)), [3e38, -3e38], [0.5, 0.5]),
    ((symax.RECIPE, (0.0, 0.5)), [2, 8], [THIRD, 2 * THIRD]),
    ((symax.RECIPE, (0.0, 1e-3)), [TINY, TINY], [0.5, 0.5]),
    ((symax.RECIPE, (0.0, 500.0)), [3e38, -3e38, 1e37], [0.5, 0.5, 0]),
    ((symax.RECIPE, (1.0, 700.0)), [1, -1, 0.25], [THIRD, THIRD, 0]),
    ((symax.RECIPE, (2.0**-80, 2.0)), [2.0**-40, 2.0**-40], [THIRD, THIRD]),
    ((symax.RECIPE, (2.0**128, 1.0)), [2.0**127, 2.0**127], [0.25, 0.25]),
    ((symax.RECIPE, (1e300, 1.0)), [1, 2], [1e-300, 2e-300]),
    ((symax.RECIPE, (1e-300, 1.0)), [0, 0], [0, 0]),
]

LSE = [
    (SOFT, [0, 0], math.log(2)),
    (SOFT, [-inf, -inf], -inf),
    (SOFT, [inf, 0], inf),
    (SOFT, [nan, inf], nan),
    (SOFT, [-nan, inf], nan),
    (SOFT, [], -inf),
    ((softmax.RECIPE, (2.0,)), [1e4, 1e4], 5e3 + math.log(2)),
    (ONE, [-inf], 0),
    (ONE, [], 0),
    (ONE, [-80], math.exp(-80)),
    (ONE, [2.0**127], 2.0**127),
    (ONE, [inf], inf),
    (ONE, [nan, inf], nan),
]

# Recipe with parameters, scores, cotangent, dx, gradients.
VJP = [
    (SOFT, [0, -inf, 0], [1, 7, 0], [0.25, 0, -0.25], [0]),
    (SOFT, [-inf, -inf], [1, 2], [nan, nan], [nan]),
    (SOFT, [nan, 1], [1, 2], [nan, nan], [nan]),
    (SOFT, [inf, 1], [1, 2], [nan, nan], [nan]),
    (ONE, [-inf, -inf], [1, 2], [0, 0], []),
    (ONE, [-inf, 0], [5, 1], [0, 0.25], []),
    (ONE, [3e38, -3e38], [1, 2], [0, 0], []),
    (NO_ETA, [0, 0], [1, 2], [0, 0], [0, 0]),
    (SYMAX, [0, 1], [1, 0], [0, 0], [0, 0]),
    (SYMAX, [0, -1], [0, 1], [0, -0.25], [-0.25, 0]),
    (SYMAX, [inf, 1], [1, 2], [nan, nan], [nan, nan]),
    ((symax.RECIPE, (1.0, 0.5)), [0, 1], [1, 1], [0, 0.125], [-0.25, 0]),
    ((symax.RECIPE, (1.0, 3.0)), [0, 1], [1, 1], [0, 0.75], [-0.25, 0]),
    ((symax.RECIPE, (0.0, 1.0)), [2.0**127, 2.0**127], [2.0**127, 0], [0.25, -0.25], [-0.25, 0]),
]

driven = pytest.mark.parametrize("driver", [plain, cpu], ids=["plain", "cpu"])
typed = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def agree(found, expected, dtype):
    # The table holds exact values or float64 roundings of them.
    eps = 4 * float(np.finfo(dtype).eps)
    with np.errstate(over="ignore", under="ignore"):
        wanted = np.asarray(expected, np.float64).astype(found.dtype)
    np.testing.assert_allclose(found, wanted, rtol=eps, atol=0)


def ids(case):
    (_, params), x, *_ = case
    return f"{params}-{x}"


@typed
@driven
@pytest.mark.parametrize("case", FORWARD, ids=ids)
def test_forward(case, driver, dtype):
    (recipe, params), x, y = case
    found, _ = driver.forward(recipe, np.array([x], dtype), None, np.array([params]), False)
    agree(found[0], y, dtype)


@typed
@driven
@pytest.mark.parametrize("case", LSE, ids=ids)
def test_log_normaliser(case, driver, dtype):
    (recipe, params), x, lse = case
    _, found = driver.forward(recipe, np.array([x], dtype), None, np.array([params]), True)
    agree(found[0], lse, dtype)


@typed
@driven
@pytest.mark.parametrize("case", VJP, ids=ids)
def test_vjp(case, driver, dtype):
    (recipe, params), x, g, dx, gradients = case
    found = driver.vjp(recipe, np.array([x], dtype), np.array([g], dtype), None, np.array([params]))
    agree(found[0][0], dx, dtype)
    agree(found[1][0], gradients, dtype)


@driven
def test_a_special_row_leaves_its_neighbours_alone(driver):
    x = np.array([[0, 0], [nan, 0], [0, 0], [inf, 0], [0, 0]])
    y, _ = driver.forward(softmax.RECIPE, x, None, np.ones((5, 1)), False)
    np.testing.assert_array_equal(y[::2], 0.5)
    assert np.isnan(y[1::2]).all()
