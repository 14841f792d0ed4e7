"""Loops over the entries, continued: mistakes that every variant can have."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.culprits import ALL, OFFSET, PARAM, PLAIN, USUAL, Culprit, Function
from tests.culprits.scalars import (
    NOTHING,
    START,
    by_rows,
    exp,
    over,
    placed,
    right,
    scaled,
    scanned,
    shares,
)
from tests.culprits.scalars_axes import added, all_axes, not_kept, overflowing, second_last

Round = Callable[[float], float]
NEIGHBOURS = {
    "softmax": "ssmax",
    "log_softmax": "self_adjust",
    "softmax_one": "symax",
    "softmax_n": "log_softmax",
    "softmax_sink": "self_adjust",
    "symax": "softmax_one",
    "ssmax": "log_softmax",
    "self_adjust": "softmax",
    "self_adjust_normalized": "softmax",
}


def half(v: float) -> float:
    """Rounded to float16."""
    with np.errstate(over="ignore"):
        return float(np.float16(v))


def _half_sum(name: str) -> Function:
    """Every addition is rounded to float16."""

    def one(row: list[float]) -> list[float]:
        if name == "symax":
            m = max(map(abs, row)) or 1.0
            w, top, s = [abs(v) / m for v in row], 0.0, 1 / m
        else:
            z = scaled(name, row)
            top = max([START.get(name, NOTHING)[0], *z])
            w = [exp(v - top) for v in z]
            s = added(name) * exp(-top)
        running = 0.0
        for v in w:
            running = half(running + half(v))
        if name == "log_softmax":
            return [v - top - math.log(running) for v in row]
        return placed(name, row, [v / (s + running) for v in w], NOTHING)

    return by_rows(one)


def _every_step(name: str, t: Round) -> Function:
    """All that is computed is rounded by ``t``, the sum after every addition too."""

    def one(row: list[float]) -> list[float]:
        if name == "symax":
            m = max(map(abs, row)) or 1.0
            w = [t(abs(v) / m) for v in row]
            s = t(1 / m)
        else:
            c = t(math.log(len(row))) if name == "ssmax" else 1.0
            z = [t(c * v) for v in row]
            first, weight = START.get(name, NOTHING)
            beside = first + math.log(weight) if weight else -math.inf
            top = max(t(beside), *z)
            z = [t(v - top) for v in z]
            w = [t(exp(v)) for v in z]
            s = t(exp(t(t(beside) - top)))
        for v in w:
            s = t(s + v)
        if name == "log_softmax":
            return [t(v - t(math.log(s))) for v in z]
        y = [t(v / s) for v in w]
        if name == "self_adjust":
            return [t(v * u) for v, u in zip(row, y, strict=True)]
        if name == "self_adjust_normalized":
            low, high = min([0.0, *row]), max([0.0, *row])
            span = t(high - low) or 1.0
            return [t(t(t(v - low) / span) * u) for v, u in zip(row, y, strict=True)]
        return y

    return by_rows(one)


def _flushed(name: str) -> Function:
    smallest = 2.0**-126

    def one(row: list[float]) -> list[float]:
        return [v if abs(v) >= smallest else 0.0 for v in right(name)(row)]

    return by_rows(one)


def _deaf(name: str) -> Function:
    """A comparison with NaN is false: it is skipped."""

    def one(row: list[float]) -> list[float]:
        heard = [v for v in row if v == v]
        answers = iter(right(name)(heard)) if name != "ssmax" else iter(())
        if name == "ssmax":  # Its n is the length, whatever the scores.
            z = [v * math.log(len(row)) for v in heard]
            answers = iter(shares(z, scanned(z)))
        absent = -math.inf if name == "log_softmax" else 0.0
        return [next(answers) if v == v else absent for v in row]

    return by_rows(one)


def _base_two(name: str) -> Function:
    def one(row: list[float]) -> list[float]:
        z = scaled(name, row)
        m, s = START.get(name, NOTHING)
        beside = m + math.log(s) if s else -math.inf
        top = max(beside, *z)
        w = [2.0 ** (v - top) for v in z]
        # The offset itself is right, the shift is undone in base 2.
        total = math.fsum(w) + (s * exp(m) * 2.0 ** (-top) if s else 0.0)
        return placed(name, row, [v / total for v in w], NOTHING)

    return by_rows(one)


def _clipped(name: str, limit: float) -> Function:
    return by_rows(lambda row: right(name)([min(max(v, -limit), limit) for v in row]))


def _from_zero(name: str) -> Function:
    """The running maximum is a variable that was set to 0; sums in float32."""

    def one(row: list[float]) -> list[float]:
        z, m = scaled(name, row), 0.0
        for v in z:
            m = max(v, m)
        with np.errstate(all="ignore"):
            w = [float(np.exp(np.float32(v - m))) for v in z]
            if name == "log_softmax":
                s = float(np.log(np.float32(sum(w))))
                return [v - m - s for v in z]
        return placed(name, row, [over(v, sum(w)) for v in w], NOTHING)

    return by_rows(one)


def _halved(name: str, at: str) -> Function:
    """Scores, differences or the reciprocal of the sum in float16."""

    def one(row: list[float]) -> list[float]:
        with np.errstate(all="ignore"):
            z = [half(v) for v in row] if at == "scores" else row
            first, weight = START.get(name, NOTHING)
            beside = first + math.log(weight) if weight else -math.inf
            top = max(beside, *z)
            d = [half(v - top) if at == "shift" else v - top for v in z]
            total = math.fsum(map(exp, d)) + exp(beside - top)
            inverse = half(1 / total) if at == "division" else 1 / total
            return [exp(v) * inverse for v in d]

    return by_rows(one)


def _common(name: str) -> Iterator[Culprit]:
    options: dict[str, Any] = {"param": PARAM.get(name, {})}

    def of(sentence: str, function: Function, *only: str, **more: Any) -> Culprit:
        return Culprit("scalars", name, sentence, function, only or USUAL, {**options, **more})

    yield of("returns all zeros", by_rows(lambda row: [0.0] * len(row)))
    yield of(f"is {NEIGHBOURS[name]}", by_rows(right(NEIGHBOURS[name])))
    kept = "sums over the wrong axis: the sum is taken without keeping the dimension"
    yield of(kept, not_kept(name), "normal", "square")
    yield of("sums over the wrong axis (-2)", second_last(name), *USUAL, "batch-3d")
    yield of("sums over all axes", all_axes(name))
    overflow = "the maximum is not subtracted (exp overflows)"
    overflow = "the sum overflows" if name == "symax" else overflow
    yield of(overflow, overflowing(name), "normal", "scales", "huge")
    yield of("sums in float16", _half_sum(name), "normal", "ties", "wide")
    every = _every_step(name, lambda v: half(v))
    sentence = "rounds every step to the format of the scores"
    yield of(sentence, every, dtype="float16")
    if name != "log_softmax":
        yield of("flushes subnormal results to 0", _flushed(name), "normal", "subnormal")
    if name != "self_adjust_normalized":
        absent = "0" if name == "symax" else "-inf"
        deaf = _deaf(name) if name != "symax" else by_rows(_zero_for_nan)
        yield of(f"takes a NaN for {absent}", deaf, "normal", "nan")


def _zero_for_nan(row: list[float]) -> list[float]:
    return right("symax")([0.0 if v != v else v for v in row])


def _exponential(name: str) -> Iterator[Culprit]:
    options: dict[str, Any] = {"param": PARAM.get(name, {})}

    def of(sentence: str, function: Function, *only: str) -> Culprit:
        return Culprit("scalars", name, sentence, function, only or USUAL, options)

    if name == "log_softmax":
        yield of("returns -ln n everywhere", by_rows(lambda row: [-math.log(len(row))] * len(row)))
    else:
        yield of("returns 1/n everywhere", by_rows(lambda row: [1 / len(row) for _ in row]))
        yield of("takes 2**x in place of exp(x)", _base_two(name))
    yield of("clips the scores at 10", _clipped(name, 10.0), "normal", "wide")
    if name in PLAIN:
        sentence = "the maximum starts at 0 in place of -inf"
        yield of(sentence, _from_zero(name), "normal", "scales", "negative")
    if name in ("softmax", *OFFSET):
        yield of("shifts in float16", _halved(name, "shift"))
        yield of("divides in float16", _halved(name, "division"))
        yield of("rounds the scores to float16", _halved(name, "scores"))


def found() -> Iterator[Culprit]:
    """The mistakes that are made of every variant alike."""
    for name in ALL:
        yield from _common(name)
        if name != "symax":
            yield from _exponential(name)
