"""torch differentiates tensors on a GPU through our CUDA kernels: in the simulator.

No GPU: tensors of the CPU say that they lie on one, and the kernels run in Numba's
simulator on their memory (tests/test_cuda_arrays.py). That torch's own device is another is
the one thing that this does not see.
"""

from __future__ import annotations

import importlib.util

import pytest

from tests.test_cuda_arrays import SETTING, simulated

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("numba_cuda", "torch")),
        reason="numba-cuda or torch is not installed",
    ),
]

TENSORS = """
import torch
from refsoft.drivers import _launch, cuda_arrays

torch.Tensor.is_cuda = property(lambda tensor: True)
torch.cuda.current_stream = lambda device: SimpleNamespace(cuda_stream=0)
_launch.THREADS = 4  # a block, where the simulator takes a thread of Python for each
calls = []
for name in ("result", "pulled", "pushed"):
    def counted(*args, _name=name, _call=getattr(cuda_arrays, name), **keywords):
        calls.append(_name)
        return _call(*args, **keywords)
    setattr(cuda_arrays, name, counted)

def leaf(*values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, requires_grad=True)

X = leaf([0.3, -1.2, 0.8], [2.0, 0.1, -0.4])
"""

USES = {
    "first and second derivatives": """
def f(x, sink):
    return rs.softmax_sink(x, sink=sink)

given = leaf([0.3, -1.2]), leaf(0.2)
assert torch.autograd.gradcheck(f, given, check_forward_ad=True)
assert set(calls) == {"result", "pulled", "pushed"}
assert torch.autograd.gradgradcheck(f, given)
""",
    "parameters, masks and axes": """
mask = torch.tensor([[True, True], [True, False]])

def f(x, eta, p):
    return rs.symax(x, axis=0, where=mask, eta=eta, p=p)

assert torch.autograd.gradcheck(f, (leaf([0.3, -1.2], [2.0, 0.1]), leaf(0.5, 1.0), leaf(1.5)))
assert torch.autograd.gradcheck(lambda x: rs.ssmax(x, s=[0.4]), (leaf([0.3, -1.2]),))
""",
    "the formats of gradients are those of what they are of": """
for dtype in (torch.float32, torch.bfloat16, torch.float16):
    x, sink = leaf([0.5, 1.0], dtype=dtype), leaf(0.25, dtype=dtype)
    y = rs.softmax_sink(x, sink=sink)
    (2 * y).sum().backward()  # a cotangent of strides 0
    dx, found = rs.softmax_sink.vjp(x.detach(), torch.full_like(y, 2), sink=sink.detach())
    assert (y.dtype, x.grad.dtype, sink.grad.dtype) == (dtype, dtype, dtype)
    assert torch.equal(x.grad, dx)
    assert torch.equal(sink.grad, found["sink"].to(dtype))
""",
    "a wrong gradient is seen": """
right = cuda_arrays.pulled
def wrong(*args, **keywords):
    dx, found = right(*args, **keywords)
    return dx * 1.01, found
cuda_arrays.pulled = wrong
given = (leaf(0.3, 0.8),)
assert not torch.autograd.gradcheck(rs.softmax_one, given, raise_exception=False)
""",
    "refusals": """
refused(lambda: rs.softmax.vjp(X, X), TypeError, "x requires grad; accepted: x.detach()")
refused(lambda: rs.softmax(X, out=X), TypeError, "out is no argument of a differentiable call")
refused(lambda: rs.softmax(X, dtype="float32"), TypeError, "accepted on CUDA: that of x, float64")
with torch.no_grad():
    assert not rs.softmax(X).requires_grad
""",
}


@pytest.mark.parametrize("use", USES)
def test_tensors_that_require_grad(use):
    simulated(SETTING + TENSORS + USES[use])
