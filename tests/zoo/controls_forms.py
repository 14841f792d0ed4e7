"""The nine as anybody writes them: three passes over a row, in the format of the scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.controls import Control

Rows = Any


def column(value: Any, like: Rows) -> Any:
    """A parameter in the format of the scores, one per row."""
    return np.asarray(value, like.dtype)[..., np.newaxis]


def softmax(x: Rows, temperature: Any = 1.0) -> Rows:
    w = np.exp((x - x.max(axis=-1, keepdims=True)) / column(temperature, x))
    return w / w.sum(axis=-1, keepdims=True)


def log_softmax(x: Rows, temperature: Any = 1.0) -> Rows:
    t = (x - x.max(axis=-1, keepdims=True)) / column(temperature, x)
    return t - np.log(np.exp(t).sum(axis=-1, keepdims=True))


def softmax_one(x: Rows) -> Rows:
    m = np.maximum(x.max(axis=-1, keepdims=True), 0)
    w = np.exp(x - m)
    return w / (np.exp(-m) + w.sum(axis=-1, keepdims=True))


def softmax_n(x: Rows, n: Any) -> Rows:
    n = column(n, x)
    with np.errstate(divide="ignore"):
        offset = np.log(n)
    m = np.maximum(x.max(axis=-1, keepdims=True), offset)
    w = np.exp(x - m)
    return w / (np.exp(offset - m) + w.sum(axis=-1, keepdims=True))


def softmax_sink(x: Rows, sink: Any) -> Rows:
    sink = column(sink, x)
    m = np.maximum(x.max(axis=-1, keepdims=True), sink)
    w = np.exp(x - m)
    return w / (np.exp(sink - m) + w.sum(axis=-1, keepdims=True))


def symax(x: Rows, eta: Any, p: Any) -> Rows:
    """Scaled by a power of two, so that neither the powers nor their sum leave the format."""
    eta, p = column(eta, x), column(p, x)
    size = np.abs(x)
    scaled_after = p < 1
    terms = np.where(scaled_after, size**p, size)
    top = np.maximum(terms.max(axis=-1, keepdims=True), np.where(scaled_after, eta, eta ** (1 / p)))
    exponent = np.frexp(np.where((top > 0) & np.isfinite(top), top, 1))[1]
    terms = np.ldexp(terms, -exponent)
    w = np.where(scaled_after, terms, terms**p)
    half = np.ldexp(np.ones_like(top), -(exponent // 2)) ** np.where(scaled_after, 1, p)
    rest = np.ldexp(np.ones_like(top), exponent // 2 - exponent) ** np.where(scaled_after, 1, p)
    offset = np.where(eta == 0, eta, eta * half * rest)
    z = offset + w.sum(axis=-1, keepdims=True)
    y = w / np.where(z == 0, np.ones_like(z), z)
    return np.where(np.isinf(top), np.full_like(x, np.nan), y)


def ssmax(x: Rows, s: Any, b: Any) -> Rows:
    c = column(s, x) * np.log(np.asarray(x.shape[-1], x.dtype)) + column(b, x)
    top = np.where(c < 0, x.min(axis=-1, keepdims=True), x.max(axis=-1, keepdims=True))
    w = np.exp(np.where(c == 0, np.zeros_like(x), c * (x - top)))
    return w / w.sum(axis=-1, keepdims=True)


def self_adjust(x: Rows) -> Rows:
    y = softmax(x)
    # The limit of x exp(x) at -inf is 0.
    return np.where(np.isneginf(x) & ~np.isnan(y), np.zeros_like(x), x * y)


def self_adjust_normalized(x: Rows) -> Rows:
    low = np.minimum(x.min(axis=-1, keepdims=True), 0)
    high = np.maximum(x.max(axis=-1, keepdims=True), 0)
    # By halves: the width of a row at both ends of the format overflows.
    width = high / 2 - low / 2
    # Below the normal range a half is not exact.
    small = np.maximum(high, -low) < 1
    width = np.where(small, high - low, width)
    place = np.where(small, x - low, x / 2 - low / 2) / np.where(width == 0, 1, width)
    endless = np.isneginf(low)
    place = np.where(endless, np.where(np.isneginf(x), 0, 1), place).astype(x.dtype)
    return np.where(np.isposinf(high), np.full_like(x, np.nan), place * softmax(x))


FORMS = {
    "softmax": softmax,
    "log_softmax": log_softmax,
    "softmax_one": softmax_one,
    "softmax_n": softmax_n,
    "softmax_sink": softmax_sink,
    "symax": symax,
    "ssmax": ssmax,
    "self_adjust": self_adjust,
    "self_adjust_normalized": self_adjust_normalized,
}

# A difference of scores overflows where its quotient by T need not.
NARROWER = {"log_softmax": {"domain": "abs(x)<=1e37"}}

CONTROLS = [
    Control("three passes", name, dtype, form, arithmetic, NARROWER.get(name, {}))
    for name, form in FORMS.items()
    for dtype, arithmetic in (("float32", "float32-tree"), ("float64", "float64"))
]
