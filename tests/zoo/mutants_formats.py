"""Mutants in float64, float16 and bfloat16: a step in a narrower format, a range that is left."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right, top, total

_SOFTMAX = right("softmax")


def _sum_in_single(x: Any) -> Any:
    w = np.exp(x - top(x))
    return w / total(w.astype(np.float32)).astype(x.dtype)


def _exp_in_single(x: Any) -> Any:
    w = np.exp((x - top(x)).astype(np.float32)).astype(x.dtype)
    return w / total(w)


def _single_constant(x: Any) -> Any:
    # exp as a power of two, its factor from a header for float32.
    w = np.exp2((x - top(x)) * float(np.float32(1.4426950408889634)))
    return w / total(w)


def _cleared_by_a_factor(x: Any) -> Any:
    # What falls below the normal numbers of float32 is lost on the way.
    y = _SOFTMAX(x)
    return np.where(y < float(np.finfo(np.float32).tiny), 0, y)


def _not_shifted(x: Any) -> Any:
    w = np.exp(x)
    return (w.astype(np.float32) / total(w.astype(np.float32))).astype(x.dtype)


def _running_sum(x: Any) -> Any:
    w = np.exp((x - top(x)).astype(np.float32))
    sums = np.zeros_like(x[..., :1])
    for column in range(x.shape[-1]):
        sums = (sums + w[..., column : column + 1].astype(x.dtype)).astype(x.dtype)
    return (w / sums.astype(np.float32)).astype(x.dtype)


def _cut_off(x: Any) -> Any:
    # float32 becomes bfloat16 by dropping the lower half of its bits.
    bits = np.ascontiguousarray(_SOFTMAX(x.astype(np.float32)), np.float32).view(np.uint32)
    return (bits & np.uint32(0xFFFF0000)).view(np.float32).astype(x.dtype)


MUTANTS = (
    Mutant("softmax-sum-in-float32", "softmax", _sum_in_single, "normal/8", "inaccurate",
           "float64: the sum is kept in float32", dtype="float64"),
    Mutant("softmax-exp-in-float32", "softmax", _exp_in_single, "wide/33", "wrong",
           "float64: exp is taken in float32", dtype="float64"),
    Mutant("softmax-constant-of-float32", "softmax", _single_constant, "normal/3", "inaccurate",
           "float64: the factor log2 e has the digits of float32", dtype="float64"),
    Mutant("softmax-range-of-float32", "softmax", _cleared_by_a_factor, "wide/33", "wrong",
           "float64: results below the range of float32 are 0", dtype="float64"),
    Mutant("softmax-not-shifted-in-float16", "softmax", _not_shifted, "balance/3", "wrong",
           "float16: the maximum is not subtracted", dtype="float16"),
    Mutant("softmax-running-sum-in-bfloat16", "softmax", _running_sum, "normal/1000", "wrong",
           "bfloat16: every step of the sum is rounded",
           "rounds every step to the format of the scores", dtype="bfloat16"),
    Mutant("softmax-cut-to-bfloat16", "softmax", _cut_off, "normal/3", "inaccurate",
           "bfloat16: the result is cut off, not rounded", dtype="bfloat16"),
)  # fmt: skip
