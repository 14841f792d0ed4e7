"""The variants under torch.func, vmap and compile."""

from __future__ import annotations

import pytest

import refsoft as rs
from tests.helpers.differentiated import X, function, leaves

pytestmark = [
    pytest.mark.peers,
    # torch's own, of the first derivative in forward mode.
    pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def torch():
    return pytest.importorskip("torch")


def test_vmap_of_both_results(torch):
    x = torch.tensor(X)
    y, lse = torch.vmap(lambda x: rs.torch.softmax_one(x, return_lse=True), 1, 1)(x)
    expected = rs.softmax_one(x, return_lse=True)
    assert torch.equal(y, expected[0])
    assert torch.equal(lse, expected[1])


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
