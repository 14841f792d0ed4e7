"""The cast rounds once, checked against rounding in exact rationals."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from refsoft._dtypes import BFLOAT16, DTYPES, as_dtype, cast

BITS = np.arange(2**16, dtype=np.uint16)
EVERY_BFLOAT16 = BITS[(BITS & 0x7FFF) <= 0x7F80].view(BFLOAT16)  # all but NaN


FINITE = EVERY_BFLOAT16[:0x7F80].astype(np.float64)


def boundaries() -> np.ndarray:
    """Float64 numbers on, just above and just below every midpoint of two positive bfloat16."""
    middle = FINITE[:-1] + np.diff(FINITE) / 2
    return np.concatenate([middle, np.nextafter(middle, 0), np.nextafter(middle, np.inf), FINITE])


def nearest_even(value: float) -> int:
    """The bits of the bfloat16 nearest to a positive number, ties to even, in rationals."""
    exact = Fraction(value)
    low, high = 0, 0x7F80
    values = FINITE
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if Fraction(values[middle]) <= exact else (low, middle)
    # Overflow rounds as if the exponent range went on: the next number would be 2^128.
    above = Fraction(values[high]) if high < 0x7F80 else Fraction(2) ** 128
    gap = (exact - Fraction(values[low])) - (above - exact)
    return high if gap > 0 or (gap == 0 and low % 2) else low


def test_float64_to_bfloat16_rounds_once():
    values = boundaries()
    got = cast(values, BFLOAT16).view(np.uint16)
    sample = np.random.default_rng(1).choice(len(values), 4000, replace=False)
    expected = np.array([nearest_even(float(values[i])) for i in sample])
    np.testing.assert_array_equal(got[sample], expected)
    np.testing.assert_array_equal(cast(-values, BFLOAT16).view(np.uint16), got | 0x8000)


def test_the_ordinary_cast_is_a_wrong_twin():
    values = boundaries()
    twice = values.astype(np.float32).astype(BFLOAT16)
    assert np.any(twice.view(np.uint16) != cast(values, BFLOAT16).view(np.uint16))


def test_special_values_and_overflow():
    values = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 3.4e38, 1e300, -1e300, 5e-324])
    got = cast(values, BFLOAT16).astype(np.float64)
    np.testing.assert_array_equal(got, [np.inf, -np.inf, np.nan, 0, 0, np.inf, np.inf, -np.inf, 0])
    np.testing.assert_array_equal(np.signbit(got), np.signbit(values))


def test_every_format_casts_to_itself_and_bfloat16_through_float64_and_back():
    same = cast(EVERY_BFLOAT16.astype(np.float64), BFLOAT16)
    np.testing.assert_array_equal(same.view(np.uint16), EVERY_BFLOAT16.view(np.uint16))
    for dtype in DTYPES.values():
        x = np.ones(2, dtype)
        assert cast(x, dtype) is x


@pytest.mark.parametrize("dtype", ["bfloat16", BFLOAT16, "f4", np.float16, ">f8", float])
def test_a_format_has_many_names(dtype):
    assert as_dtype(dtype) in DTYPES.values()
