"""The CUDA kernels in Numba's simulator, with blocks of 4 threads.

A thread adds ceil(n / 4) entries and the tree two; a weight, the
offset and the division err by at most 4, 4 and 2 u. The simulator computes
some of it in float64, which errs less.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from mpmath import mpf

from refsoft.catalogue import softmax, softmax_one, symax
from refsoft.drivers import plain
from tests.helpers import high

CASES = [
    ("softmax", (1.0,)),
    ("softmax", (0.25,)),
    ("softmax_one", ()),
    ("symax", (1.0, 1.0)),
    ("symax", (0.25, 1.5)),
]
LENGTHS = [1, 3, 4, 5, 9, 13]
SPECIAL = [0, 2, 3]  # a case for each recipe
RECIPES = {"softmax": softmax.RECIPE, "softmax_one": softmax_one.RECIPE, "symax": symax.RECIPE}
RUN = """
import sys
import numpy as np
from refsoft.catalogue import softmax, softmax_one, symax
from refsoft.drivers import cuda
recipes = {"softmax": softmax.RECIPE, "softmax_one": softmax_one.RECIPE, "symax": symax.RECIPE}
given, found = np.load(sys.argv[1]), {}
for name in {k.split("/")[0] for k in given}:
    x, g, params = (given[f"{name}/{part}"] for part in ("x", "g", "params"))
    where = given.get(f"{name}/where")
    recipe = recipes[name.split()[0]]
    with np.errstate(all="ignore"):
        y, lse = cuda.forward(recipe, x, where, params, True, threads=4)
        dx, gradients = cuda.vjp(recipe, x, g, where, params, threads=4)
    found |= {f"{name}/y": y, f"{name}/lse": lse, f"{name}/dx": dx, f"{name}/gradients": gradients}
np.savez(sys.argv[2], **found)
"""

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(
        importlib.util.find_spec("numba_cuda") is None, reason="numba-cuda is not installed"
    ),
]


def inputs(n):
    generator = np.random.default_rng(n)
    return (generator.standard_normal((2, 1, n)) * [[[3]], [[1]]]).astype(np.float32)


def special_rows():
    inf, nan = np.inf, np.nan
    x = np.random.default_rng(0).standard_normal((9, 9)).astype(np.float32)
    x[0, :4] = -inf
    x[1, 4:] = -inf
    x[2] = -inf
    x[3, 7] = nan
    x[4, [0, 8]] = nan, inf
    x[5, 5] = inf
    x[6, 3] = x[6, 7] = -3e38
    x[7, 3] = x[7, 7] = 3e38
    x[8] = 0
    return x


def masked(x):
    where = np.random.default_rng(1).random(x.shape) < 0.6
    where[0, :4], where[2], where[3, 7] = False, False, False
    return where


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Every input, and what the simulator made of it."""
    given = {}
    for case, (name, params) in enumerate(CASES):
        for n in LENGTHS:
            x, g = inputs(n)
            given |= {f"{name} {case} {n}/x": x, f"{name} {case} {n}/g": g}
            given[f"{name} {case} {n}/params"] = np.array([params])
        if case not in SPECIAL:
            continue
        x = special_rows()
        for kind in ("special", "masked"):
            label = f"{name} {case} {kind}"
            given |= {f"{label}/x": x, f"{label}/g": np.ones_like(x)}
            given[f"{label}/params"] = np.tile(np.array([params]), (len(x), 1))
        given[f"{name} {case} masked/where"] = masked(x)
    folder = tmp_path_factory.mktemp("simulated")
    np.savez(folder / "given.npz", **given)
    subprocess.run(
        [sys.executable, "-c", RUN, str(folder / "given.npz"), str(folder / "found.npz")],
        env=os.environ | {"NUMBA_ENABLE_CUDASIM": "1"},
        check=True,
    )
    return given, dict(np.load(folder / "found.npz"))


def worst(found, truth, bounds):
    triples = zip(np.ravel(found), truth, bounds, strict=True)
    return max(float(abs(mpf(float(a)) - b) / (c + mpf(2) ** -148)) for a, b, c in triples)


def excess(found, label, name, params, x, g):
    """The largest errors of y, dx and the parameters' gradients over their bounds."""
    u = 2.0**-24
    additions = -(-x.size // 4) + 2
    k = (12 + additions) * u
    truth = high.row(name, x[0], g[0], params)
    reach = [
        k * (abs(d) + abs(s) * truth.inner_scale)
        for d, s in zip(truth.dx, truth.slopes, strict=True)
    ]
    return {
        "y": worst(found[f"{label}/y"], truth.y, [k * y for y in truth.y]),
        "dx": worst(found[f"{label}/dx"], truth.dx, reach),
        "gradients": worst(
            np.append(found[f"{label}/gradients"], 0),
            [*truth.gradients, 0],
            [*(k * scale for scale in truth.gradient_scales), 1],
        ),
    }


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("case", range(len(CASES)))
def test_rows_around_the_block(simulated, case, n):
    _, found = simulated
    name, params = CASES[case]
    x, g = inputs(n)
    errors = excess(found, f"{name} {case} {n}", name, params, x, g)
    assert max(errors.values()) <= 1, errors


def test_the_truth_of_another_row_is_rejected(simulated):
    _, found = simulated
    x, g = inputs(13)
    errors = excess(found, "softmax 0 13", "softmax", (1.01,), x, g)
    assert min(errors.values()) > 1, errors


@pytest.mark.parametrize("kind", ["special", "masked"])
@pytest.mark.parametrize("case", SPECIAL)
def test_special_rows(simulated, case, kind):
    # The plain driver is held to a handwritten table; 32 u covers both.
    given, found = simulated
    name = CASES[case][0]
    label = f"{name} {case} {kind}"
    x, g, params = (given[f"{label}/{part}"] for part in ("x", "g", "params"))
    where = given.get(f"{label}/where")
    y, lse = plain.forward(RECIPES[name], x, where, params, True)
    dx, gradients = plain.vjp(RECIPES[name], x, g, where, params)
    near = {"rtol": 2.0**-19, "atol": 0}
    np.testing.assert_allclose(found[f"{label}/y"], y, **near)
    np.testing.assert_array_equal(np.isnan(found[f"{label}/dx"]), np.isnan(dx))
    np.testing.assert_array_equal(np.isnan(found[f"{label}/gradients"]), np.isnan(gradients))
    if where is not None:
        np.testing.assert_array_equal(found[f"{label}/dx"][~where], 0)
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(found[f"{label}/lse"], lse.astype(np.float32), **near)
