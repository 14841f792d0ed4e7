"""Tensors in and out, and their gradients: formats, what is asked for, threads, refusals."""

from __future__ import annotations

import doctest
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import refsoft as rs
from refsoft._arrays import of_torch
from refsoft._dtypes import DTYPES
from refsoft._map import Map
from tests.helpers.differentiated import X, function, leaves

pytestmark = pytest.mark.peers
RNG = np.random.default_rng(12)


@pytest.fixture(autouse=True)
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("name", ["softmax_sink", "self_adjust_normalized"])
def test_gradients_are_those_of_vjp_in_the_formats_of_their_tensors(torch, name):
    g = RNG.normal(size=X.shape)
    for dtype, numpys in DTYPES.items():
        given = leaves(torch, name, dtype)
        x, *params = given.values()
        y = function(torch, name)(x, *params)
        y.backward(torch.tensor(g, dtype=y.dtype))
        arrays = {key: of_torch(value.detach(), key) for key, value in given.items()}
        dx, gradients = rs.variants[name].vjp(
            arrays.pop("x"), g.astype(numpys), y=of_torch(y.detach(), "y"), **arrays
        )
        for tensor, expected in zip((x, *params), (dx, *gradients.values()), strict=True):
            assert tensor.grad.dtype == tensor.dtype
            np.testing.assert_array_equal(of_torch(tensor.grad, "grad"), expected)


def test_a_log_sum_exp_alone_is_differentiated(torch):
    for shape in ((2, 3), (3,), ()):
        x = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        y, lse = rs.softmax_one(x, return_lse=True)
        assert lse.shape == shape[:-1]
        lse.sum().backward()
        assert torch.equal(x.grad, y.detach())
    with pytest.raises(TypeError, match="symax has no log-sum-exp; accepted: return_lse=False"):
        rs.symax(x, return_lse=True)


def test_values_and_gradients_of_a_call_in_another_format(torch):
    x = torch.tensor(X, dtype=torch.float32, requires_grad=True)
    y = rs.softmax_one(x, dtype=torch.float64)
    assert y.dtype == torch.float64
    y.square().sum().backward()
    assert x.grad.dtype == torch.float32


def test_a_parameter_alone_may_require_grad(torch):
    sink = torch.zeros(3, requires_grad=True)
    y = rs.softmax_sink(torch.tensor(X), sink=sink)
    y.sum().backward()
    expected = rs.softmax_sink.vjp(X, np.ones(X.shape), sink=np.zeros(3, np.float32))[1]["sink"]
    np.testing.assert_array_equal(sink.grad.numpy(), expected)
    assert rs.softmax_sink(torch.tensor(X), sink=sink.detach()).grad_fn is None


@pytest.mark.parametrize("wrt", [("x",), ("sink",), ("x", "sink")])
def test_what_requires_no_grad_is_not_computed(torch, monkeypatch, wrt):
    asked, pulled = [], Map.pulled
    monkeypatch.setattr(Map, "pulled", lambda *args: asked.append(args[-1]) or pulled(*args))
    given = {"x": torch.tensor(X), "sink": torch.tensor([-0.5, 0.4, 2.0])}
    inputs = [given[name].requires_grad_() for name in wrt]
    y = rs.softmax_sink(given["x"], sink=given["sink"])
    found = torch.autograd.grad(y.square().sum(), inputs)
    assert asked == [wrt]
    arrays = {key: value.detach().numpy() for key, value in given.items()}
    dx, gradients = rs.softmax_sink.vjp(
        arrays.pop("x"), 2 * y.detach().numpy(), y=y.detach().numpy(), wrt=wrt, **arrays
    )
    expected = [value for value in (dx, *gradients.values()) if value is not None]
    for gradient, value in zip(found, expected, strict=True):
        np.testing.assert_array_equal(gradient, value)


def test_a_list_of_numbers_is_one_of_float64(torch):
    x = torch.tensor(X, requires_grad=True)
    y = rs.softmax_sink(x, sink=[0.1, 0.2, 0.3])
    np.testing.assert_array_equal(y.detach(), rs.softmax_sink(X, sink=[0.1, 0.2, 0.3]))


def test_a_scalar_is_a_row_of_one(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = rs.softmax_one(x)
    y.backward()
    assert y.shape == x.grad.shape == ()
    given = np.float32(2.0)
    assert x.grad.item() == rs.softmax_one.vjp(given, np.float32(1.0), y=rs.softmax_one(given))[0]


def test_a_variant_without_a_form_is_once_differentiable(torch):
    from tests.toy import definition, golden, oracle

    toy = rs.Variant(definition, golden=golden, oracle=oracle)
    x = torch.tensor(X, requires_grad=True)
    (dx,) = torch.autograd.grad(toy(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        dx.sum().backward()


def test_what_is_not_differentiable_says_so(torch):
    x = torch.tensor(X, requires_grad=True)
    for call in (
        lambda: rs.softmax_one(x, out=torch.empty(X.shape)),
        lambda: rs.softmax_one.vjp(x, X),
        lambda: rs.softmax_one.jacobian(x),
        lambda: rs.softmax_sink(X, sink=x[..., 0]),
    ):
        with pytest.raises(TypeError, match=r"accepted: \w+\.detach\(\)"):
            call()
    with torch.no_grad():
        assert not rs.softmax_one.vjp(x, X)[0].requires_grad


def test_changing_x_in_place_before_the_backward_is_seen(torch):
    x = torch.tensor(X, requires_grad=True)
    scores = x * 1
    y = rs.self_adjust(scores)
    scores.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


class TestThreads:
    """Backwards in threads of their own and in a child after a fork give the same bits."""

    @pytest.fixture
    def gradient(self, torch):
        x = torch.tensor(RNG.normal(size=(300, 400)), dtype=torch.float32)

        def gradient(_=None):
            leaf = x.clone().requires_grad_()
            rs.softmax_one(leaf).square().sum().backward()
            return leaf.grad

        return gradient

    def test_concurrent_backwards(self, torch, gradient):
        expected = gradient()
        with ThreadPoolExecutor(4) as pool:
            assert all(torch.equal(found, expected) for found in pool.map(gradient, range(16)))

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
    @pytest.mark.filterwarnings("ignore:.*fork.*")  # Python's, and JAX's where it is imported
    def test_a_backward_after_a_fork(self, torch, gradient):
        expected = gradient()
        child = os.fork()
        if child == 0:
            torch.set_num_threads(1)
            os._exit(0 if torch.equal(gradient(), expected) else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_the_example_in_the_module(torch):
    import refsoft.torch

    tried = doctest.testmod(refsoft.torch)
    assert tried.attempted > 0
    assert tried.failed == 0
