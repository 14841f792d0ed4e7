"""Rounding in integers, against NumPy's casts and against a rounding written with fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from refsoft.oracle._round import FORMATS, midpoint, round_dyadic, round_rational

PARAMETERS = {
    "float64": (53, -1022, 1023),
    "float32": (24, -126, 127),
    "float16": (11, -14, 15),
    "bfloat16": (8, -126, 127),
}
BITS = {"float32": np.uint32, "float16": np.uint16, "bfloat16": np.uint16, "float64": np.uint64}
TYPES = {
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float64": np.float64,
}


def by_fractions(value: Fraction, name: str) -> float:
    """Python's round of a Fraction is to nearest even."""
    digits, emin, emax = PARAMETERS[name]
    exponent = emin
    if value:
        exponent = abs(value).numerator.bit_length() - value.denominator.bit_length()
        exponent -= Fraction(2) ** exponent > abs(value)
    quantum = Fraction(2) ** (max(exponent, emin) - digits + 1)
    rounded = round(value / quantum) * quantum
    if abs(rounded) >= Fraction(2) ** (emax + 1):
        return math.copysign(math.inf, value)
    return float(rounded)


def dyadic(value: Fraction) -> tuple[int, int]:
    return value.numerator, 1 - value.denominator.bit_length()


def neighbours(name: str, count: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Adjacent finite numbers of a format: random ones, and all of the critical places."""
    digits, _, emax = PARAMETERS[name]
    top = ((1 << (int(math.log2(emax + 1)) + 1)) - 1) << (digits - 1)  # bits of +inf
    patterns = [*range(5), *range((1 << (digits - 1)) - 3, (1 << (digits - 1)) + 3)]
    patterns += [*range(top - 4, top - 1), *rng.integers(0, top - 1, count, dtype=np.uint64)]
    bits = np.array(patterns, dtype=np.uint64)
    low, high = ((bits + np.uint64(k)).astype(BITS[name]).view(TYPES[name]) for k in (0, 1))
    return list(zip(low.astype(float).tolist(), high.astype(float).tolist(), strict=True))


@pytest.mark.parametrize("name", FORMATS)
def test_halfway_cases_and_their_neighbourhood(name):
    fmt = FORMATS[name]
    for low, high in neighbours(name, 500, np.random.default_rng(1)):
        tie = (Fraction(low) + Fraction(high)) / 2
        assert midpoint(low, high, fmt) is not None
        assert Fraction(*midpoint(low, high, fmt)) == tie
        # The even neighbour at the tie, and the nearer one however close.
        for sign in (1, -1):
            for shift in (0, Fraction(1, 2**1200), -Fraction(1, 2**1200)):
                value = sign * (tie + shift)
                expected = by_fractions(value, name)
                assert round_dyadic(*dyadic(value), fmt) == expected
                assert round_rational(value.numerator, value.denominator, fmt) == expected
        beyond = tie + Fraction(1, 3 * 2**1100)
        assert round_rational(beyond.numerator, beyond.denominator, fmt) == high
        assert round_dyadic(*dyadic(tie), fmt, "down") == low
        assert round_dyadic(*dyadic(tie), fmt, "up") == high
        assert round_dyadic(*dyadic(-tie), fmt, "up") == -low


@pytest.mark.parametrize("name", ["float32", "float16"])
def test_agrees_with_numpys_cast(name):
    rng = np.random.default_rng(2)
    values = rng.integers(0, 2**64, 20_000, dtype=np.uint64).view(np.float64)
    values = np.append(values, np.ldexp(rng.normal(size=20_000), rng.integers(-160, 130, 20_000)))
    values = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        expected = values.astype(TYPES[name]).astype(float)
    ours = [round_dyadic(*dyadic(Fraction(v)), FORMATS[name]) for v in values.tolist()]
    np.testing.assert_array_equal(ours, expected)
    # A cast that truncates is told apart.
    assert any(
        round_dyadic(*dyadic(Fraction(v)), FORMATS[name], "down") != e
        for v, e in zip(values.tolist(), expected, strict=True)
    )


@pytest.mark.parametrize("name", FORMATS)
def test_overflow_begins_half_a_unit_beyond_the_largest(name):
    fmt = FORMATS[name]
    digits, _, emax = PARAMETERS[name]
    largest = float((2 - Fraction(2) ** (1 - digits)) * Fraction(2) ** emax)
    man = (1 << (digits + 1)) - 1  # half a unit beyond
    exp = emax - digits
    assert round_dyadic(man, exp, fmt) == math.inf
    assert round_dyadic((man << 9) - 1, exp - 9, fmt) == largest
    assert round_dyadic(-man, exp, fmt) == -math.inf
    assert round_dyadic(man, exp, fmt, "down") == largest
    assert round_dyadic(-man, exp, fmt, "up") == -largest
    assert round_dyadic(1, 10**40, fmt) == math.inf
    assert round_dyadic(1, 10**40, fmt, "down") == largest


@pytest.mark.parametrize("name", FORMATS)
def test_underflow_to_plus_zero_without_a_shift(name):
    fmt = FORMATS[name]
    for man in (1, -1):
        value = round_dyadic(man, -(10**40), fmt)
        assert value == 0
        assert math.copysign(1, value) == 1
    assert round_dyadic(1, -(10**40), fmt, "up") == math.ldexp(1.0, fmt.quantum)
    assert round_dyadic(-1, -(10**40), fmt, "down") == -math.ldexp(1.0, fmt.quantum)


def test_ulp_of_a_binade():
    fmt = FORMATS["float32"]
    assert fmt.ulp(1.0) == -23
    assert fmt.ulp(np.nextafter(1.0, 0.0)) == -24
    assert fmt.ulp(0.0) == fmt.ulp(1e-300) == -149
    assert fmt.ulp(math.inf) == fmt.ulp(1e300) == 104


def test_no_midpoint_of_numbers_that_are_not_adjacent():
    assert midpoint(1.0, 1.5, FORMATS["float32"]) is None
    assert midpoint(1.0, 1.0, FORMATS["float32"]) is None
