"""The nine in NumPy, as one would write them: in place, in the format of the scores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.bench.contender import Contender, Prepared
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import PARAMETERS

MOST, MOST_SHORT = 20_000_000, 1_000_000  # entries; NumPy has no arithmetic of 16 bits


def contender(variant: str, op: str) -> Contender | None:
    """The composition of a variant; forward alone."""
    if op != "forward":
        return None

    def prepare(problem: Problem) -> Prepared:
        x, out, axis, params = problem.x, problem.out, problem.size.axis, PARAMETERS[variant]
        return Prepared(
            lambda: forward(variant, x, out, axis, **params),
            lambda: forward(variant, x, np.empty_like(x), axis, **params),
            np.asarray,
        )

    return Contender(f"numpy {variant}", prepare, variant, "numpy", MOST, MOST_SHORT)


def forward(variant: str, x: Array, y: Array, axis: int, **params: float) -> Array:
    """The result of a variant into y."""
    if variant == "symax":
        np.abs(x, out=y)
        if params["p"] != 1:
            np.power(y, x.dtype.type(params["p"]), out=y)
        np.divide(y, _total(y, axis) + params["eta"], out=y)
        return y
    offset = _offset(variant, params)
    scores = x
    if variant == "ssmax":
        scale = params["s"] * math.log(x.shape[axis]) + params["b"]
        scores = np.multiply(x, x.dtype.type(scale), out=y)
    m = np.max(scores, axis=axis, keepdims=True)
    if offset:
        m = np.maximum(m, x.dtype.type(math.log(offset)))
    np.subtract(scores, m, out=y)
    if variant == "log_softmax":
        np.subtract(y, np.log(_total(np.exp(y), axis)), out=y)
        return y
    np.exp(y, out=y)
    z = _total(y, axis)
    if offset:
        z += np.exp(math.log(offset) - m)
    np.divide(y, z, out=y)
    if variant == "self_adjust":
        np.multiply(y, x, out=y)
    if variant == "self_adjust_normalized":
        low = np.minimum(np.min(x, axis=axis, keepdims=True), 0)
        high = np.maximum(np.max(x, axis=axis, keepdims=True), 0)
        np.multiply(y, x - low, out=y)
        np.divide(y, high - low, out=y)
    return y


def _offset(variant: str, params: dict[str, float]) -> float:
    if variant == "softmax_sink":
        return math.exp(params["sink"])
    return {"softmax_one": 1.0, "softmax_n": params.get("n", 0.0)}.get(variant, 0.0)


def _total(w: Array, axis: int) -> Any:
    return np.sum(w, axis=axis, keepdims=True)
