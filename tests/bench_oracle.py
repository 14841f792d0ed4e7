"""Microseconds per element of the oracle: ``python tests/bench_oracle.py [n]``.

Processor time, best of three, so that a busy machine shows the same figures.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

import refsoft as rs
from refsoft import oracle
from refsoft._dtypes import DTYPES


def best_of_three(work: Callable[[], object], elements: int) -> float:
    """Microseconds of processor time per element."""
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return 1e6 * min(times) / elements


def main(n: int) -> None:
    """Print one line per variant and dtype."""
    rng = np.random.default_rng(0)
    rows = 4
    scores, cotangent = 3 * rng.normal(size=(2, rows, n))
    print(f"us per element, {rows} rows of {n}")
    print(f"{'variant':24}{'dtype':10}{'exact':>8}{'vjp':>8}{'enclose':>9}{'ulp':>8}")
    for name, variant in rs.variants.items():
        params = {p.name: np.full((rows, 1), p.default) for p in variant.card.parameters}
        module = variant.oracle_module
        for dtype_name, dtype in DTYPES.items():
            x, g = scores.astype(dtype), cotangent.astype(dtype)
            y = oracle.exact(module, x, None, params, dtype).value
            calls = [
                partial(oracle.exact, module, x, None, params, dtype),
                partial(oracle.exact_vjp, module, x, g, None, params, dtype),
                partial(oracle.enclose, module, x, None, params),
                partial(oracle.ulp_error, module, y, x, None, params),
            ]
            a, b, c, d = (best_of_three(call, rows * n) for call in calls)
            print(f"{name:24}{dtype_name:10}{a:8.1f}{b:8.1f}{c:9.1f}{d:8.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1024)
