"""The sources of truth meet: each within its own proven bound of the oracle's enclosure."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import oracle, rounding
from refsoft._dtypes import DTYPES

VARIANTS = list(rs.variants.values())
PARAMETERS = {
    "softmax": {"temperature": 0.7},
    "log_softmax": {"temperature": 1.9},
    "softmax_n": {"n": 2.5},
    "softmax_sink": {"sink": -1.25},
    "symax": {"eta": 0.5, "p": 1.5},
    "ssmax": {"s": 0.43, "b": 0.25},
}


def rows(n: int = 65) -> np.ndarray:
    """Rows that separate right from nearly right, exactly representable in float32."""
    rng = np.random.default_rng(11)
    normal = rng.normal(size=n)
    made = [
        normal,
        6 * normal,
        normal - 60,
        normal + 1000,
        np.zeros(n),
        np.full(n, 3.5),
        np.where(np.arange(n) == n // 2, 40.0, normal),
        np.where(np.arange(n) % 3 == 0, -np.inf, normal),
        1e-30 * normal,
        np.linspace(-90, 0, n),
    ]
    return np.array(made, dtype=np.float32)


def columns(variant, x):
    given = PARAMETERS.get(variant.__name__, {})
    return {name: np.full((len(x), 1), value) for name, value in given.items()}


def excess(variant, y, x, arithmetic):
    """The largest error over its bound; values that are no finite number have to be the same."""
    params = columns(variant, x)
    wide = x.astype(np.float64)
    truth = oracle.enclose(variant.oracle_module, x, None, params)
    where = np.ones(x.shape, bool)
    bound = variant.definition.bound(wide, truth.head, where, arithmetic, y.dtype, **params)
    with np.errstate(invalid="ignore"):
        error = np.abs((y.astype(np.float64) - truth.head) - truth.tail) + truth.radius
    judged = np.isfinite(truth.head)
    np.testing.assert_array_equal(y[~judged].astype(np.float64), truth.head[~judged])
    error, bound = error[judged], bound[judged]
    # Where the bound is 0, at a score of -inf, the result has to be exact.
    return np.max(np.divide(error, bound, out=np.where(error > 0, np.inf, 0.0), where=bound > 0))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.__name__)
def test_golden_is_within_its_bound_of_the_oracle(variant):
    arithmetic = rounding.PRESETS["float64"]
    x, params = rows().astype(np.float64), PARAMETERS.get(variant.__name__, {})
    y = variant.using("golden")(x, **params)
    assert excess(variant, y, x, arithmetic) <= 1
    # The twin: a value wrong by 2^-30 relative, thousands of times the bound.
    assert excess(variant, y * (1 + 2.0**-30), x, arithmetic) > 1


@pytest.mark.parametrize("backend", ["plain", "cpu"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.__name__)
def test_a_kernel_is_within_its_bound_of_the_oracle(variant, backend, dtype):
    arithmetic = rounding.PRESETS["float64" if dtype == "float64" else "float32-tree"]
    x, params = rows().astype(dtype), PARAMETERS.get(variant.__name__, {})
    y = variant.using(backend)(x, **params)
    assert y.dtype == x.dtype
    assert excess(variant, y, x, arithmetic) <= 1
    wrong = variant.using(backend)(x * x.dtype.type(1.001), **params)
    assert excess(variant, wrong, x, arithmetic) > 1


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.__name__)
def test_a_half_precision_kernel_is_within_its_bound_of_the_oracle(variant, dtype):
    x, params = rows().astype(DTYPES[dtype]), PARAMETERS.get(variant.__name__, {})
    y = variant(x, **params)
    assert excess(variant, y, x, rounding.default(dtype)) <= 1


@pytest.mark.parametrize("backend", ["golden", "plain", "cpu"])
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.__name__)
def test_a_gradient_is_within_its_bound_of_the_oracle(variant, backend):
    x = rows()
    given, params = PARAMETERS.get(variant.__name__, {}), columns(variant, x)
    per_row = {name: column[:, 0] for name, column in params.items()}
    g = np.random.default_rng(12).integers(-4, 5, size=x.shape).astype(x.dtype)
    truth, slopes = oracle.enclose_vjp(variant.oracle_module, x, g, None, params)
    y = oracle.enclose(variant.oracle_module, x, None, params).head
    where = np.ones(x.shape, bool)
    arithmetic = rounding.PRESETS["float32-tree"]
    bound, gradient_bounds = variant.definition.vjp_bound(
        x.astype(np.float64), g.astype(np.float64), y, where, arithmetic, x.dtype, **params
    )
    dx, gradients = variant.using(backend).vjp(x, g, **per_row)
    finite = np.isfinite(truth.head)
    np.testing.assert_array_equal(dx[~finite], truth.head[~finite])
    error = np.abs((dx - truth.head) - truth.tail)
    assert np.all(error[finite] <= bound[finite])
    wrong = np.abs((dx * 1.001 - truth.head) - truth.tail)
    assert np.any(wrong[finite] > bound[finite])
    assert set(gradients) == set(slopes) == set(given)
    for name, gradient in gradients.items():
        finite = np.isfinite(slopes[name].head)
        assert np.all(np.isfinite(gradient) == finite)
        error = np.abs((gradient - slopes[name].head) - slopes[name].tail)
        assert np.all(error[finite] <= gradient_bounds[name][finite]), name


def test_the_exact_value_is_what_the_enclosure_rounds_to():
    for variant in VARIANTS:
        x = rows()
        exact = variant.exact(x, **PARAMETERS.get(variant.__name__, {}))
        finite = np.isfinite(exact.lo)
        assert np.all(exact.lo[finite] <= exact.hi[finite])
        low, high = variant.ulp_error(exact.value, x, **PARAMETERS.get(variant.__name__, {}))
        assert np.all(low[finite] <= high[finite])
        # Correctly rounded is half a unit at most; 0.01 is what the enclosure may add.
        assert np.max(high[finite]) <= 0.51
        step = np.nextafter(exact.value, np.float32(np.inf))
        low, _ = variant.ulp_error(step, x, **PARAMETERS.get(variant.__name__, {}))
        assert np.max(low[finite]) > 0.51
