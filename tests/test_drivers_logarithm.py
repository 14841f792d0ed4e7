"""The logarithms and powers that kernels are made of, against exact arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mpmath import mp, mpf
from numba import njit

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers import simd  # noqa: F401, what registers them
from refsoft.drivers._power import POWER_ERROR


@njit(error_model="numpy")
def log_all(a, log, log1p):
    for j in range(len(a)):
        log[j] = primitives.log(a[j])
        log1p[j] = primitives.log1p(a[j])


@njit(error_model="numpy")
def power_all(a, p):
    out = np.empty_like(a)
    for j in range(len(a)):
        out[j] = primitives.power(a[j], p)
    return out


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
