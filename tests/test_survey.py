"""The survey's page is what was measured, and what is measured is right."""

from __future__ import annotations

import json

import ml_dtypes
import numpy as np
import pytest

import refsoft as rs
from tests.survey import measure, render
from tests.survey.__main__ import DATA, PAGE
from tests.survey.subjects import Subject, shifted, subjects

GOLDEN = rs.softmax.using("golden")


def off_by_ulps(x: np.ndarray) -> np.ndarray:
    """The last entry is three units in its last place too large."""
    y = GOLDEN(x)
    y[..., -1] += 3 * np.spacing(y[..., -1])
    return y


def test_the_page_is_what_was_measured() -> None:
    assert PAGE.read_text("utf-8") == render.page(json.loads(DATA.read_text("utf-8")))


def test_everybody_was_measured_in_every_format() -> None:
    found = json.loads(DATA.read_text("utf-8"))["subjects"]
    assert list(found) == [s.id for s in subjects()]
    for s in subjects():
        formats = found[s.id]["formats"]
        assert tuple(formats) == s.dtypes
        assert all(len(f["curve"]) == 2 * len(measure.LENGTHS) for f in formats.values())
        assert all(("every_score" in formats[d]) for d in s.dtypes if d in measure.SHORT)


def test_what_docs_bounds_says_of_libraries_was_measured() -> None:
    """Section 10: a denominator in 16 bits is convicted, and what the eager presets allow of it."""
    found = json.loads(DATA.read_text("utf-8"))["subjects"]
    for name in ("torch log_softmax", "JAX nn.log_softmax"):
        formats = found[f"{name} as log_softmax"]["formats"]
        for dtype, allowed in (("float16", None), ("bfloat16", "bfloat16-eager")):
            verdict = formats[dtype]["verdict"]
            assert verdict["arithmetic"] == f"{dtype}-storage"
            assert verdict["verdict"] == "does not conform"
            assert verdict["tightest"] == allowed


def test_an_error_of_three_units_is_measured_as_such() -> None:
    x = np.float32([[0.0, 1.0], [2.0, -1.0]])
    wrong, right = (Subject("test", "f", "softmax", f) for f in (off_by_ulps, GOLDEN))
    true = measure.Rows("softmax", x)
    assert measure.error(right, true)["ulp"] <= 0.5
    assert 2.5 <= measure.error(wrong, true)["ulp"] <= 3.5
    assert measure.error(wrong, true)["over_bound"] > measure.error(right, true)["over_bound"]


def test_what_is_not_finite_or_refused_is_said() -> None:
    def nan(x: np.ndarray) -> np.ndarray:
        return np.full_like(x, np.nan)

    def refused(x: np.ndarray) -> np.ndarray:
        raise ValueError(x.dtype)

    true = measure.Rows("softmax", np.float32([[0.0, 1.0]]))
    assert measure.error(Subject("test", "f", "softmax", nan), true)["ulp"] == "inf"
    found = measure.error(Subject("test", "f", "softmax", refused), true)
    assert (found["ulp"], found["why"]) == (None, "ValueError: float32")


@pytest.mark.parametrize("dtype", measure.SHORT)
def test_every_finite_score_of_a_short_format_is_visited(dtype: str) -> None:
    subject = Subject("test", "f", "softmax", shifted)
    ((_, figure),) = measure.every_score([subject], dtype)
    kind = np.dtype(dtype if dtype == "float16" else ml_dtypes.bfloat16)
    patterns = np.arange(2**16, dtype=np.uint16).view(kind)
    with np.errstate(invalid="ignore"):
        assert figure["count"] == np.isfinite(patterns).sum()
    assert figure["ulp"] > 0.5
