"""Known mistakes, each a few lines of NumPy: what a wrong function computes.

None of them is a reference. The diagnosis computes them in float64 and in
float32, where sums overflow that do not in float64. A mistake that cannot be
made with the scores or parameters at hand raises ValueError.
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


def _max(x: Floats) -> Any:
    return np.max(x, axis=-1, keepdims=True)


def _sum(x: Floats) -> Any:
    return np.sum(x, axis=-1, keepdims=True, dtype=x.dtype)


def running(x: Floats) -> Any:
    """The sum, one entry after the other."""
    return np.add.accumulate(x, axis=-1, dtype=x.dtype)[..., -1:]


def _scores(x: Floats, params: Known) -> Any:
    """What is exponentiated: the scores, scaled where the variant scales them."""
    if "temperature" in params:
        return x / params["temperature"]
    if "s" in params:
        scale = params["s"] * x.dtype.type(math.log(x.shape[-1])) + params["b"]
        return scale.astype(x.dtype) * x
    return x


def _log_offset(name: str, x: Floats, params: Known) -> Any:
    if name == "softmax_n":
        return np.log(params["n"])
    if name == "softmax_sink":
        return params["sink"]
    return x.dtype.type(0 if name == "softmax_one" else -np.inf)


def _over(name: str, x: Floats, z: Floats, total: Any) -> Any:
    """The variant's result from log weights z and their sum."""
    if name == "log_softmax":
        return z - np.log(total)
    y = np.exp(z) / total
    if name == "self_adjust":
        return x * y
    if name == "self_adjust_normalized":
        low = np.minimum(np.min(x, axis=-1, keepdims=True), 0)
        high = np.maximum(_max(x), 0)
        return (x - low) / (high - low) * y
    return y


def _shifted(name: str, x: Floats, params: Known) -> tuple[Any, Any]:
    """Log weights and offset at a common safe scale."""
    z, offset = _scores(x, params), _log_offset(name, x, params)
    top = np.maximum(_max(z), offset)
    return z - top, np.exp(offset - top)


def _powers(x: Floats, params: Known) -> tuple[Any, Any]:
    """The weights and the offset of symax, divided by the largest magnitude."""
    top = _max(np.abs(x))
    top = np.where(top == 0, x.dtype.type(1), top)
    return np.abs(x / top) ** params["p"], params["eta"] / top ** params["p"]


def _must(happen: Any) -> None:
    if not np.any(happen):
        raise ValueError("there is no such mistake with these scores")


def unscaled_offset(name: str) -> Compute:
    """The maximum is subtracted from the scores, and the offset left as it is."""

    def compute(x: Floats, params: Known) -> Any:
        w = np.exp(x - _max(x))
        return w / (np.exp(_log_offset(name, x, params)) + _sum(w))

    return compute


def unscaled_eta(x: Floats, params: Known) -> Any:
    """Symax divided by the largest magnitude, eta left as it is."""
    w, _ = _powers(x, params)
    return w / (params["eta"] + _sum(w))


def without_offset(x: Floats, params: Known) -> Any:  # noqa: ARG001
    """A softmax in place of a variant with an offset."""
    w = np.exp(x - _max(x))
    return w / _sum(w)


def without_eta(x: Floats, params: Known) -> Any:
    """Symax without its offset."""
    _must(x != 0)
    w, _ = _powers(x, params)
    return np.where(_sum(w) == 0, 0, w / _sum(w))


def no_kept_dimension(name: str) -> Compute:
    """Row sums without keeping the dimension: they divide along the last axis."""

    def compute(x: Floats, params: Known) -> Any:
        offset = params["eta"] if name == "symax" else np.exp(_log_offset(name, x, params))
        offset = offset if np.ndim(offset) == 0 else offset[..., 0]
        if name == "symax":
            w = np.abs(x) ** params["p"]
            return w / (offset + w.sum(-1))
        z = _scores(x, params)
        return _over(name, x, z, offset + np.exp(z).sum(-1))

    return compute


def over_axes(name: str, axes: int | None) -> Compute:
    """The sum runs over another axis than the last, or over all."""

    def compute(x: Floats, params: Known) -> Any:
        if axes is not None and axes % max(x.ndim, 2) == x.ndim - 1:
            raise ValueError("that is the right axis")
        if name == "symax":
            w = np.abs(x) ** params["p"]
            return w / (params["eta"] + w.sum(axis=axes, keepdims=True))
        z, offset = _scores(x, params), _log_offset(name, x, params)
        top = np.maximum(np.max(z, axis=axes, keepdims=True), offset)
        total = np.exp(offset - top) + np.exp(z - top).sum(axis=axes, keepdims=True)
        return _over(name, x, z - top, total)

    return compute


def overflowing(name: str) -> Compute:
    """The textbook form where it leaves the range: sums of unscaled weights."""

    def compute(x: Floats, params: Known) -> Any:
        if name == "symax":
            w = np.abs(x) ** params["p"]
            total = params["eta"] + _sum(w)
            _must(~np.isfinite(total))
            return w / total
        z = _scores(x, params)
        total = np.exp(_log_offset(name, x, params)) + _sum(np.exp(z))
        _must(~np.isfinite(total) | (total == 0))
        return _over(name, x, z, total)

    return compute


def stepwise(name: str, total: Callable[[Floats], Any] = _sum) -> Compute:
    """The right form, every operation rounded to the format of the scores."""

    def compute(x: Floats, params: Known) -> Any:
        if name == "symax":
            w, offset = _powers(x, params)
            return w / (offset + total(w))
        z, offset = _shifted(name, x, params)
        return _over(name, x, z, offset + total(np.exp(z)))

    return compute


def summed_in_half(name: str) -> Compute:
    """The sum is accumulated in float16, one entry after the other."""

    def compute(x: Floats, params: Known) -> Any:
        w, offset = _powers(x, params) if name == "symax" else _shifted(name, x, params)
        weights = w if name == "symax" else np.exp(w)
        total = np.add.accumulate(weights.astype(np.float16), axis=-1, dtype=np.float16)
        total = total[..., -1:].astype(x.dtype) + offset
        return w / total if name == "symax" else _over(name, x, w, total)

    return compute


def log_of_result(x: Floats, params: Known) -> Any:
    """The logarithm of a softmax that has already underflowed."""
    z = _scores(x, params)
    w = np.exp(z - _max(z))
    return np.log(w / _sum(w))


def sink_as_weight(x: Floats, params: Known) -> Any:
    """The sink is added to the sum as it is, not its exponential."""
    top = _max(x)
    w = np.exp(x - top)
    return w / (params["sink"] * np.exp(-top) + _sum(w))


def ssmax_with(scale: Callable[[Floats], float]) -> Compute:
    """A softmax scaled by another function of the shape in place of ln n."""

    def compute(x: Floats, params: Known) -> Any:
        z = (params["s"] * scale(x) + params["b"]) * x
        w = np.exp(z - _max(z))
        return w / _sum(w)

    return compute


def signed_sum(x: Floats, params: Known) -> Any:
    """The magnitude is missing in the sum."""
    _must(x ** params["p"] != np.abs(x) ** params["p"])
    return np.abs(x) ** params["p"] / (params["eta"] + _sum(x ** params["p"]))


def signed(x: Floats, params: Known) -> Any:
    """The magnitude is missing altogether."""
    w = x ** params["p"]
    _must(w != np.abs(w))
    return w / (params["eta"] + _sum(w))


def multiplied(name: str) -> Compute:
    """The temperature multiplies instead of dividing."""

    def compute(x: Floats, params: Known) -> Any:
        _must(np.asarray(params["temperature"]) != 1)
        z = x * params["temperature"]
        z = z - _max(z)
        return _over(name, x, z, _sum(np.exp(z)))

    return compute


def min_max(x: Floats, params: Known) -> Any:  # noqa: ARG001
    """The extremes are not extended to 0."""
    low, high = np.min(x, axis=-1, keepdims=True), _max(x)
    w = np.exp(x - high)
    return (x - low) / (high - low) * w / _sum(w)


def naive_product(x: Floats, params: Known) -> Any:  # noqa: ARG001
    """The product x * softmax(x) as written: -inf times 0 is NaN."""
    w = np.exp(x - _max(x))
    return x * (w / _sum(w))
