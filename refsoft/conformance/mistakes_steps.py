"""Known mistakes in one step of a form that is right otherwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft.conformance.mistakes import (
    Compute,
    Floats,
    Known,
    _log_offset,
    _max,
    _must,
    _over,
    _powers,
    _scores,
    _shifted,
    _sum,
    stepwise,
)


def repeated_offset(name: str, width: int | None) -> Compute:
    """The offset is added once per block of that width; None: twice."""

    def compute(x: Floats, params: Known) -> Any:
        times = 2 if width is None else max(1, -(-x.shape[-1] // width))
        if name == "symax":
            w, offset = _powers(x, params)
            return w / (times * offset + _sum(w))
        z, offset = _shifted(name, x, params)
        return np.exp(z) / (times * offset + _sum(np.exp(z)))

    return compute


def other_weight(name: str, function: Any) -> Compute:
    """Another function of the parameter is the weight that is added, by its logarithm."""

    def compute(x: Floats, params: Known) -> Any:
        offset = function(params["n" if name == "softmax_n" else "sink"])
        top = np.maximum(_max(x), offset)
        w = np.exp(x - top)
        return w / (np.exp(offset - top) + _sum(w))

    return compute


def base(name: str, number: float) -> Compute:
    """Powers of another base than e; for a logarithm, a logarithm of another base."""

    def compute(x: Floats, params: Known) -> Any:
        if name == "log_softmax":
            return stepwise(name)(x, params) / x.dtype.type(math.log(number))
        y = stepwise(name)(x * x.dtype.type(math.log(number)), params)
        return y / x.dtype.type(math.log(number)) if name == "self_adjust" else y

    return compute


def zero_row(x: Floats, params: Known) -> Any:
    """Symax where a row of zeros is divided by its largest magnitude."""
    top = _max(np.abs(x))
    _must(top == 0)
    w = np.abs(x / top) ** params["p"]
    return w / (params["eta"] / top ** params["p"] + _sum(w))


def no_temperature(name: str) -> Compute:
    """The temperature is not used."""

    def compute(x: Floats, params: Known) -> Any:
        _must(np.asarray(params["temperature"]) != 1)
        return stepwise(name)(x, {**params, "temperature": x.dtype.type(1)})

    return compute


def uniform(name: str) -> Compute:
    """Every entry is 1/n, or its logarithm."""
    logarithmic = name == "log_softmax"

    def compute(x: Floats, params: Known) -> Any:  # noqa: ARG001
        n = x.shape[-1]
        return np.full_like(x, -math.log(n) if logarithmic else 1 / n)

    return compute


def twice(name: str) -> Compute:
    """The function of the function."""
    return lambda x, params: stepwise(name)(stepwise(name)(x, params), params)


def clipped(name: str, most: float) -> Compute:
    """The scores are limited to a magnitude."""

    def compute(x: Floats, params: Known) -> Any:
        _must(np.abs(x) > most)
        return stepwise(name)(np.clip(x, -most, most), params)

    return compute


def padded(width: int) -> Any:
    """The logarithm of n, with n rounded up to a multiple of the width."""
    return lambda x: math.log(-(-x.shape[-1] // width) * width)


def scaled_overflow(name: str) -> Compute:
    """The scores are scaled before the largest is removed, and leave the range."""

    def compute(x: Floats, params: Known) -> Any:
        _must(np.isinf(_scores(x, params)) & np.isfinite(x))
        return stepwise(name)(x, params)

    return compute


def maximum_from_zero(name: str) -> Compute:
    """The running maximum starts at 0: a row far below it underflows."""

    def compute(x: Floats, params: Known) -> Any:
        z = _scores(x, params)
        top = np.maximum(_max(z), x.dtype.type(0))
        total = _sum(np.exp(z - top))
        _must(total < np.finfo(x.dtype).tiny)
        return _over(name, x, z - top, total)

    return compute


def flushed(name: str) -> Compute:
    """Subnormal results are 0."""

    def compute(x: Floats, params: Known) -> Any:
        y = stepwise(name)(x, params)
        low = np.abs(y) < np.finfo(x.dtype).tiny
        _must(low & (y != 0))
        return np.where(low, 0, y)

    return compute


def without_nan(name: str) -> Compute:
    """A NaN is taken for -inf, or for 0 by symax."""

    def compute(x: Floats, params: Known) -> Any:
        absent = np.isnan(x)
        _must(absent)
        if name == "symax":
            return stepwise(name)(np.where(absent, x.dtype.type(0), x), params)
        y = stepwise(name)(np.where(absent, x.dtype.type(-math.inf), x), params)
        return np.where(absent, 0, y) if name == "self_adjust" else y

    return compute


def in_half(name: str, step: str) -> Compute:
    """One step, ``scores``, ``shift`` or ``division``, is rounded to float16."""

    def half(value: Any, at: str) -> Any:
        if at == "scores" and step == "saturated scores":
            limit = np.finfo(np.float16).max
            return np.clip(value, -limit, limit).astype(np.float16).astype(value.dtype)
        kind = np.asarray(value).dtype
        return value.astype(np.float16).astype(kind) if at == step else value

    def compute(x: Floats, params: Known) -> Any:
        z, _ = _shifted(name, half(x, "scores"), params)
        offset = _log_offset(name, x, params)
        top = np.maximum(_max(_scores(half(x, "scores"), params)), offset)
        z = half(z, "shift")
        w = np.exp(z)
        total = np.exp(offset - top) + _sum(w)
        if name == "log_softmax":
            return _over(name, x, z, total)
        return w * half(1 / total, "division")

    return compute
