"""Rows built to fall on ties or just beside them, against mpmath at 3,000 digits."""

from __future__ import annotations

import importlib
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from refsoft import oracle

DIGITS = 3000
# The farthest score weighs e^-3000 = 1e-1303; a square of it is still told from 0.
SCORES = [0.0, 0.0, 0.0, 0.0, 0.5, -128.5, -129.5, -3000.0, -3000.0]
FORMATS = {"float16": (11, -14), "bfloat16": (8, -126)}


def softmax(x, c=0):
    e = [mpmath.exp(v) for v in x]
    total = c + mpmath.fsum(e)
    return [v / total for v in e]


def pull(y, g):
    mean = mpmath.fdot(g, y)
    return [v * (c - mean) for v, c in zip(y, g, strict=True)]


def of_softmax(x, g):
    y = softmax(x)
    return y, pull(y, g)


def of_softmax_one(x, g):
    y = softmax(x, 1)
    return y, pull(y, g)


def of_log_softmax(x, g):
    y = softmax(x)
    return [mpmath.log(v) for v in y], [c - v * mpmath.fsum(g) for c, v in zip(g, y, strict=True)]


def of_self_adjust(x, g):
    alpha = softmax(x)
    direct = [c * a for c, a in zip(g, alpha, strict=True)]
    moved = pull(alpha, [c * v for c, v in zip(g, x, strict=True)])
    y = [v * a for v, a in zip(x, alpha, strict=True)]
    return y, [a + b for a, b in zip(moved, direct, strict=True)]


def rounded(value, name):
    """To nearest even, and how far from a tie in units; a tie to 2,000 digits is one."""
    digits, emin = FORMATS[name]
    binade = value._mpf_[2] + value._mpf_[3] - 1 if value else emin
    unit = Fraction(2) ** (max(binade, emin) - digits + 1)
    sign, man, exp, _ = value._mpf_
    units = (-1) ** sign * Fraction(int(man)) * Fraction(2) ** exp / unit
    twice = round(2 * units)
    distance = abs(2 * units - twice) if twice % 2 else Fraction(1)
    if distance < Fraction(1, 10**2000):
        return float(round(Fraction(twice, 2)) * unit), Fraction(0)
    return float(round(units) * unit), distance


@pytest.mark.parametrize("reference", [of_softmax, of_softmax_one, of_log_softmax, of_self_adjust])
@pytest.mark.parametrize("dtype", FORMATS)
def test_near_ties(reference, dtype):
    rng = np.random.default_rng(11)
    name = reference.__name__.removeprefix("of_")
    module = importlib.import_module(f"refsoft.oracle.{name}")
    rows = 40
    x = rng.choice(SCORES, (rows, 4))
    # Odd integers of one bit more than the format holds, over a power of two of equal scores.
    digits = FORMATS[dtype][0]
    g = rng.integers(2 ** (digits - 1), 2**digits, (rows, 4)) * 2.0 + 1
    g *= rng.integers(0, 2, (rows, 4))
    params = {"temperature": np.ones((rows, 1))} if name.endswith("softmax") else {}
    y = oracle.exact(module, x, None, params, dtype)
    dx = oracle.exact_vjp(module, x, g, None, params, dtype)[0]
    near = twice = 0
    with mpmath.workdps(DIGITS):
        for r in range(rows):
            truths = reference([mpmath.mpf(v) for v in x[r]], [mpmath.mpf(v) for v in g[r]])
            for result, truth in zip((y, dx), truths, strict=True):
                for k, t in enumerate(truth):
                    expected, distance = rounded(t, dtype)
                    assert float(result.value[r, k]) == expected
                    near += 0 < distance < Fraction(1, 10**30)
                    twice += rounded(mpmath.mpf(float(t)), dtype)[0] != expected
    # The rows do what they are built for: 100 bits do not decide them, and float64 misleads.
    assert min(near, twice) >= 5
