"""The CUDA kernels compile for three generations of GPUs, on a machine without one.

Here every variant in one format and every format on two variants; `python -m
tests.cuda_product` compiles everything, and its results are in docs/cuda.json.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path

import pytest

import refsoft as rs
from tests.helpers import ptx
from tests.helpers.ptx import LONG, Case

INSTALLED = importlib.util.find_spec("numba_cuda") is not None
CAPABILITY = (9, 0)
OPERATIONS = ["forward", "vjp", "jvp"]
SPANS = ("survey", "sum", "finish")

needs_numba_cuda = pytest.mark.skipif(not INSTALLED, reason="numba-cuda is not installed")
needs_ptxas = pytest.mark.skipif(ptx.assembler() is None, reason="there is no ptxas")
over_operations = pytest.mark.parametrize("operation", OPERATIONS)


@cache
def text_of(case, capability=CAPABILITY):
    return ptx.compiled(case, capability)


def verify(case, text, capability):
    assert f".target sm_{capability[0]}{capability[1]}" in text
    assert ".local" not in text
    if case.dtype != "float64":
        assert ptx.float64_arithmetic(text) == []
    loads, stores = ptx.vector_moves(text, case.dtype)
    reads = 1 + (case.operation != "forward")
    assert loads >= reads
    assert stores >= 1 or "finish" not in (case.passes or ("finish",))
    if ptx.assembler():
        _, stack, spills = ptx.assembled(text, capability)
        assert (stack, spills) == (0, 0)


@pytest.mark.cuda
@needs_numba_cuda
@over_operations
@pytest.mark.parametrize("name", rs.variants)
def test_every_variant(name, operation):
    case = Case(name, operation, "float32", 128)
    verify(case, text_of(case), CAPABILITY)


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["softmax_one", "symax"])
def test_every_format(name, dtype):
    case = Case(name, "vjp", dtype, 128, masked=True)
    verify(case, text_of(case), CAPABILITY)


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize("capability", [(8, 0), (10, 0)])
def test_every_generation(capability):
    case = Case("softmax", "forward", "bfloat16", 8192, usual=True)
    verify(case, text_of(case, capability), capability)


@pytest.mark.cuda
@needs_numba_cuda
@pytest.mark.parametrize(
    "case",
    [
        Case("softmax_one", "forward", "float32", LONG, ("survey",)),
        Case("ssmax", "forward", "float32", LONG, ("survey", "finish"), masked=True),
        Case("softmax_sink", "vjp", "bfloat16", LONG, ("sum",), per_row=True),
        Case("self_adjust_normalized", "jvp", "float32", LONG, ("sum", "finish")),
    ],
    ids=str,
)
def test_long_rows(case):
    text = text_of(case)
    assert ".local" not in text
    assert ptx.float64_arithmetic(text) == []
    if ptx.assembler():
        assert ptx.assembled(text, CAPABILITY)[1:] == (0, 0)


@pytest.mark.cuda
@needs_numba_cuda
def test_rows_that_vectors_cannot_have_are_read_one_by_one():
    case = Case("softmax_one", "forward", "float32", 1024, aligned=False)
    assert ptx.vector_moves(text_of(case), "float32") == (0, 0)


@pytest.mark.cuda
@needs_numba_cuda
def test_the_searches_find_what_they_look_for():
    case = Case("softmax_one", "vjp", "float64", 128, masked=True)
    assert ptx.float64_arithmetic(text_of(case))
    with pytest.raises(AssertionError):
        verify(Case("softmax_one", "vjp", "float32", 128, masked=True), text_of(case), CAPABILITY)


def test_what_the_whole_product_has_found():
    found = json.loads(Path("docs/cuda.json").read_text())
    assert 108 <= len(found["kernels"]) <= found["of"]
    for label, kernel in found["kernels"].items():
        faults = [kernel[name] for name in ("stack", "spills", "float64")]
        assert faults == [0, 0, 0], label
        assert kernel["vector_loads"] > 0, label
