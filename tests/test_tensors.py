"""Tensors of torch go in without a copy, whatever their layout, and come out."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import _arrays
from refsoft._dtypes import DTYPES

pytestmark = pytest.mark.peers
X = np.random.default_rng(5).normal(size=(4, 6))


@pytest.fixture(autouse=True)
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("dtype", DTYPES)
def test_each_format_goes_in_and_comes_out(torch, dtype):
    x = torch.tensor(X, dtype=getattr(torch, dtype))
    read = _arrays.read(x, "x")
    assert (read.ctypes.data, read.dtype) == (x.data_ptr(), DTYPES[dtype])
    y = rs.softmax_one(x)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(_arrays.read(y, "y"), rs.softmax_one(read))
    assert rs.softmax_one(x.double(), dtype=x.dtype).dtype == x.dtype


def test_a_result_is_the_memory_that_was_written():
    result = np.ones((2, 3))
    tensor = _arrays.to_torch(result)
    assert tensor.data_ptr() == result.ctypes.data


@pytest.mark.parametrize("layout", ["transposed", "strided", "expanded", "offset"])
def test_any_strides_are_read_where_they_lie(torch, layout):
    wide = torch.tensor(X)
    x = {
        "transposed": wide.T,
        "strided": wide[:, ::2],
        "expanded": wide[:1].expand(4, 6),
        "offset": wide[1:, 1:],
    }[layout]
    assert _arrays.read(x, "x").ctypes.data == x.data_ptr()
    expected = rs.symax(x.contiguous().numpy())
    np.testing.assert_array_equal(rs.symax(x).numpy(), expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_out_is_written_to_and_returned(torch, dtype):
    x = torch.tensor(X, dtype=getattr(torch, dtype))
    expected = rs.softmax(x)
    for out in (torch.empty_like(x), torch.empty_like(x.T).T, x):
        assert rs.softmax(x, out=out) is out
        assert torch.equal(out, expected)


def test_every_method_gives_tensors(torch):
    x, sink = torch.tensor(X), torch.zeros(4, dtype=torch.float32)
    y, lse = rs.softmax_sink(x, sink=sink, return_lse=True)
    dx, gradients = rs.softmax_sink.vjp(x, x, y=y, sink=sink)
    t = rs.softmax_sink.jvp(x, x, sink=sink, dparams={"sink": sink + 1})
    exact = rs.softmax_sink.exact(x, sink=sink)
    dexact, _ = rs.softmax_sink.exact_vjp(x, x, sink=sink)
    low, high = rs.softmax_sink.ulp_error(y, x, sink=sink)
    jacobian = rs.softmax_sink.jacobian(x, sink=sink)
    values = [y, lse, dx, t, exact.value, exact.lo, dexact.value, low, high, jacobian]
    assert all(isinstance(value, torch.Tensor) for value in values)
    assert all(value.dtype == torch.float64 for value in values)
    assert (gradients["sink"].dtype, gradients["sink"].shape) == (torch.float32, (4,))
    assert jacobian.shape == (4, 6, 6)


def test_x_decides_on_the_kind_of_the_result_and_a_parameter_on_that_of_its_gradient(torch):
    x, sink = torch.tensor(X), np.zeros(4)
    dx, gradients = rs.softmax_sink.vjp(x, X, sink=sink)
    assert isinstance(dx, torch.Tensor)
    assert isinstance(gradients["sink"], np.ndarray)
    dx, gradients = rs.softmax_sink.vjp(X, x, sink=torch.tensor(sink))
    assert isinstance(dx, np.ndarray)
    assert isinstance(gradients["sink"], torch.Tensor)
    mask = X > 0
    np.testing.assert_array_equal(rs.ssmax(x, where=torch.tensor(mask)), rs.ssmax(X, where=mask))


def test_integers_and_scalars(torch):
    assert rs.softmax_one(torch.tensor([1, 2])).dtype == torch.float64
    y = rs.softmax_one(torch.tensor(2.0))
    assert isinstance(y, torch.Tensor)
    assert y.shape == ()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda torch: torch.ones(3, device="meta"), r"x lies on meta; accepted"),
        (lambda torch: torch.ones(2, 2).to_sparse(), r"x has no NumPy form"),
        (lambda torch: torch.ones(2, dtype=torch.complex64), r"x has dtype complex64"),
        (lambda torch: torch.ones(2).to(torch.float8_e4m3fn), r"x has no NumPy form"),
    ],
    ids=["meta", "sparse", "complex", "float8"],
)
def test_what_the_kernels_cannot_read_is_named(torch, make, words):
    with pytest.raises(TypeError, match=words):
        rs.softmax_one(make(torch))
