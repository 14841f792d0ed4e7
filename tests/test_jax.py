"""Arrays of JAX in and out, and every variant under its transformations."""

from __future__ import annotations

import doctest
from functools import partial

import numpy as np
import pytest

import refsoft as rs
from refsoft import _forms
from refsoft._dtypes import DTYPES
from refsoft._map import Map
from tests.helpers.differentiated import MASK, PARAMETERS, X

pytestmark = pytest.mark.peers


@pytest.fixture(autouse=True)
def jax():
    return pytest.importorskip("jax")


def given(jax, name, dtype=None):
    """Scores and parameters."""
    values = {"x": X, **PARAMETERS.get(name, {})}
    return [jax.numpy.asarray(value, dtype) for value in values.values()]


def function(name, where=None, **keywords):
    """The variant as a function of arrays; masked entries, where it may be -inf, are 0."""
    names = list(PARAMETERS.get(name, {}))

    def f(x, *params):
        named = dict(zip(names, params, strict=True))
        y = getattr(rs.jax, name)(x, where=where, **keywords, **named)
        return y if where is None else y.at[~where].set(0)

    return f


@pytest.mark.parametrize("name", rs.variants)
def test_gradients_under_jit_are_those_of_vjp(jax, name):
    x, *params = given(jax, name)
    g = jax.numpy.asarray(X[::-1], x.dtype)

    @jax.jit
    def pulled(x, g, *params):
        y, pull = jax.vjp(function(name), x, *params)
        return y, pull(g)

    y, (dx, *gradients) = pulled(x, g, *params)
    named = dict(zip(PARAMETERS.get(name, {}), params, strict=True))
    np.testing.assert_array_equal(y, rs.variants[name](x, **named))
    expected, slopes = rs.variants[name].vjp(x, g, y=y, **named)
    np.testing.assert_array_equal(dx, expected)
    for found, slope, parameter in zip(gradients, slopes.values(), params, strict=True):
        assert (found.shape, found.dtype) == (parameter.shape, parameter.dtype)
        np.testing.assert_array_equal(found, slope)


def checks(jax, name, **keywords):
    from jax.test_util import check_grads

    with jax.enable_x64(True):
        # The errors of the kernels are some 1e-15, those of the difference quotients some 1e-8.
        limits = {"atol": 1e-6, "rtol": 1e-6, "eps": 1e-5}
        f, inputs = function(name, **keywords), given(jax, name)
        check_grads(jax.jit(f), inputs, 2, modes=["rev"], **limits)


@pytest.mark.parametrize("name", rs.variants)
def test_second_derivatives(jax, name):
    checks(jax, name)


@pytest.mark.parametrize("name", ["log_softmax", "ssmax"])
def test_second_derivatives_under_a_mask(jax, name):
    checks(jax, name, where=MASK)


def test_a_backward_that_forgets_the_parameter_is_seen(jax, monkeypatch):
    def forgetful(self, where, y, x, g, h, params, wrt):
        dx, *gradients = right(self, where, y, x, g, h, params, wrt)
        return dx, *(np.zeros_like(gradient) for gradient in gradients)

    right = Map.pulled
    monkeypatch.setattr(Map, "pulled", forgetful)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        checks(jax, "softmax_sink")


def test_a_second_derivative_of_the_neighbour_is_seen(jax, monkeypatch):
    monkeypatch.setitem(_forms.FORMS, "softmax_one", _forms.self_adjust)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        checks(jax, "softmax_one")


@pytest.mark.parametrize(("argnums", "wrt"), [(0, ("x",)), (1, ("sink",)), ((0, 1), ("x", "sink"))])
def test_what_is_not_asked_for_is_not_computed(jax, monkeypatch, argnums, wrt):
    asked, pulled = [], Map.pulled

    def listened(*args, wrt):
        asked.append(wrt)
        return pulled(*args, wrt=wrt)

    monkeypatch.setattr(Map, "pulled", listened)
    x, sink = given(jax, "softmax_sink")
    slope = jax.jit(jax.grad(lambda x, sink: function("softmax_sink")(x, sink).sum(), argnums))
    found = jax.tree.leaves(slope(x, sink))
    assert asked == [wrt]
    one = np.ones_like(x)
    dx, gradients = rs.softmax_sink.vjp(x, one, y=rs.softmax_sink(x, sink=sink), wrt=wrt, sink=sink)
    expected = [value for value in (dx, *gradients.values()) if value is not None]
    for gradient, value in zip(found, expected, strict=True):
        np.testing.assert_array_equal(gradient, value)


@pytest.mark.parametrize("name", ["softmax", "softmax_n"])
def test_derivatives_of_both_results(jax, name):
    from jax.test_util import check_grads

    names = list(PARAMETERS[name])

    def f(x, *params):
        named = dict(zip(names, params, strict=True))
        return getattr(rs.jax, name)(x, return_lse=True, **named)

    with jax.enable_x64(True):
        x, *params = given(jax, name)
        named = dict(zip(names, params, strict=True))
        expected = rs.variants[name](x, return_lse=True, **named)
        for found, value in zip(jax.jit(f)(x, *params), expected, strict=True):
            np.testing.assert_array_equal(found, value)
        # As above: kernels some 1e-15, difference quotients some 1e-8.
        check_grads(f, (x, *params), 2, modes=["rev"], atol=1e-6, rtol=1e-6, eps=1e-5)
        found = jax.grad(lambda x: f(x, *params)[1].sum())(x)
        dx, _ = rs.variants[name].vjp(
            x, np.zeros_like(x), y=expected[0], wrt="x", lse_cotangent=1.0, **named
        )
        np.testing.assert_array_equal(found, dx)


def test_vmap(jax):
    x, sink = given(jax, "softmax_sink")
    f = function("softmax_sink")
    expected = f(x, sink)
    inner = jax.vmap(f, (1, 0), 1)
    np.testing.assert_array_equal(inner(x, sink), expected)
    np.testing.assert_array_equal(jax.jit(jax.vmap(f, (0, None)))(x, sink), expected)
    doubled = jax.vmap(jax.vmap(f, (0, None)), (None, 0))(x, jax.numpy.stack([sink, 2 * sink]))
    np.testing.assert_array_equal(doubled[1], f(x, 2 * sink))
    slope = jax.grad(lambda x, s: f(x, s).sum(), 1)
    each = jax.vmap(slope, (0, None))(x, sink)
    np.testing.assert_array_equal(each, [slope(row, sink) for row in x])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_formats_of_16_bits(jax, dtype):
    x, sink = given(jax, "softmax_sink", dtype)
    f = jax.jit(jax.value_and_grad(lambda *inputs: function("softmax_sink")(*inputs).sum(), (0, 1)))
    _, (dx, dsink) = f(x, sink)
    assert dx.dtype == dsink.dtype == DTYPES[dtype]


def test_float64_goes_in_and_comes_out_where_jax_has_it(jax):
    with pytest.raises(TypeError, match="dtype='float64' needs jax_enable_x64"):
        rs.jax.softmax_one(X, dtype="float64")
    with jax.enable_x64(True):
        np.testing.assert_array_equal(jax.jit(rs.jax.softmax_one)(X), rs.softmax_one(X))


def test_a_number_stays_a_float64(jax):
    x = jax.numpy.asarray(X)
    np.testing.assert_array_equal(rs.jax.ssmax(x, s=0.43), rs.ssmax(x, s=0.43))


def test_axes_and_a_scalar(jax):
    x = jax.numpy.asarray(X)
    for axis in (1, (2, 0), None):
        found = jax.jit(partial(rs.jax.symax, axis=axis))(x)
        np.testing.assert_array_equal(found, rs.symax(x, axis=axis))
    x, one = np.float32(2.0), np.float32(1.0)
    expected, _ = rs.softmax_one.vjp(x, one, y=rs.softmax_one(x))
    assert jax.grad(rs.jax.softmax_one)(2.0) == expected


def test_a_traced_array_is_sent_to_the_module_for_it(jax):
    for call in (rs.softmax_one, rs.softmax_one.lse, lambda x: rs.softmax_one.vjp(X, x)):
        with pytest.raises(TypeError, match=r"traced by JAX; accepted: .* in refsoft\.jax"):
            jax.jit(call)(X)


@pytest.mark.parametrize(
    ("keywords", "error", "words"),
    [
        ({"nope": 1.0}, TypeError, ["nope", "eta"]),
        ({"eta": -1.0}, ValueError, ["eta=-1", "[0, inf)"]),
        ({"eta": np.ones(4)}, ValueError, ["eta", "(4,)", "the batch", "(2, 3)"]),
        ({"where": np.ones(4, bool)}, ValueError, ["where", "(4,)", "(2, 3, 5)"]),
        ({"axis": 3}, ValueError, ["axis=3"]),
        ({"out": X}, TypeError, ["out", "accepted: None"]),
    ],
)
def test_arguments_are_checked_while_they_are_traced(jax, keywords, error, words):
    with pytest.raises(error) as caught:
        jax.jit(partial(rs.jax.symax, **keywords))(X)
    for word in words:
        assert word in str(caught.value)


def test_a_traced_parameter_is_checked_when_it_is_known(jax):
    with pytest.raises(Exception, match=r"eta=-1; accepted: \[0, inf\)"):
        jax.block_until_ready(jax.jit(lambda eta: rs.jax.symax(X, eta=eta))(-1.0))


def test_forward_mode_is_refused(jax):
    x = jax.numpy.asarray(X)
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(rs.jax.softmax_one, (x,), (x,))


@pytest.mark.parametrize("dtype", DTYPES)
def test_concrete_arrays_go_in_without_a_copy_and_come_out(jax, dtype):
    with jax.enable_x64(dtype == "float64"):
        x, sink = given(jax, "softmax_sink", dtype)
        read = rs._arrays.read(x, "x")
        assert read.ctypes.data == x.unsafe_buffer_pointer()
        y, lse = rs.softmax_sink(x, sink=sink, return_lse=True)
        dx, gradients = rs.softmax_sink.vjp(x, x, y=y, sink=sink)
        exact = rs.softmax_sink.exact(x, sink=sink)
        for found, shape in ((y, x), (lse, sink), (dx, x), (gradients["sink"], sink)):
            assert isinstance(found, jax.Array)
            assert found.dtype == DTYPES[dtype]
            assert found.shape[-1] == shape.shape[-1]
        np.testing.assert_array_equal(y, rs.softmax_sink(read, sink=np.asarray(sink)))
        assert isinstance(exact.value, jax.Array)
    assert exact.lo.dtype == np.float64


def test_an_array_of_jax_cannot_be_written_to(jax):
    x = jax.numpy.asarray(X)
    with pytest.raises(ValueError, match="out is read-only"):
        rs.softmax_one(x, out=x)


def test_the_example_in_the_module(jax):
    import refsoft.jax

    tried = doctest.testmod(refsoft.jax)
    assert tried.attempted > 0
    assert tried.failed == 0
