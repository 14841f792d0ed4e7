"""The time of the CPU kernels as a ratio to torch's softmax, one thread each, interleaved.

python tests/bench_cpu.py [repetitions]
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np
import torch

from refsoft.catalogue import softmax, softmax_one, symax
from refsoft.drivers import cpu

SHAPES = [(1000, 1000), (4096, 4096), (100_000, 10)]
CASES = {
    "softmax": (softmax.RECIPE, [1.0]),
    "softmax, T = 0.7": (softmax.RECIPE, [0.7]),
    "softmax_one": (softmax_one.RECIPE, []),
    "symax": (symax.RECIPE, [1.0, 1.0]),
    "symax, p = 2": (symax.RECIPE, [1.0, 2.0]),
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


def main():
    torch.set_num_threads(1)
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
                print(f"  {name:24} {statistics.median(times[name]) / reference:6.2f} x")


if __name__ == "__main__":
    main()
