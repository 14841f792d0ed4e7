"""Whole-array kernels in the format of the scores, each wrong in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tests.culprits import OFFSET, PARAM, SINK, USUAL, WORDS, Culprit, Function, N

Step = Callable[..., Any]
LOGARITHM = {"softmax_one": 0.0, "softmax_n": np.log(N), "softmax_sink": SINK}


def scores(name: str, x: Any) -> Any:
    return x * np.asarray(np.log(x.shape[-1]), x.dtype) if name == "ssmax" else x


def summed(w: Any) -> Any:
    if w.dtype.itemsize == 2:
        return np.sum(w, axis=-1, keepdims=True, dtype=w.dtype)
    return np.einsum("...i->...", w)[..., np.newaxis]


def highest(z: Any) -> Any:
    return np.sort(z, axis=-1)[..., -1:]


def finished(name: str, x: Any, z: Any, w: Any, s: Any) -> Any:
    """The result from shifted scores, weights and their sum."""
    if name == "log_softmax":
        return z - np.log(s)
    y = w / s
    if name == "self_adjust":
        return np.where(np.isneginf(x), 0, x) * y
    if name == "self_adjust_normalized":
        padded = np.concatenate([x, np.zeros_like(x[..., :1])], axis=-1)
        low, high = padded.min(-1, keepdims=True), padded.max(-1, keepdims=True)
        return y * ((x - low) / np.where(high == low, 1, high - low).astype(x.dtype))
    return y


@dataclass(frozen=True)
class Kernel:
    """Scores, shift, weights, sum with an offset, result: each step can be replaced."""

    name: str
    score: Step | None = None
    shift: Step | None = None
    shifted: Step = lambda z: z
    exp: Step = np.exp
    total: Step = summed
    offset: Step | None = None
    last: Step = finished

    def __call__(self, x: Any) -> Any:
        if x.size == 0:
            return x.copy()
        z = self.score(x) if self.score else scores(self.name, x)
        m = self.shift(z) if self.shift else self._top(z)
        z = self.shifted(z - m)
        w = self.exp(z)
        s = self.total(w)
        extra = self.offset(m, x) if self.offset else self._extra(m)
        s = s if extra is None else s + np.asarray(extra).astype(x.dtype)
        return self.last(self.name, x, z, w, s).astype(x.dtype)

    def _top(self, z: Any) -> Any:
        top = highest(z)
        beside = LOGARITHM.get(self.name)
        return top if beside is None else np.maximum(top, np.asarray(beside, z.dtype))

    def _extra(self, m: Any) -> Any:
        beside = LOGARITHM.get(self.name)
        return None if beside is None else np.exp(np.asarray(beside, m.dtype) - m)


@dataclass(frozen=True)
class Magnitudes:
    """Symax with p = 1: magnitudes over eta and their sum, divided by the largest."""

    weigh: Step = np.abs
    scale: Step = lambda a: np.where(highest(a) == 0, 1, highest(a)).astype(a.dtype)
    total: Step = summed
    offset: Step = lambda m, x: 1 / m
    last: Step = lambda w, s: w / s

    def __call__(self, x: Any) -> Any:
        if x.size == 0:
            return x.copy()
        a = self.weigh(x)
        m = self.scale(np.abs(a))
        w = a / m
        s = self.total(w) + np.asarray(self.offset(m, x)).astype(x.dtype)
        return self.last(w, s).astype(x.dtype)


def right(name: str) -> Any:
    """The kernel without a mistake."""
    return Magnitudes() if name == "symax" else Kernel(name)


def _times(name: str, count: Callable[[int], int]) -> Function:
    if name == "symax":
        return Magnitudes(offset=lambda m, x: count(x.shape[-1]) / m)
    return Kernel(
        name, offset=lambda m, x: count(x.shape[-1]) * np.exp(np.float64(LOGARITHM[name]) - m)
    )


def found() -> Iterator[Culprit]:
    """The mistakes in what is added to the sum."""
    for name in (*OFFSET, "symax"):
        word = WORDS[name]

        def of(sentence: str, function: Function, *only: str, name: str = name) -> Culprit:
            return Culprit(
                "arrays", name, sentence, function, only or USUAL, {"param": PARAM.get(name, {})}
            )

        yield of(f"adds the {word} twice", _times(name, lambda n: 2))
        yield of(f"adds the {word} once per entry", _times(name, lambda n: n))
        yield of(
            f"adds the {word} once per block of 32",
            _times(name, lambda n: (n + 31) // 32),
            "normal",
            "negative",
            "balance",
        )
        if name == "symax":
            yield of(
                "divides by the largest magnitude but leaves eta unscaled",
                Magnitudes(offset=lambda m, x: 1.0),
            )
            yield of("the eta is missing", Magnitudes(offset=lambda m, x: 0.0))
            continue
        weight = np.exp(LOGARITHM[name])
        plain = Kernel(name, shift=highest)
        yield of(
            f"subtracts the maximum but leaves the {word} unscaled",
            replace(plain, offset=lambda m, x, weight=weight: weight),
        )
        yield of(
            f"the {word} is missing: is softmax",
            replace(plain, offset=lambda m, x: 0.0),
        )
