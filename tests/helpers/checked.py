"""A softmax checked on a few classes of cases, and what is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import refsoft as rs
from refsoft.conformance import Report

Function = Callable[..., Any]
BASE = ["normal", "negative", "square"]


def check(function: Function, *classes: str, **options: Any) -> Report:
    return rs.check(function, "softmax", **{"quick": True, "only": [*BASE, *classes], **options})


def kinds(report: Report) -> set[str]:
    return {f"{f.severity}/{f.kind}" for f in report.findings}


def softmax(x: np.ndarray) -> np.ndarray:
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / w.sum(-1, keepdims=True)


def reads_on(x: np.ndarray) -> np.ndarray:
    """Takes rows to lie one behind the other from the first entry on, as a kernel may."""
    if not x.size:
        return softmax(x)
    base = x if x.base is None else x.base
    if base.dtype != x.dtype or x.flags.c_contiguous or min(x.strides) < 0:
        return softmax(x)
    return softmax(np.ravel(base, order="K")[: x.size].reshape(x.shape))
