"""Golden and oracle run where no recipe and no driver exists; for proofs see test_proofs_run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

STUBBED = """
import sys

class Stub:
    def __getattr__(self, name):
        raise AssertionError(f"a recipe was asked for {name}")

for name in ("plain", "cpu", "cuda", "simd", "_exponential"):
    sys.modules[f"refsoft.drivers.{name}"] = None
sys.modules["numba"] = None
import refsoft as rs
for variant in rs.variants.values():
    variant.definition.RECIPE = Stub()
"""

USE = """
import numpy as np
for variant in rs.variants.values():
    golden = variant.using("golden")
    x, g = np.array([[1.0, -2.0, 0.5]]), np.array([[0.0, 1.0, 2.0]])
    y = golden(x)
    golden.vjp(x, g), golden.jvp(x, g), golden.jacobian(x)
    exact = variant.exact(x)
    assert np.all((exact.lo <= exact.value) & (exact.value <= exact.hi) | (exact.value == y))
    variant.exact_vjp(x, g)
    print(variant.card.name)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_golden_and_oracle_need_no_recipe():
    done = run(STUBBED + USE)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 9


def test_a_kernel_is_stopped_by_the_same_stub():
    done = run(STUBBED + "rs.softmax.using('cpu')([1.0])")
    assert done.returncode == 1
    assert "ImportError" in done.stderr or "ModuleNotFoundError" in done.stderr
