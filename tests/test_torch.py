"""Tensors in and out, and every variant differentiated by torch: twice, forward and backward."""

from __future__ import annotations

import doctest
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import refsoft as rs
from refsoft import _forms
from refsoft._arrays import of_torch
from refsoft._dtypes import DTYPES
from refsoft._map import Map

pytestmark = [
    pytest.mark.peers,
    # torch's own, of the first derivative in forward mode.
    pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning"),
]
RNG = np.random.default_rng(11)
X = RNG.normal(size=(2, 3, 5))
MASK = RNG.random(X.shape) < 0.7
# One value for each row of a batch, or one for all: inside their domains, and p on both sides of 1.
PARAMETERS = {
    "softmax": {"temperature": [0.7, 1.5, 1.0]},
    "log_softmax": {"temperature": 0.7},
    "softmax_n": {"n": [[0.5], [2.0]]},
    "softmax_sink": {"sink": [-0.5, 0.4, 2.0]},
    "symax": {"eta": [0.5, 1.0, 2.0], "p": [[1.3], [0.8]]},
    "ssmax": {"s": [0.43, 1.0, -0.2], "b": 0.1},
}


@pytest.fixture(autouse=True)
def torch():
    return pytest.importorskip("torch")


def leaves(torch, name, dtype="float64"):
    """Scores and parameters that require grad."""
    given = {"x": X, **PARAMETERS.get(name, {})}
    kind = getattr(torch, dtype)
    return {key: torch.tensor(value, dtype=kind).requires_grad_() for key, value in given.items()}


def function(torch, name, axis=-1, where=None):
    """The variant as a function of tensors; masked entries, where it may be -inf, are 0."""
    names = list(PARAMETERS.get(name, {}))

    def f(x, *params):
        y = rs.variants[name](x, axis=axis, where=where, **dict(zip(names, params, strict=True)))
        return y if where is None else torch.where(where, y, 0.0)

    return f


def checks(torch, name, **keywords):
    f, inputs = function(torch, name, **keywords), tuple(leaves(torch, name).values())
    # The errors of the kernels are some 1e-15, those of the difference quotients some 1e-9.
    assert torch.autograd.gradcheck(f, inputs, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, inputs, check_fwd_over_rev=True)


@pytest.mark.parametrize("name", rs.variants)
def test_derivatives(torch, name):
    checks(torch, name)


@pytest.mark.parametrize("name", rs.variants)
def test_derivatives_under_a_mask(torch, name):
    checks(torch, name, where=torch.tensor(MASK))


@pytest.mark.parametrize("axis", [1, (2, 0), None])
def test_derivatives_along_another_axis(torch, axis):
    f = function(torch, "symax", axis=axis)
    x = leaves(torch, "symax")["x"]
    params = [torch.tensor(v, dtype=torch.float64).requires_grad_() for v in (0.8, 1.3)]
    assert torch.autograd.gradcheck(f, (x, *params))
    assert torch.autograd.gradgradcheck(f, (x, *params))


def test_a_backward_that_forgets_the_parameter_is_seen(torch, monkeypatch):
    def forgetful(self, where, y, x, g, h, params, wrt):
        dx, *gradients = right(self, where, y, x, g, h, params, wrt)
        return dx, *(np.zeros_like(gradient) for gradient in gradients)

    right = Map.pulled
    monkeypatch.setattr(Map, "pulled", forgetful)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        checks(torch, "softmax_sink")


def test_a_second_derivative_of_the_neighbour_is_seen(torch, monkeypatch):
    monkeypatch.setitem(_forms.FORMS, "softmax_one", _forms.self_adjust)
    inputs = tuple(leaves(torch, "softmax_one").values())
    f = function(torch, "softmax_one")
    assert torch.autograd.gradcheck(f, inputs)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradgradcheck(f, inputs)


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


def both(torch, name, where=None):
    """The variant and its log-sum-exp as a function of tensors."""
    names = list(PARAMETERS.get(name, {}))

    def f(x, *params):
        given = dict(zip(names, params, strict=True))
        y, lse = rs.variants[name](x, where=where, return_lse=True, **given)
        return y if where is None else torch.where(where, y, 0.0), lse

    return f


LSE = [name for name, variant in rs.variants.items() if variant.card.lse is not None]
USUAL = {"softmax", "softmax_n"}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in USUAL else pytest.mark.slow) for n in LSE]
)
def test_derivatives_of_both_results(torch, name, masked):
    where = torch.tensor(MASK | (np.arange(5) == 0)) if masked else None
    f, inputs = both(torch, name, where), tuple(leaves(torch, name).values())
    assert torch.autograd.gradcheck(f, inputs, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, inputs, check_fwd_over_rev=True)


def test_a_backward_that_forgets_the_log_sum_exp_is_seen(torch, monkeypatch):
    def forgetful(self, where, y, x, g, _h, params, wrt):
        return right(self, where, y, x, g, None, params, wrt)

    right = Map.pulled
    monkeypatch.setattr(Map, "pulled", forgetful)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(both(torch, "softmax"), tuple(leaves(torch, "softmax").values()))


def test_a_log_sum_exp_alone_is_differentiated(torch):
    for shape in ((2, 3), (3,), ()):
        x = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        y, lse = rs.softmax_one(x, return_lse=True)
        assert lse.shape == shape[:-1]
        lse.sum().backward()
        assert torch.equal(x.grad, y.detach())
    with pytest.raises(TypeError, match="symax has no log-sum-exp; accepted: return_lse=False"):
        rs.symax(x, return_lse=True)


def test_vmap_of_both_results(torch):
    x = torch.tensor(X)
    y, lse = torch.vmap(lambda x: rs.torch.softmax_one(x, return_lse=True), 1, 1)(x)
    expected = rs.softmax_one(x, return_lse=True)
    assert torch.equal(y, expected[0])
    assert torch.equal(lse, expected[1])


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


def composed(torch):
    def softmax_sink(x, sink):
        column = sink[..., None].expand(*x.shape[:-1], 1)
        return torch.softmax(torch.cat([x, column], -1), -1)[..., :-1]

    return softmax_sink


@pytest.mark.parametrize("transform", ["jacrev", "jacfwd", "hessian", "twice"])
@pytest.mark.parametrize("argument", [0, 1])
def test_transforms_of_torch_func(torch, transform, argument):
    def twice(f, argnums):
        return torch.func.jacrev(torch.func.jacrev(f, argnums), argnums)

    def scalar(f):
        return lambda x, sink: (f(x, sink) ** 2).sum()

    change = twice if transform == "twice" else getattr(torch.func, transform)
    wrap = scalar if transform in ("hessian", "twice") else lambda f: f
    x, sink = (value.detach() for value in leaves(torch, "softmax_sink").values())
    found = change(wrap(function(torch, "softmax_sink")), argnums=argument)(x, sink)
    expected = change(wrap(composed(torch)), argnums=argument)(x, sink)
    # Each is some 50 roundings of numbers of the order of 1 from the truth.
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-13)


def test_vmap(torch):
    x, sink = (value.detach() for value in leaves(torch, "softmax_sink").values())
    f = function(torch, "softmax_sink")
    expected = f(x, sink)
    inner = torch.vmap(f, (1, 0), 1)
    assert torch.equal(inner(x, sink), expected)
    assert torch.equal(torch.vmap(f, (0, None))(x, sink), expected)
    assert torch.equal(torch.vmap(inner, (0, None))(x[:, None], sink)[:, 0], expected)
    each = torch.vmap(torch.func.grad(lambda x, s: f(x, s).sum(), argnums=1), (0, None))(x, sink)
    torch.testing.assert_close(each, torch.stack([rows(f, r, sink) for r in x]), rtol=0, atol=1e-15)


def rows(f, x, sink):
    sink = sink.clone().requires_grad_()
    f(x, sink).sum().backward()
    return sink.grad


# torch hides this one from its users only as it would print it.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_a_compiled_function_breaks_its_graph_at_a_call(torch):
    def loss(x):
        return rs.softmax_one(x * 2).cos().sum()

    compiled = torch.compile(loss, backend="eager")
    x = torch.tensor(X, requires_grad=True)
    compiled(x).backward()
    found, x.grad = x.grad, None
    loss(x).backward()
    assert torch.equal(found, x.grad)
    with torch.no_grad():
        assert torch.equal(compiled(x), loss(x))


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
