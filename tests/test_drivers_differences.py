"""Differences, quotients and products as pairs, binades and ordinals, against exact arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from numba import njit

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers import simd  # noqa: F401, what registers them
from refsoft.drivers._bits import from_ordinal, ordinal


@njit(error_model="numpy")
def over_all(a, b, divisor):
    return [primitives.difference_over(x, b, divisor) for x in a]


@njit(error_model="numpy")
def difference_all(a, b):
    return [primitives.difference(x, y) for x, y in zip(a, b)]  # noqa: B905


@njit(error_model="numpy")
def times_one(a, b, factors):
    return primitives.difference_times(a, b, factors)


@njit(error_model="numpy")
def binade_all(a, like):
    return [primitives.binade(x, like) for x in a]


@njit
def ordinals(x):
    return [ordinal(v) for v in x]


@njit
def round_trip(x):
    return [from_ordinal(ordinal(v)) for v in x]


def as_fraction(pair):
    return Fraction(float(pair[0])) + Fraction(float(pair[1]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_difference_is_exact(dtype):
    generator = np.random.default_rng(0)
    a, b = (
        generator.standard_normal((2, 300)) * 10.0 ** generator.integers(-8, 8, (2, 300))
    ).astype(dtype)
    for x, y, pair in zip(a, b, difference_all(a, b), strict=True):
        assert as_fraction(pair) == Fraction(float(x)) - Fraction(float(y))
    for x, y in zip(a.tolist(), b.tolist(), strict=True):
        assert as_fraction(primitives.difference(x, y)) == Fraction(x) - Fraction(y)


@pytest.mark.parametrize(("dtype", "digits"), [(np.float32, 46), (np.float64, 103)])
def test_difference_over_has_twice_the_digits(dtype, digits):
    generator = np.random.default_rng(0)
    a = (generator.standard_normal(200) * 30).astype(dtype)
    b = dtype(31.7)
    for divisor in (1.0, 0.3, 7.1, 1e-3, 1e6):
        pairs = [over_all(a, b, divisor)]
        if dtype == np.float64:
            pairs.append([primitives.difference_over(x, float(b), divisor) for x in a.tolist()])
        for found in pairs:
            for x, pair in zip(a, found, strict=True):
                exact = (Fraction(float(x)) - Fraction(float(b))) / Fraction(divisor)
                assert abs(as_fraction(pair) - exact) <= abs(exact) * Fraction(2) ** -digits


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_difference_over_when_the_difference_overflows(dtype):
    large = float(np.finfo(dtype).max)
    for a, divisor, quotient in (
        (-large, large, -2.0),
        (-large, large / 4, -8.0),
        (-large, 1.0, -math.inf),
        (-math.inf, 3.0, -math.inf),
        (large, 1e-30, 0.0),
    ):
        assert over_all(np.array([a], dtype), dtype(large), divisor)[0][0] == quotient
        if dtype == np.float64:
            assert primitives.difference_over(a, large, divisor)[0] == quotient


@pytest.mark.parametrize("times", [primitives.difference_times, times_one])
def test_difference_times_has_twice_the_digits(times):
    a, b = np.random.default_rng(0).standard_normal(200) * 30, 31.7
    for factor in (1.0, 0.3, 7.1, -0.7, -1e-3, 1e6):
        for x in a.tolist():
            pair = times(x, b, (factor, 0.0))
            exact = (Fraction(x) - Fraction(b)) * Fraction(factor)
            assert abs(as_fraction(pair) - exact) <= abs(exact) * Fraction(2) ** -100


def test_difference_times_when_the_difference_overflows():
    large = float(np.finfo(np.float64).max)
    for factor, product in ((2.0**-1000, -(2.0**25) * (1 - 2.0**-53)), (1.0, -math.inf)):
        assert primitives.difference_times(-large, large, (factor, 0.0))[0] == product


@pytest.mark.parametrize(
    ("dtype", "most", "least"), [(np.float32, 127, -149), (np.float64, 1023, -1074)]
)
def test_binade(dtype, most, least):
    sizes = [1.0, 1.5, 1.999, 2.0, 0.75, 3e38, 1e-45, 5e-324, 1e308, 0.0, math.inf, math.nan]
    found = binade_all(np.array(sizes), dtype(1))
    for size, scale in zip(sizes, found, strict=True):
        if math.isnan(size):
            assert math.isnan(scale)
            continue
        exponent = most if size == math.inf else least if size == 0 else math.frexp(size)[1] - 1
        assert scale == 2.0 ** min(max(exponent, least), most)
        if dtype == np.float64:
            assert primitives.binade(size, 1.0) == scale


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ordinals_order_as_numbers_do(dtype):
    tiny, large = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    x = np.array([-np.inf, -large, -1, -tiny, -0.0, 0.0, tiny, 1, large, np.inf, np.nan], dtype)
    found = ordinals(x)
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    assert ordinals(np.array([np.copysign(np.nan, -1)], dtype)) == found[-1:]
    np.testing.assert_array_equal(round_trip(x), x)
