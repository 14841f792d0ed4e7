"""The rulings on infinities and NaN: every accepted row is accepted, another one is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance import Report

INFINITE = ["plus-inf", "all-minus-inf", "nan", "some-minus-inf", "tiles-minus-inf"]
ORDINARY = ["normal", "negative", "square"]
NAN, INF = np.nan, np.inf


def check(function: Callable[..., Any], variant: str, **options: Any) -> Report:
    return rs.check(function, variant, quick=True, only=[*ORDINARY, *INFINITE], **options)


def replaced(name: str, test: Callable[[np.ndarray], Any], row: Any) -> Callable[..., Any]:
    """The variant itself, with another result in rows that a test picks."""
    variant = rs.variants[name].using("golden")

    def function(x: np.ndarray, **params: Any) -> np.ndarray:
        y = variant(x, **params)
        for index in np.ndindex(x.shape[:-1]):
            if test(x[index]):
                y[index] = row(x[index]) if callable(row) else row
        return y

    return function


def has_nan(x: np.ndarray) -> bool:
    return bool(np.isnan(x).any())


def has_inf(x: np.ndarray) -> bool:
    return bool(np.isposinf(x).any())


def all_below(x: np.ndarray) -> bool:
    return bool(np.isneginf(x).all())


def some_below(x: np.ndarray) -> bool:
    return bool(np.isneginf(x).any() and not all_below(x))


def limit(there: float, elsewhere: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.where(np.isinf(x), there, elsewhere)


@pytest.mark.parametrize("name", rs.variants)
def test_golden_itself_is_acquitted(name: str) -> None:
    report = check(rs.variants[name].using("golden"), name)
    assert report.findings == ()
    assert report.exit_code == 0


@pytest.mark.parametrize(
    ("name", "test", "row"),
    [
        ("softmax", has_inf, limit(1, 0)),
        ("softmax", has_inf, NAN),
        ("softmax", all_below, 0.0),
        ("softmax", all_below, NAN),
        ("log_softmax", has_inf, limit(0, -INF)),
        ("log_softmax", all_below, -INF),
        ("self_adjust", has_inf, limit(INF, 0)),
        ("self_adjust", all_below, NAN),
        ("softmax_one", has_inf, limit(1, 0)),
        ("softmax_sink", has_inf, limit(1, 0)),
        ("ssmax", has_inf, limit(1, 0)),
        ("ssmax", all_below, 0.0),
        ("symax", has_inf, limit(1, 0)),
    ],
)
def test_what_is_accepted(name: str, test: Any, row: Any) -> None:
    assert check(replaced(name, test, row), name).exit_code == 0


@pytest.mark.parametrize(
    ("name", "test", "row", "kind"),
    [
        ("softmax", has_nan, 0.5, "nan"),
        ("softmax", has_nan, lambda x: np.where(np.isnan(x), NAN, 0), "nan"),
        ("softmax", has_inf, 0.0, "plus-inf"),
        ("softmax", has_inf, lambda x: np.where(np.isinf(x), NAN, 0), "plus-inf"),
        ("softmax", all_below, lambda x: np.full(x.shape, 1 / x.size), "all-minus-inf"),
        ("softmax", some_below, NAN, "some-minus-inf"),
        ("log_softmax", has_inf, limit(0, 0), "plus-inf"),
        ("log_softmax", all_below, 0.0, "all-minus-inf"),
        ("softmax_one", all_below, NAN, "all-minus-inf"),
        ("softmax_n", all_below, NAN, "all-minus-inf"),
        ("softmax_sink", all_below, NAN, "all-minus-inf"),
        ("self_adjust", some_below, NAN, "some-minus-inf"),
        ("ssmax", some_below, NAN, "some-minus-inf"),
        ("ssmax", has_inf, limit(0, 1), "plus-inf"),
        ("symax", has_inf, limit(0, 0), "plus-inf"),
        ("symax", all_below, 0.0, "all-minus-inf"),
    ],
)
def test_what_is_not_accepted(name: str, test: Any, row: Any, kind: str) -> None:
    report = check(replaced(name, test, row), name)
    assert {(f.severity, f.kind) for f in report.findings} == {("special", kind)}
    assert report.exit_code == 1


def test_the_naive_product_is_named() -> None:
    def naive(x: np.ndarray) -> np.ndarray:
        w = np.exp(x - x.max(-1, keepdims=True))
        return x * (w / w.sum(-1, keepdims=True))

    report = check(naive, "self_adjust")
    assert report.diagnosis == "multiplies -inf by 0: the limit is 0"
    assert report.exit_code == 1


def test_a_row_of_one_entry_has_its_own_ruling() -> None:
    def forgets(x: np.ndarray) -> np.ndarray:
        y = rs.softmax_one.using("golden")(x)
        return np.ones_like(y) if x.shape[-1] == 1 else y

    report = rs.check(forgets, "softmax_one", quick=True, only=["one", "normal", "negative"])
    assert {(f.severity, f.kind) for f in report.findings} == {("special", "one")}


def test_subnormal_results_may_be_flushed_only_where_that_is_declared() -> None:
    def flushing(x: np.ndarray) -> np.ndarray:
        y = rs.softmax.using("golden")(x)
        return np.where(y < np.finfo(np.float32).tiny, 0, y).astype(np.float32)

    options: Any = {"quick": True, "only": ["subnormal", "normal", "negative", "square"]}
    assert rs.check(flushing, "softmax", **options).exit_code == 1
    report = rs.check(flushing, "softmax", subnormals="flush", **options)
    assert report.exit_code == 0
    assert [f.kind for f in report.findings] == ["flush"]
