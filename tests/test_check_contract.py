"""Each breach of contract is found, and nothing else is; an honest function is acquitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance import Report

Function = Callable[..., Any]
FEW = ["normal", "negative", "scales"]


def honest(x: np.ndarray) -> np.ndarray:
    top = np.maximum(np.max(x, axis=-1, keepdims=True, initial=-np.inf), 0)
    w = np.exp(x - top)
    return w / (np.exp(-top) + w.sum(-1, keepdims=True))


def check(function: Function, **options: Any) -> Report:
    return rs.check(function, "softmax_one", **{"quick": True, "only": FEW, **options})


def kinds(report: Report) -> set[str]:
    return {f"{f.severity}/{f.kind}" for f in report.findings}


def writes(x: np.ndarray) -> np.ndarray:
    y = honest(x)
    x += 1
    return y


def aliases(x: np.ndarray) -> np.ndarray:
    x[...] = honest(x)
    return x


def global_batch(x: np.ndarray) -> np.ndarray:
    # Right for a single row: the largest score of the batch hides the others' offset.
    top = max(float(x.max(initial=0)), 0.0)
    w = np.exp(x - np.float32(top))
    return w / (np.exp(np.float32(-top)) + w.sum(-1, keepdims=True))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: honest(x).tolist(), {"contract/type"}),
        (lambda x: honest(x)[..., :-1], {"contract/shape"}),
        (lambda x: honest(x).astype(np.float64), {"contract/dtype"}),
        (writes, {"contract/modified"}),
        (aliases, {"contract/modified", "contract/aliased"}),
    ],
)
def test_a_breach_is_found(function: Function, expected: set[str]) -> None:
    report = check(function)
    assert kinds(report) == expected
    assert report.exit_code == 1


def test_rows_that_depend_on_each_other_are_found() -> None:
    report = check(global_batch)
    assert "contract/batch" in kinds(report)
    assert not report.conforms


def test_a_leak_from_another_row_is_found() -> None:
    def leaky(x: np.ndarray) -> np.ndarray:
        return honest(x) + np.float32(0) * np.sum(x)

    assert "contract/batch" in kinds(check(leaky, only=["nan", "normal", "negative"]))


def test_an_honest_function_has_no_finding() -> None:
    report = check(honest, only=[])
    assert kinds(report) == set()
    assert report.exit_code == 0
    assert report.runs[0].tightest == "float32-tree"


def test_a_refusal_is_a_finding_that_does_not_convict() -> None:
    def flat_only(x: np.ndarray) -> np.ndarray:
        if x.ndim != 2:
            raise ValueError("two axes, please")
        return honest(x)

    report = check(flat_only, only=[])
    assert kinds(report) == {"unsupported/refused"}
    assert report.conforms


def test_refusing_empty_input_convicts_if_that_was_required() -> None:
    def refuses(x: np.ndarray) -> np.ndarray:
        if x.size == 0:
            raise ValueError("nothing there")
        return honest(x)

    assert check(refuses, only=[]).exit_code == 0
    report = check(refuses, only=[], require=["empty"])
    assert report.exit_code == 1
    assert report.findings[0].required


def test_refusing_one_of_the_formats_asked_for_convicts() -> None:
    def only_float32(x: np.ndarray) -> np.ndarray:
        if x.dtype != np.float32:
            raise TypeError("float32, please")
        return honest(x)

    assert check(only_float32, dtype=["float32", "float64"]).exit_code == 1
    alone = check(only_float32, dtype="float64")
    assert alone.exit_code == 2
    assert "raises on every case: TypeError: float32, please" in alone.headline


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "int8"}, "dtype='int8'"),
        ({"param": {"n": 1}}, "param names 'n'"),
        ({"passes": ["sink"]}, "pass names 'sink'"),
        ({"array": "lists"}, "array='lists'"),
        ({"arithmetic": "exact"}, "arithmetic='exact'"),
        ({"arithmetic": "bfloat16-eager"}, "does not apply to float32"),
        ({"domain": "x"}, "domain 'x'"),
        ({"only": ["normal", "nrmal"]}, "only='nrmal'"),
        ({"case": "normal/4711"}, "case='normal/4711'"),
        ({"lengths": []}, "lengths"),
        ({"max_length": 0}, "max_length=0"),
        ({"subnormals": "no"}, "subnormals='no'"),
        ({"require": ["speed"]}, "require='speed'"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_wrong_usage_names_the_option_and_what_is_accepted(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        check(honest, **options)


def test_wrong_usage_of_variant_and_function() -> None:
    with pytest.raises(ValueError, match="variant='softmx'; accepted: softmax"):
        rs.check(honest, "softmx")
    with pytest.raises(TypeError, match="accepted: a callable"):
        rs.check(3, "softmax")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sink=inf; accepted"):
        rs.check(honest, "softmax_sink", param={"sink": float("inf")})
