"""Tangents of kernels, gradients from given results, and formats of 16 bits."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import oracle, rounding
from refsoft._dtypes import DTYPES, cast
from refsoft.drivers import cpu

PARAMETERS = {
    "softmax": {"temperature": 0.7},
    "log_softmax": {"temperature": 1.9},
    "softmax_n": {"n": 2.5},
    "softmax_sink": {"sink": -1.25},
    "symax": {"eta": 0.5, "p": 1.5},
    "ssmax": {"s": 0.43, "b": 0.25},
}
FROM_RESULTS = ["softmax", "softmax_one", "ssmax"]
HALVES = ["float16", "bfloat16"]
over_variants = pytest.mark.parametrize("name", rs.variants)


def inputs(rows=3, n=40, dtype=np.float32):
    x, v = np.random.default_rng(5).standard_normal((2, rows, n)) * [[[3]], [[1]]]
    return x.astype(dtype), v.astype(dtype)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("backend", ["plain", "cpu"])
@over_variants
def test_tangents(name, backend, masked):
    # Weights, sums and products err by less than 32 u of sum |J||v|, the parameters' part by
    # as much of what it is made of; golden is float64.
    variant, params = rs.variants[name], PARAMETERS.get(name, {})
    x, v = inputs()
    where = np.random.default_rng(6).random(x.shape) < 0.6 if masked else None
    moves = {key: 0.5 + k for k, key in enumerate(params)}
    golden, given = variant.using("golden"), {"where": where, "dtype": "float64", **params}
    truth = golden.jvp(x, v, dparams=moves, **given)
    jacobian = np.abs(golden.jacobian(x, **given))
    size = np.max(jacobian @ np.abs(v)[..., None]) + np.abs(truth).max()
    t = variant.using(backend).jvp(x, v, dparams=moves, where=where, **params)
    assert t.dtype == np.float32
    assert np.max(np.abs(t - truth)) <= 32 * 2.0**-24 * size
    wrong = variant.using(backend).jvp(x, -v, dparams=moves, where=where, **params)
    assert np.max(np.abs(wrong - truth)) > 32 * 2.0**-24 * size
    if masked:
        assert not t[~where].any()


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "ssmax", "symax"])
def test_tangents_of_parameters_alone(name):
    variant, params = rs.variants[name], PARAMETERS[name]
    x, _ = inputs(dtype=np.float64)
    for key in params:
        given = {"dparams": {key: 1.0}, **params}
        found = variant.jvp(x, np.zeros_like(x), **given)
        truth = variant.using("golden").jvp(x, np.zeros_like(x), **given)
        np.testing.assert_allclose(found, truth, rtol=0, atol=2.0**-44 * np.abs(truth).max())


@pytest.mark.parametrize("backend", ["plain", "cpu"])
@pytest.mark.parametrize("name", FROM_RESULTS)
def test_gradients_from_results_are_within_the_bound(name, backend):
    variant, params = rs.variants[name], PARAMETERS.get(name, {})
    x, g = inputs(rows=4, n=65)
    x[1] -= 60
    x[2] += 1000
    columns = {key: np.full((len(x), 1), value) for key, value in params.items()}
    per_row = {key: column[:, 0] for key, column in columns.items()}
    truth, slopes = oracle.enclose_vjp(variant.oracle_module, x, g, None, columns)
    y = oracle.enclose(variant.oracle_module, x, None, columns).head
    wide, where = (x.astype(np.float64), g.astype(np.float64), y), np.ones(x.shape, bool)
    bound, limits = variant.definition.vjp_bound(
        *wide, where, rounding.PRESETS["float32-tree"], np.dtype("float32"), **columns
    )
    known = y.astype(np.float32)
    dx, gradients = variant.using(backend).vjp(x, g, y=known, **per_row)
    assert np.all(np.abs(dx - truth.head) <= bound)
    for key, gradient in gradients.items():
        assert np.all(np.abs(gradient - slopes[key].head) <= limits[key])
    # It is y that is looked at, and not x.
    wrong, _ = variant.using(backend).vjp(x, g, y=known * np.float32(1.01), **per_row)
    assert np.any(np.abs(wrong - truth.head) > bound)


# Of softmax_one, which has no parameters, all that is wanted follows from its results.
@pytest.mark.parametrize("name", sorted(set(rs.variants) - {"softmax_one"}))
def test_results_that_do_not_help_are_no_harm(name):
    variant, params = rs.variants[name], PARAMETERS.get(name, {})
    x, g = inputs()
    where = np.random.default_rng(6).random(x.shape) < 0.6
    cases = [{"where": where}] if name in FROM_RESULTS else [{"where": where}, {}]
    for given in cases:
        dx, gradients = variant.vjp(x, g, **given, **params)
        same, slopes = variant.vjp(x, g, y=variant(x, **given, **params), **given, **params)
        assert np.array_equal(same, dx)
        assert slopes == gradients


def test_results_have_the_shape_of_x():
    with pytest.raises(ValueError, match=r"y has shape \(3,\); accepted: the shape of x, \(2,\)"):
        rs.softmax_one.vjp([0.0, 1.0], [1.0, 0.0], y=[0.1, 0.2, 0.3])


def halves(name):
    """Every finite number of 16 bits, and the rest."""
    return np.arange(2**16, dtype=np.uint16).view(DTYPES[name]).reshape(256, 256)


@pytest.mark.parametrize("dtype", HALVES)
def test_halves_are_float32_rounded_once(dtype):
    variant, x = rs.softmax_one, halves(dtype)
    g = np.roll(x, 7)
    with np.errstate(invalid="ignore"):
        g = np.where(np.isfinite(g), g, np.ones_like(g))
        wide, wide_g = x.astype(np.float32), g.astype(np.float32)
    recipe, columns = variant.definition.RECIPE, np.empty((256, 0))
    where = np.random.default_rng(0).random(x.shape) < 0.5
    for mask in (None, where):
        y, _ = cpu.forward(recipe, x, mask, columns, False)
        expected = cast(cpu.forward(recipe, wide, mask, columns, False)[0], DTYPES[dtype])
        assert y.dtype == DTYPES[dtype]
        np.testing.assert_array_equal(y.astype(np.float32), expected.astype(np.float32))
        dx, _ = cpu.vjp(recipe, x, g, mask, columns)
        pulled = cast(cpu.vjp(recipe, wide, wide_g, mask, columns)[0], DTYPES[dtype])
        np.testing.assert_array_equal(dx.astype(np.float32), pulled.astype(np.float32))
        t = cpu.jvp(recipe, x, g, mask, columns, columns)
        pushed = cpu.jvp(recipe, wide, wide_g, mask, columns, columns)
        pushed = cast(pushed, DTYPES[dtype]).astype(np.float32)
        np.testing.assert_array_equal(t.astype(np.float32), pushed)
    assert np.isfinite(y.astype(np.float32)).any()
