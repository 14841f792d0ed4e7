"""Our kernels through their public functions, and the golden functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.bench.contender import OURS, Contender, Prepared
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import PARAMETERS
from refsoft.catalogue import VARIANTS
from refsoft.variant import Variant

MOST = 2_000_000  # entries; golden sums with compensation in float64


def kernel(variant: str, op: str) -> Contender:
    """The CPU kernel of a variant, wrapper included."""

    def prepare(problem: Problem) -> Prepared:
        return _prepared(VARIANTS[variant], op, problem)

    return Contender(f"refsoft {variant}", prepare, variant, OURS)


def contender(variant: str, op: str) -> Contender | None:
    """The golden function of a variant."""
    golden = VARIANTS[variant].using("golden")
    if op == "forward+lse" and golden.card.lse is None:
        return None

    def prepare(problem: Problem) -> Prepared:
        return Prepared(None, _allocating(golden, op, problem), _first)

    return Contender(f"golden {variant}", prepare, variant, "golden", MOST, MOST)


def _prepared(variant: Variant, op: str, problem: Problem) -> Prepared:
    return Prepared(_into(variant, op, problem), _allocating(variant, op, problem), _first)


def _first(result: Any) -> Array:
    return np.asarray(result[0] if isinstance(result, tuple) else result)


def _allocating(variant: Variant, op: str, problem: Problem) -> Callable[[], Any]:
    x, axis = problem.x, problem.size.axis
    params: dict[str, Any] = dict(PARAMETERS[variant.card.name])
    if op == "forward":
        return lambda: variant(x, axis=axis, **params)
    if op == "forward+lse":
        return lambda: variant(x, axis=axis, return_lse=True, **params)
    g = problem.g
    if op == "jvp":
        return lambda: variant.jvp(x, g, axis=axis, **params)
    y = variant(x, axis=axis, **params) if op.endswith("from y") else None
    wrt = "x" if op.startswith("dx") else None
    return lambda: variant.vjp(x, g, y=y, wrt=wrt, axis=axis, **params)


def _into(variant: Variant, op: str, problem: Problem) -> Callable[[], Any] | None:
    x, out, axis = problem.x, problem.out, problem.size.axis
    params: dict[str, Any] = dict(PARAMETERS[variant.card.name])
    if op == "forward":
        return lambda: variant(x, axis=axis, out=out, **params)
    if op == "forward+lse":
        return lambda: variant(x, axis=axis, out=out, return_lse=True, **params)
    g = problem.g
    if op == "jvp":
        return lambda: variant.jvp(x, g, out=out, axis=axis, **params)
    y = variant(x, axis=axis, **params) if op.endswith("from y") else None
    wrt = "x" if op.startswith("dx") else None
    return lambda: variant.vjp(x, g, y=y, wrt=wrt, out=out, axis=axis, **params)
