"""The CUDA kernels on a GPU: `pytest -m gpu`, which needs one, and torch or CuPy for their part.

Results and gradients are held to the proven bounds against extended precision, and to the
whole conformance check, from python-flint or from the vectors that `tests/cuda_vectors.py`
wrote into the folder REFSOFT_VECTORS.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import DTYPES
from tests.test_cuda_simulated import PARAMETERS, call, excess, label

LENGTHS = [1, 10, 31, 128, 1000, 1023, 4096, 33_000, 2**18 + 3]
VECTORS = os.environ.get("REFSOFT_VECTORS")
FLINT = importlib.util.find_spec("flint") is not None


def _gpu():
    if importlib.util.find_spec("numba_cuda") is None:
        return "numba-cuda is not installed"
    from numba import cuda

    return "" if cuda.is_available() else "there is no GPU"


REASON = _gpu()
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(bool(REASON), reason=REASON)]
over_variants = pytest.mark.parametrize("name", rs.variants)


class Numba:
    """Arrays of Numba's, which knows no bfloat16."""

    name = "numba"

    def give(self, array):
        from numba import cuda

        return cuda.to_device(array)

    def take(self, array):
        return array.copy_to_host()


class Torch:
    name = "torch"

    def give(self, array):
        import torch

        if array.dtype == DTYPES["bfloat16"]:
            return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16).cuda()
        return torch.from_numpy(array).cuda()

    def take(self, tensor):
        import torch

        if tensor.dtype == torch.bfloat16:
            return tensor.cpu().view(torch.int16).numpy().view(DTYPES["bfloat16"])
        return tensor.cpu().numpy()


class CuPy:
    name = "cupy"

    def give(self, array):
        return importlib.import_module("cupy").asarray(array)

    def take(self, array):
        return array.get()


@pytest.fixture(params=[Numba, Torch, CuPy], ids=lambda kind: kind.name)
def library(request):
    if request.param is not Numba:
        pytest.importorskip(request.param.name)
    return request.param()


def computed(made, library):
    """The call, by the public functions with arrays of a library, and its results as NumPy's."""
    variant, names = rs.variants[made["name"]], PARAMETERS.get(made["name"], {})
    columns = {key: made["params"][:, k] for k, key in enumerate(names)}
    given = {key: library.give(column.astype(_real(made))) for key, column in columns.items()}
    # Parameters as they are given, in the format that the kernels compute in.
    made["params"] = made["params"].astype(_real(made)).astype(np.float64)
    x, where = library.give(made["x"]), made.get("where")
    where = None if where is None else library.give(where)
    if made["operation"] == "forward":
        made["y"] = library.take(variant(x, where=where, **given))
    elif made["operation"] == "vjp":
        dx, gradients = variant.vjp(x, library.give(made["g"]), where=where, **given)
        made["y"] = library.take(dx)
        columns = [library.take(gradients[key]) for key in names]
        made["gradients"] = np.array(columns).T.reshape(made["params"].shape)
    else:
        moves = {key: library.give(made["moves"][:, k].astype(_real(made)))
                 for k, key in enumerate(names)}  # fmt: skip
        t = variant.jvp(x, library.give(made["g"]), dparams=moves, where=where, **given)
        made["y"] = library.take(t)
    return made


def _real(made):
    return np.float64 if made["x"].dtype == np.float64 else np.float32


@pytest.mark.parametrize("dtype", DTYPES)
@over_variants
def test_every_kernel_is_within_its_bound(name, dtype, library):
    if dtype == "bfloat16" and library.name != "torch":
        pytest.skip(f"{library.name} has no bfloat16")
    failed = {}
    for n in LENGTHS:
        for operation in ("forward", "vjp", "jvp")[: 2 if n > 5000 or dtype != "float32" else 3]:
            for masked in (False, True):
                made = call(name, operation, None, n, dtype=dtype, masked=masked, rows=3)
                error = excess(computed(made, library))
                if not error <= 1:
                    failed[label(made)] = error
    assert not failed


def judging(name, dtype, device, vectors=None, claimed=None):
    """The arguments of ``python -m`` that judge our function of a name, perhaps by vectors."""
    claimed = claimed or name
    command = ("refsoft", "check", f"refsoft:{name}", "--variant", claimed, "--array", "torch",
               "--device", device, "--mask-keyword", "where")  # fmt: skip
    by = ("--dtype", dtype, "--quick")
    return (*command, *(by if vectors is None else ("--vectors", f"{vectors}/{claimed}-{dtype}")))


@pytest.mark.parametrize("dtype", DTYPES)
@over_variants
def test_conformance(name, dtype):
    pytest.importorskip("torch")
    if not FLINT and VECTORS is None:
        pytest.skip("there is no python-flint, and REFSOFT_VECTORS names no vectors")
    command = judging(name, dtype, "cuda", None if FLINT else VECTORS)
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@over_variants
def test_the_same_bits_every_time(name):
    library = Numba()
    for n in (1000, 2**18):
        for operation in ("forward", "vjp"):
            runs = [computed(call(name, operation, None, n, rows=5), library) for _ in range(3)]
            for made in runs[1:]:
                np.testing.assert_array_equal(
                    made["y"].view(np.uint32), runs[0]["y"].view(np.uint32)
                )
                if operation == "vjp":
                    np.testing.assert_array_equal(made["gradients"], runs[0]["gradients"])


def test_two_streams():
    torch = pytest.importorskip("torch")
    streams = [torch.cuda.Stream() for _ in range(2)]
    x = [torch.randn(64, 2**16, device="cuda") for _ in streams]
    torch.cuda.synchronize()
    found = []
    for k, stream in enumerate(streams * 8):
        with torch.cuda.stream(stream):
            y = x[k % 2]
            for _ in range(5):
                y = rs.softmax_one(y.mul_(1.0) + 1)
            found.append(y)
    torch.cuda.synchronize()
    for k, y in enumerate(found):
        torch.testing.assert_close(y, found[k % 2], rtol=0, atol=0)
    with torch.cuda.stream(streams[0]):
        torch.cuda._sleep(100_000_000)
        rs.softmax(x[0])
        assert not streams[0].query(), "the call has waited for the stream"


def test_out_axes_and_strides():
    torch = pytest.importorskip("torch")
    x = torch.randn(6, 40, 33, device="cuda")
    expected = torch.softmax(x.double(), 1).float()
    out = torch.empty_like(x)
    assert rs.softmax(x, axis=1, out=out) is out
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(rs.softmax(x.transpose(1, 2)), expected.transpose(1, 2))
    torch.testing.assert_close(rs.softmax(x[:, ::2, 1:], axis=1), torch.softmax(x[:, ::2, 1:], 1))
    torch.testing.assert_close(
        rs.softmax(x, axis=(1, 2)).flatten(1), torch.softmax(x.flatten(1), 1)
    )
    rs.softmax(x, axis=1, out=x)  # in place
    torch.testing.assert_close(x, expected)


def test_a_prepared_call_repeats():
    torch = pytest.importorskip("torch")
    from refsoft.drivers.cuda_arrays import prepare

    x = torch.randn(10, 10, device="cuda")
    out = torch.empty_like(x)
    launch = prepare(rs.softmax, x, out)
    for _ in range(3):
        x.normal_()
        launch()
        torch.testing.assert_close(out, torch.softmax(x, -1))


def test_offsets_beyond_2_31():
    torch = pytest.importorskip("torch")
    rows, n = 2**21 + 1, 1024
    if torch.cuda.mem_get_info()[0] < 5 * rows * n:
        pytest.skip("fewer than 11 GB of the GPU's memory are free")
    x = torch.zeros(rows, n, dtype=torch.bfloat16, device="cuda")
    x[-1] = torch.arange(n, device="cuda") % 7
    y = rs.softmax(x)
    torch.testing.assert_close(y[-1], torch.softmax(x[-1].float(), -1).bfloat16())
    assert (y[:-1] == 1 / n).all()


@pytest.mark.skipif(shutil.which("compute-sanitizer") is None, reason="no compute-sanitizer")
@pytest.mark.parametrize("tool", ["memcheck", "racecheck"])
def test_the_sanitizer_finds_nothing(tool):
    run = (
        "import numpy as np, refsoft as rs; from numba import cuda\n"
        "for n in (7, 130, 1001, 40_001):\n"
        "    x = cuda.to_device(np.random.randn(3, n).astype(np.float32))\n"
        "    rs.self_adjust_normalized(x); rs.ssmax.vjp(x, x); rs.symax.jvp(x, x)\n"
    )
    command = [
        "compute-sanitizer",
        "--tool",
        tool,
        "--error-exitcode",
        "9",
        sys.executable,
        "-c",
        run,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
