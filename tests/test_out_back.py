"""``out`` of gradients and tangents: written where it lies, over what is read or beside it."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft.drivers import shaped
from tests.test_drivers_layouts import LAYOUTS

RNG = np.random.default_rng(13)
X, G = RNG.normal(size=(2, 4, 6, 50)).astype(np.float32)
MASK = RNG.random(X.shape) < 0.6
# A temperature of its own for each kernel's code, and extremes that are looked for twice.
VARIANTS = ["log_softmax", "self_adjust_normalized"]


def pulled(variant, x, g, **keywords):
    return variant.vjp(x, g, **keywords)[0]


def pushed(variant, x, v, **keywords):
    return variant.jvp(x, v, **keywords)


def pulled_from_result(variant, y, g, **keywords):
    """The gradient of softmax, whose scores are not looked at."""
    return rs.softmax.vjp(np.full_like(y, np.nan), g, y=y, wrt="x", **keywords)[0]


METHODS = [pulled, pushed, pulled_from_result]


@pytest.fixture(params=["short", "long"], autouse=True)
def length(request, monkeypatch):
    """Rows in buffers, and rows by block."""
    if request.param == "long":
        monkeypatch.setattr(shaped, "LONG", 20)


@pytest.fixture(params=VARIANTS)
def variant(request):
    return rs.variants[request.param]


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "byte order"])
@pytest.mark.parametrize("method", METHODS)
def test_results_go_where_they_are_asked_for(variant, method, layout):
    out = LAYOUTS[layout](np.full(X.shape, np.nan, np.float32))
    assert method(variant, X, G, out=out) is out
    np.testing.assert_array_equal(out, method(variant, X, G))


@pytest.mark.parametrize("layout", ["contiguous", "columns", "spaced", "rows apart", "negative"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("over", [0, 1])
def test_out_may_be_what_is_read(variant, method, over, masked, layout):
    given = [LAYOUTS[layout](X.copy()), LAYOUTS[layout](G.copy())]
    keywords = {"where": MASK} if masked else {}
    assert method(variant, *given, out=given[over], **keywords) is given[over]
    np.testing.assert_array_equal(given[over], method(variant, X, G, **keywords))


@pytest.mark.parametrize("shift", [-50, -1, 1, 37])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("over", [0, 1])
def test_out_may_overlap_what_is_read(variant, method, over, shift):
    memory = np.empty(X.size + abs(shift), np.float32)
    given = [X, G]
    read, out = (memory[max(0, s) :][: X.size].reshape(X.shape) for s in (-shift, shift))
    read[...] = given[over]
    given[over] = read
    expected = method(variant, X, G)
    np.testing.assert_array_equal(method(variant, *given, out=out), expected)


@pytest.mark.parametrize("dtype", ["f2", "f8"])
@pytest.mark.parametrize("method", METHODS)
def test_in_place_in_another_format(method, dtype):
    x, g = X.astype(dtype), G.astype(dtype)
    expected = method(rs.log_softmax, x, g)
    for over in (0, 1):
        given = [x.copy(), g.copy()]
        np.testing.assert_array_equal(method(rs.log_softmax, *given, out=given[over]), expected)


def test_a_given_result_may_be_written_over(monkeypatch):
    monkeypatch.setattr(shaped, "LONG", 1 << 13)  # the temperature's, of long rows, is from x
    y = rs.softmax(X)
    expected, slope = rs.softmax.vjp(X, G, y=y)
    dx, found = rs.softmax.vjp(X, G, y=y, out=y)
    assert dx is y
    assert found == slope
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("backend", ["golden", "plain"])
def test_of_the_other_forms(backend):
    variant = rs.softmax.using(backend)
    for method in (pulled, pushed):
        g = G.copy()
        assert method(variant, X, g, out=g) is g
        np.testing.assert_array_equal(g, method(variant, X, G))


@pytest.mark.parametrize("method", METHODS)
def test_what_is_refused(method):
    with pytest.raises(ValueError, match=r"out has shape \(3,\)"):
        method(rs.softmax, X, G, out=np.empty(3, np.float32))
    with pytest.raises(TypeError, match="out has dtype float64; accepted: that of the result"):
        method(rs.softmax, X, G, out=np.empty(X.shape), dtype="float32")
    locked = np.empty_like(X)
    locked.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        method(rs.softmax, X, G, out=locked)
