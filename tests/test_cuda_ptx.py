"""The CUDA kernels compile for three generations of GPUs, on a machine without one."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from refsoft.catalogue import log_softmax, self_adjust, softmax, softmax_one, ssmax, symax

RECIPES = {"softmax": (softmax, 1), "softmax_one": (softmax_one, 0), "symax": (symax, 2)}
INSTALLED = importlib.util.find_spec("numba_cuda") is not None
needs_numba_cuda = pytest.mark.skipif(not INSTALLED, reason="numba-cuda is not installed")


@pytest.fixture
def ptx(monkeypatch):
    from numba import cuda
    from numba.cuda import dispatcher, types

    from refsoft.drivers import cuda as driver

    def ptx(name, operation, dtype, capability):
        # Calls between device functions ask for the capability of the current GPU.
        device = SimpleNamespace(compute_capability=capability)
        monkeypatch.setattr(dispatcher, "get_current_device", lambda: device)
        definition, count = RECIPES[name]
        real = {"float32": types.float32, "float64": types.float64}[dtype]
        rows, row = types.Array(real, 2, "C"), types.Array(real, 1, "C")
        mask = types.Array(types.boolean, 2, "C")
        if operation == "forward":
            make, arguments = driver.forward_kernel, (rows, mask, rows, rows, row)
        else:
            make, arguments = driver.vjp_kernel, (rows, rows, mask, rows, rows, rows)
        kernel = make(definition.RECIPE, count, np.dtype(dtype))
        return cuda.compile_ptx(kernel.py_func, types.void(*arguments), cc=capability)[0]

    return ptx


def float64_arithmetic(text):
    return re.findall(r"^.*\.f64\b.*$", text, re.MULTILINE)


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize("capability", [(8, 0), (9, 0), (10, 0)])
@pytest.mark.parametrize("operation", ["forward", "vjp"])
@pytest.mark.parametrize("name", RECIPES)
def test_float32_kernels_stay_in_float32(ptx, name, operation, capability):
    text = ptx(name, operation, "float32", capability)
    assert f".target sm_{capability[0]}{capability[1]}" in text
    assert ".f32" in text
    assert float64_arithmetic(text) == []
    assert ".local" not in text


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize("operation", ["forward", "vjp"])
@pytest.mark.parametrize("name", RECIPES)
def test_float64_kernels_compile(ptx, name, operation):
    # Also the proof that the search for float64 arithmetic finds it.
    assert float64_arithmetic(ptx(name, operation, "float64", (9, 0)))


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize("definition", [log_softmax, self_adjust, ssmax])
def test_recipes_beyond_the_kernels_are_refused(definition):
    from refsoft.drivers import cuda as driver

    for make in (driver.forward_kernel, driver.vjp_kernel):
        with pytest.raises(TypeError, match="accepted on CUDA: y = w / z alone"):
            make(definition.RECIPE, 0, np.dtype("float32"))


def test_without_numba_cuda_the_import_says_what_to_install():
    hide = (
        "import importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'numba_cuda' else found(name, *a)\n"
        "import refsoft.drivers.cuda\n"
    )
    done = subprocess.run([sys.executable, "-c", hide], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        "ImportError: refsoft.drivers.cuda needs numba-cuda; install refsoft[cuda]" in done.stderr
    )
