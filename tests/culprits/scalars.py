"""Loops over the entries of a row in double precision, each wrong at one place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tests.culprits import OFFSET, PARAM, SINK, USUAL, WORDS, Culprit, Function, N

Row = Sequence[float]
OneRow = Callable[[list[float]], list[float]]
# The state of an online sum that has met the offset alone: its maximum and its sum.
START = {"softmax_one": (0.0, 1.0), "softmax_n": (0.0, N), "softmax_sink": (SINK, 1.0)}
NOTHING = (-math.inf, 0.0)


def by_rows(one: OneRow) -> Function:
    """The function of an array from that of a row."""

    def function(x: Any) -> Any:
        y = np.empty_like(x)
        for place in np.ndindex(x.shape[:-1]):
            y[place] = one([float(v) for v in x[place]])
        return y

    return function


def exp(v: float) -> float:
    """Infinite where it overflows, NaN of NaN."""
    try:
        return math.exp(v)
    except OverflowError:
        return math.inf


def over(a: float, b: float) -> float:
    """Division as the format has it."""
    return float(np.float64(a) / np.float64(b))


def met(state: tuple[float, float], v: float, weight: float = 1.0) -> tuple[float, float]:
    """An online sum that has met one more score."""
    m, s = state
    new = max(m, v)
    if new == -math.inf:
        return state
    return new, s * exp(m - new) + weight * exp(v - new)


def scanned(row: Row, start: tuple[float, float] = NOTHING) -> tuple[float, float]:
    """The online sum of a row."""
    state = start
    for v in row:
        state = met(state, v)
    return state


def shares(row: Row, state: tuple[float, float]) -> list[float]:
    """The weights over the sum."""
    m, s = state
    return [over(exp(v - m), s) for v in row]


def scaled(name: str, row: list[float]) -> list[float]:
    """The scores that are exponentiated."""
    return [v * math.log(len(row)) for v in row] if name == "ssmax" else row


def placed(name: str, row: list[float], y: list[float], state: tuple[float, float]) -> list[float]:
    """What a variant makes of its shares."""
    if name == "log_softmax":
        m, s = state
        return [v - m - math.log(s) for v in row]
    if name == "self_adjust":
        return [0.0 if v == -math.inf else v * w for v, w in zip(row, y, strict=True)]
    if name == "self_adjust_normalized":
        low, high = min([0.0, *row]), max([0.0, *row])
        return [over(v - low, high - low) * w if high > low else 0.0
                for v, w in zip(row, y, strict=True)]  # fmt: skip
    return y


def right(name: str) -> OneRow:
    """A row without a mistake."""
    if name == "symax":
        return lambda row: [over(abs(v), 1 + math.fsum(map(abs, row))) for v in row]

    def one(row: list[float]) -> list[float]:
        z = scaled(name, row)
        state = scanned(z, START.get(name, NOTHING))
        return placed(name, row, shares(z, state), state)

    return one


def starting(start: Callable[[int], tuple[float, float]]) -> Function:
    """An online sum that begins in another state, of the length of the row."""
    return by_rows(lambda row: shares(row, scanned(row, start(len(row)))))


def _unscaled(weight: float) -> OneRow:
    def one(row: list[float]) -> list[float]:
        m, s = scanned(row)
        return shares(row, (m, s + weight))

    return one


def _blocks(name: str, width: int) -> OneRow:
    """Every block of a split starts with the offset; the parts are merged."""

    def one(row: list[float]) -> list[float]:
        if name == "symax":
            parts = [1 + sum(map(abs, row[i : i + width])) for i in range(0, len(row), width)]
            return [over(abs(v), sum(parts)) for v in row]
        state = NOTHING
        for i in range(0, len(row), width):
            m, s = scanned(row[i : i + width], START[name])
            state = met(state, m, s)
        return shares(row, state)

    return one


def _eta(offset: Callable[[list[float]], float]) -> Function:
    return by_rows(lambda row: [over(abs(v), offset(row) + sum(map(abs, row))) for v in row])


def _divided(row: list[float]) -> list[float]:
    m = max(map(abs, row)) or 1.0
    return [over(abs(v) / m, 1 + sum(abs(u) / m for u in row)) for v in row]


def found() -> Iterator[Culprit]:
    """The mistakes in what is added to the sum."""
    for name in (*OFFSET, "symax"):
        word = WORDS[name]

        def of(sentence: str, function: Function, *only: str, name: str = name) -> Culprit:
            options = {"param": PARAM.get(name, {})}
            return Culprit("scalars", name, sentence, function, only or USUAL, options)

        balanced = ("normal", "negative", "balance")
        block = f"adds the {word} once per block of 16"
        yield of(block, by_rows(_blocks(name, 16)), *balanced)
        if name == "symax":
            yield of("adds the eta twice", _eta(lambda row: 2.0))
            yield of("adds the eta once per entry", _eta(len))
            yield of("the eta is missing", _eta(lambda row: 0.0))
            sentence = "divides by the largest magnitude but leaves eta unscaled"
            yield of(sentence, by_rows(_divided))
            continue
        m, s = START[name]
        yield of(f"adds the {word} twice", starting(lambda n, m=m, s=s: (m, 2 * s)))
        yield of(f"adds the {word} once per entry", starting(lambda n, m=m, s=s: (m, n * s)))
        yield of(f"the {word} is missing: is softmax", starting(lambda n: NOTHING))
        unscaled = f"subtracts the maximum but leaves the {word} unscaled"
        yield of(unscaled, by_rows(_unscaled(s * exp(m))))
