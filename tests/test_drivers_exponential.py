"""The exponentials that kernels are made of, against exact arithmetic.

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

import numpy as np
import pytest
from mpmath import mp, mpf
from numba import njit

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers import simd  # noqa: F401, what registers them
from refsoft.drivers._exponential import CLOSE_ERROR, EXP_ERROR, LIFT


@njit(error_model="numpy", nogil=True)
def exp_all(hi, lo, out):
    for j in range(len(hi)):
        out[j] = primitives.exp((hi[j], lo[j]))


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
