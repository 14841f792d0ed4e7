"""Kernels' ways through a row: online, split, concatenated, in base 2, from the log-sum-exp."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from tests.zoo.controls import Control
from tests.zoo.controls_forms import column, log_softmax, softmax, softmax_one, softmax_sink

Rows = Any
LOG2E = np.log2(np.e)
# Scores times log2(e) overflow beyond.
BASE_2 = {"domain": "abs(x)<=1e38"}
# The rounding of m log2(e) is a factor common to the row; 2 to its power leaves the format beyond.
FUSED = {"domain": "abs(x)<=1e8"}
LONG = {"only": ("long-uniform", "long-outlier", "normal", "negative")}


def _scale(x: Rows, m: Rows) -> Rows:
    """exp(x - m), 0 at a score of -inf even where m is -inf."""
    return np.where(np.isneginf(x), np.zeros_like(x), np.exp(x - m))


def _online(x: Rows, m: Rows, s: Rows) -> tuple[Rows, Rows]:
    for j in range(x.shape[-1]):
        new = np.maximum(m, x[..., j : j + 1])
        s = s * _scale(m, new) + _scale(x[..., j : j + 1], new)
        m = new
    return m, s


def online_softmax(x: Rows) -> Rows:
    start = x[..., :0].sum(axis=-1, keepdims=True)
    m, s = _online(x, start - np.inf, start)
    return np.exp(x - m) / s


def online_softmax_one(x: Rows) -> Rows:
    start = x[..., :0].sum(axis=-1, keepdims=True)
    m, s = _online(x, start, start + 1)
    return np.exp(x - m) / s


def online_sink(x: Rows, sink: Any) -> Rows:
    start = x[..., :0].sum(axis=-1, keepdims=True) + column(sink, x)
    m, s = _online(x, start, np.ones_like(start))
    return np.exp(x - m) / s


def split(x: Rows, offset: Any, tile: int = 32) -> Rows:
    """Tiles of a row each with its maximum and sum, merged; the offset is added once."""
    parts = []
    for start in range(0, x.shape[-1], tile):
        part = x[..., start : start + tile]
        m = part.max(axis=-1, keepdims=True)
        parts.append((m, _scale(part, m).sum(axis=-1, keepdims=True)))
    if offset is not None:
        parts.append((offset, np.ones_like(offset)))
    if not parts:
        return x.copy()
    top = np.max([m for m, _ in parts], axis=0)
    s = sum(part * _scale(m, top) for m, part in parts)
    return np.exp(x - top) / s


def split_softmax(x: Rows) -> Rows:
    return split(x, None)


def split_softmax_one(x: Rows) -> Rows:
    return split(x, np.zeros_like(x[..., :1]) if x.shape[-1] else None)


def split_sink(x: Rows, sink: Any) -> Rows:
    return split(x, np.broadcast_to(column(sink, x), (*x.shape[:-1], 1)))


def with_column(x: Rows, score: Any) -> Rows:
    """softmax over one score more, whose result is dropped."""
    extra = np.broadcast_to(score, (*x.shape[:-1], 1)).astype(x.dtype)
    return np.ascontiguousarray(softmax(np.concatenate([x, extra], axis=-1))[..., :-1])


def concatenated_zero(x: Rows) -> Rows:
    return with_column(x, 0)


def concatenated_sink(x: Rows, sink: Any) -> Rows:
    return with_column(x, column(sink, x))


def concatenated_log(x: Rows, n: Any) -> Rows:
    with np.errstate(divide="ignore"):
        return with_column(x, np.log(column(n, x)))


def base_2(x: Rows, offset: Any, fused: bool) -> Rows:
    """2^(x log2(e) - m log2(e)); fused: the product is not rounded before the difference."""
    wide = np.float64 if fused else x.dtype
    z = x.astype(wide) * (wide(LOG2E) if fused else x.dtype.type(LOG2E))
    m = x.max(axis=-1, keepdims=True)
    m = m if offset is None else np.maximum(m, offset)
    scaled = m * x.dtype.type(LOG2E)
    w = np.exp2((z - scaled).astype(x.dtype))
    s = w.sum(axis=-1, keepdims=True)
    if offset is not None:
        s = s + np.exp2((offset * x.dtype.type(LOG2E) - scaled).astype(x.dtype))
    return w / s


def fused_softmax(x: Rows) -> Rows:
    return base_2(x, None, fused=True)


def unfused_softmax(x: Rows) -> Rows:
    return base_2(x, None, fused=False)


def unfused_softmax_one(x: Rows) -> Rows:
    return base_2(x, x.dtype.type(0), fused=False)


def unfused_sink(x: Rows, sink: Any) -> Rows:
    return base_2(x, column(sink, x), fused=False)


def scaled_first(x: Rows, temperature: Any) -> Rows:
    """Scores times 1/T before the maximum is removed."""
    return softmax(x * (1 / column(temperature, x)))


def scaled_ssmax(x: Rows, s: Any, b: Any) -> Rows:
    z = x * (column(s, x) * np.log(np.asarray(x.shape[-1], x.dtype)) + column(b, x))
    return softmax(z)


def from_log_sum_exp(x: Rows) -> Rows:
    m = x.max(axis=-1, keepdims=True)
    return np.exp(x - (m + np.log(np.exp(x - m).sum(axis=-1, keepdims=True))))


def log_softmax_from_log_sum_exp(x: Rows) -> Rows:
    m = x.max(axis=-1, keepdims=True)
    return x - (m + np.log(np.exp(x - m).sum(axis=-1, keepdims=True)))


def sink_from_log_sum_exp(x: Rows, sink: Any) -> Rows:
    sink = column(sink, x)
    m = np.maximum(x.max(axis=-1, keepdims=True), sink)
    s = np.exp(x - m).sum(axis=-1, keepdims=True) + np.exp(sink - m)
    return np.exp(x - (m + np.log(s)))


def exp_of_log_softmax(x: Rows, temperature: Any) -> Rows:
    return np.exp(log_softmax(x, temperature))


def one_by_one(x: Rows, offset: Any) -> Rows:
    """A sum from left to right."""
    m = x.max(axis=-1, keepdims=True)
    m = m if offset is None else np.maximum(m, offset)
    w = np.exp(x - m)
    s = np.add.accumulate(w, axis=-1)[..., -1:]
    return w / (s if offset is None else s + np.exp(offset - m))


def sequential_softmax(x: Rows) -> Rows:
    return one_by_one(x, None)


def sequential_softmax_one(x: Rows) -> Rows:
    return one_by_one(x, x.dtype.type(0))


def sequential_sink(x: Rows, sink: Any) -> Rows:
    return one_by_one(x, column(sink, x))


def compensated(x: Rows) -> Rows:
    """Kahan's sum."""
    w = np.exp(x - x.max(axis=-1, keepdims=True))
    s, lost = np.zeros_like(w[..., :1]), np.zeros_like(w[..., :1])
    for j in range(w.shape[-1]):
        term = w[..., j : j + 1] - lost
        total = s + term
        lost = (total - s) - term
        s = total
    return w / s


def reciprocal(x: Rows) -> Rows:
    w = np.exp(x - x.max(axis=-1, keepdims=True))
    return w * (1 / w.sum(axis=-1, keepdims=True))


def widened(x: Rows) -> Rows:
    return softmax_one(x.astype(np.float64)).astype(x.dtype)


def without_a_shift(x: Rows, form: str) -> Rows:
    """Overflows for scores that it does not admit."""
    w = np.exp(x)
    s = w.sum(axis=-1, keepdims=True)
    return {"softmax": w / s, "softmax_one": w / (1 + s)}[form]


def flushing(x: Rows) -> Rows:
    """Weights and results below the normal range are 0."""
    tiny = np.finfo(x.dtype).tiny
    w = np.exp(x - x.max(axis=-1, keepdims=True))
    y = np.where(w < tiny, 0, w) / np.where(w < tiny, 0, w).sum(axis=-1, keepdims=True)
    return np.where(y < tiny, 0, y).astype(x.dtype)


def refuses_empty(x: Rows) -> Rows:
    if x.size == 0:
        raise ValueError("x is empty")
    return softmax_sink(x, 0.0)


def _float32(name: str, variant: str, function: Any, arithmetic: str, **options: Any) -> Control:
    return Control(name, variant, "float32", function, f"float32-{arithmetic}", options)


def _unshifted(variant: str) -> Control:
    function = partial(without_a_shift, form=variant)
    options = {"domain": "abs(x)<=80", "passes": ()}
    return Control("no shift", variant, "float32", function, "float32-tree", options)


CONTROLS = [
    _float32("online", "softmax", online_softmax, "sequential", passes=()),
    _float32("online", "softmax_one", online_softmax_one, "sequential"),
    _float32("online", "softmax_sink", online_sink, "sequential"),
    _float32("split and merged", "softmax", split_softmax, "sequential", passes=()),
    _float32("split and merged", "softmax_one", split_softmax_one, "sequential"),
    _float32("split and merged", "softmax_sink", split_sink, "sequential"),
    _float32("concatenated", "softmax_one", concatenated_zero, "tree"),
    _float32("concatenated", "softmax_n", concatenated_log, "tree"),
    _float32("concatenated", "softmax_sink", concatenated_sink, "tree"),
    _float32("base 2 fused", "softmax", fused_softmax, "scale-first", passes=(), **FUSED),
    _float32("base 2", "softmax", unfused_softmax, "scale-first", passes=(), **BASE_2),
    _float32("base 2", "softmax_one", unfused_softmax_one, "scale-first", **BASE_2),
    _float32("base 2", "softmax_sink", unfused_sink, "scale-first", **BASE_2),
    _float32("scaled first", "softmax", scaled_first, "scale-first", domain="abs(x)<=1e37"),
    _float32("scaled first", "ssmax", scaled_ssmax, "scale-first", domain="abs(x)<=1e36"),
    _float32("from lse", "softmax", from_log_sum_exp, "scale-first", passes=()),
    _float32("from lse", "log_softmax", log_softmax_from_log_sum_exp, "scale-first", passes=()),
    _float32("from lse", "softmax_sink", sink_from_log_sum_exp, "scale-first"),
    _float32("exp of log", "softmax", exp_of_log_softmax, "scale-first"),
    _float32("one by one", "softmax", sequential_softmax, "sequential", passes=(), **LONG),
    _float32("one by one", "softmax_one", sequential_softmax_one, "sequential", **LONG),
    _float32("one by one", "softmax_sink", sequential_sink, "sequential", **LONG),
    _float32("compensated", "softmax", compensated, "sequential", passes=()),
    _float32("reciprocal", "softmax", reciprocal, "tree", passes=()),
    _float32("widened", "softmax_one", widened, "tree"),
    _unshifted("softmax"),
    _unshifted("softmax_one"),
    _float32("flushing", "softmax", flushing, "tree", passes=(), subnormals="flush"),
    _float32("refuses empty", "softmax_sink", refuses_empty, "tree", passes=()),
]
