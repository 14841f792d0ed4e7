"""A variant from outside the package is checked like the nine."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import refsoft as rs

NO_INFINITIES = [
    "plus-inf",
    "minus-inf",
    "all-minus-inf",
    "some-minus-inf",
    "tiles-minus-inf",
]


@pytest.fixture
def cauchy(monkeypatch: pytest.MonkeyPatch) -> rs.Variant:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    parts = (importlib.import_module(f"toy.{p}") for p in ("definition", "golden", "oracle"))
    definition, golden, oracle = parts
    return rs.Variant(definition, golden=golden, oracle=oracle)


def by_definition(x: np.ndarray, c: Any = 1.0) -> np.ndarray:
    w = 1 / (1 + x.astype(np.float64) ** 2)
    offset = np.asarray(c, np.float64)[..., np.newaxis]
    return (w / (offset + w.sum(-1, keepdims=True))).astype(x.dtype)


def test_it_is_acquitted_and_its_parameter_swept(cauchy: rs.Variant) -> None:
    report = rs.check(by_definition, cauchy, passes=["c"], quick=True, skip=NO_INFINITIES)
    assert report.exit_code == 0, str(report)


def test_it_is_convicted(cauchy: rs.Variant) -> None:
    def missing(x: np.ndarray) -> np.ndarray:
        return by_definition(x, c=0.0)

    report = rs.check(missing, cauchy, quick=True, skip=NO_INFINITIES)
    assert report.exit_code == 1
    assert report.findings[0].severity == "wrong"
