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
from tests.helpers import judged

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

def of(found):
    return found.array if isinstance(found, Array) else found

def judge(name, found, x, **how):
    return judged.result(name, of(found), x, **how)

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
judge("softmax_one", y, x)
# Which row's it is; how far it may be off is asked in tests/test_cuda_simulated.py.
truth = np.log1p(np.exp(x.astype(np.float64)).sum(-1)).ravel()
for found in (lse, rs.softmax_one.lse(X)):
    apart = np.abs(of(found).reshape(-1, 1) - truth)
    assert (apart.argmin(1) == np.arange(12)).all()
    assert of(found).shape == (3, 4)
""",
    "axes, masks, out and views": """
judge("softmax", rs.softmax(X, axis=1, where=Array(where)), x, axis=1, where=where)
judge("ssmax", rs.ssmax(X, axis=(1, 2), where=where), x, axis=(1, 2), where=where)
out = Array(np.zeros_like(x))
assert rs.softmax(X, axis=0, out=out) is out
judge("softmax", out, x, axis=0)
view = x.transpose(2, 0, 1)[:, ::2]
judge("self_adjust", rs.self_adjust(Array(view)), view)
""",
    "parameters and their gradients": """
t = np.array([[0.5], [1.5], [2.5]], np.float32)
for temperature, given, shape in ((0.75, 0.75, ()), (Array(t), t, (3,))):
    dx, found = rs.softmax.vjp(X, G, temperature=temperature)
    made = judge("softmax", dx, x, g=g, temperature=given)
    judged.gradient(of(found["temperature"]), made, "temperature", shape)
    judge("softmax", rs.softmax(X, temperature=temperature), x, temperature=given)
    tangent = rs.softmax.jvp(X, G, dparams={"temperature": Array(t)}, temperature=temperature)
    judge("softmax", tangent, x, v=g, move=t, temperature=given)
""",
    "cotangents that broadcast": """
dx, _ = rs.symax.vjp(X, Array(g[0, 0]))
judge("symax", dx, x, g=g[0, 0])
""",
    "16 bits": """
h = x.astype(np.float16)
found = rs.softmax(Array(h))
assert found.array.dtype == np.float16
judge("softmax", found, h)
""",
    "streams": """
rs.softmax(Array(x, stream=4711))
assert set(launched_on) == {4711}
""",
    "what is wanted, and where": """
out = Array(np.zeros_like(x))
dx, found = rs.softmax.vjp(X, G, wrt="x", out=out, temperature=0.75)
assert dx is out and found == {}
made = judge("softmax", out, x, g=g, temperature=0.75)
dx, found = rs.softmax.vjp(X, G, wrt="temperature", temperature=0.75)
assert dx is None
judged.gradient(of(found["temperature"]), made, "temperature", ())
assert rs.softmax.jvp(X, G, out=out) is out
judge("softmax", out, x, v=g)
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
    judge("softmax", out, x)
""",
    "a prepared call of long rows": """
from refsoft.drivers._launch import Plan, Shape
from refsoft.drivers.cuda_arrays import prepare
# Two blocks of a row, whose tickets and counts begin anew with every launch.
_cuda_launch.plan_for = lambda *_, **__: Plan(Shape(1, 1, 4, 1), 2, 1, 1, 7)
out = Array(np.zeros_like(x))
launch = prepare(rs.softmax, X, out)
for step in range(3):
    x[...] = rng.standard_normal(x.shape)
    launch()
    judge("softmax", out, x)
launch._launches.pop(0)  # what clears them
x[...] = rng.standard_normal(x.shape)
launch()
refused(lambda: judge("softmax", out, x), AssertionError, "")
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
refused(lambda: rs.softmax.vjp(X, G, out=G), ValueError, "out shares memory with g")
refused(lambda: rs.softmax.jvp(X, G, out=X), ValueError, "out shares memory with x")
refused(lambda: rs.softmax.vjp(X, G, wrt="T"), ValueError, "accepted: x, temperature")
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
