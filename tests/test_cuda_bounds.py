"""`ulp_bound` of the CUDA kernels, which the simulator's results keep; docs/bounds.md, 11.6."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import as_dtype, cast
from tests.helpers import reach
from tests.helpers.simulated import simulate
from tests.test_cuda_simulated import HELD, PARAMETERS, SINGLE, pytestmark  # noqa: F401

N = 12


def calls(name):
    params = np.array([list(PARAMETERS.get(name, {}).values())] * 6)
    for dtype, plan in (("float32", HELD), ("float64", SINGLE), ("bfloat16", SINGLE)):
        wide = np.random.default_rng(0).uniform(-60, 0, (3, N))
        x = np.concatenate([reach.scores(name, "float64", 3, N), wide])
        made = {"name": name, "operation": "forward", "plan": plan, "params": params}
        yield made | {"x": cast(x, as_dtype(dtype))}


def test_results_of_the_simulator_are_within_it(tmp_path):
    found = simulate([made for name in rs.variants for made in calls(name)], tmp_path)
    for made in found:
        variant, params = rs.variants[made["name"]], PARAMETERS.get(made["name"], {})
        bound = variant.ulp_bound(N, made["x"].dtype, device="cuda", **params)
        used = reach.forward(variant, made["x"], params, y=made["y"], bound=bound)[1]
        assert 0 < used <= 1, (made["name"], made["x"].dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_allows_what_the_cpu_does_and_grows_by_the_parts_of_a_row(dtype):
    for name, variant in rs.variants.items():
        params = PARAMETERS.get(name, {})
        held, parts, more = (
            variant.ulp_bound(n, dtype, device="cuda", **params) for n in (30, 4096, 2**21)
        )
        assert variant.ulp_bound(2, dtype, **params) <= held * 1.01 < parts < more
