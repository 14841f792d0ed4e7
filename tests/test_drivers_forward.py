"""The drivers against 60-digit arithmetic, each entry within a bound that is derived here.

u is the unit roundoff of the format, v that of float64. A weight carries ALPHA
u: the exponential's error, which tests/test_drivers_exponential.py holds it to.
The sum of a row is taken in float64 in blocks of 1024, within a block in any
order and between blocks without error: with h = min(n, 1024) additions it
carries the error of its weights, at most the largest of theirs, and (h + 2) v.
Dividing and rounding to the format are u + 2 v. A result that underflows adds
a quantum, and so does a weight.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mpmath import mpf

from refsoft.catalogue import softmax, softmax_one, symax
from refsoft.catalogue._primitives import cast
from refsoft.drivers import cpu, plain
from tests.helpers import high

DRIVERS = {"plain": plain, "cpu": cpu}
RECIPES = {"softmax": softmax.RECIPE, "softmax_one": softmax_one.RECIPE, "symax": symax.RECIPE}
CASES = [
    ("softmax", (1.0,)),
    ("softmax", (0.3,)),
    ("softmax", (7.0,)),
    ("softmax_one", ()),
    ("symax", (1.0, 1.0)),
    ("symax", (0.25, 2.0)),
    ("symax", (3.0, 0.4)),
    ("symax", (0.0, 1.7)),
    ("symax", (1e3, 90.0)),
]
LENGTHS = [1, 2, 3, 16, 17, 255, 256, 257]


def alpha(name, params, dtype, driver):
    """The error of a weight and of the offset, in u."""
    if name != "symax":
        # Plain: math.exp to 1 ulp, which is 2 u, and the correction by lo.
        return 3.0 if driver == "plain" else 2.25
    p = params[1]
    # The power to 1 ulp, of a ratio that is exact where the scale is a power of 2.
    power = {1.0: 0.0, 2.0: 1.0}.get(p, 2.0 + (p if p > 64 else 0.0))
    # The offset is divided twice by a power of its own.
    errors = max(power, 1.0 if p <= 1 else 6.0)
    return errors if dtype == np.float64 or driver == "plain" else 1.0 + errors * 2.0**-29


def relative(name, params, n, dtype, driver):
    u, v = float(np.finfo(dtype).eps) / 2, 2.0**-53
    inside = v if driver == "plain" else u
    total = min(n, 1024) + 2
    return (2 * alpha(name, params, dtype, driver) * inside + (total + 2) * v + u) * (1 + 2.0**-10)


def scores(n, dtype, seed=0):
    x = np.random.default_rng([n, seed]).standard_normal(n) * 4
    x[:1] = -3.25
    return x.astype(dtype)


def excess(y, truth, bound, dtype):
    """The largest error over its bound."""
    quantum = 2 * float(np.finfo(dtype).smallest_subnormal)
    return max(
        (
            float(abs(mpf(float(a)) - b) / (bound * b + quantum))
            for a, b in zip(y, truth, strict=True)
        ),
        default=0.0,
    )


def run(driver, recipe, x, params, lse=False):
    return DRIVERS[driver].forward(recipe, x[None], None, np.array([params]), lse)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(("name", "params"), CASES)
def test_every_entry_is_within_the_bound(name, params, driver, dtype):
    for n in LENGTHS:
        x = scores(n, dtype)
        y, _ = run(driver, RECIPES[name], x, params)
        truth = high.forward(name, x, params)
        assert y.dtype == dtype
        assert excess(y[0], truth, relative(name, params, n, dtype, driver), dtype) <= 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1023, 1024, 1025, 4097, 100_000])
def test_long_rows(n, dtype):
    for name, params in (("softmax_one", ()), ("symax", (1.0, 1.0)))[: 1 if n > 5000 else 2]:
        x = scores(n, dtype)
        truth = high.forward(name, x, params)
        y, _ = run("cpu", RECIPES[name], x, params)
        assert excess(y[0], truth, relative(name, params, n, dtype, "cpu"), dtype) <= 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_far_below_the_maximum_an_exact_difference_keeps_the_accuracy(driver):
    x = np.array([87.125, 3.3, 0.7, -0.9], np.float32)
    y, _ = run(driver, softmax.RECIPE, x, (1.0,))
    truth = high.forward("softmax", x, (1.0,))
    bound = relative("softmax", (1.0,), 4, np.float32, driver)
    assert excess(y[0], truth, bound, np.float32) <= 1
    # A rounded difference errs by up to half an ulp of 86, which is 32 u.
    rounded = np.exp((x - x[0]).astype(np.float64)) / np.exp(x - float(x[0])).sum()
    assert (
        excess(rounded, truth, relative("softmax", (1.0,), 4, np.float32, driver), np.float32) > 1
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(("name", "params"), [c for c in CASES if c[0] != "symax"])
def test_log_normaliser(name, params, driver, dtype):
    # An error of z is an absolute error of its logarithm; the rest is float64.
    for n in LENGTHS:
        x = scores(n, dtype)
        _, lse = run(driver, RECIPES[name], x, params, lse=True)
        truth = high.row(name, x, np.zeros(n), params).lse
        bound = relative(name, params, n, dtype, driver) + 2.0**-50 * (1 + 12 / min(*params, 1, 1))
        assert lse.dtype == np.float64
        assert abs(mpf(float(lse[0])) - truth) <= bound


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(("name", "params"), CASES)
def test_masked_entries_are_outside_the_row(name, params, driver):
    x = np.tile(scores(40, np.float32), (4, 1))
    where = np.random.default_rng(0).random(x.shape) < 0.6
    where[1], where[2] = False, True
    poisoned = np.where(where, x, np.resize([np.nan, np.inf, 1e30, -np.inf], x.shape)).astype("f4")
    columns = np.tile(np.array([params]), (4, 1))
    y, lse = DRIVERS[driver].forward(RECIPES[name], poisoned, where, columns, True)
    for r in range(4):
        packed, alone = DRIVERS[driver].forward(
            RECIPES[name], x[r : r + 1, where[r]], None, columns[:1], True
        )
        np.testing.assert_array_equal(y[r, where[r]], packed[0])
        np.testing.assert_array_equal(y[r, ~where[r]], 0.0)
        np.testing.assert_array_equal(lse[r], alone[0])


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (0, 0)])
def test_no_entries(driver, shape):
    x = np.empty(shape, np.float32)
    for name, params in CASES:
        columns = np.tile(np.array([params]), (shape[0], 1))
        y, _ = DRIVERS[driver].forward(RECIPES[name], x, None, columns, False)
        dx, gradients = DRIVERS[driver].vjp(RECIPES[name], x, x, None, columns)
        assert y.shape == dx.shape == shape
        np.testing.assert_array_equal(gradients, np.zeros(columns.shape))


def test_parameters_are_those_of_the_row():
    x = np.tile(scores(50, np.float64), (3, 1))
    columns = np.array([[1.0], [0.5], [3.0]])
    y, _ = cpu.forward(softmax.RECIPE, x, None, columns, False)
    for r in range(3):
        alone, _ = cpu.forward(softmax.RECIPE, x[:1], None, columns[r : r + 1], False)
        np.testing.assert_array_equal(y[r], alone[0])


def test_inputs_need_not_be_contiguous_and_are_left_alone():
    x = np.asfortranarray(np.random.default_rng(0).standard_normal((6, 8)))[::2, ::-1]
    x.flags.writeable = False
    expected, _ = cpu.forward(softmax_one.RECIPE, x.copy(), None, np.empty((3, 0)), False)
    y, _ = cpu.forward(softmax_one.RECIPE, x, None, np.empty((3, 0)), False)
    np.testing.assert_array_equal(y, expected)


def unscaled_offset(m):
    return cast(1.0, m)


def unshifted(top):
    return cast(0.0, top)


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("twin", [{"offset": unscaled_offset}, {"shift": unshifted}])
def test_a_wrong_twin_is_rejected(driver, twin):
    x = np.array([90.0, 89.5, 2.0], np.float32) if "shift" in twin else scores(17, np.float32)
    y, _ = run(driver, replace(softmax_one.RECIPE, **twin), x, ())
    truth = high.forward("softmax_one", x, ())
    bound = relative("softmax_one", (), len(x), np.float32, driver)
    # The plain driver computes in float64, where e^90 is no overflow: it survives.
    survives = driver == "plain" and "shift" in twin
    assert (excess(np.nan_to_num(y[0]), truth, bound, np.float32) <= 1) == survives
