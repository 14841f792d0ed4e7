"""A wrong function is named by the mistake it makes, and an innocent mistake is not blamed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refsoft as rs

Function = Callable[..., Any]
LONG = ["long-uniform", "long-outlier"]


def top(x: np.ndarray) -> np.ndarray:
    return x.max(-1, keepdims=True, initial=-np.inf)


def total(x: np.ndarray) -> np.ndarray:
    return x.sum(-1, keepdims=True)


def softmax(x: np.ndarray) -> np.ndarray:
    w = np.exp(x - top(x))
    return w / total(w)


def unscaled(c: float) -> Function:
    return lambda x: np.exp(x - top(x)) / (np.float32(c) + total(np.exp(x - top(x))))


def ssmax(count: Callable[[np.ndarray], float]) -> Function:
    return lambda x: softmax(x * np.float32(count(x)))


def half_sum(x: np.ndarray) -> np.ndarray:
    w = np.exp(x - top(x))
    z = np.add.accumulate(w.astype(np.float16), axis=-1, dtype=np.float16)[..., -1:]
    return w / z.astype(x.dtype)


def plain(x: np.ndarray) -> np.ndarray:
    return np.exp(x) / total(np.exp(x))


def over(axis: int | None) -> Function:
    def function(x: np.ndarray) -> np.ndarray:
        w = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
        return w / w.sum(axis=axis, keepdims=True)

    return function


def sink_as_weight(x: np.ndarray) -> np.ndarray:
    w = np.exp(x - top(x))
    return w / (3 * np.exp(-top(x)) + total(w))


def zero_row(x: np.ndarray) -> np.ndarray:
    low = np.minimum(x.min(-1, keepdims=True, initial=np.inf), 0)
    place = (x - low) / (np.maximum(top(x), 0) - low)
    y = np.where(np.isneginf(low), 1, place) * softmax(x)
    return np.where(np.isneginf(x) & (top(x) > -np.inf), 0, y).astype(x.dtype)


def min_max(x: np.ndarray) -> np.ndarray:
    low = x.min(-1, keepdims=True, initial=np.inf)
    return (x - low) / (top(x) - low) * softmax(x)


CULPRITS: list[tuple[str, Function, dict[str, Any], str]] = [
    ("softmax_one", unscaled(1), {}, "subtracts the maximum but leaves the 1 unscaled"),
    ("softmax_n", unscaled(4), {"param": {"n": 4}},
     "subtracts the maximum but leaves the n unscaled"),
    ("softmax_sink", unscaled(np.e**2), {"param": {"sink": 2}},
     "subtracts the maximum but leaves the sink's weight unscaled"),
    ("softmax_one", softmax, {}, "the 1 is missing: is softmax"),
    ("softmax_n", softmax, {}, "the n is missing: is softmax"),
    ("softmax_sink", softmax, {}, "the sink's weight is missing: is softmax"),
    ("softmax_sink", sink_as_weight, {"param": {"sink": 3}}, "the sink is not exponentiated"),
    ("softmax", rs.softmax_one.using("golden"), {}, "is softmax_one"),
    ("self_adjust", rs.self_adjust_normalized.using("golden"), {}, "is self_adjust_normalized"),
    ("ssmax", softmax, {}, "is softmax"),
    ("log_softmax", softmax, {}, "is softmax"),
    ("symax", lambda x: np.abs(x) / (1 + np.abs(x).sum(-1)), {},
     "sums over the wrong axis: the sum is taken without keeping the dimension"),
    ("symax", lambda x: np.abs(x) / (1 + total(x)), {}, "the magnitude is missing in the sum"),
    ("symax", lambda x: np.abs(x) / (1 + total(np.abs(x))), {}, "the sum overflows"),
    ("softmax", plain, {}, "the maximum is not subtracted (exp overflows)"),
    ("softmax", over(0), {}, "sums over the wrong axis (0)"),
    ("softmax", over(None), {}, "sums over all axes"),
    ("softmax", np.zeros_like, {}, "returns all zeros"),
    ("softmax", half_sum, {}, "sums in float16"),
    ("softmax", lambda x: softmax(x * np.float32(2)), {"param": {"temperature": 2}},
     "multiplies by the temperature"),
    ("log_softmax", lambda x: np.log(softmax(x)), {},
     "takes the logarithm of a result that has underflowed"),
    ("ssmax", ssmax(lambda x: np.log2(x.shape[-1])), {}, "takes log2 in place of ln"),
    ("ssmax", ssmax(lambda x: np.log(x.shape[-1] + 1)), {}, "counts n wrongly (n + 1)"),
    ("ssmax", ssmax(lambda x: np.log(max(x.size, 1))), {}, "counts n wrongly (all entries)"),
    ("ssmax", ssmax(lambda x: x.shape[-1]), {}, "scales by n in place of ln n"),
    ("self_adjust_normalized", zero_row, {}, "divides 0 by 0 in an all-zero row"),
    ("self_adjust_normalized", min_max, {}, "does not extend the extremes to 0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "function", "options", "sentence"), CULPRITS)
def test_the_mistake_is_named(
    name: str, function: Function, options: dict[str, Any], sentence: str
) -> None:
    skip = () if function is half_sum else LONG
    report = rs.check(function, name, quick=True, skip=skip, **options)
    assert report.exit_code == 1
    assert report.diagnosis == sentence


def test_eager_bfloat16_is_named() -> None:
    report = rs.check(softmax, "softmax", dtype="bfloat16", quick=True, skip=LONG)
    assert report.exit_code == 1
    assert report.diagnosis == "rounds every step to the format of the scores"
    assert report.runs[0].tightest == "bfloat16-eager"
    assert rs.check(
        softmax, "softmax", dtype="bfloat16", quick=True, arithmetic="bfloat16-eager"
    ).conforms


def test_an_unknown_mistake_is_convicted_without_a_name() -> None:
    report = rs.check(lambda x: softmax(x) * np.float32(1.001), "softmax", quick=True, skip=LONG)
    assert report.exit_code == 1
    assert report.diagnosis == ""
    assert report.findings[0].severity == "wrong"


def test_a_function_that_agrees_with_a_mistake_in_part_is_not_named_by_it() -> None:
    def half_of_each(x: np.ndarray) -> np.ndarray:
        return unscaled(1)(x) if x.shape[-1] % 2 else softmax(x) * np.float32(0.5)

    assert rs.check(half_of_each, "softmax_one", quick=True, skip=LONG).diagnosis == ""
