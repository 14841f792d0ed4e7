"""Variants of arrays on a GPU, in the simulator: the whole way from the call to the kernel.

The simulator's arrays have no address, so memory of the CPU plays that of a GPU, and says
what an array on a GPU would say.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(
        importlib.util.find_spec("numba_cuda") is None, reason="numba-cuda is not installed"
    ),
]

SETTING = """
import ctypes
from contextlib import nullcontext
from types import SimpleNamespace
import numpy as np
import refsoft as rs
from refsoft.drivers._numba_cuda import cuda

class Array:
    def __init__(self, array, stream=0):
        self.array, self.device = array, SimpleNamespace(id=0)
        about = {**array.__array_interface__, "version": 3, "stream": stream}
        self.__cuda_array_interface__ = about
    def __getitem__(self, k):
        return Array(self.array[k])
    def copy_to_host(self):
        return self.array

def at_address(about, owner, sync):
    dtype, (span,) = np.dtype(about["typestr"]), about["shape"]
    room = (ctypes.c_char * (span * dtype.itemsize)).from_address(about["data"][0])
    return np.frombuffer(room, dtype)

launched_on = []
cuda.from_cuda_array_interface = at_address
cuda.device_array = lambda shape, dtype, stream=0: Array(np.full(shape, 77, dtype))
cuda.to_device = lambda array, **_: Array(np.array(array))
cuda.gpus, cuda.is_available, cuda.synchronize = [nullcontext()], lambda: True, lambda: None
cuda.external_stream = lambda pointer: launched_on.append(pointer) or 0
from refsoft.drivers import _cuda_launch
scratch = lambda shape, dtype, stream: np.empty(shape, dtype)
_cuda_launch.cuda = SimpleNamespace(device_array=scratch)

def near(found, expected):
    found = found.array if isinstance(found, Array) else found
    # Other rows, masks or parameters differ in the first digits; accuracy is judged elsewhere.
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7)

def refused(call, error, text):
    try:
        call()
    except error as found:
        assert text in str(found), found
    else:
        raise AssertionError(text)

rng = np.random.default_rng(0)
x, g = rng.standard_normal((2, 3, 4, 5)).astype(np.float32)
where = rng.random((3, 4, 5)) < 0.7
X, G = Array(x), Array(g)
"""

USES = {
    "the result and its normaliser": """
y, lse = rs.softmax_one(X, return_lse=True)
Y, L = rs.softmax_one(x, return_lse=True)
near(y, Y); near(lse, L); near(rs.softmax_one.lse(X), L)
""",
    "axes, masks, out and views": """
near(rs.softmax(X, axis=1, where=Array(where)), rs.softmax(x, axis=1, where=where))
near(rs.ssmax(X, axis=(1, 2), where=where), rs.ssmax(x, axis=(1, 2), where=where))
out = Array(np.zeros_like(x))
assert rs.softmax(X, axis=0, out=out) is out
near(out, rs.softmax(x, axis=0))
view = Array(x.transpose(2, 0, 1)[:, ::2])
near(rs.self_adjust(view), rs.self_adjust(x.transpose(2, 0, 1)[:, ::2]))
""",
    "parameters and their gradients": """
t = np.array([[0.5], [1.5], [2.5]], np.float32)
for temperature in (0.75, Array(t)):
    given = t if isinstance(temperature, Array) else temperature
    dx, found = rs.softmax.vjp(X, G, temperature=temperature)
    DX, expected = rs.softmax.vjp(x, g, temperature=given)
    near(dx, DX); near(found["temperature"], expected["temperature"])
    near(rs.softmax(X, temperature=temperature), rs.softmax(x, temperature=given))
    moves = {"temperature": Array(t)}
    t_ = rs.softmax.jvp(X, G, dparams=moves, temperature=temperature)
    near(t_, rs.softmax.jvp(x, g, dparams={"temperature": t}, temperature=given))
""",
    "cotangents that broadcast": """
dx, _ = rs.symax.vjp(X, Array(g[0, 0]))
near(dx, rs.symax.vjp(x, g[0, 0])[0])
""",
    "16 bits": """
h = x.astype(np.float16)
found = rs.softmax(Array(h))
assert found.array.dtype == np.float16
near(found.array, rs.softmax(h))
""",
    "streams": """
rs.softmax(Array(x, stream=4711))
assert set(launched_on) == {4711}
""",
    "nothing": """
empty = Array(np.zeros((0, 5), np.float32))
assert rs.softmax(empty).array.shape == (0, 5)
""",
    "a prepared call": """
from refsoft.drivers.cuda_arrays import prepare
out = Array(np.zeros_like(x))
launch = prepare(rs.softmax, X, out)
for step in range(2):
    x += step
    x[0] *= 2
    launch()
    near(out, rs.softmax(x))
""",
    "refusals": """
i, d = Array(np.zeros((2, 2), np.int32)), Array(g.astype(np.float64))
refused(lambda: rs.softmax(i), TypeError, "x has dtype int32; accepted: float64, float32")
refused(lambda: rs.softmax.vjp(X, d), TypeError, "g has dtype float64; accepted: float32, as x")
refused(lambda: rs.softmax(X, dtype="float64"), TypeError, "accepted on CUDA: that of x")
refused(lambda: rs.softmax(X, temperature=-1), ValueError, "temperature=-1; accepted:")
refused(lambda: rs.softmax(X, dim=0), TypeError, "takes no keyword 'dim'")
refused(lambda: rs.softmax(X, out=d), ValueError, "out is float64 of shape (3, 4, 5)")
refused(lambda: rs.softmax(X, where=X), TypeError, "where has dtype float32; accepted: bool")
refused(lambda: rs.symax.lse(X), TypeError, "symax has no log-sum-exp")
refused(lambda: rs.softmax(X, temperature=d), ValueError, "temperature has shape (3, 4, 5)")
refused(lambda: rs.softmax(X, axis=(0, 2)), ValueError, "lie one step apart")
""",
}


def simulated(program):
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("use", USES)
def test_in_the_simulator(use):
    simulated(SETTING + USES[use])
