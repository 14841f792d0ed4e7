"""Where arrays of other libraries lie on a GPU, from what they say: no GPU, fake objects."""

from __future__ import annotations

import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refsoft as rs
from refsoft import _arrays
from refsoft.drivers import _cuda_memory as place
from refsoft.drivers._cuda_memory import Memory, broadcast, laid, memory


class Fake:
    """Says what an array on a GPU would say, of a NumPy array."""

    def __init__(self, array, **more):
        self.__cuda_array_interface__ = {**array.__array_interface__, "version": 3, **more}
        self.device = SimpleNamespace(id=2)


def of(array):
    return memory(Fake(array), "x")


def test_what_an_interface_says():
    x = np.zeros((3, 5), np.float32)
    found = memory(Fake(x, stream=7), "x")
    assert found[:5] == (x.ctypes.data, (3, 5), (5, 1), "float32", 7)
    assert place.device_of(Fake(x)) == 2
    assert of(x.T).strides == (1, 5)
    assert of(x[:, ::2]).strides == (5, 2)
    assert memory(Fake(x, typestr="<V2", strides=None, shape=(3, 5)), "x").dtype == "bfloat16"
    with pytest.raises(TypeError, match="masked"):
        memory(Fake(x, mask=Fake(x)), "x")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bool"])
def test_what_a_capsule_says(dtype):
    # NumPy's own capsules: the protocol is the same, the device is the CPU.
    x = np.zeros((3, 4, 5), dtype)[:, ::2]
    found = place.of_capsule(x.__dlpack__(), x, "x")
    assert found[:4] == (x.ctypes.data, (3, 2, 5), (20, 10, 1), dtype)
    with pytest.raises(TypeError, match="x has code 0, 32 bits"):
        place.of_capsule(np.zeros(3, np.int32).__dlpack__(), x, "x")


def test_torch_says_it_itself(monkeypatch):
    class Tensor:
        device, dtype, shape, is_cuda = SimpleNamespace(index=3), "torch.bfloat16", (2, 4), True
        requires_grad = False

        def stride(self):
            return (8, 2)

        def data_ptr(self):
            return 4096

    stream = SimpleNamespace(cuda_stream=11)
    cuda = SimpleNamespace(current_stream=lambda _: stream)
    torch = SimpleNamespace(Tensor=Tensor, cuda=cuda, is_grad_enabled=lambda: True)
    monkeypatch.setitem(sys.modules, "torch", torch)
    x = Tensor()
    assert memory(x, "x") == Memory(4096, (2, 4), (8, 2), "bfloat16", 11, x)
    assert (place.device_of(x), place.library_of(x)) == (3, "torch")
    assert _arrays.lies_on_gpu(x)
    Tensor.requires_grad = True
    with pytest.raises(TypeError, match=r"x requires grad; accepted: x.detach\(\)"):
        memory(x, "x")
    torch.is_grad_enabled = lambda: False
    assert memory(x, "x").pointer == 4096
    Tensor.is_cuda = False
    assert not _arrays.lies_on_gpu(x)


def test_cupy_has_a_current_stream(monkeypatch):
    class ndarray(Fake):  # noqa: N801
        pass

    stream = SimpleNamespace(get_current_stream=lambda: SimpleNamespace(ptr=5))
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(ndarray=ndarray, cuda=stream))
    assert memory(ndarray(np.zeros(3, np.float16)), "x").stream == 5


def test_what_lies_where():
    assert not _arrays.lies_on_gpu(np.zeros(3))
    assert not _arrays.lies_on_gpu([1.0])
    assert _arrays.lies_on_gpu(Fake(np.zeros(3)))
    for device, expected in ((2, True), (1, False)):
        other = SimpleNamespace(__dlpack_device__=lambda device=device: (device, 0))
        assert _arrays.lies_on_gpu(other) is expected


@st.composite
def views(draw):
    """A view of a buffer by slices and a permutation, and axes of it for a row."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    steps = [draw(st.integers(1, 2)) for _ in shape]
    buffer = np.arange(math.prod(shape), dtype=np.float64).reshape(shape)
    view = buffer[tuple(slice(None, None, step) for step in steps)]
    view = view.transpose(draw(st.permutations(range(len(shape)))))
    return view, (draw(st.integers(0, len(shape) - 1)),)


@given(views())
def test_rows_are_found_where_they_lie(drawn):
    view, axes = drawn
    where = laid(of(view), axes, "x")
    flat = np.lib.stride_tricks.as_strided(view, (where.span,), (8,))
    rows = np.moveaxis(view, axes, range(-len(axes), 0)).reshape(-1, where.n)
    assert math.prod(where.sizes) == len(rows)
    from refsoft.drivers._index import Rows, start

    made = Rows(flat, where.sizes, where.strides, where.step, 0)
    for r, row in enumerate(rows):
        begin = int(start(made, r))
        np.testing.assert_array_equal(flat[begin + np.arange(where.n) * where.step], row)


def test_contiguous_axes_are_one():
    where = laid(of(np.zeros((3, 4, 5))), (2,), "x")
    assert where == (5, 1, (12,), (5,), 60)
    assert laid(of(np.zeros((3, 4, 5))), (1, 2), "x")[:2] == (20, 1)
    assert laid(of(np.zeros(())), (0,), "x")[:2] == (1, 1)
    with pytest.raises(ValueError, match="axes whose entries lie one step apart"):
        laid(of(np.zeros((3, 4, 5))), (0, 2), "x")
    with pytest.raises(ValueError, match="accepted: none below 0"):
        laid(of(np.zeros((3, 4))[:, ::-1]), (1,), "x")


def test_broadcasting_copies_nothing():
    found = broadcast(of(np.zeros((4, 1))), (3, 4, 5), "g")
    assert (found.shape, found.strides) == ((3, 4, 5), (0, 1, 0))
    with pytest.raises(ValueError, match=r"g has shape \(4, 2\); accepted: one that"):
        broadcast(of(np.zeros((4, 2))), (3, 4, 5), "g")


def test_without_a_gpu_or_numba_cuda_the_error_says_what_is_missing():
    x = Fake(np.zeros(3))
    try:
        import numba_cuda  # noqa: F401
    except ImportError:
        expected = (ImportError, "install refsoft")
    else:
        from numba import cuda

        if cuda.is_available():
            pytest.skip("there is a GPU")
        expected = (RuntimeError, "numba-cuda finds none that it can use")
    for call in (rs.softmax, rs.softmax.lse):
        with pytest.raises(expected[0], match=expected[1]):
            call(x)
    with pytest.raises(expected[0], match=expected[1]):
        rs.softmax.vjp(x, x)
    with pytest.raises(expected[0], match=expected[1]):
        rs.softmax.jvp(x, x)


def test_without_numba_cuda_the_import_says_what_to_install():
    hide = (
        "import importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'numba_cuda' else found(name, *a)\n"
        "import refsoft.drivers.cuda_arrays\n"
    )
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        "ImportError: CUDA arrays need numba-cuda and a GPU; install refsoft[cuda]" in done.stderr
    )


def test_one_file_imports_numba_cuda():
    from pathlib import Path

    package = Path(rs.__file__).parent
    importing = [
        path.name
        for path in package.rglob("*.py")
        if "from numba import cuda" in path.read_text() or "numba.cuda" in _imports(path)
    ]
    assert importing == ["_numba_cuda.py"]


def _imports(path):
    lines = path.read_text().splitlines()
    return " ".join(line for line in lines if line.lstrip().startswith(("import ", "from ")))
