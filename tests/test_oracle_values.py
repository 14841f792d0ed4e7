"""Thousands of entries of every variant against textbook formulas in mpmath.

The gradients' reference is a central difference of the forward formula at 200
digits: it shares no derivation with the oracle.
"""

from __future__ import annotations

import importlib
import math
from fractions import Fraction

import ml_dtypes
import mpmath
import numpy as np
import pytest

from refsoft import oracle

DTYPES = {
    "float64": np.float64,
    "float32": np.float32,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
}
FORMATS = {
    "float64": (53, -1022, 1023),
    "float32": (24, -126, 127),
    "float16": (11, -14, 15),
    "bfloat16": (8, -126, 127),
}
# The step of the central difference: an error of its square, 1e-120, beside 60 digits compared.
STEP = mpmath.mpf(10) ** -60


def weights(values, temperature=1):
    return [mpmath.exp(v / temperature) for v in values]


def over(numerators, denominator):
    return [v / denominator for v in numerators]


def softmax(x, temperature):
    e = weights(x, temperature)
    return over(e, mpmath.fsum(e))


def log_softmax(x, temperature):
    total = mpmath.log(mpmath.fsum(weights(x, temperature)))
    return [v / temperature - total for v in x]


def softmax_n(x, n):
    e = weights(x)
    return over(e, n + mpmath.fsum(e))


def softmax_one(x):
    return softmax_n(x, 1)


def softmax_sink(x, sink):
    return softmax_n(x, mpmath.exp(sink))


def symax(x, eta, p):
    e = [abs(v) ** p for v in x]
    return over(e, eta + mpmath.fsum(e))


def ssmax(x, s, b):
    return softmax([(s * mpmath.log(len(x)) + b) * v for v in x], 1)


def self_adjust(x):
    return [v * a for v, a in zip(x, softmax(x, 1), strict=True)]


def self_adjust_normalized(x):
    low, high = min(*x, 0), max(*x, 0)
    return [(v - low) / (high - low) * a for v, a in zip(x, softmax(x, 1), strict=True)]


VARIANTS = {
    softmax: {"temperature": (0.25, 3.0)},
    log_softmax: {"temperature": (0.25, 3.0)},
    softmax_one: {},
    softmax_n: {"n": (0.0, 9.0)},
    softmax_sink: {"sink": (-4.0, 4.0)},
    symax: {"eta": (0.0, 2.0), "p": (0.3, 3.0)},
    ssmax: {"s": (-1.0, 1.0), "b": (-0.5, 0.5)},
    self_adjust: {},
    self_adjust_normalized: {},
}
every_variant = pytest.mark.parametrize("formula", VARIANTS, ids=lambda f: f.__name__)


def module(formula):
    return importlib.import_module(f"refsoft.oracle.{formula.__name__}")


def columns(formula, rows, rng):
    return {name: rng.uniform(*ends, (rows, 1)) for name, ends in VARIANTS[formula].items()}


def case(rng, shape, dtype):
    scale = np.exp(rng.uniform(-3, 4, (shape[0], 1)))
    return (scale * rng.normal(size=shape) + rng.normal(size=(shape[0], 1))).astype(dtype)


def exactly(values):
    return [mpmath.mpf(float(v)) for v in values]


def fraction(value):
    sign, man, exp, _ = value._mpf_
    return (-1) ** sign * Fraction(int(man)) * Fraction(2) ** exp


def rounded(value, name):
    """To nearest even, with fractions: Python's round is."""
    digits, emin, emax = FORMATS[name]
    value = fraction(value)
    exponent = emin
    if value:
        exponent = abs(value).numerator.bit_length() - value.denominator.bit_length()
        exponent -= Fraction(2) ** exponent > abs(value)
    quantum = Fraction(2) ** (max(exponent, emin) - digits + 1)
    result = round(value / quantum) * quantum
    return float(result) if abs(result) < Fraction(2) ** (emax + 1) else float("inf")


def truth_of(formula, x, params):
    return [
        formula(exactly(row), **{k: mpmath.mpf(float(v[r, 0])) for k, v in params.items()})
        for r, row in enumerate(x)
    ]


def disagreements(result, truth, name):
    """Entries whose value is not the rounded truth, or whose bounds do not hold it."""
    flat = [v for row in truth for v in row]
    triples = zip(result.value.flat, result.lo.flat, result.hi.flat, flat, strict=True)
    return sum(
        float(value) != rounded(t, name) or not mpmath.mpf(lo) <= t <= mpmath.mpf(hi)
        for value, lo, hi, t in triples
    )


@every_variant
@pytest.mark.parametrize("name", DTYPES)
def test_forward(formula, name):
    rng = np.random.default_rng(3)
    x = case(rng, (24, 48), DTYPES[name])
    params = columns(formula, len(x), rng)
    result = oracle.exact(module(formula), x, None, params, name)
    assert result.value.dtype == DTYPES[name]
    with mpmath.workdps(60):
        truth = truth_of(formula, x, params)
        assert disagreements(result, truth, name) == 0
    assert np.all(result.hi <= np.nextafter(np.nextafter(result.lo, np.inf), np.inf))


@pytest.mark.parametrize("name", DTYPES)
def test_the_comparison_rejects_a_neighbour_and_a_wrong_definition(name):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(4, 8)).astype(DTYPES[name])
    good = oracle.exact(module(softmax_one), x, None, {}, name)
    with mpmath.workdps(60):
        truth = truth_of(softmax_one, x, {})
        assert disagreements(good, truth, name) == 0
        value = good.value.copy()
        value[2, 3] = np.nextafter(value[2, 3], DTYPES[name](1))
        assert disagreements(oracle.Exact(value, good.lo, good.hi), truth, name) == 1
        lo = np.nextafter(np.nextafter(good.lo, 1), 1)
        assert disagreements(oracle.Exact(good.value, lo, good.hi), truth, name) == x.size
        ones = {"temperature": np.ones((4, 1))}
        wrong = oracle.exact(module(softmax), x, None, ones, name)
        assert disagreements(wrong, truth, name) == x.size


def pulled(formula, x, g, params):
    """⟨g, ∂y⟩ by central differences, for every score and every parameter."""

    def objective(row, values):
        return mpmath.fdot(g, formula(row, **values))

    def slope(move):
        return (objective(*move(STEP)) - objective(*move(-STEP))) / (2 * STEP)

    def score(k):
        return lambda h: ([v + h * (i == k) for i, v in enumerate(x)], params)

    dx = [slope(score(k)) for k in range(len(x))]
    return dx, {
        name: slope(lambda h, name=name: (x, {**params, name: params[name] + h})) for name in params
    }


@every_variant
@pytest.mark.parametrize("name", DTYPES)
def test_vjp(formula, name):
    rng = np.random.default_rng(5)
    rows, n = 50, 7
    x, g = case(rng, (rows, n), DTYPES[name]), case(rng, (rows, n), DTYPES[name])
    # Away from symax's kink, and from the ties of an extreme, where no derivative exists.
    kept = [r for r in range(rows) if len(set(x[r].tolist())) == n and np.all(x[r] != 0)]
    x, g = x[kept], g[kept]
    params = columns(formula, len(x), rng)
    dx, gradients = oracle.exact_vjp(module(formula), x, g, None, params, name)
    truths, slopes = [], []
    with mpmath.workdps(200):
        for r in range(len(x)):
            own = {k: mpmath.mpf(float(v[r, 0])) for k, v in params.items()}
            t, s = pulled(formula, exactly(x[r]), exactly(g[r]), own)
            truths.append(t)
            slopes.append(s)
        assert disagreements(dx, truths, name) == 0
        for parameter in params:
            truth = [[s[parameter]] for s in slopes]
            assert disagreements(gradients[parameter], truth, name) == 0
        assert disagreements(dx, [[-v for v in row] for row in truths], name) > x.size // 2


@every_variant
def test_enclosure(formula):
    rng = np.random.default_rng(6)
    x, g = case(rng, (6, 40), np.float64), case(rng, (6, 40), np.float64)
    params = columns(formula, len(x), rng)
    found = oracle.enclose(module(formula), x, None, params)
    exact = oracle.exact(module(formula), x, None, params, "float64")
    np.testing.assert_array_equal(found.head, exact.value)
    # Certified to 1e-30 relative: beyond the 0.01 ULP that is promised.
    assert np.all(found.radius <= 1e-30 * np.abs(found.head) + 2.0**-1074)
    with mpmath.workdps(60):
        truth = [v for row in truth_of(formula, x, params) for v in row]
        for head, tail, radius, t in zip(
            found.head.flat, found.tail.flat, found.radius.flat, truth, strict=True
        ):
            assert abs(t - mpmath.mpf(head) - mpmath.mpf(tail)) <= mpmath.mpf(radius)
    dx, gradients = oracle.enclose_vjp(module(formula), x, g, None, params)
    same, slopes = oracle.exact_vjp(module(formula), x, g, None, params, "float64")
    np.testing.assert_array_equal(dx.head, same.value)
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient.head, slopes[name].value)


@every_variant
@pytest.mark.parametrize("name", DTYPES)
def test_ulp_error(formula, name):
    rng = np.random.default_rng(7)
    x = case(rng, (6, 32), DTYPES[name])
    params = columns(formula, len(x), rng)
    best = oracle.exact(module(formula), x, None, params, name).value
    y = best + (best * 2.0 ** rng.integers(-16, 0, best.shape)).astype(best.dtype)
    low, high = oracle.ulp_error(module(formula), y, x, None, params)
    assert np.all(high - low <= np.maximum(0.01, 1e-15 * high))
    digits, emin, _ = FORMATS[name]
    with mpmath.workdps(60):
        truth = [v for row in truth_of(formula, x, params) for v in row]
        for a, b, v, t in zip(low.flat, high.flat, y.flat, truth, strict=True):
            binade = math.frexp(rounded(t, "float64") or 2.0**emin)[1] - 1
            unit = mpmath.mpf(2) ** (max(binade, emin) - digits + 1)
            assert a <= abs(mpmath.mpf(float(v)) - t) / unit <= b
    assert oracle.ulp_error(module(formula), best, x, None, params)[1].max() <= 0.5
