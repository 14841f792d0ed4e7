"""A recipe from outside the package: a Lorentzian weight 1/(1 + x^2) with an offset c."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from refsoft._dtypes import as_dtype
from refsoft.catalogue import VARIANTS, _exponential, softmax_one, symax
from refsoft.catalogue._primitives import cast
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _sources, cpu, plain


def lorentzian(x):
    one = cast(1.0, x)
    return one / (one + x * x)


def key(x, c):
    return lorentzian(x)


def shift(top, c):
    return cast(1.0, top)


def weight(x, m, c):
    return lorentzian(x)


def offset(m, c):
    return c


def slope(x, w, m, z, c):
    return -cast(2.0, x) * x * w * w / z


def weight_gradients(x, m, c):
    return (cast(0.0, x),)


def offset_gradients(m, z, c):
    return (cast(1.0, m) / z,)


TOY = Recipe(key, shift, weight, offset, slope, weight_gradients, offset_gradients)
DRIVERS = pytest.mark.parametrize("driver", [plain, cpu], ids=["plain", "cpu"])


def truth(x, g, c):
    w = 1 / (1 + x**2)
    z = c + w.sum()
    y = w / z
    inner = g @ y
    return y, -2 * x * w**2 / z * (g - inner), -inner / z


@DRIVERS
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 2.0**-20), (np.float64, 2.0**-46)])
def test_a_recipe_from_outside(driver, dtype, rtol):
    # At most ten roundings of positive numbers, and sums of 50 entries.
    x, g = np.random.default_rng(0).standard_normal((2, 50)).astype(dtype)
    y, dx, dc = truth(x.astype(float), g.astype(float), 0.5)
    found, lse = driver.forward(TOY, x[None], None, np.array([[0.5]]), True)
    pulled, gradients = driver.vjp(TOY, x[None], g[None], None, np.array([[0.5]]))
    np.testing.assert_allclose(found[0], y, rtol=rtol)
    np.testing.assert_allclose(pulled[0], dx, rtol=0, atol=rtol * np.abs(dx).max())
    np.testing.assert_allclose(gradients[0], [dc], rtol=0, atol=rtol * (np.abs(g) @ y))
    assert np.isnan(lse).all()  # it has no log_normaliser


def test_the_sources_of_a_recipe_are_all_that_it_calls():
    names = {function.__name__ for function in _sources.functions(TOY)}
    assert names == {"lorentzian", "key", "shift", "weight", "offset", "slope"} | {
        "weight_gradients",
        "offset_gradients",
    }
    modules = {f.__module__ for f in _sources.functions(softmax_one.RECIPE)}
    assert modules == {softmax_one.__name__, _exponential.__name__}


def scaled(factor):
    def scaled_weight(x, m, c):
        return lorentzian(x) * factor

    return scaled_weight


def test_the_stamp_tells_recipes_apart():
    stamps = [
        _sources.stamp(recipe)
        for recipe in (
            TOY,
            symax.RECIPE,
            replace(TOY, weight=scaled(1.0)),
            replace(TOY, weight=scaled(2.0)),
        )
    ]
    assert len(set(stamps)) == len(stamps)
    assert stamps[0] == _sources.stamp(replace(TOY))


@DRIVERS
def test_a_weight_made_by_a_function(driver):
    x = np.random.default_rng(0).standard_normal((1, 20))
    columns = np.array([[0.0]])
    once, _ = driver.forward(replace(TOY, weight=scaled(1.0)), x, None, columns, False)
    twice, _ = driver.forward(replace(TOY, weight=scaled(2.0)), x, None, columns + 1, False)
    expected = 1 / (1 + x**2)
    np.testing.assert_allclose(once, expected / expected.sum(), rtol=2.0**-46)
    np.testing.assert_allclose(twice, expected / (0.5 + expected.sum()), rtol=2.0**-46)


@DRIVERS
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_through_the_public_object(driver, dtype):
    name = driver.__name__.rsplit(".", 1)[1]
    x = np.random.default_rng(0).standard_normal((2, 3, 30)).astype(np.float32)
    for variant in (VARIANTS["softmax"], VARIANTS["softmax_one"], VARIANTS["symax"]):
        kernel = variant.using(name)
        y = kernel(x, dtype=dtype, axis=1)
        expected = variant.using("golden")(x, axis=1, dtype="float64")
        # Half an ulp of the format, beyond the few of float32.
        eps = {"float64": 2.0**-20, "float32": 2.0**-20}.get(
            dtype, {"float16": 2.0**-10, "bfloat16": 2.0**-7}.get(dtype)
        )
        np.testing.assert_allclose(y.astype(np.float64), expected, rtol=eps)
        dx, gradients = kernel.vjp(x, np.ones_like(x), axis=1, dtype=dtype)
        assert y.dtype == dx.dtype == as_dtype(dtype)
        assert set(gradients) == {parameter.name for parameter in variant.card.parameters}
