"""Known mistakes, each a few lines of NumPy: what a wrong function computes.

None of them is a reference. The diagnosis computes them in float64 and in the
format of the scores, where sums overflow that do not in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Known = dict[str, Any]
Compute = Callable[[Floats, Known], Any]

_TINY = 1e-37  # keeps 0/0 out of an all-zero row, in float32 too


def _max(x: Floats) -> Any:
    return np.max(x, axis=-1, keepdims=True)


def _scores(x: Floats, params: Known) -> Any:
    """What is exponentiated: the scores, scaled where the variant scales them."""
    if "temperature" in params:
        return x / params["temperature"]
    if "s" in params:
        return (params["s"] * math.log(x.shape[-1]) + params["b"]) * x
    return x


def _log_offset(name: str, x: Floats, params: Known) -> Any:
    if name == "softmax_n":
        return np.log(params["n"])
    if name == "softmax_sink":
        return params["sink"]
    return x.dtype.type(0 if name == "softmax_one" else -np.inf)


def _finish(name: str, x: Floats, y: Floats) -> Any:
    """From softmax weights to the variant's result."""
    if name == "log_softmax":
        return np.log(y)
    if name == "self_adjust":
        return x * y
    if name == "self_adjust_normalized":
        low = np.minimum(np.min(x, axis=-1, keepdims=True), 0)
        high = np.maximum(_max(x), 0)
        return (x - low) / (high - low) * y
    return y


def _weights(name: str, x: Floats, params: Known) -> tuple[Any, Any]:
    """Numerators and offset at a common safe scale."""
    if name == "symax":
        top = np.maximum(_max(np.abs(x)), _TINY)
        return np.abs(x / top) ** params["p"], params["eta"] / top ** params["p"]
    z = _scores(x, params)
    offset = _log_offset(name, x, params)
    top = np.maximum(_max(z), offset)
    return np.exp(z - top), np.exp(offset - top)


def _unscaled(name: str, x: Floats, params: Known) -> tuple[Any, Any]:
    """Numerators and offset as the formula writes them."""
    if name == "symax":
        return np.abs(x) ** params["p"], params["eta"]
    return np.exp(_scores(x, params)), np.exp(_log_offset(name, x, params))


def unscaled_offset(name: str) -> Compute:
    """The maximum is subtracted from the scores, and the offset left as it is."""

    def compute(x: Floats, params: Known) -> Any:
        w = np.exp(x - _max(x))
        return w / (np.exp(_log_offset(name, x, params)) + w.sum(-1, keepdims=True))

    return compute


def unscaled_magnitudes(x: Floats, params: Known) -> Any:
    """Symax divided by the largest magnitude, eta left as it is."""
    w = np.abs(x / np.maximum(_max(np.abs(x)), _TINY)) ** params["p"]
    return w / (params["eta"] + w.sum(-1, keepdims=True))


def without_offset(name: str) -> Compute:
    """The offset is missing."""

    def compute(x: Floats, params: Known) -> Any:
        w, _ = _weights(name, x, params)
        return w / w.sum(-1, keepdims=True)

    return compute


def no_kept_dimension(name: str) -> Compute:
    """Row sums without keeping the dimension: they divide along the last axis."""

    def compute(x: Floats, params: Known) -> Any:
        w, offset = _unscaled(name, x, params)
        total = w.sum(-1) + (offset if np.ndim(offset) == 0 else offset[..., 0])
        return _finish(name, x, np.divide(w, total))

    return compute


def over_axes(name: str, axes: int | None) -> Compute:
    """The sum runs over another axis than the last, or over all."""

    def compute(x: Floats, params: Known) -> Any:
        if axes is not None and axes % max(x.ndim, 2) == x.ndim - 1:
            raise ValueError("that is the right axis")
        if name == "symax":
            w, offset = _unscaled(name, x, params)
        else:
            z, logarithm = _scores(x, params), _log_offset(name, x, params)
            top = np.maximum(np.max(z, axis=axes, keepdims=True), logarithm)
            w, offset = np.exp(z - top), np.exp(logarithm - top)
        return _finish(name, x, w / (offset + w.sum(axis=axes, keepdims=True)))

    return compute


def overflowing(name: str) -> Compute:
    """The textbook form: sums of unscaled weights."""

    def compute(x: Floats, params: Known) -> Any:
        w, offset = _unscaled(name, x, params)
        return _finish(name, x, w / (offset + w.sum(-1, keepdims=True)))

    return compute


def stepwise(name: str) -> Compute:
    """The right form, every operation rounded to the format of the scores."""

    def compute(x: Floats, params: Known) -> Any:
        w, offset = _weights(name, x, params)
        return _finish(name, x, w / (offset + w.sum(-1, keepdims=True, dtype=x.dtype)))

    return compute


def log_of_result(x: Floats, params: Known) -> Any:
    """The logarithm of a softmax that has already underflowed."""
    w = np.exp(_scores(x, params) - _max(_scores(x, params)))
    return np.log((w / w.sum(-1, keepdims=True)).astype(x.dtype))


def summed_in_half(name: str) -> Compute:
    """The sum is accumulated in float16, one entry after the other."""

    def compute(x: Floats, params: Known) -> Any:
        w, offset = _weights(name, x, params)
        total = np.add.accumulate(w.astype(np.float16), axis=-1, dtype=np.float16)[..., -1:]
        return _finish(name, x, w / (total.astype(x.dtype) + offset))

    return compute


def sink_as_weight(x: Floats, params: Known) -> Any:
    """The sink is added to the sum as it is, not its exponential."""
    top = _max(x)
    w = np.exp(x - top)
    return w / (params["sink"] * np.exp(-top) + w.sum(-1, keepdims=True))


def ssmax_with(scale: Callable[[Floats], float]) -> Compute:
    """A softmax scaled by another function of the shape in place of ln n."""

    def compute(x: Floats, params: Known) -> Any:
        z = (params["s"] * scale(x) + params["b"]) * x
        w = np.exp(z - _max(z))
        return w / w.sum(-1, keepdims=True)

    return compute


def signed_sum(x: Floats, params: Known) -> Any:
    """The magnitude is missing in the sum."""
    return np.abs(x) ** params["p"] / (params["eta"] + (x ** params["p"]).sum(-1, keepdims=True))


def signed(x: Floats, params: Known) -> Any:
    """The magnitude is missing altogether."""
    w = x ** params["p"]
    return w / (params["eta"] + w.sum(-1, keepdims=True))


def multiplied(name: str) -> Compute:
    """The temperature multiplies instead of dividing."""

    def compute(x: Floats, params: Known) -> Any:
        z = x * params["temperature"]
        w = np.exp(z - _max(z))
        return _finish(name, x, w / w.sum(-1, keepdims=True))

    return compute


def min_max(x: Floats, params: Known) -> Any:  # noqa: ARG001
    """The extremes are not extended to 0."""
    low, high = np.min(x, axis=-1, keepdims=True), _max(x)
    w = np.exp(x - high)
    return (x - low) / (high - low) * w / w.sum(-1, keepdims=True)


def naive_product(x: Floats, params: Known) -> Any:  # noqa: ARG001
    """The product x * softmax(x) as written: -inf times 0 is NaN."""
    w = np.exp(x - _max(x))
    return x * (w / w.sum(-1, keepdims=True))
