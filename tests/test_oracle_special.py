"""Special rows, masks, extreme scores and parameters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from refsoft import oracle
from tests.helpers.oracle_rows import NAMES, columns, exact, module, pulled, values

NAN, INF = math.nan, math.inf
every_variant = pytest.mark.parametrize("name", NAMES)


@every_variant
@pytest.mark.parametrize("bad", [[NAN, 1.0], [-INF, NAN], [INF, 1.0], [INF, -INF]])
def test_nan_and_plus_infinity_make_the_row_nan(name, bad):
    result = exact(name, bad)
    assert np.all(np.isnan([result.value, result.lo, result.hi]))
    dx, gradients = pulled(name, bad, [1.0, 2.0])
    assert np.all(np.isnan([*dx, *gradients.values()]))
    enclosure = oracle.enclose(module(name), np.array([bad]), None, columns(NAMES[name]))
    assert np.all(np.isnan(enclosure.head))
    assert not enclosure.tail.any()
    assert not enclosure.radius.any()


@every_variant
@pytest.mark.parametrize("g", [[NAN, 1.0], [1.0, INF]])
def test_a_cotangent_that_is_not_finite_makes_the_gradient_nan(name, g):
    dx, gradients = pulled(name, [0.5, 1.0], g)
    assert np.all(np.isnan([*dx, *gradients.values()]))


@every_variant
def test_masked_entries_do_not_leak(name):
    row, g = [0.5, NAN, -1.5, INF, 1e30], [1.0, NAN, 2.0, INF, -1e300]
    where = [True, False, True, False, False]
    bare, seen = exact(name, [0.5, -1.5]), exact(name, row, where)
    hidden = -INF if name == "log_softmax" else 0.0
    for a, b in ((seen.value, bare.value), (seen.lo, bare.lo), (seen.hi, bare.hi)):
        np.testing.assert_array_equal(a[0], [b[0, 0], hidden, b[0, 1], hidden, hidden])
    dx, gradients = pulled(name, row, g, where)
    expected, slopes = pulled(name, [0.5, -1.5], [1.0, 2.0])
    assert dx == [expected[0], 0.0, expected[1], 0.0, 0.0]
    assert gradients == slopes
    nothing = exact(name, row, [False] * 5)
    assert nothing.value[0].tolist() == [hidden] * 5
    dx, gradients = pulled(name, row, g, [False] * 5)
    assert [*dx, *gradients.values()] == [0.0] * (5 + len(gradients))


ALL_MINUS_INF = {
    "softmax_one": 0.0,
    "softmax_n": 0.0,
    "softmax_sink": 0.0,
}


@every_variant
@pytest.mark.parametrize("n", [1, 3])
def test_a_row_of_minus_infinity(name, n):
    expected = ALL_MINUS_INF.get(name, NAN)
    np.testing.assert_array_equal(values(name, [-INF] * n), [expected] * n)
    dx, gradients = pulled(name, [-INF] * n, [1.0] * n)
    np.testing.assert_array_equal([*dx, *gradients.values()], [expected] * (n + len(gradients)))


def test_without_an_offset_a_row_of_minus_infinity_is_nan():
    assert np.all(np.isnan(values("softmax_n", [-INF, -INF], n=0.0)))
    assert np.all(np.isnan(values("softmax_sink", [-INF, -INF], sink=-INF)))


@pytest.mark.parametrize("name", sorted(NAMES.keys() - {"symax", "log_softmax", "ssmax"}))
def test_minus_infinity_beside_finite_scores_weighs_nothing(name):
    y = values(name, [0.3, -INF, 1.0])
    if name == "self_adjust_normalized":
        # The place of the finite scores between -inf and the maximum is 1: softmax.
        bare = values("softmax", [0.3, 1.0])
        dx = pulled("softmax", [0.3, 1.0], [1.0, 2.0])[0]
    else:
        bare = values(name, [0.3, 1.0])
        dx = pulled(name, [0.3, 1.0], [1.0, 2.0])[0]
    assert y == [bare[0], 0.0, bare[1]]
    assert pulled(name, [0.3, -INF, 1.0], [1.0, 7.0, 2.0])[0] == [dx[0], 0.0, dx[1]]


def test_log_softmax_takes_the_limit_of_its_gradient():
    bare = values("log_softmax", [0.3, 1.0])
    assert values("log_softmax", [0.3, -INF, 1.0]) == [bare[0], -INF, bare[1]]
    # dx = (g - y sum(g))/T with y = 0 there: g/T, and its g counts in the sum.
    dx, gradients = pulled("log_softmax", [0.3, -INF, 1.0], [1.0, 3.0, 2.0], temperature=2.0)
    limit, _ = pulled("log_softmax", [0.3, -1e9, 1.0], [1.0, 3.0, 2.0], temperature=2.0)
    assert dx == limit
    assert dx[1] == 1.5
    assert gradients == {"temperature": INF}
    assert pulled("log_softmax", [0.3, -INF], [1.0, -3.0])[1] == {"temperature": -INF}
    assert math.isnan(pulled("log_softmax", [-INF, -INF, 0], [1, -3, 0])[1]["temperature"])
    quiet = pulled("log_softmax", [0.3, -INF, 1.0], [1.0, 0.0, 2.0])
    bare = pulled("log_softmax", [0.3, 1.0], [1.0, 2.0])
    assert quiet[1] == bare[1]


def test_ssmax_beside_minus_infinity_follows_the_sign_of_its_scale():
    # n counts all visible scores: with s = 1/log 3 in the limit c is 1.
    three = values("ssmax", [0.3, -INF, 1.0], s=1.0, b=0.0)
    assert three[1] == 0
    assert three == values("ssmax", [0.3, -1e30, 1.0], s=1.0, b=0.0)
    assert three[0] != values("ssmax", [0.3, 1.0], s=1.0, b=0.0)[0]
    assert values("ssmax", [0.3, -INF, 1.0], s=0.0, b=0.0) == [1 / 3] * 3
    assert values("ssmax", [0.3, -INF, 1.0], s=-1.0, b=0.0) == [0.0, 1.0, 0.0]
    assert np.all(np.isnan(values("ssmax", [-INF, -INF, 1.0], s=-1.0, b=0.0)))
    assert pulled("ssmax", [0.3, -INF, 1.0], [1, 2, 3], s=-1.0, b=0.0)[0] == [0.0] * 3


@pytest.mark.parametrize(
    ("g", "slope"), [([1, 5, 0], -INF), ([1, -5, 0], INF), ([1, 2, 3], (-0.3 + 1.0) / 3)]
)
def test_the_slope_of_a_flat_ssmax_beside_minus_infinity(g, slope):
    # db = sum (g_j - mean g) x_j / 3; in the last case the infinite term has the factor 0.
    gradients = pulled("ssmax", [0.3, -INF, 1.0], g, s=0.0, b=0.0)[1]
    assert gradients["b"] == pytest.approx(slope, rel=2**-50)
    assert gradients["s"] == pytest.approx(math.log(3) * slope, rel=2**-50)
    assert math.isnan(pulled("ssmax", [-INF, -INF, 1.0], [1, -1, 0], s=0.0, b=0.0)[1]["b"])
    # 3 g_1 - sum(g) = 2e-40, beside terms of 1e40: lost in the first precision.
    tiny = pulled("ssmax", [0.3, -INF, 1.0], [1e40, 1e-40, -1e40], s=0.0, b=0.0)[1]
    assert tiny["b"] == -INF


def test_symax_at_infinity_and_at_zero():
    assert np.all(np.isnan(values("symax", [1.0, -INF])))
    assert values("symax", [0.0, 0.0], eta=0.0, p=1.0) == [0.0, 0.0]
    assert pulled("symax", [0.0, 0.0], [1, 2], eta=0.0, p=1.0) == ([0.0] * 2, {"eta": 0, "p": 0})
    for p in (0.5, 1.0, 2.0):
        dx, gradients = pulled("symax", [0.0, -3.0], [1.0, 2.0], eta=1.0, p=p)
        assert dx[0] == 0
        assert dx[1] < 0
        assert math.isfinite(gradients["p"])


def test_self_adjust_normalized_by_hand():
    assert values("self_adjust_normalized", [0.0, -0.0]) == [0.0, 0.0]
    assert pulled("self_adjust_normalized", [0.0, 0.0], [1, 2])[0] == [0.0, 0.0]
    assert values("self_adjust_normalized", [2.5]) == [1.0]
    assert values("self_adjust_normalized", [-2.5]) == [0.0]
    for score in (2.5, -2.5):
        assert pulled("self_adjust_normalized", [score], [7.0])[0] == [0.0]
    # Equal scores x > 0: y = 1/2 each; moving the first moves the maximum, the second does not.
    # dy_0 = (1/4, -1/4), dy_1 = (-1/4 - 1/(2x), 1/4 + 1/(2x)) over (x_0, x_1).
    dx = pulled("self_adjust_normalized", [2.0, 2.0], [0.0, 1.0])[0]
    assert dx == [-0.5, 0.5]
    assert pulled("self_adjust_normalized", [2.0, 2.0], [1.0, 0.0])[0] == [0.25, -0.25]


@every_variant
def test_extreme_scores_have_a_truth(name):
    row = [1.7e308, -1.7e308, 5e-324, 0.0, -3e38, 1e308]
    result = exact(name, row)
    pulled(name, row, [1e308, -1.0, 5e-324, 3.0, 1.0, 2.0])
    exact(name, [-1.7e308] * 3)
    assert not np.any(np.isnan(result.value))
    assert np.all(result.lo <= result.hi)


def test_parameters_at_their_ends():
    assert values("softmax", [1.0, 2.0], temperature=5e-324) == [0.0, 1.0]
    assert values("softmax", [1.0, 2.0], temperature=1.7e308) == [0.5, 0.5]
    assert values("softmax_sink", [1.0, 2.0], sink=1.7e308) == [0.0, 0.0]
    assert values("softmax_sink", [1.0, 2.0], sink=-INF) == values("softmax", [1.0, 2.0])
    assert values("symax", [1.0, 2.0], eta=1.0, p=1e300) == [0.0, 1.0]
    assert values("symax", [1.0, 2.0], eta=0.0, p=5e-324) == [0.5, 0.5]
    assert values("ssmax", [1.0, 2.0], s=-1.7e308, b=0.0) == [1.0, 0.0]


def test_ulp_error_of_values_that_are_no_numbers():
    x = np.array([[0.0, 0.0, NAN], [0.0, -INF, 0.0], [1e30, 1e30, 0.0]])
    y = np.array([[0.5, NAN, 0.0], [0.5, 0.0, INF], [INF, -INF, 0.0]], dtype=np.float16)
    where = np.array([[True, True, False], [True, True, True], [True, True, True]])
    low, high = oracle.ulp_error(module("self_adjust"), y, x, where, {})
    # y = x/2 beyond float16's range rounds to +inf; the masked 0 and the 0 at -inf are right.
    expected = [[2.0**23, INF, 0.0], [2.0**23, 0.0, INF], [0.0, INF, 0.0]]
    np.testing.assert_array_equal(low, expected)
    np.testing.assert_array_equal(high, expected)
    masked = oracle.ulp_error(module("softmax_one"), np.ones((1, 1)), x[:1, :1], ~where[:1, :1], {})
    assert masked[1][0, 0] == INF
