"""Numba's disk cache: hit by a second process, and never by an edited recipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba.core import caching

import refsoft
from refsoft.catalogue import softmax_one
from refsoft.drivers import _kernels
from refsoft.drivers._claims import ALONE

TOY = """
from refsoft.catalogue._primitives import cast
from refsoft.catalogue._recipe import Recipe
from constants import FACTOR

def key(x): return x
def shift(top): return cast(1.0, top)
def helper(x): return x * x * cast(FACTOR, x)
def weight(x, m): return helper(x)
def offset(m): return cast(1.0, m)
def slope(x, w, m, z): return cast(2.0, x) * x / z
def none(*arguments): return ()

RECIPE = Recipe(key, shift, weight, offset, slope, none, none)
"""
RUN = """
import numpy as np
from {module} import RECIPE
from refsoft.drivers import _kernels, cpu
{meanwhile}
y, _ = cpu.forward(RECIPE, np.array([[1.0, 2.0]]), None, np.empty((1, 0)), False)
stats = _kernels.forward_kernel(RECIPE, 0, np.dtype("float64")).stats
print(y[0, 0], sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""

# What Numba's cache goes by: what a kernel captures, pickled. An intrinsic among it differs from
# process to process, unless it is reached through its module.
CAPTURED = """
import hashlib
import ml_dtypes, numpy as np
from numba.core.serialize import dumps
import refsoft as rs
from refsoft.drivers import _claims, _kernels, _long

def told(kernel, *signature):
    cells = zip(kernel.__code__.co_freevars, kernel.__closure__)
    parts = [f"{name} {hashlib.md5(dumps(cell.cell_contents)).hexdigest()}" for name, cell in cells]
    print(variant.__name__, kernel.__module__, kernel.__qualname__, *sorted(parts))

_claims.compiled = told
for variant in rs.variants.values():
    recipe, count = variant.definition.RECIPE, len(variant.card.parameters)
    single, half = np.dtype("f4"), np.dtype(ml_dtypes.bfloat16)
    _kernels.forward_kernel(recipe, count, single)
    slopes = tuple(range(count))
    for wanted in {(), slopes, slopes[:1]}:
        _kernels.vjp_kernel(recipe, count, single, wanted, False)
        _long.vjp_kernel(recipe, count, single, wanted, False)
    if recipe.scale:
        _kernels.vjp_kernel(recipe, count, single, slopes, True)
    if recipe.proportional:
        _kernels.pull_kernel(recipe, count, single)
    for moves in {False, count > 0}:
        _kernels.jvp_kernel(recipe, count, half, moves)
    for masked in (False, True):
        _long.forward_kernel(recipe, count, half, masked)
        _long.vjp_kernel(recipe, count, half, slopes, masked)
        _long.jvp_kernel(recipe, count, single, count > 0, masked)
        if recipe.proportional:
            _long.pull_kernel(recipe, count, single, masked)
"""


def test_every_process_asks_the_cache_for_the_same_kernels():
    command = [sys.executable, "-c", CAPTURED]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(2)
    )
    assert len(first) > 9 * 7
    assert first == second


@pytest.fixture
def run(tmp_path):
    shutil.copytree(
        Path(refsoft.__file__).parent,
        tmp_path / "refsoft",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "constants.py").write_text("FACTOR = 1.0\n")
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path),
        "NUMBA_CACHE_DIR": str(tmp_path / "c"),
        "NUMBA_OPT": "0",  # what is tested is not its speed
    }

    def run(module, meanwhile="", **settings):
        script = RUN.format(module=module, meanwhile=meanwhile)
        command = [sys.executable, "-P", "-B", "-c", script]
        done = subprocess.run(
            command,
            env=environment | settings,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        value, hits, misses = done.stdout.split()
        return float(value), int(hits), int(misses)

    return run


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_recipe_of_the_package(run, tmp_path):
    module = "refsoft.catalogue.softmax_one"
    first, hits, misses = run(module)
    assert (hits, misses) == (0, 1)
    assert run(module) == (first, 1, 0)
    # softmax_one(1, 2) with an offset of 0 in place of 1.
    edit(
        tmp_path / "refsoft/catalogue/softmax_one.py",
        "return weight(cast(0.0, m), m)",
        "return cast(0.0, m)",
    )
    second, hits, misses = run(module)
    assert (hits, misses) == (0, 1)
    assert first == pytest.approx(0.24472847105479767, rel=1e-15)
    assert second == pytest.approx(0.2689414213699951, rel=1e-15)


def test_a_recipe_from_outside(run, tmp_path):
    assert run("toy") == (1 / 6, 0, 1)
    assert run("toy") == (1 / 6, 1, 0)
    # In a function that the recipe calls, and in a constant from another file.
    edit(tmp_path / "toy.py", "return x * x *", "return x *")
    assert run("toy") == (1 / 4, 0, 1)
    edit(tmp_path / "constants.py", "1.0", "2.0")
    assert run("toy") == (2 / 7, 0, 1)
    assert run("toy") == (2 / 7, 1, 0)
    # In a primitive.
    edit(tmp_path / "refsoft/drivers/simd.py", "return real(value)", "return real(value) * real(2)")
    assert run("toy")[1:] == (0, 1)


def test_a_kernel_that_was_compiled_slow_is_not_taken_for_a_fast_one(run):
    run("toy")
    assert run("toy", NUMBA_OPT="1")[1:] == (0, 1)
    assert run("toy")[1:] == (1, 0)


def test_a_process_that_outlives_an_edit_stores_nothing_under_the_new_text(run, tmp_path):
    path, module = tmp_path / "refsoft/drivers/_portion.py", "refsoft.catalogue.softmax_one"
    text = path.read_text()
    whole = "return hi, fused(-hi, z[1], fused(-hi, z[0], 1.0)) * hi\n"
    assert text.count(whole) == 1
    edited = text.replace(whole, "return 0.5 * hi, 0.0\n")
    before, *_ = run(module, f"open({str(path)!r}, 'w').write({edited!r})")
    assert before == pytest.approx(0.24472847105479767, rel=1e-15)
    assert run(module) == (pytest.approx(before / 2, rel=1e-15), 0, 1)


def test_processes_that_compile_at_once_share_the_folder(run):
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(run, ["toy"] * 3))
    assert {value for value, _, _ in found} == {1 / 6}
    assert run("toy") == (1 / 6, 1, 0)


def test_without_a_folder_to_cache_in_there_is_no_cache(monkeypatch):
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    kernel = _kernels.forward_kernel.__wrapped__(softmax_one.RECIPE, 0, np.dtype("float64"))
    x, y = np.zeros((1, 2)), np.empty((1, 2))
    kernel(ALONE, (x, np.empty((0, 0), np.bool_), np.empty((1, 0)), y, np.empty(0)))
    np.testing.assert_allclose(y, 1 / 3, rtol=2.0**-52)
    assert kernel.stats.cache_path is None
