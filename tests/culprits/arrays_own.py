"""Whole-array kernels, continued: mistakes of one variant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.culprits import PARAM, SINK, USUAL, Culprit, Function, N
from tests.culprits.arrays import Kernel, Magnitudes, highest


def found() -> Iterator[Culprit]:
    """The mistakes of one variant."""

    def of(name: str, sentence: str, function: Function, *only: str, **param: float) -> Culprit:
        options = {"param": param or PARAM.get(name, {})}
        return Culprit("arrays", name, sentence, function, only or USUAL, options)

    for name in ("softmax", "log_softmax"):
        yield of(
            name,
            "multiplies by the temperature",
            Kernel(name, score=lambda x: x + x),
            temperature=2.0,
        )
        yield of(name, "ignores the temperature", Kernel(name), temperature=2.0)
        yield of(
            name,
            "the scaled scores overflow",
            Kernel(name, score=lambda x: x * x.dtype.type(4)),
            "normal",
            "huge",
            temperature=0.25,
        )
    yield of("ssmax", "the scaled scores overflow", Kernel("ssmax"), "normal", "huge")
    once = Kernel("softmax")
    yield of("softmax", "is applied twice", lambda x: once(once(x)))
    yield of(
        "softmax_n",
        "adds ln n in place of n",
        Kernel("softmax_n", offset=lambda m, x: np.log(N) * np.exp(-m)),
    )
    yield of(
        "softmax_n",
        "adds exp(n) in place of n",
        Kernel("softmax_n", offset=lambda m, x: np.exp(N - m)),
    )
    yield of(
        "softmax_sink",
        "the sink is not exponentiated",
        Kernel("softmax_sink", offset=lambda m, x: SINK * np.exp(-m)),
    )
    yield of(
        "softmax_sink",
        "the sink has the wrong sign",
        Kernel("softmax_sink", offset=lambda m, x: np.exp(-SINK - m)),
    )
    yield of(
        "log_softmax",
        "takes the logarithm of a result that has underflowed",
        Kernel("log_softmax", last=lambda name, x, z, w, s: np.log(w / s)),
        "normal",
        "wide",
    )
    for base in (2, 10):
        logarithm = np.log2 if base == 2 else np.log10
        yield of(
            "log_softmax",
            f"gives log{base} in place of ln",
            lambda x, logarithm=logarithm: logarithm(
                Kernel("softmax")(x.astype(np.float64))
            ).astype(x.dtype),
            "normal",
            "negative",
        )
    yield of(
        "symax",
        "the magnitude is missing in the sum",
        lambda x: np.fabs(x) / (np.cumsum(x, axis=-1)[..., -1:] + x.dtype.type(1)),
    )
    yield of(
        "symax",
        "the magnitude is missing",
        lambda x: np.divide(x, 1 + np.add.reduce(x, axis=-1, keepdims=True)),
    )
    yield of(
        "symax",
        "divides 0 by 0 in an all-zero row",
        Magnitudes(scale=highest),
        "normal",
        "zero",
    )
    yield from _ssmax()
    yield of(
        "self_adjust",
        "multiplies -inf by 0: the limit is 0",
        Kernel("softmax", last=lambda name, x, z, w, s: x * w / s),
        "normal",
        "some-minus-inf",
    )
    yield of("self_adjust_normalized", "does not extend the extremes to 0", _extremes)
    yield of(
        "self_adjust_normalized",
        "divides 0 by 0 in an all-zero row",
        _zero_range,
        "normal",
        "zero",
    )


def _extremes(x: Any) -> Any:
    y = Kernel("softmax")(x)
    return y * (x - x.min(-1, keepdims=True)) / np.ptp(x, axis=-1, keepdims=True)


def _zero_range(x: Any) -> Any:
    low = np.fmin(np.min(x, axis=-1, keepdims=True), 0)
    high = np.fmax(np.max(x, axis=-1, keepdims=True), 0)
    return Kernel("softmax")(x) * ((x - low) / (high - low))


def _ssmax() -> Iterator[Culprit]:
    counts: dict[str, Callable[[Any], Any]] = {
        "takes log2 in place of ln": lambda x: np.log2(x.shape[-1]),
        "takes log10 in place of ln": lambda x: np.log10(x.shape[-1]),
        "counts n wrongly (n + 1)": lambda x: np.log1p(x.shape[-1]),
        "counts n wrongly (n - 1)": lambda x: np.log(x.shape[-1] - 1),
        "counts n wrongly (the rows)": lambda x: np.log(x.shape[-2]),
        "counts n wrongly (all entries)": lambda x: np.log(np.prod(x.shape)),
        "scales by n in place of ln n": lambda x: x.shape[-1],
        "counts the padding to a multiple of 32": lambda x: np.log((x.shape[-1] + 31) // 32 * 32),
    }
    for sentence, count in counts.items():
        kernel = Kernel(
            "ssmax", score=lambda x, count=count: (count(x) * x.astype(np.float64)).astype(x.dtype)
        )
        yield Culprit("arrays", "ssmax", sentence, kernel)
