"""The primitives that kernels are made of, against exact arithmetic.

Why exp errs by no more than 1.5 u: on |r| <= log(2)/2 = 0.347 the value v is
1 + r b, b = 1 + r q. Subtracting k ln2_head is exact, for the difference is a
multiple of the last place of ln2_head or of x; rounding the reduced argument costs
1/4 u, or half as much with every halving of r. Where r > 0, v and b are at least 1
and their roundings cost 1 u and r u: (1.25 + r)/v <= 1.2. Where r < 0 they cost half
of that: (0.5 + |r|/2)/v + 0.25 <= 1.2. The roundings of q count 0.09 u, and the
polynomial is off by 0.1 u.

Why one of a float64 or a pair errs by no more than 1.25 u: the lower half joins k ln2_tail
before it is rounded, so that the reduced argument costs 1/4 u as before, half as much
below 1/4. 1 + r is a head and, exactly, what its rounding lost; the tail r^2 q and that is below
0.07, and its roundings with those of r^2 and q count 0.15 u at |r| = 0.347, as r^2 below.
The last addition costs 1 u where v >= 1: 1/v + 1/4 + 0.11 <= 1.14 for r >= 1/4, and below
that 1/v + 1/8 + 0.06 <= 1.15 with the polynomial's 0.1 u throughout; and 1/2 u where v < 1:
0.71 + 1/4 + 0.25. What the last addition took is known: without it 1/2 u are left.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from mpmath import mp, mpf
from numba import njit

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers._bits import from_ordinal, ordinal
from refsoft.drivers._exponential import CLOSE_ERROR, EXP_ERROR, LIFT
from refsoft.drivers._power import POWER_ERROR


@njit(error_model="numpy", nogil=True)
def exp_all(hi, lo, out):
    for j in range(len(hi)):
        out[j] = primitives.exp((hi[j], lo[j]))


@njit(error_model="numpy")
def over_all(a, b, divisor):
    return [primitives.difference_over(x, b, divisor) for x in a]


@njit(error_model="numpy")
def exp_at_all(x, m):
    return [primitives.exp_at(v, m) for v in x], primitives.log_at(1.0, np.float64(m))


@njit(error_model="numpy")
def exp_over_all(x, m, divisor):
    size = np.float64(m) / divisor
    return [primitives.exp_over(v, m, divisor) for v in x], primitives.log_at(1.0, size)


@njit(error_model="numpy")
def exp_times_all(x, m, factor):
    size = np.float64(m) * factor
    found = [primitives.exp_times(v, m, (factor, 0.0)) for v in x]
    return found, primitives.log_at(1.0, size)


@njit(error_model="numpy")
def number_at_all(a, m):
    return [primitives.number_at(v, m) for v in a], primitives.log_at(1.0, m)


@njit(error_model="numpy")
def log_all(a, log, log1p):
    for j in range(len(a)):
        log[j] = primitives.log(a[j])
        log1p[j] = primitives.log1p(a[j])


@njit(error_model="numpy")
def difference_all(a, b):
    return [primitives.difference(x, y) for x, y in zip(a, b)]  # noqa: B905


@njit(error_model="numpy")
def binade_all(a, like):
    return [primitives.binade(x, like) for x in a]


@njit(error_model="numpy")
def power_all(a, p):
    out = np.empty_like(a)
    for j in range(len(a)):
        out[j] = primitives.power(a[j], p)
    return out


@njit
def ordinals(x):
    return [ordinal(v) for v in x]


@njit
def round_trip(x):
    return [from_ordinal(ordinal(v)) for v in x]


def exp(hi, lo=None):
    hi = np.atleast_1d(hi)
    out = np.empty_like(hi)
    exp_all(hi, np.zeros_like(hi) if lo is None else np.atleast_1d(lo), out)
    return out


@njit(error_model="numpy", nogil=True)
def exp_alone(x, out):
    for j in range(len(x)):
        out[j] = primitives.exp_at(x[j], np.float32(0)) * np.float32(2.0**-LIFT)


def float32_errors(x):
    """Of one number, and of a pair."""
    exact = np.exp(x.astype(np.float64))  # 2^-29 of what is measured
    alone = np.empty_like(x)
    exp_alone(x, alone)
    return [(np.abs(y - exact) / (exact * 2.0**-24)).max() for y in (alone, exp(x))]


def test_float32_exp_on_a_sample():
    x = np.random.default_rng(0).uniform(-86.6, 45.7, 400_000).astype(np.float32)
    for worst, limit in zip(float32_errors(x), (EXP_ERROR, CLOSE_ERROR), strict=True):
        assert 1.0 < worst <= limit


def worst_of_float32(first):
    """The largest errors among 2**24 neighbours; beyond the range 0, infinite or NaN."""
    worst = np.zeros(2)
    for start in range(first, first + 2**24, 2**15):  # what fits a cache
        x = np.arange(start, start + 2**15, dtype=np.uint32).view(np.float32)
        inside = x[(x >= -86.64) & (x <= 45.7)]
        if len(inside):
            worst = np.maximum(worst, float32_errors(inside))
        if len(inside) < len(x):
            beyond = exp(x)
            assert (beyond[x <= -104] == 0).all()
            assert (beyond[x >= 47] == np.inf).all()
            assert np.isnan(beyond[np.isnan(x)]).all()
    return worst


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_float32_exp_of_every_argument():
    with ThreadPoolExecutor(2) as pool:
        worst = np.max(list(pool.map(worst_of_float32, range(0, 2**32, 2**24))), axis=0)
    assert (worst > 1.0).all()
    assert worst[0] <= EXP_ERROR
    assert worst[1] <= CLOSE_ERROR


def test_float64_exp_on_a_sample():
    generator = np.random.default_rng(1)
    hi = np.concatenate([generator.uniform(-707, 667, 3000), generator.uniform(-1, 1, 3000)])
    lo = generator.uniform(-1, 1, hi.size) * np.spacing(np.abs(hi)) / 2
    for low in (0 * lo, lo):
        worst = 0.0
        with mp.workdps(40):
            for a, b, y in zip(hi, low, exp(hi, low), strict=True):
                exact = mp.exp(mpf(a) + mpf(b))
                worst = max(worst, float(abs(mpf(y) - exact) / exact) * 2.0**53)
        assert 1.0 < worst <= CLOSE_ERROR


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exp_at_the_ends(dtype):
    # A weight is no more than 2**60, and may be subnormal.
    low, high = (-104.0, 47.0) if dtype == np.float32 else (-745.2, 669.0)
    x = np.array([-np.inf, -1e30, low, 0, high, 1e4, np.inf, np.nan], dtype)
    np.testing.assert_array_equal(exp(x), [0, 0, 0, 1, np.inf, np.inf, np.inf, np.nan])
    inside = exp(np.array([low + 1.0, high - 2.0], dtype))
    assert 0 < inside[0] < np.finfo(dtype).tiny < inside[1] < np.inf
    # What is below an infinite hi is nothing.
    assert exp(dtype(-np.inf), dtype(np.nan))[0] == 0


def test_a_wrong_exp_is_rejected():
    # One rounding error more in the argument, as from a shift that is not exact.
    x = np.random.default_rng(0).uniform(-80, -40, 1000)
    near = x.astype(np.float32)
    exact = np.exp(x)
    assert (np.abs(exp(near) - exact) / (exact * 2.0**-24)).max() > EXP_ERROR


def errors_at(size, found, log_scale, arguments):
    """Errors in roundings of float64 of exponentials at a scale whose log_at(1) is given."""
    errors = []
    with mp.workdps(60):
        # A power of two, or exp of the size over one.
        log_scale = size + mpf(log_scale)
        whole = size if abs(size) >= 2.0**12 else mpf(0)
        binades = mp.nint((log_scale - whole) / mp.log(2))
        assert abs((log_scale - whole) / mp.log(2) - binades) < mpf(2) ** -35
        for y, argument in zip(found, arguments, strict=True):
            exact = mp.exp(argument - whole) / mpf(2) ** binades
            errors.append(float(abs(mpf(float(y)) - exact) / exact))
    return max(errors)


SIZES = [0.0, 3.3, -0.7, -700.0, 4095.9, 4096.1, -1e6, 1e30]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exponentials_at_a_scale(dtype):
    u = float(np.finfo(dtype).eps) / 2
    distance = np.random.default_rng(0).uniform(-80, 20, 300)
    for size in SIZES:
        m = dtype(size)
        x = (size + distance).astype(dtype)
        found, log_scale = exp_at_all(x, m)
        exact = [mpf(float(v)) for v in x]
        assert errors_at(mpf(float(m)), found, log_scale, exact) <= EXP_ERROR * u
        for factor in (0.3, 7.1, 1e-30, 1e30):
            if not float(np.finfo(dtype).tiny) < abs(size) / factor < float(np.finfo(dtype).max):
                continue
            m = dtype(size / factor)
            x = ((size + distance) / factor).astype(dtype)
            with mp.workdps(60):
                exact = [mpf(float(v)) * mpf(factor) for v in x]
                whole = mpf(float(m)) * mpf(factor)
            found, log_scale = exp_times_all(x, m, factor)
            assert errors_at(whole, found, log_scale, exact) <= CLOSE_ERROR * u
            found, log_scale = exp_over_all(x, m, 1 / factor)
            with mp.workdps(60):
                exact = [mpf(float(v)) / mpf(1 / factor) for v in x]
                whole = mpf(float(m)) / mpf(1 / factor)
            assert errors_at(whole, found, log_scale, exact) <= CLOSE_ERROR * u


def test_numbers_at_a_scale():
    a = np.array([0.0, 1e-300, 0.7, 2.0, 1e300])
    for m in (-690.0, -0.5, 3.25, 700.0):
        found, log_scale = number_at_all(a, m)
        binades = (m + log_scale) / math.log(2)
        assert abs(binades - round(binades)) < 1e-12
        # In halves, as either alone may be out of range.
        half = round(binades) // 2
        rest = round(binades) - half
        with np.errstate(over="ignore", under="ignore"):
            np.testing.assert_array_equal(found, a * 2.0**-half * 2.0**-rest)
    assert number_at_all(a, 1e4)[0] == [0.0] * 5
    assert number_at_all(a[:1], -1e4)[0] == [0.0]


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


def logarithms(a):
    a = np.atleast_1d(a)
    out = np.empty((2, *a.shape), a.dtype)
    log_all(a, out[0], out[1])
    return out


def test_log_and_log1p_in_float64():
    generator = np.random.default_rng(0)
    a = np.concatenate(
        [
            np.exp(generator.uniform(-745, 709, 3000)),
            generator.uniform(0.5, 2, 3000),
            1 + generator.standard_normal(1000) * 1e-3,
            2.0 ** generator.integers(-1074, 1023, 100),
        ]
    )
    worst = np.zeros(2)
    with mp.workdps(40):
        for x, *found in zip(a, *logarithms(a), strict=True):
            for k, exact in enumerate((mp.log(mpf(x)), mp.log1p(mpf(x)))):
                error = abs(mpf(found[k]) - exact)
                worst[k] = max(worst[k], float(error / (abs(exact) + mpf(2) ** -1080)) * 2.0**53)
    # Measured: 1.26 u and 2.0 u.
    assert (worst > 0.9).all()
    assert (worst <= [1.5, 2.5]).all()


def log_errors(x):
    """Errors of float32 logarithms, in u; float64's are 2^-29 of what is measured."""
    exact = np.array([np.log(x.astype(np.float64)), np.log1p(x.astype(np.float64))])
    return np.abs(logarithms(x) - exact) / np.maximum(np.abs(exact) * 2.0**-24, 2.0**-150)


def test_log_and_log1p_in_float32_are_rounded_once():
    x = np.exp(np.random.default_rng(0).uniform(-103, 88, 200_000)).astype(np.float32)
    assert 0.9 < log_errors(x).max() <= 1 + 2.0**-20


@pytest.mark.slow
def test_float32_log_of_every_argument():
    for start in range(1, 0x7F800000, 2**24):
        bits = np.arange(start, min(start + 2**24, 0x7F800000), dtype=np.uint32)
        assert log_errors(bits.view(np.float32)).max() <= 1 + 2.0**-20


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithms_at_the_ends(dtype):
    a = np.array([0.0, -0.0, np.inf, np.nan, -1.0, -np.inf, 1.0], dtype)
    log, log1p = logarithms(a)
    np.testing.assert_array_equal(log, [-np.inf, -np.inf, np.inf, np.nan, np.nan, np.nan, 0])
    near = dtype(math.log(2))
    np.testing.assert_array_equal(log1p, [0, 0, np.inf, np.nan, -np.inf, np.nan, near])


def test_difference_times_has_twice_the_digits():
    a, b = np.random.default_rng(0).standard_normal(200) * 30, 31.7
    for factor in (1.0, 0.3, 7.1, -1e-3, 1e6):
        for x in a.tolist():
            pair = primitives.difference_times(x, b, (factor, 0.0))
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


def test_power():
    sizes = np.array([0.0, 0.5, 1.0, 3.0, 1e200, np.inf, np.nan])
    for p, expected in (
        (0.0, [1, 1, 1, 1, 1, 1, 1]),
        (1.0, sizes),
        (2.0, [0, 0.25, 1, 9, np.inf, np.inf, np.nan]),
        (1e300, [0, 0, 1, np.inf, np.inf, np.inf, np.nan]),
        (-1e300, [np.inf, np.inf, 1, 0, 0, 0, np.nan]),
        (-0.5, [np.inf, 0.5**-0.5, 1, 3**-0.5, 1e-100, 0, np.nan]),
        (3.0, [0, 0.125, 1, 27, np.inf, np.inf, np.nan]),
    ):
        np.testing.assert_allclose(power_all(sizes, p), expected, rtol=2.0**-52)
        np.testing.assert_allclose(
            [primitives.power(a, p) for a in sizes.tolist()], expected, rtol=2.0**-52
        )


def power_errors(a, p, found):
    """Errors in u where the result is normal, in halves of a quantum where it is not."""
    worst = 0.0
    with mp.workprec(160):
        for x, y in zip(a.tolist(), found, strict=True):
            exact = mp.power(mpf(x), mpf(p))
            if exact < mp.ldexp(1, 1024) * (1 - mpf(2) ** -53):
                scale = max(exact * mpf(2) ** -53, mpf(2) ** -1075)
                worst = max(worst, float(abs(mpf(float(y)) - exact) / scale))
            else:
                assert y >= np.finfo(np.float64).max
    return worst


def bases(p, count):
    """Numbers whose p-th power is in range, near 1, and subnormal, those of float32 too."""
    generator, reach = np.random.default_rng([count, int(abs(p) * 1e6)]), min(745, 745 / abs(p))
    near = 1 + generator.standard_normal(count // 2) * min(1e-3, 0.5 / abs(p))
    far = np.exp(generator.uniform(-reach, min(709, 709 / abs(p)), count))
    few = np.float32(far[np.abs(np.log(far)) < 80][: count // 4])
    return np.concatenate([far, near, few, [5e-324, math.sqrt(0.5), math.sqrt(2), 1.0]])


POWERS = [0.5, -0.5, 1.5, 3.0, 1e-9, 0.1, -0.9, 1.1, 2.3, 7.3, 63.9, 400.3, 5000.0, 1e9]


@pytest.mark.parametrize("p", POWERS)
def test_power_on_a_sample(p):
    a = bases(p, 100)
    assert 0.5 < power_errors(a, p, power_all(a, p)) <= POWER_ERROR
    # The twin: a logarithm that is one number and no pair.
    single = np.array([math.exp(p * math.log(x)) if p * math.log(x) < 709 else np.inf for x in a])
    assert abs(p) < 1e-3 or power_errors(a, p, single) > POWER_ERROR


@pytest.mark.slow
def test_power_on_a_large_sample():
    generator = np.random.default_rng(0)
    near, far = generator.uniform(-4, 4, 100), np.exp(generator.uniform(-9, 9, 50))
    for p in np.concatenate([near, far]).tolist():
        a = bases(p, 3000)
        assert power_errors(a, p, power_all(a, p)) <= POWER_ERROR


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ordinals_order_as_numbers_do(dtype):
    tiny, large = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    x = np.array([-np.inf, -large, -1, -tiny, -0.0, 0.0, tiny, 1, large, np.inf, np.nan], dtype)
    found = ordinals(x)
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    assert ordinals(np.array([np.copysign(np.nan, -1)], dtype)) == found[-1:]
    np.testing.assert_array_equal(round_trip(x), x)
