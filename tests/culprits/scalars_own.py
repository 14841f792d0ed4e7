"""Loops over the entries, continued: mistakes of one variant."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.culprits import PARAM, SINK, USUAL, Culprit, Function, N
from tests.culprits.scalars import (
    OneRow,
    by_rows,
    over,
    placed,
    right,
    scanned,
    shares,
    starting,
)


def _temperature(name: str, factor: float) -> Function:
    def one(row: list[float]) -> list[float]:
        z = [v * factor for v in row]
        state = scanned(z)
        return placed(name, z, shares(z, state), state)

    return by_rows(one)


def _two_passes(scale: Callable[[Any], float]) -> Function:
    """Scaled in float32 before the largest is subtracted."""

    def function(x: Any) -> Any:
        y = np.empty_like(x)
        for place in np.ndindex(x.shape[:-1]):
            z = [np.float32(v * np.float32(scale(x))) for v in x[place]]
            top = max(z)
            w = [np.exp(v - top) for v in z]
            y[place] = [v / sum(w, np.float32(0)) for v in w]
        return y

    return function


def _late_logarithm(row: list[float]) -> list[float]:
    with np.errstate(divide="ignore"):
        return [float(np.log(np.float32(v))) for v in shares(row, scanned(row))]


def _logarithm(base: float) -> OneRow:
    def one(row: list[float]) -> list[float]:
        m, s = scanned(row)
        return [(v - m) / math.log(base) - math.log(s, base) for v in row]

    return one


def _signed_sum(row: list[float]) -> list[float]:
    return [over(abs(v), 1 + sum(row)) for v in row]


def _signed(row: list[float]) -> list[float]:
    s = 1.0
    for v in row:
        s += v
    return [over(v, s) for v in row]


def _by_largest(row: list[float]) -> list[float]:
    m = max(map(abs, row))
    s = over(1, m) + sum(over(abs(v), m) for v in row)
    return [over(over(abs(v), m), s) for v in row]


def _product(row: list[float]) -> list[float]:
    return [v * w for v, w in zip(row, shares(row, scanned(row)), strict=True)]


def _own_extremes(row: list[float]) -> list[float]:
    low, span = min(row), max(row) - min(row)
    y = shares(row, scanned(row))
    return [over(v - low, span) * w for v, w in zip(row, y, strict=True)]


def _range(row: list[float]) -> list[float]:
    low, high = min(0.0, *row), max(0.0, *row)
    y = shares(row, scanned(row))
    return [over(v - low, high - low) * w for v, w in zip(row, y, strict=True)]


def _log_overflow(x: Any) -> Any:
    z = x / np.float32(0.25)
    y = np.empty_like(z)
    for place in np.ndindex(z.shape[:-1]):
        top = max(z[place])
        total = np.float32(0)
        for v in z[place]:
            total += np.exp(v - top)
        for i, v in enumerate(z[place]):
            y[(*place, i)] = v - top - np.log(total)
    return y


def _ssmax() -> Iterator[tuple[str, Function]]:
    counts: dict[str, Callable[[Any], float]] = {
        "takes log2 in place of ln": lambda x: (
            len(x[0]).bit_length() - 1 if len(x[0]) & (len(x[0]) - 1) == 0 else math.log2(len(x[0]))
        ),
        "takes log10 in place of ln": lambda x: math.log10(len(x[0])),
        "counts n wrongly (n + 1)": lambda x: math.log(1 + sum(1 for _ in x[0])),
        "counts n wrongly (n - 1)": lambda x: math.log(len(x[0][1:])),
        "counts n wrongly (the rows)": lambda x: math.log(len(x)),
        "counts n wrongly (all entries)": lambda x: math.log(len(x) * len(x[0])),
        "scales by n in place of ln n": lambda x: float(len(x[0])),
        "counts the padding to a multiple of 16": lambda x: math.log(16 * -(-len(x[0]) // 16)),
    }
    for sentence, count in counts.items():

        def function(x: Any, count: Callable[[Any], float] = count) -> Any:
            def one(row: list[float]) -> list[float]:
                z = [count(x) * v for v in row]
                return shares(z, scanned(z))

            return by_rows(one)(x)

        yield sentence, function


def found() -> Iterator[Culprit]:
    """The mistakes of one variant."""

    def of(name: str, sentence: str, function: Function, *only: str, **param: float) -> Culprit:
        options = {"param": param or PARAM.get(name, {})}
        return Culprit("scalars", name, sentence, function, only or USUAL, options)

    for name in ("softmax", "log_softmax"):
        multiplied = _temperature(name, 0.5)
        yield of(name, "multiplies by the temperature", multiplied, temperature=0.5)
        ignored = by_rows(right(name))
        yield of(name, "ignores the temperature", ignored, temperature=0.5)
        scaled_first = _log_overflow if name == "log_softmax" else _two_passes(lambda x: 4.0)
        sentence = "the scaled scores overflow"
        yield of(name, sentence, scaled_first, "normal", "huge", temperature=0.25)
    scaled_first = _two_passes(lambda x: math.log(x.shape[-1]))
    yield of("ssmax", "the scaled scores overflow", scaled_first, "normal", "huge")
    again = right("softmax")
    yield of("softmax", "is applied twice", by_rows(lambda row: again(again(row))))
    logarithm, exponential = starting(lambda n: (0.0, math.log(N))), starting(lambda n: (N, 1.0))
    yield of("softmax_n", "adds ln n in place of n", logarithm)
    yield of("softmax_n", "adds exp(n) in place of n", exponential)
    weight, wrong_sign = starting(lambda n: (0.0, SINK)), starting(lambda n: (-SINK, 1.0))
    yield of("softmax_sink", "the sink is not exponentiated", weight)
    yield of("softmax_sink", "the sink has the wrong sign", wrong_sign)
    sentence = "takes the logarithm of a result that has underflowed"
    yield of("log_softmax", sentence, by_rows(_late_logarithm), "normal", "wide")
    yield of("log_softmax", "gives log2 in place of ln", by_rows(_logarithm(2)))
    yield of("log_softmax", "gives log10 in place of ln", by_rows(_logarithm(10)))
    yield of("symax", "the magnitude is missing in the sum", by_rows(_signed_sum))
    yield of("symax", "the magnitude is missing", by_rows(_signed))
    zero = "divides 0 by 0 in an all-zero row"
    yield of("symax", zero, by_rows(_by_largest), "normal", "zero")
    for sentence, function in _ssmax():
        yield of("ssmax", sentence, function)
    sentence = "multiplies -inf by 0: the limit is 0"
    yield of("self_adjust", sentence, by_rows(_product), "normal", "some-minus-inf")
    name = "self_adjust_normalized"
    yield of(name, "does not extend the extremes to 0", by_rows(_own_extremes))
    yield of(name, zero, by_rows(_range), "normal", "zero")
