"""What is wrong in a way that has no name is convicted and not named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance import diagnose
from tests.culprits import ALL, PARAM, Function
from tests.culprits.twins import DRIFTS, TWINS, drifting, twins

ONLY = ("normal", "negative", "wide", "balance", "subnormal", "blocks")
USUAL = {(form, ALL[i % len(ALL)]) for i, form in enumerate(TWINS)}
TOO_SMALL = ("results below 1e-12 are 0", "log_softmax")  # next to a bound that is absolute


@pytest.mark.parametrize(
    ("form", "name", "function"),
    [
        pytest.param(
            *twin,
            id=f"{twin[1]}: {twin[0]}",
            marks=[] if twin[:2] in USUAL else [pytest.mark.slow],
        )
        for twin in twins()
        if twin[:2] != TOO_SMALL
    ],
)
def test_an_error_without_a_name_gets_none(form: str, name: str, function: Function) -> None:
    report = rs.check(function, name, quick=True, only=ONLY, param=PARAM.get(name, {}))
    assert (report.exit_code, report.diagnosis) == (1, ""), form


def drift(name: str, family: str, factor: float) -> Any:
    function, param = drifting(name, factor), PARAM.get(name, {})
    return rs.check(function, name, quick=True, only=[family], param=param)


@pytest.mark.parametrize(("name", "family", "factor"), DRIFTS)
def test_a_bound_that_is_barely_passed_is_blamed_on_nobody(
    name: str, family: str, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = drift(name, family, factor)
    assert (report.exit_code, report.diagnosis) == (1, "")
    monkeypatch.setattr(diagnose, "owns", lambda *_: True)
    assert drift(name, family, factor).diagnosis != "", "this twin shows nothing"


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_scores_that_overflow_when_scaled_are_no_sum_in_half_precision() -> None:
    def ssmax(x: np.ndarray) -> np.ndarray:
        z = x * np.float32(np.log(x.shape[-1]))
        w = np.exp(z - z.max(-1, keepdims=True))
        return w / w.sum(-1, keepdims=True)

    report = rs.check(ssmax, "ssmax", quick=True, only=["normal", "wide", "huge"])
    assert report.diagnosis == "the scaled scores overflow"
    assert rs.check(ssmax, "ssmax", quick=True, only=["normal", "wide"]).conforms
