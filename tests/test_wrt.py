"""Gradients that are not wanted are not computed, and those that are stay what they were."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import DTYPES
from refsoft.drivers import _slabs, shaped

PARAMETERS = {
    "softmax": {"temperature": 0.7},
    "log_softmax": {"temperature": 1.9},
    "softmax_n": {"n": 2.5},
    "softmax_sink": {"sink": -1.25},
    "symax": {"eta": 0.5, "p": 1.5},
    "ssmax": {"s": 0.43, "b": 0.25},
}
PROPORTIONAL = {"softmax", "softmax_one", "softmax_n", "softmax_sink", "ssmax"}
RNG = np.random.default_rng(7)
X, G = RNG.normal(size=(2, 3, 45)) * [[[3]], [[1]]]
MASK = RNG.random(X.shape) < 0.6
over_variants = pytest.mark.parametrize("name", rs.variants)


def params(name):
    return PARAMETERS.get(name, {})


def subsets(name):
    names = ("x", *params(name))
    return [c for k in range(len(names) + 1) for c in itertools.combinations(names, k)]


@pytest.mark.parametrize("backend", ["golden", "plain"])
@over_variants
def test_what_is_wanted_is_what_it_was(name, backend):
    variant = rs.variants[name].using(backend)
    dx, gradients = variant.vjp(X, G, **params(name))
    for wrt in subsets(name):
        found, some = variant.vjp(X, G, wrt=wrt, **params(name))
        assert some == {key: gradients[key] for key in wrt if key != "x"}
        if "x" in wrt:
            np.testing.assert_array_equal(found, dx)
        else:
            assert found is None


def excess(variant, found, x, g, y=None, where=None):
    """The largest error over the proven bound, of dx and of the gradients that are there."""
    dx, gradients = found
    given = params(variant.__name__) | {"where": where}
    truth, slopes = variant.exact_vjp(x, g, dtype="float64", **given)
    bound, limits = variant.error_bound(x, g, y=y, **given)
    errors = {key: abs(value - slopes[key].value.sum()) for key, value in gradients.items()}
    worst = [errors[key] / limits[key] for key in errors]
    if dx is not None:
        error = np.abs(dx.astype(np.float64) - truth.value)
        worst.append(np.max(np.divide(error, bound, out=1e9 * (error > 0), where=bound > 0)))
    return max(worst)


# Each set of names is a kernel of its own, to be compiled.
USUAL = {
    *((name, ("x",)) for name in ("log_softmax", "self_adjust_normalized")),
    *(("symax", wrt) for wrt in (("x",), ("p",), ("x", "eta"))),
}
KERNELS = [
    pytest.param(name, wrt, marks=[] if (name, wrt) in USUAL else pytest.mark.slow)
    for name in rs.variants
    for wrt in subsets(name)
    if wrt
]


@pytest.mark.parametrize(("name", "wrt"), KERNELS)
def test_kernels_of_some_are_within_the_bound(name, wrt):
    variant, x, g = rs.variants[name], X.astype(np.float32), G.astype(np.float32)
    for where in (None, MASK):
        dx, gradients = variant.vjp(x, g, wrt=wrt, where=where, **params(name))
        assert (dx is not None) == ("x" in wrt)
        assert set(gradients) == set(wrt) - {"x"}
        assert excess(variant, (dx, gradients), x, g, where=where) <= 1
    if wrt == ("x",):
        assert excess(variant, (-dx, {}), x, g, where=where) > 1


@pytest.mark.parametrize("wrt", [["s"], ["x", "b"]])
def test_a_shared_parameter_of_many_rows_has_the_sum(wrt, monkeypatch):
    _, each = rs.ssmax.vjp(X, G, wrt=wrt)
    monkeypatch.setattr(shaped, "KEPT", 1)
    monkeypatch.setattr(_slabs, "ROWS", 2)
    dx, shared = rs.ssmax.vjp(X, G, wrt=wrt)
    assert (dx is None) == ("x" not in wrt)
    (key,) = shared
    assert abs(shared[key] - each[key]) <= 2.0**-52 * 3 * np.abs(each[key])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_parameters_alone_of_long_rows(dtype, monkeypatch):
    x, g = X.astype(DTYPES[dtype]), G.astype(DTYPES[dtype])
    x, g = np.asfortranarray(x), np.asfortranarray(g)
    monkeypatch.setattr(shaped, "LONG", 10)
    found = rs.softmax_sink.vjp(x, g, wrt="sink", sink=-1.25)
    assert found[0] is None
    assert excess(rs.softmax_sink, found, x, g) <= 1


FROM_RESULTS_USUAL = {("softmax_n", "float32"), ("ssmax", "bfloat16")}
FROM_RESULTS = [
    pytest.param(name, dtype, marks=[] if (name, dtype) in FROM_RESULTS_USUAL else pytest.mark.slow)
    for name in sorted(PROPORTIONAL)
    for dtype in DTYPES
]
LAYOUTS = {"contiguous": np.ascontiguousarray, "columns": np.asfortranarray}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("name", "dtype"), FROM_RESULTS)
def test_dx_from_results_without_the_scores(name, dtype, masked, layout, monkeypatch):
    variant, lay, where = rs.variants[name], LAYOUTS[layout], MASK if masked else None
    x, g = (lay(a.astype(DTYPES[dtype])) for a in (X, G))
    y = lay(variant(x, where=where, **params(name)))
    given = {"where": where, "wrt": "x", **params(name)}
    nothing = np.full_like(x, np.nan)
    for length in (1 << 13, 10):
        monkeypatch.setattr(shaped, "LONG", length)
        dx, gradients = variant.vjp(nothing, g, y=y, **given)
        assert gradients == {}
        assert excess(variant, (dx, {}), x, g, y, where) <= 1
        if masked:
            assert not dx[~MASK].any()
    wrong, _ = variant.vjp(x, g, y=(y * y.dtype.type(1.125)).astype(y.dtype), **given)
    assert excess(variant, (wrong, {}), x, g, y, where) > 1


@pytest.mark.parametrize("name", sorted(set(rs.variants) - PROPORTIONAL))
def test_where_results_do_not_suffice_they_are_no_harm(name):
    variant, given = rs.variants[name], {"wrt": "x", **params(name)}
    x, g = X.astype(np.float32), G.astype(np.float32)
    y = variant(x, **params(name))
    expected, _ = variant.vjp(x, g, **given)
    np.testing.assert_array_equal(variant.vjp(x, g, y=y, **given)[0], expected)


@over_variants
def test_a_recipe_is_proportional_or_is_not(name):
    recipe, values = rs.variants[name].definition.RECIPE, list(params(name).values())
    p = recipe.prepare(5, -2.0, *values) if recipe.prepare else values
    slopes = {
        recipe.slope(x, 0.5 * z, m, z, *p) for x, m, z in itertools.product((1, 3), (3, 4), (1, 2))
    }
    same = len(slopes) == 1 and not (recipe.rise or recipe.result or recipe.logarithm)
    assert recipe.proportional == same == (name in PROPORTIONAL)


def test_names():
    x, g = X.astype(np.float32), G.astype(np.float32)
    for wrt in ("x", ["x"], ("x", "x"), {"x"}):
        assert rs.log_softmax.vjp(x, g, wrt=wrt)[1] == {}
    assert rs.log_softmax.vjp(x, g, wrt=()) == (None, {})
    assert set(rs.symax.vjp(x, g, wrt={"eta", "x"})[1]) == {"eta"}


@pytest.mark.parametrize("backend", ["golden", "plain", "cpu"])
def test_what_is_refused(backend):
    variant = rs.symax.using(backend)
    with pytest.raises(ValueError, match=r"wrt='y' names 'y'; accepted: x, eta, p"):
        variant.vjp(X, G, wrt="y")
    with pytest.raises(ValueError, match=r"wrt=\['x', 3\] names 3; accepted: x, eta, p"):
        variant.vjp(X, G, wrt=["x", 3])
    with pytest.raises(TypeError, match=r"wrt=0; accepted: a name, or several, of x, eta, p"):
        variant.vjp(X, G, wrt=0)
    with pytest.raises(ValueError, match="out is for dx, which wrt='p' leaves out"):
        variant.vjp(X, G, wrt="p", out=np.empty_like(X))
