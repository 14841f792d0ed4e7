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


def test_laws_of_every_variant_and_claims_are_put_to_it(cauchy: rs.Variant) -> None:
    def by_position(x: np.ndarray) -> np.ndarray:
        return by_definition(x) * np.where(np.arange(x.shape[-1]) == 2, 1.01, 1).astype(x.dtype)

    for law in ("permutation", "ties", "shift_invariant"):
        assert rs.check(by_definition, cauchy, case=f"law/{law}").conforms
    (finding,) = rs.check(by_position, cauchy, case="law/permutation").findings
    assert finding.law == "broken: permuting the scores permutes the results"
    level = rs.check(lambda x: np.full_like(x, 0.1), cauchy, case="law/shift_invariant")
    assert [f.law for f in level.findings] == [
        "must not hold, but does: adding a constant to all scores changes nothing"
    ]
    with pytest.raises(ValueError, match="law/even"):
        rs.check(by_definition, cauchy, case="law/even/1;c=1")
