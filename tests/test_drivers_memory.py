"""What a call needs beside its arguments and its results stays below 1 MiB, whatever their size."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

LIMIT = 1 << 20
# What is freed goes back to the system at once, so that the next call has to ask for it.
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "16384", "MALLOC_TRIM_THRESHOLD_": "16384"}
# In a process of its own: the peak of its resident memory is set back before each call.
SCRIPT = """
import gc, json, sys
from pathlib import Path
import numpy as np
import refsoft as rs
from refsoft._dtypes import DTYPES

def memory(key):
    (line,) = [s for s in Path("/proc/self/status").read_text().splitlines() if s.startswith(key)]
    return 1024 * int(line.split()[1])

def extra(call, results):
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    call()
    return memory("VmHWM") - before - results

def arguments(shape, dtype):
    made = np.empty(shape, DTYPES[dtype]), np.empty(shape, DTYPES[dtype])
    row = np.linspace(-4, 4, shape[-1])
    for a in made:
        for r in range(0, len(a), 1024):
            a[r:r + 1024] = row
    return made

rs.set_num_threads(2)  # buffers are those of a thread
found = {}
for shape, axis, dtype in json.loads(sys.argv[1]):
    x, out = arguments(shape, dtype)
    def forward():
        rs.log_softmax(x, axis=axis, out=out, temperature=0.7)
    def vjp():
        rs.log_softmax.vjp(x, out, axis=axis, temperature=0.7)
    def pull():
        rs.softmax.vjp(x, out, y=out, wrt="x", axis=axis, out=out)
    def slope():
        rs.log_softmax.vjp(x, out, wrt="temperature", axis=axis)
    def jvp():
        rs.log_softmax.jvp(x, x, axis=axis, temperature=0.7, out=out)
    calls = ((forward, 0), (vjp, x.nbytes), (pull, 0), (slope, 0), (jvp, 0))
    for call, results in calls:
        call()  # the kernel is compiled, threads run, pools of memory are there
        found[f"{call.__name__} {dtype} {shape} axis {axis}"] = extra(call, results)
    if sys.argv[2:]:
        found[f"a copy {dtype} {shape}"] = extra(lambda: rs.log_softmax(x.copy(), out=out), 0)
print(json.dumps(found))
"""
LONG, MANY, TALL = (1, 1 << 22), (400_000, 10), (4096, 1024)
CASES = [
    *((shape, -1, dtype) for shape in (LONG, MANY) for dtype in ("float32", "bfloat16")),
    (TALL, 0, "float32"),
]
MORE = [
    *((shape, -1, dtype) for shape in (LONG, MANY, TALL) for dtype in ("float64", "float16")),
    *((TALL, 0, dtype) for dtype in ("float64", "float16", "bfloat16")),
]


def measured(cases, *more):
    command = [sys.executable, "-c", SCRIPT, json.dumps(cases), *more]
    done = subprocess.run(
        command, env=os.environ | MALLOC, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


linux = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")


@linux
@pytest.mark.parametrize("cases", [CASES, pytest.param(MORE, marks=pytest.mark.slow)])
def test_a_call_needs_less_than_a_mebibyte_beside_its_results(cases):
    found = measured(cases)
    assert len(found) == 5 * len(cases)
    assert not {name: extra for name, extra in found.items() if extra >= LIMIT}


@linux
def test_a_copy_would_be_seen():
    found = measured([((1, 1 << 20), -1, "float32")], "copy")
    assert found["a copy float32 [1, 1048576]"] > LIMIT
