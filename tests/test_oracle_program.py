"""The oracle as a part of a program: precision, threads, what is missing, long and empty rows."""

from __future__ import annotations

import math
import subprocess
import sys
import threading

import numpy as np
from flint import ctx

from refsoft import oracle
from tests.helpers.oracle_rows import module


def test_precision_is_restored_and_threads_agree():
    ctx.prec = 77
    try:
        x = np.random.default_rng(9).normal(size=(1, 300))
        ones = {"temperature": np.ones((1, 1))}
        expected = oracle.exact(module("softmax"), x, None, ones, "float64").value
        assert ctx.prec == 77
        results = []

        def work():
            results.extend(
                oracle.exact(module("softmax"), x, None, ones, "float64").value for _ in range(5)
            )

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(results) == 20
        assert all(np.array_equal(r, expected) for r in results)
        assert ctx.prec == 77
    finally:
        ctx.prec = 53


def test_without_python_flint_the_import_works_and_the_use_explains_itself():
    code = """
import sys
sys.modules["flint"] = None
import numpy as np
import refsoft.oracle
from refsoft.oracle import softmax
try:
    one = np.ones((1, 1))
    refsoft.oracle.exact(softmax, one, None, {"temperature": one}, "float32")
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install python-flint" in done.stdout


def test_a_long_row():
    x = np.random.default_rng(10).normal(size=(1, 32768)).astype(np.float32)
    result = oracle.exact(module("softmax"), x, None, {"temperature": np.ones((1, 1))}, "float32")
    # The sum of the float64 bounds contains 1, up to the rounding of this sum itself.
    assert math.fsum(result.lo[0]) <= 1 <= math.fsum(result.hi[0])


def test_no_rows_and_no_entries():
    for shape in ((0, 3), (2, 0), (0, 0)):
        x = np.zeros(shape, dtype=np.float16)
        assert oracle.exact(module("softmax_one"), x, None, {}, "float16").value.shape == shape
        assert (
            oracle.exact_vjp(module("softmax_one"), x, x, None, {}, "float16")[0].lo.shape == shape
        )
