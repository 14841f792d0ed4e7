"""With an axis keyword a function is judged along every axis, counted from either end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance import Report

Function = Callable[..., Any]
CLASSES = ["normal", "negative", "axis-2d", "axis-3d", "axis-4d", "axis-square"]

PASSING = [name for name, variant in rs.variants.items() if variant.card.parameters]


def check(function: Function, variant: str = "softmax", **options: Any) -> Report:
    given = {"quick": True, "only": CLASSES, "axis_keyword": "dim", **options}
    return rs.check(function, variant, **given)


def convicted(report: Report) -> set[str]:
    return {case for f in report.findings if f.convicts for case in f.cases}


def softmax(x: np.ndarray, dim: int = -1) -> np.ndarray:
    w = np.exp(x - x.max(dim, keepdims=True, initial=-np.inf))
    return w / w.sum(dim, keepdims=True)


def last_axis(x: np.ndarray, dim: int = -1) -> np.ndarray:
    return softmax(x)


def negative_only(x: np.ndarray, dim: int = -1) -> np.ndarray:
    # An axis counted from the front is taken for one counted from the end.
    return softmax(x, -abs(dim) if dim else 0)


def lost_place(x: np.ndarray, dim: int = -1) -> np.ndarray:
    return softmax(np.moveaxis(x, dim, -1))


@pytest.mark.parametrize("name", rs.variants)
def test_golden_is_acquitted_along_every_axis(name: str) -> None:
    golden = rs.variants[name].using("golden")
    report = check(lambda x, dim=-1: golden(x, axis=dim), name)
    assert report.findings == ()
    assert report.conforms
    assert "other axes" not in report.not_tested


@pytest.mark.parametrize("name", PASSING)
def test_parameters_have_the_shape_of_the_scores_without_the_axis(name: str) -> None:
    golden, shapes = rs.variants[name].using("golden"), set()

    def function(x: np.ndarray, dim: int = -1, **params: Any) -> np.ndarray:
        batch = tuple(np.delete(x.shape, dim))
        shapes.update((np.shape(p), batch, dim) for p in params.values())
        return golden(x, axis=dim, **params)

    names = [p.name for p in rs.variants[name].card.parameters]
    assert check(function, name, passes=names).findings == ()
    assert all(given in ((), batch) for given, batch, _ in shapes)
    assert {dim for given, _, dim in shapes if given} >= {0, 1, 2, 3}


def test_every_axis_is_visited_from_either_end() -> None:
    seen: set[tuple[int, int]] = set()

    def function(x: np.ndarray, dim: int = -1) -> np.ndarray:
        seen.add((x.ndim, dim))
        return softmax(x, dim)

    assert check(function).conforms
    assert seen >= {(ndim, dim) for ndim in (2, 3, 4) for dim in range(-ndim, ndim)}


@pytest.mark.parametrize(
    ("function", "kind", "among"),
    [
        (last_axis, "axis-accuracy", {"axis-2d/0", "axis-2d/-2", "axis-4d/1", "axis-square/0"}),
        (negative_only, "axis-accuracy", {"axis-3d/1", "axis-4d/1"}),
        (lost_place, "shape", {"axis-2d/0", "axis-3d/1"}),
    ],
)
def test_each_mistake_is_convicted(function: Function, kind: str, among: set[str]) -> None:
    report = check(function)
    assert kind in {f.kind for f in report.findings if f.convicts}
    assert convicted(report) >= among
    assert not convicted(report) & {"axis-2d/-1", "axis-3d/-1", "normal/3"}


def test_a_square_array_tells_what_its_shape_does_not() -> None:
    report = check(lost_place, only=["normal", "negative", "axis-square"])
    assert {f.kind for f in report.findings} == {"axis-accuracy"}


def test_the_counterexample_shows_what_the_function_is_given() -> None:
    report = check(last_axis)
    example = report.findings[0].example
    assert example is not None
    assert example.snippet.split("\n")[-2:] == [
        "x = np.array([[1.0, 3.0], [2.0, 4.0]], dtype=np.float32)",
        f"f(x, dim={report.findings[0].cases[0].rpartition('/')[2]})",
    ]
    x = np.array([[1.0, 3.0], [2.0, 4.0]], np.float32)
    right = rs.softmax.using("golden")(x, axis=0)
    assert np.array_equal(np.array(eval(example.right), np.float32), right)  # noqa: S307
    given = np.array(eval(example.given), np.float32)  # noqa: S307
    assert np.array_equal(given, softmax(x, -1))
    assert "axis_keyword='dim'" in report.findings[0].rerun


def test_a_function_wrong_everywhere_is_told_so_once() -> None:
    report = check(lambda x, dim=-1: softmax(x, dim) * np.float32(1.5))
    assert {f.kind for f in report.findings} == {"accuracy"}


def test_refusing_an_axis_convicts_because_it_was_asked_for() -> None:
    report = check(lambda x: softmax(x))
    assert {(f.severity, f.kind) for f in report.findings} == {("unsupported", "axis")}
    assert report.exit_code == 1


def test_without_the_keyword_axes_are_not_tested() -> None:
    report = rs.check(softmax, "softmax", quick=True, only=["normal", "negative", "square"])
    assert "other axes" in report.not_tested
    with pytest.raises(ValueError, match="axis_keyword='dim'"):
        check(softmax, call={"dim": -1})
