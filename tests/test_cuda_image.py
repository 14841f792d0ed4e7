"""The commands for a GPU in an image that has little beside torch: collected, skipped, refused.

The image is played by the standard library and a folder of links to what such an image
has: no python-flint, no hypothesis, no SciPy, no rich, no plugin of pytest.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import refsoft as rs
from refsoft.conformance.options import Options
from refsoft.vectors import write
from tests import gpu_session
from tests.test_cuda_gpu import REASON, judging

ROOT = Path(rs.__file__).parents[1]
# What an image has, and two small wheels that refsoft cannot do without.
PACKAGES = (
    "_pytest", "cuda", "filelock", "fsspec", "functorch", "iniconfig", "jinja2", "llvmlite",
    "llvmlite.libs", "markupsafe", "mpmath", "networkx", "numba", "numba_cuda", "numpy",
    "numpy.libs", "nvidia", "packaging", "pluggy", "py.py", "pygments", "pytest", "sympy", "torch",
    "torchgen", "typing_extensions.py",
)  # fmt: skip
WHEELS = ("ml_dtypes", "click")

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("numba_cuda", "torch")),
        reason="numba-cuda or torch is not installed",
    ),
]


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A function that runs ``python -m ...`` in the image."""
    folder, numpy = tmp_path_factory.mktemp("image"), find_spec("numpy")
    installed = Path(numpy.origin).parents[1]
    for name in (*PACKAGES, *WHEELS):
        if (installed / name).exists():
            (folder / name).symlink_to(installed / name)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}

    def run(*command):
        return subprocess.run(
            [sys.executable, "-S", "-m", *command], env=environment, cwd=ROOT, text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    return run


def test_the_image_lacks_the_rest(image):
    for name in ("flint", "hypothesis", "scipy", "rich", "safetensors", "pytest_timeout"):
        assert image("timeit", f"import {name}").returncode == 1, name
    assert image("timeit", "-n1", "import torch, ml_dtypes, click").returncode == 0


@pytest.mark.skipif(not REASON, reason="there is a GPU")
def test_gpu_tests_are_collected_and_skipped(image):
    done = image("pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "there is no GPU" in done.stdout
    assert "error" not in done.stdout
    skipped = int(done.stdout.split(" skipped")[0].split()[-1])
    assert skipped > 150
    assert "passed" not in done.stdout.splitlines()[-1]


@pytest.mark.skipif(not REASON, reason="there is a GPU")
def test_the_benchmark_says_what_is_missing(image):
    done = image("refsoft", "bench", "--device", "cuda")
    assert done.returncode == 2
    assert "torch finds no CUDA GPU here" in done.stderr


def test_the_benchmark_needs_nothing_else(image):
    chosen = ("--against", "torch", "--variant", "softmax", "--sizes", "10x10", "--budget", "0")
    done = image("refsoft", "bench", *chosen)
    assert done.returncode == 0, done.stderr
    assert "torch.softmax" in done.stdout


@pytest.mark.parametrize(("name", "dtype"), [("softmax_one", "float32"), ("ssmax", "bfloat16")])
def test_vectors_from_elsewhere_judge(image, name, dtype, tmp_path):
    options = Options(dtypes=(dtype,), quick=True, max_length=64, mask_keyword="where")
    write(rs.variants[name], tmp_path / f"{name}-{dtype}", options, raw=True)
    right = image(*judging(name, dtype, "cpu", tmp_path))
    assert right.returncode == 0, right.stdout + right.stderr
    wrong = image(*judging("softmax", dtype, "cpu", tmp_path, claimed=name))
    assert wrong.returncode == 1, wrong.stdout + wrong.stderr


def test_a_session_keeps_what_it_has_found(tmp_path):
    def planned(folder):
        yield "good", ("timeit", "-n1", "pass"), 60
        yield "bad", ("timeit", "-n1", "1/0"), 60
        slow = "print('begun', flush=True); import time; time.sleep(60)"
        yield "slow", ("timeit", "-n1", "-r1", slow), 3
        yield "more", ("timeit", "-n1", "pass"), 60

    gpu_session.main(tmp_path, 60.0, planned)
    found = json.loads((tmp_path / "session.json").read_text())
    assert [step["status"] for step in found.values()] == [0, 1, None, 0]
    assert "ZeroDivisionError" in found["bad"]["printed"]
    assert "begun" in found["slow"]["printed"]
    gpu_session.main(tmp_path / "late", 0.0, planned)
    assert not (tmp_path / "late/session.json").exists()


def test_the_session_has_the_commands_of_the_page(tmp_path):
    commands = [" ".join(command) for _, command, _ in gpu_session.steps(tmp_path)]
    assert any(c.startswith("pytest -q -m gpu") for c in commands)
    assert any("refsoft bench --device cuda" in c for c in commands)
