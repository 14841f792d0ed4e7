"""Products in orders that lose most by underflow; docs/bounds.md, sections 1.3, 6 and 7."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import as_dtype, cast
from tests.helpers import exact
from tests.helpers.machine import Machine

pytestmark = [
    pytest.mark.skipif(not exact.EXTENDED, reason="long double is no longer than double"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
ARITHMETIC = rounding.PRESETS["float32-tree"]
ROWS = 40


def column(value):
    return np.full((ROWS, 1), value)


def self_adjust(m, x, g, y):
    """(g a) x in the place of a (g x), in the mean and beside it."""
    terms = m.mul(m.mul(y, g), x)
    return m.add(m.sub(terms, m.mul(y, m.sum(terms))), m.mul(y, g))


def normalized(m, x, g, y):
    """(g a) u, the product with the weight before that with the place."""
    low, high = np.minimum(x.min(1, keepdims=True), 0), np.maximum(x.max(1, keepdims=True), 0)
    width, ga = m.sub(high, low), m.mul(g, y)
    u = m.round(m.sub(x, low) / width)
    w, over, rest = m.mul(ga, u), m.round(ga / width), m.mul(ga, m.round(m.sub(high, x) / width))
    dx = m.add(m.sub(w, m.mul(y, m.sum(w))), over)
    for at, sign, part in ((x.argmin(1), -1, rest), (x.argmax(1), 1, w)):
        row = np.arange(len(x))
        moved = m.sub(dx[row, at], m.round(m.sum(part) / width)[:, 0])
        dx[row, at] = np.where(sign * x[row, at] > 0, moved, dx[row, at])
    return dx


def temperature(m, x, g, y):
    """(y/T)(g - e), as our own kernels have it."""
    rate = m.round(1 / T)
    return m.mul(m.mul(y, rate), m.sub(g, m.sum(m.mul(g, y))))


T = 2.0**20
#: The size of scores and of cotangents at which an order's own quanta are the largest errors.
ORDERS = {
    "self_adjust": (self_adjust, {}, 40.0, 2.0**-70),
    "self_adjust_normalized": (normalized, {}, 0.03, 2.0**-138),
    "softmax": (temperature, {"temperature": T}, 46.0 * T, 2.0**40),
}


def worst(name):
    """The largest error over the bound."""
    backward, params, size, cotangent = ORDERS[name]
    machine, rng = Machine(ARITHMETIC), np.random.default_rng(5)
    x = machine.round(size * rng.uniform(-1, 1, (ROWS, 12)))
    g = machine.round(cotangent * rng.uniform(0.5, 1, x.shape))
    where, columns = np.ones(x.shape, bool), {k: column(v) for k, v in params.items()}
    y, dx, _ = exact.maps(name, x, g, where, columns)
    rate = {"temperature": column(params.get("temperature", 1.0))}
    weights = machine.round(exact.maps("softmax", x, g, where, rate)[0])
    got = cast(backward(machine, x, g, weights), as_dtype("float32"))
    given = (x, g, y.astype(np.float64), where, ARITHMETIC, "float32")
    return np.max(np.abs(got - dx) / rs.variants[name].definition.vjp_bound(*given, **columns)[0])


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_loses_more_is_within_the_bound_and_uses_a_tenth(name):
    assert 0.1 <= worst(name) <= 1


@pytest.mark.parametrize("name", ORDERS)
def test_without_its_quanta_the_bound_would_be_passed(name, monkeypatch):
    monkeypatch.setattr(rounding, "lost", lambda quantum, *_, **__: quantum)
    monkeypatch.setattr(rounding.Scale, "apply", _without_after(rounding.Scale.apply))
    assert worst(name) > 1


def _without_after(apply):
    return lambda scale, value, bound, arithmetic, _=0.0: apply(scale, value, bound, arithmetic)


def product_first(m, x, y):
    """(a (x - l))/D, of scores so small that the product is a few quanta."""
    low, high = np.minimum(x.min(1, keepdims=True), 0), np.maximum(x.max(1, keepdims=True), 0)
    return m.round(m.mul(y, m.sub(x, low)) / m.sub(high, low))


def test_a_product_before_the_division_is_within_the_bound():
    rng, where = np.random.default_rng(2), np.ones((ROWS, 6), bool)
    x = cast(rng.standard_normal(where.shape) * 2.0**-142, as_dtype("float32")).astype(np.float64)
    m, definition = Machine(ARITHMETIC), rs.self_adjust_normalized.definition
    found = product_first(m, x, m.round(np.full(x.shape, 1 / 6)))
    truth = rs.self_adjust_normalized.using("golden")(x)
    limit = definition.bound(x, truth, where, ARITHMETIC, as_dtype("float32"))
    used = np.max(np.abs(found - truth) / limit)
    assert 0.1 < used <= 1
    place = rs.self_adjust_normalized.definition.bound(
        x * 2.0**140, truth, where, ARITHMETIC, as_dtype("float32")
    )
    assert np.max(np.abs(found - truth) / place) > 100  # without the quantum over D
