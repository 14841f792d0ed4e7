"""Arrays that are not NumPy's: which are taken, and that no library is imported for them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import refsoft as rs

X = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]], np.float32)


class Foreign:
    """An array of which only DLPack is known."""

    def __init__(self, array, device=(1, 0)):
        self.array, self.device = array, device

    def __dlpack__(self, **keywords):
        return self.array.__dlpack__(**keywords)

    def __dlpack_device__(self):
        return self.device


def test_an_array_of_dlpack_is_read_and_gives_a_numpy_array():
    np.testing.assert_array_equal(rs.softmax_one(Foreign(X)), rs.softmax_one(X))
    sink = np.array([0.5, -1.0])
    dx, gradients = rs.softmax_sink.vjp(Foreign(X), Foreign(X), sink=Foreign(sink))
    expected, slopes = rs.softmax_sink.vjp(X, X, sink=sink)
    np.testing.assert_array_equal(dx, expected)
    np.testing.assert_array_equal(gradients["sink"], slopes["sink"])
    where = X > 0
    np.testing.assert_array_equal(rs.symax(X, where=Foreign(where)), rs.symax(X, where=where))


def test_out_is_written_to_where_it_lies_and_returned():
    y = np.empty_like(X)
    out = Foreign(y)
    assert rs.softmax(X, out=out) is out
    np.testing.assert_array_equal(y, rs.softmax(X))


def test_memory_of_another_device_is_refused():
    metal, gpu = Foreign(X, device=(8, 0)), Foreign(X, device=(2, 0))
    with pytest.raises(TypeError, match=r"x lies on .*\(8, 0\).*; accepted: memory of the CPU"):
        rs.softmax(metal)
    with pytest.raises(TypeError, match=r"g lies on .*\(2, 0\).*; accepted: memory of the CPU"):
        rs.softmax.vjp(X, gpu)


def test_what_dlpack_cannot_give_is_named():
    class Broken(Foreign):
        def __dlpack__(self, **keywords):
            raise BufferError("no strides")

    with pytest.raises(TypeError, match=r"g is a .*Broken.*no strides.*accepted"):
        rs.softmax.vjp(X, Broken(X))


@pytest.mark.parametrize("absent", ["torch", "jax"])
def test_no_library_is_imported(absent):
    code = (
        "import numpy as np, refsoft as rs, sys\n"
        "rs.softmax_one([1.0]), rs.softmax_one(np.ones((2, 2), int)), rs.softmax_one(1.0)\n"
        f"print({absent!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("name", ["torch", "jax"])
def test_the_module_of_an_absent_library_is_named(name):
    code = f"import sys; sys.modules[{name!r}] = None; import refsoft as rs; rs.{name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError")
    assert name in last
