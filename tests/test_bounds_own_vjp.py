"""`error_bound` of our own kernels: no gradient passes it, and some reach a quarter of it."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import as_dtype, cast
from tests.helpers import reach
from tests.helpers.rows import PARAMETERS

DTYPES = ("float32", "float64", "float16", "bfloat16")
USUAL = [
    pytest.param(name, dtype, marks=[] if usual else pytest.mark.slow)
    for name in rs.variants
    for dtype in DTYPES
    for usual in [
        name == "softmax_one" or (name, dtype) in (("softmax", "float32"), ("symax", "float64"))
    ]
]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def pairs(name, dtype, n):
    """Scores and cotangents: of every kind, those that cancel among them."""
    # Of many roundings, rows in which they add up are rare.
    most = 300 if name == "self_adjust_normalized" and dtype == "float64" else 30
    rng, count = np.random.default_rng(n), 5 if n > 5 else most
    spreads = [(scale, at) for scale in (0.01, 3, 20) for at in (0, -8, 2)]
    x = np.concatenate([s * rng.standard_normal((count, n)) + at for s, at in spreads])
    x[-3:] = np.round(x[-3:])  # ties
    one = (np.arange(n) == rng.integers(0, n, (len(x), 1))).astype(float)
    for g in (rng.standard_normal(x.shape), np.ones(x.shape), one):
        yield cast(x, as_dtype(dtype)), cast(g, as_dtype(dtype))


@pytest.mark.parametrize(("name", "dtype"), USUAL)
def test_no_gradient_passes_it_and_one_reaches_a_quarter(name, dtype):
    variant, reached = rs.variants[name], 0.0
    for params in PARAMETERS[name]:
        for n in (1, 2, 3, 40):
            for x, g in pairs(name, dtype, n):
                for y in (None, variant(x, **params)):
                    used = reach.backward(variant, x, g, params, y)
                    assert all(any_ <= 1 for _, any_ in used.values()), (params, n, used)
                    reached = max(reached, used["dx"][0])
    assert reached >= 0.25


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", rs.variants)
def test_long_rows_and_large_scores(name, dtype):
    rng = np.random.default_rng(0)
    for x in (rng.standard_normal((1, 30_000)), 1e4 + 10 * rng.standard_normal((20, 30))):
        scores = cast(x, as_dtype(dtype))
        g = cast(rng.standard_normal(x.shape), scores.dtype)
        used = reach.backward(rs.variants[name], scores, g, PARAMETERS[name][-1])
        assert all(any_ <= 1 for _, any_ in used.values()), used


def test_a_gradient_of_a_rounded_y_passes_it():
    x, g = next(pairs("softmax", "float32", 40))
    y = cast(rs.softmax(x), as_dtype("bfloat16"))
    dx, _ = rs.softmax.vjp(x, g, y=y)
    exact, _ = rs.softmax.exact_vjp(x, g, dtype="float64")
    error = np.abs(dx - exact.value)
    assert np.all(error <= rs.softmax.error_bound(x, g, y=y)[0])
    assert np.any(error > rs.softmax.error_bound(x, g)[0])


@pytest.mark.parametrize(("name", "output"), [("softmax_one", "dx"), ("softmax", "temperature")])
def test_a_quarter_of_it_is_passed(name, output):
    used = [
        reach.backward(rs.variants[name], x, g, PARAMETERS[name][0], scale=0.24)[output][0]
        for n in (2, 5, 40)
        for x, g in pairs(name, "float32", n)
    ]
    assert max(used) > 1


def test_shapes_axes_and_masks():
    rng = np.random.default_rng(1)
    x, g = rng.standard_normal((2, 3, 5, 4)).astype(np.float32)[:2]
    where = rng.random((3, 5, 4)) < 0.7
    shared, _ = rs.softmax_n.error_bound(x, g, axis=1, n=2.0, where=where)
    assert shared.shape == x.shape
    assert shared.dtype == np.float64
    assert np.all((shared == 0) == ~where)
    bounds = rs.softmax_n.error_bound(x, g, axis=1, n=np.full((3, 4), 2.0), where=where)[1]
    assert bounds["n"].shape == (3, 4)
    assert np.ndim(rs.softmax_n.error_bound(x, g, axis=1, n=2.0)[1]["n"]) == 0
    alone, _ = rs.softmax_n.error_bound(x[1, :, 2], g[1, :, 2], n=2.0, where=where[1, :, 2])
    np.testing.assert_array_equal(alone, shared[1, :, 2])


def test_rows_that_share_a_parameter():
    rng = np.random.default_rng(2)
    x, g = rng.standard_normal((2, 400, 6))
    slope = rs.softmax_sink.vjp(x, g, sink=0.5)[1]["sink"]
    exact = rs.softmax_sink.exact_vjp(x, g, sink=0.5)[1]["sink"]
    low, high = np.sum(exact.lo), np.sum(exact.hi)
    most = rs.softmax_sink.error_bound(x, g, sink=0.5)[1]["sink"]
    assert max(low - slope, slope - high) <= most < 1e-11


def test_the_constants_are_those_of_the_kernels():
    from refsoft.drivers import _exponential, _loops, _power
    from refsoft.rounding import _own

    assert _exponential.EXP_ERROR == _own.EXP
    assert _exponential.CLOSE_ERROR == _own.CLOSE
    assert _power.POWER_ERROR == _own.POWER
    assert _loops.BLOCK == _own.BLOCK
    assert rounding.own("float16") is rounding.own("float32")
    assert rounding.own("float64").u == 2.0**-53


def test_what_is_refused():
    with pytest.raises(ValueError, match="g has shape"):
        rs.softmax.error_bound([1.0, 2.0], [1.0, 2.0, 3.0])
