"""Known mistakes in dx of softmax weights that are multiplied by a function of the scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft.conformance.gradients.parts import Parts, Wrong, half, total


def modulated(name: str) -> list[Wrong]:
    """The mistakes of self_adjust and self_adjust_normalized."""

    def inner(p: Parts, mean: float = 1.0, extra: float = 1.0) -> Any:
        a, u, width = _place(p)
        w = p.g * u
        return a * (w - mean * total(w * a)) + extra * p.g * a / width

    factor = "x" if name == "self_adjust" else "u"
    found = [
        Wrong("the term <w,a> is missing", lambda p: _corrected(p, inner(p, mean=0.0))),
        Wrong(
            f"the derivative of the factor {factor} is missing",
            lambda p: inner(p, extra=0.0),
        ),
        Wrong("is the gradient of softmax", softmax),
        Wrong("<w,a> in float16", lambda p: _corrected(p, _half_mean(p)), False),
    ]
    if name == "self_adjust":
        return found
    return [
        Wrong(
            "the correction at the smallest score is missing",
            lambda p: _corrected(p, inner(p), low=False),
        ),
        Wrong(
            "the correction at the largest score is missing",
            lambda p: _corrected(p, inner(p), high=False),
        ),
        Wrong("the corrections at the smallest and the largest score are missing", inner),
        *found,
    ]


def _place(p: Parts) -> tuple[Any, Any, Any]:
    """The softmax, the multiplier and its width."""
    w = np.exp(p.x - np.max(p.x, axis=1, keepdims=True))
    a = w / total(w)
    if p.name == "self_adjust":
        return a, p.x, 1.0
    low = np.minimum(np.min(p.x, axis=1, keepdims=True), 0)
    width = np.maximum(np.max(p.x, axis=1, keepdims=True), 0) - low
    return a, (p.x - low) / width, width


def _corrected(p: Parts, dx: Any, low: bool = True, high: bool = True) -> Any:
    """With what the minimum and the maximum of the row add to the extremes."""
    if p.name == "self_adjust":
        return dx
    a, u, width = _place(p)
    rows, dx = np.arange(len(p.x)), dx.copy()
    for wanted, at, sign, part in (
        (low, p.x.argmin(1), -1, 1 - u),
        (high, p.x.argmax(1), 1, u),
    ):
        moved = wanted & (sign * p.x[rows, at] > 0)
        dx[rows, at] -= np.where(moved, total(p.g * a * part / width)[:, 0], 0)
    return dx


def _half_mean(p: Parts) -> Any:
    a, u, width = _place(p)
    return a * (p.g * u - half(total(p.g * u * a))) + p.g * a / width


def softmax(p: Parts) -> Any:
    """The gradient of softmax."""
    a = _place(p)[0]
    return a * (p.g - total(p.g * a))
