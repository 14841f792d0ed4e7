"""Whole-array kernels, continued: mistakes that every variant can have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from tests.culprits import ALL, OFFSET, PARAM, PLAIN, USUAL, Culprit, Function
from tests.culprits.arrays import Kernel, Magnitudes, finished, right, scores

NEIGHBOURS = {
    "softmax": "softmax_one",
    "log_softmax": "softmax",
    "softmax_one": "self_adjust",
    "softmax_n": "softmax_one",
    "softmax_sink": "softmax_one",
    "symax": "softmax",
    "ssmax": "softmax",
    "self_adjust": "self_adjust_normalized",
    "self_adjust_normalized": "self_adjust",
}


def _half(value: Any) -> Any:
    return value.astype(np.float16).astype(value.dtype)


def _tree_in_half(w: Any) -> Any:
    """Halves of the row are added to each other until one entry is left."""
    w = w.astype(np.float16)
    while w.shape[-1] > 1:
        odd = w.shape[-1] % 2
        tail = w[..., -1:] if odd else w[..., :0]
        even = w[..., : w.shape[-1] - odd]
        middle = even.shape[-1] // 2
        w = np.concatenate([even[..., :middle] + even[..., middle:], tail], axis=-1)
    return w.astype(np.float32)


def _along(name: str, axis: int | None) -> Function:
    if name == "symax":
        # Not divided by the largest: that would be the row's.
        return lambda x: np.abs(x) / (1 + np.sum(np.abs(x), axis=axis, keepdims=True))
    start = {"softmax_one": 0.0}.get(name, -np.inf)
    top = {"softmax_n": np.log(4.0), "softmax_sink": 2.0}.get(name, start)
    return Kernel(
        name,
        shift=lambda z: np.max(z, axis=axis, keepdims=True, initial=top).astype(z.dtype),
        total=lambda w: np.sum(w, axis=axis, keepdims=True),
    )


def _not_kept(name: str) -> Function:
    if name == "symax":
        return lambda x: np.abs(x) / (1 + np.linalg.norm(x, ord=1, axis=-1))
    added = {"softmax_one": 1.0, "softmax_n": 4.0, "softmax_sink": np.exp(2.0)}.get(name, 0.0)
    return Kernel(
        name,
        shift=lambda z: np.zeros_like(z[..., :1]),
        total=lambda w: w.sum(-1),
        offset=lambda m, x: added,
    )


def _overflowing(name: str) -> Function:
    if name == "symax":
        return Magnitudes(scale=lambda a: np.ones_like(a[..., :1]))
    return Kernel(name, shift=lambda z: np.zeros_like(z[..., :1]))


def _flushed(name: str) -> Function:
    def function(x: Any) -> Any:
        y = right(name)(x)
        return np.where((y.view(np.int32) & 0x7F800000) == 0, np.float32(0), y)

    return function


def _deaf(name: str) -> Function:
    """The maximum and the sum that skip NaN, as fmax and nansum do."""

    def function(x: Any) -> Any:
        if x.size == 0:
            return x.copy()
        if name == "symax":
            return right(name)(np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf))
        absent = np.isnan(x)
        kernel = Kernel(
            name,
            shift=lambda z: np.maximum(
                np.fmax.reduce(z, axis=-1, keepdims=True),
                {"softmax_one": 0, "softmax_n": np.log(np.float32(4)), "softmax_sink": 2}.get(
                    name, -np.inf
                ),
            ).astype(z.dtype),
            total=lambda w: np.nansum(w, axis=-1, keepdims=True),
        )
        return np.where(absent, -np.inf if name == "log_softmax" else 0, kernel(x)).astype(x.dtype)

    return function


def _uniform(x: Any) -> Any:
    return np.full(x.shape, 1 / max(x.shape[-1], 1), x.dtype)


def _uniform_log(x: Any) -> Any:
    return np.broadcast_to(-np.log(np.float32(max(x.shape[-1], 1))), x.shape).copy()


def _from_zero(name: str) -> Function:
    return Kernel(name, shift=lambda z: np.max(z, axis=-1, keepdims=True, initial=0.0))


def _common(name: str) -> Iterator[Culprit]:
    options: dict[str, Any] = {"param": PARAM.get(name, {})}

    def of(sentence: str, function: Function, *only: str, **more: Any) -> Culprit:
        return Culprit("arrays", name, sentence, function, only or USUAL, {**options, **more})

    yield of("returns all zeros", lambda x: x.dtype.type(0) * np.isnan(x))
    yield of(f"is {NEIGHBOURS[name]}", right(NEIGHBOURS[name]))
    kept = "sums over the wrong axis: the sum is taken without keeping the dimension"
    yield of(kept, _not_kept(name), "normal", "square")
    yield of("sums over the wrong axis (0)", _along(name, 0), *USUAL, "batch-3d")
    yield of("sums over all axes", _along(name, None))
    overflow = "the sum overflows" if name == "symax" else _OVERFLOW
    yield of(overflow, _overflowing(name), "normal", "scales", "huge")
    yield of("sums in float16", replace(right(name), total=_tree_in_half), "normal", "ties", "wide")
    yield of("rounds every step to the format of the scores", right(name), dtype="bfloat16")
    if name != "log_softmax":
        yield of("flushes subnormal results to 0", _flushed(name), "normal", "subnormal")
    if name != "self_adjust_normalized":
        absent = "0" if name == "symax" else "-inf"
        yield of(f"takes a NaN for {absent}", _deaf(name), "normal", "nan")


_OVERFLOW = "the maximum is not subtracted (exp overflows)"


def _exponential(name: str) -> Iterator[Culprit]:
    options: dict[str, Any] = {"param": PARAM.get(name, {})}

    def of(sentence: str, function: Function, *only: str) -> Culprit:
        return Culprit("arrays", name, sentence, function, only or USUAL, options)

    kernel = right(name)
    if name == "log_softmax":
        yield of("returns -ln n everywhere", _uniform_log)
    else:
        yield of("returns 1/n everywhere", _uniform)
        ln2 = np.float32(np.log(2))
        two = replace(kernel, score=lambda x: scores(name, x) * ln2)
        yield of("takes 2**x in place of exp(x)", two)
    clipped = lambda x: kernel(np.clip(x, x.dtype.type(-20), x.dtype.type(20)))  # noqa: E731
    yield of("clips the scores at 20", clipped, "normal", "wide")
    if name in PLAIN:
        yield of(_FROM_ZERO, _from_zero(name), "normal", "scales", "negative")
    if name in ("softmax", *OFFSET):
        yield of("shifts in float16", replace(kernel, shifted=_half))
        yield of("divides in float16", replace(kernel, last=_reciprocal))
        yield of("rounds the scores to float16", replace(kernel, score=_half))


_FROM_ZERO = "the maximum starts at 0 in place of -inf"


def _reciprocal(name: str, x: Any, z: Any, w: Any, s: Any) -> Any:
    return finished(name, x, z, w * _half(np.reciprocal(s)), np.ones_like(s))


def found() -> Iterator[Culprit]:
    """The mistakes that are made of every variant alike."""
    for name in ALL:
        yield from _common(name)
        if name != "symax":
            yield from _exponential(name)
