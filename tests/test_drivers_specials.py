"""Infinite, extreme and missing scores, against a table written by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from refsoft.catalogue import (
    log_softmax,
    self_adjust,
    self_adjust_normalized,
    softmax,
    softmax_n,
    softmax_one,
    softmax_sink,
    ssmax,
    symax,
)
from refsoft.drivers import cpu, plain

inf, nan = math.inf, math.nan
THIRD = 1 / 3
TINY = 2.0**-149
LOG_TWO = math.log(2)
SIGMOID_TWO = 0.8807970779778823
SOFT = (softmax.RECIPE, (1.0,))
ONE = (softmax_one.RECIPE, ())
SYMAX = (symax.RECIPE, (1.0, 1.0))
NO_ETA = (symax.RECIPE, (0.0, 1.0))
LOG = (log_softmax.RECIPE, (1.0,))
SSMAX = (ssmax.RECIPE, (1.0, 0.0))
ADJUST = (self_adjust.RECIPE, ())
NORMALIZED = (self_adjust_normalized.RECIPE, ())


def with_n(n):
    return softmax_n.RECIPE, (n,)


def with_sink(sink):
    return softmax_sink.RECIPE, (sink,)


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
    (with_n(3.0), [0], [0.25]),
    (with_n(3.0), [-inf, -1000], [0, 0]),
    (with_n(3.0), [inf, 0], [nan, nan]),
    (with_n(0.0), [-1000, -1000], [0.5, 0.5]),
    (with_n(0.0), [-3e38, 3e38], [0, 1]),
    (with_n(1e-300), [0, -inf], [1, 0]),
    (with_n(1e308), [0, 0], [1e-308, 1e-308]),
    (with_sink(-inf), [-1000, -1000], [0.5, 0.5]),
    (with_sink(1e4), [1e4, 0, -inf], [0.5, 0, 0]),
    (with_sink(-1e4), [-1e4, -inf], [0.5, 0]),
    (with_sink(1e30), [3e38], [1]),
    (with_sink(1e300), [0], [0]),
    (with_sink(0.0), [nan, inf], [nan, nan]),
    (SSMAX, [7], [1]),
    (SSMAX, [1, 0], [2 * THIRD, THIRD]),
    (SSMAX, [1e9, 1e9, -3e38], [0.5, 0.5, 0]),
    (SSMAX, [0, -inf], [1, 0]),
    (SSMAX, [-inf, -inf], [nan, nan]),
    (SSMAX, [3e38, -3e38], [1, 0]),
    ((ssmax.RECIPE, (-1.0, 0.0)), [1, 0], [THIRD, 2 * THIRD]),
    ((ssmax.RECIPE, (-1.0, 0.0)), [3e38, -3e38], [0, 1]),
    ((ssmax.RECIPE, (-1.0, 0.0)), [0, -inf], [nan, nan]),
    ((ssmax.RECIPE, (0.0, 0.0)), [5, -inf], [0.5, 0.5]),
    ((ssmax.RECIPE, (0.0, 0.0)), [-inf, -inf], [nan, nan]),
    ((ssmax.RECIPE, (0.0, 2.0**-127)), [2.0**127, -(2.0**127)], [SIGMOID_TWO, 0.11920292202211755]),
    (LOG, [0, 0], [-math.log(2), -math.log(2)]),
    (LOG, [0, -inf], [0, -inf]),
    (LOG, [3e38, -3e38], [0, -6e38]),
    (LOG, [-inf, -inf], [nan, nan]),
    (LOG, [inf, 0], [nan, nan]),
    ((log_softmax.RECIPE, (2.0**120,)), [2.0**127, -(2.0**127)], [-math.exp(-256), -256]),
    (ADJUST, [0, 0], [0, 0]),
    (ADJUST, [-4], [-4]),
    (ADJUST, [-inf, 2], [0, 2]),
    (ADJUST, [3e38, 3e38, -3e38], [1.5e38, 1.5e38, 0]),
    (ADJUST, [-inf, -inf], [nan, nan]),
    (ADJUST, [inf, 0], [nan, nan]),
    (NORMALIZED, [0, 0], [0, 0]),
    (NORMALIZED, [5], [1]),
    (NORMALIZED, [-5], [0]),
    (NORMALIZED, [2, 2], [0.5, 0.5]),
    (NORMALIZED, [-3, -3], [0, 0]),
    (NORMALIZED, [TINY, 0], [0.5, 0]),
    (NORMALIZED, [-inf, 1, -2], [0, 0.9525741268224334, 0.04742587317756678]),
    (NORMALIZED, [3e38, -3e38], [1, 0]),
    (NORMALIZED, [-inf, -inf], [nan, nan]),
    (NORMALIZED, [inf, 0], [nan, nan]),
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
    (with_n(3.0), [], math.log(3)),
    (with_n(3.0), [0], math.log(4)),
    (with_n(0.0), [], -inf),
    (with_n(1e-300), [-1000], -690.7755278982137),
    (with_sink(2.0), [2], 2 + math.log(2)),
    (with_sink(2.0), [], 2),
    (with_sink(1e10), [0], 1e10),
    (with_sink(1e30), [0], 1e30),
    (SSMAX, [1, 1], 2 * math.log(2)),
    (SSMAX, [], -inf),
    ((ssmax.RECIPE, (-1.0, 0.0)), [1, 1], 0),
    (ADJUST, [0, 0], math.log(2)),
    (NORMALIZED, [0, 0], math.log(2)),
    (LOG, [0, 0], math.log(2)),
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
    (with_n(3.0), [0], [2], [0.375], [-0.125]),
    (with_n(0.0), [-1000, -inf], [2, 7], [0, 0], [-inf]),
    (with_sink(0.0), [0], [2], [0.5], [-0.5]),
    (with_sink(1e4), [0], [2], [0], [0]),
    (SSMAX, [5], [3], [0], [0, 0]),
    (SSMAX, [1, 0], [1, 0], [LOG_TWO * 2 / 9, -LOG_TWO * 2 / 9], [LOG_TWO * 2 / 9, 2 / 9]),
    (LOG, [0, 0], [1, 0], [0.5, -0.5], [0]),
    (LOG, [0, -inf], [1, 2], [-2, 2], [inf]),
    (ADJUST, [0, 0], [1, 0], [0.5, 0], []),
    (ADJUST, [-inf, 2], [1, 3], [0, 3], []),
    (NORMALIZED, [0, 0], [1, 2], [0, 0], []),
    (NORMALIZED, [2, 2], [1, 0], [0.25, -0.25], []),
    (NORMALIZED, [-3, -3], [1, 2], [-THIRD, THIRD], []),
    (NORMALIZED, [-inf, -2], [1, 2], [0, 0], []),
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
