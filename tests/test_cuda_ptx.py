"""The CUDA kernels compile for three generations of GPUs, on a machine without one.

Here every variant in one format and every format on two variants, for all three; `python -m
tests.cuda_product` compiles everything, and its results are in docs/cuda.json.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
from functools import cache
from pathlib import Path

import pytest

import refsoft as rs
from tests import cuda_product
from tests.helpers import ptx
from tests.helpers.ptx import LONG, Case

INSTALLED = importlib.util.find_spec("numba_cuda") is not None
GENERATIONS = [(8, 0), (9, 0), (10, 0)]
OPERATIONS = ["forward", "vjp", "jvp"]

needs_numba_cuda = pytest.mark.skipif(not INSTALLED, reason="numba-cuda is not installed")
needs_ptxas = pytest.mark.skipif(ptx.assembler() is None, reason="there is no ptxas")
over_operations = pytest.mark.parametrize("operation", OPERATIONS)


@cache
def texts_of(case):
    return ptx.texts(case, GENERATIONS)


def verify(case, text, capability):
    """No local memory, no float64, 16 bytes a move; no spill, where there is a ptxas."""
    assert f".target sm_{capability[0]}{capability[1]}" in text, "another generation"
    assert ptx.local_memory(text) == 0, "local memory"
    if case.dtype != "float64":
        assert ptx.float64_arithmetic(text) == [], "float64 arithmetic"
    loads, stores = ptx.vector_moves(text, case.dtype)
    assert loads >= 1 + (case.operation != "forward"), "loads of less than 16 bytes"
    assert stores >= 1, "stores of less than 16 bytes"
    if ptx.assembler():
        _, stack, spills = ptx.assembled(text, capability)
        assert (stack, spills) == (0, 0), "registers are spilled"


def verify_all(case):
    for capability, text in texts_of(case).items():
        verify(case, text, capability)


@pytest.mark.cuda
@needs_numba_cuda
@over_operations
@pytest.mark.parametrize("name", rs.variants)
def test_every_variant(name, operation):
    verify_all(Case(name, operation, "float32", 128))


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["softmax_one", "symax"])
def test_every_format(name, dtype):
    verify_all(Case(name, "vjp", dtype, 128, masked=True))


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize(
    "case",
    [
        Case("softmax", "forward", "bfloat16", 8192, usual=True),
        Case("softmax_one", "forward", "float32", LONG),
        Case("ssmax", "forward", "float32", LONG, masked=True),
        Case("softmax_sink", "vjp", "bfloat16", LONG, per_row=True),
        Case("self_adjust_normalized", "jvp", "float32", LONG),
    ],
    ids=str,
)
def test_long_rows(case):
    verify_all(case)
    if case.n == LONG:
        for text in texts_of(case).values():
            # What blocks tell each other is read past the fence, and not by the way of constants.
            assert "membar.gl" in text
            assert "ld.global.nc" not in text


def instructions(text):
    """Without what has Numba's names, which count the functions, and have the generation."""
    lines = [line for line in text.splitlines() if "_ZN" not in line]
    return [re.sub(r"smem_\d+", "smem", line) for line in lines]


@pytest.mark.cuda
@needs_numba_cuda
def test_a_kernel_is_the_same_for_a_generation_by_itself():
    case = Case("softmax_one", "forward", "float32", 128)
    found = {}
    for capability in GENERATIONS:
        found[capability] = instructions(texts_of(case)[capability])
        assert found[capability] == instructions(ptx.compiled(case, capability))
        assert len(found[capability]) > 300
    assert found[8, 0] != found[9, 0]


@pytest.mark.cuda
@needs_numba_cuda
def test_rows_that_vectors_cannot_have_are_read_one_by_one():
    case = Case("softmax_one", "forward", "float32", 1024, aligned=False)
    text = texts_of(case)[9, 0]
    assert ptx.vector_moves(text, "float32") == (0, 0)
    with pytest.raises(AssertionError, match="loads of less than 16 bytes"):
        verify(case, text, (9, 0))


@pytest.mark.cuda
@needs_numba_cuda
def test_float64_in_a_float32_kernel_is_found():
    wide = texts_of(Case("softmax_one", "vjp", "float64", 128, masked=True))[9, 0]
    with pytest.raises(AssertionError, match="float64 arithmetic"):
        verify(Case("softmax_one", "vjp", "float32", 128, masked=True), wide, (9, 0))


@pytest.mark.cuda
@needs_numba_cuda
def test_stores_one_by_one_are_found():
    case = Case("softmax_one", "forward", "float32", 128)
    text = re.sub(r"st\.global\.v4\.f32.*", "", texts_of(case)[9, 0])
    with pytest.raises(AssertionError, match="stores of less than 16 bytes"):
        verify(case, text, (9, 0))
    with pytest.raises(AssertionError, match="another generation"):
        verify(case, text, (8, 0))


@pytest.mark.cuda
@needs_numba_cuda
def test_an_array_of_a_thread_that_registers_cannot_hold_is_found():
    from numba import cuda, types

    @cuda.jit
    def kernel(x):
        own = cuda.local.array(64, types.float32)
        for i in range(64):
            own[i] = x[i]
        x[0] = own[int(x[64])]  # which of them nobody knows beforehand

    text, _ = cuda.compile_ptx(kernel.py_func, types.void(types.float32[::1]), cc=(9, 0))
    with pytest.raises(AssertionError, match="local memory"):
        verify(Case("softmax", "forward", "float32", 128), text, (9, 0))


@pytest.mark.cuda
@needs_numba_cuda
@needs_ptxas
def test_a_kernel_with_too_few_registers_is_found():
    case = Case("softmax_one", "vjp", "float32", 1024)
    text = texts_of(case)[9, 0]
    verify(case, text, (9, 0))
    # As many blocks on a processor as leave a thread of 128 no more than 40 registers.
    few = re.sub(r"\.minnctapersm 1\b", ".minnctapersm 12", text)
    assert few != text
    with pytest.raises(AssertionError, match="registers are spilled"):
        verify(case, few, (9, 0))


def test_what_the_whole_product_has_found():
    found = json.loads(Path("docs/cuda.json").read_text())
    product = itertools.product(cuda_product.cases(), cuda_product.CAPABILITIES)
    assert set(found["kernels"]) == {cuda_product.label(*each) for each in product}
    assert len(found["kernels"]) == found["of"] > 1000
    for label, kernel in found["kernels"].items():
        faults = [kernel[name] for name in ("stack", "spills", "local", "float64")]
        assert faults == [0, 0, 0, 0], label
        assert kernel["vector_loads"] > 0, label
        assert kernel["vector_stores"] > 0, label
