"""The time of the CPU kernels as a ratio to torch's softmax, one thread each, interleaved.

python tests/bench_cpu.py [repetitions]
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import torch

import refsoft as rs
from refsoft.drivers import cpu

SHAPES = [(1000, 1000), (4096, 4096), (100_000, 10)]
PARAMETERS = {
    "softmax": ([1.0], [0.7]),
    "log_softmax": ([1.0],),
    "softmax_one": ([],),
    "softmax_n": ([2.5],),
    "softmax_sink": ([1.25],),
    "symax": ([1.0, 1.0], [1.0, 2.0]),
    "ssmax": ([0.43, 0.0],),
    "self_adjust": ([],),
    "self_adjust_normalized": ([],),
}
CASES = {
    f"{name} {values}": (rs.variants[name].definition.RECIPE, values)
    for name, several in PARAMETERS.items()
    for values in several
}


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def contenders(rows, n, dtype):
    generator = np.random.default_rng(0)
    x = generator.standard_normal((rows, n)).astype(dtype)
    g = generator.standard_normal((rows, n)).astype(dtype)
    scores, result = torch.from_numpy(x), torch.empty(rows, n, dtype=torch.from_numpy(x).dtype)
    yield "torch", lambda: torch.softmax(scores, -1, out=result)
    yield (
        "torch backward",
        lambda: torch._softmax_backward_data(torch.from_numpy(g), result, -1, scores.dtype),
    )
    out, no_lse = np.empty_like(x), np.empty(0)
    for name, (recipe, values) in CASES.items():
        params = np.tile(np.array(values), (rows, 1))
        yield (
            name,
            lambda recipe=recipe, params=params: cpu.forward_into(
                recipe, x, None, params, out, no_lse
            ),
        )
        gradients = np.zeros(params.shape)
        yield (
            f"{name}, vjp",
            lambda recipe=recipe, params=params, gradients=gradients: cpu.vjp_into(
                recipe, x, g, None, params, out, gradients
            ),
        )
        known = cpu.forward(recipe, x, None, params, False)[0]
        if recipe.scale:
            yield (
                f"{name}, vjp from y",
                lambda recipe=recipe, params=params, gradients=gradients, known=known: cpu.vjp_into(
                    recipe, x, g, None, params, out, gradients, known
                ),
            )


def main():
    torch.set_num_threads(1)
    rs.set_num_threads(1)
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for dtype in (np.float32, np.float64):
        for rows, n in SHAPES:
            functions = dict(contenders(rows, n, dtype))
            for function in functions.values():
                function()
            times = {name: [] for name in functions}
            for _ in range(repetitions):
                for name, function in functions.items():
                    times[name].append(seconds(function))
            reference = statistics.median(times["torch"])
            print(f"{dtype.__name__} {rows} x {n}: torch {reference * 1e3:.2f} ms")
            for name in functions:
                print(f"  {name:36} {statistics.median(times[name]) / reference:6.2f} x")


if __name__ == "__main__":
    main()
