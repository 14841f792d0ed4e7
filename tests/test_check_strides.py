"""Layouts, formats of the result, multiples: each breach is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance.layouts import REASONS, arranged
from tests.helpers.checked import BASE, check, kinds, reads_on, softmax

LAYOUTS = [f"layout-{name}" for name in REASONS]


@pytest.mark.parametrize("layout", REASONS)
def test_a_layout_keeps_the_entries(layout: str) -> None:
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    view = arranged(x.copy(), layout, np)
    assert np.array_equal(view, x)
    plain = (
        view.flags.c_contiguous
        and view.flags.owndata
        and view.flags.aligned
        and view.flags.writeable
    )
    assert not plain


@pytest.mark.parametrize("name", rs.variants)
def test_golden_is_acquitted_in_every_layout_and_repeated(name: str) -> None:
    report = rs.check(
        rs.variants[name].using("golden"),
        name,
        quick=True,
        only=[*BASE, *LAYOUTS, "repeat"],
        require=["strided", "repeatable"],
    )
    assert report.findings == ()
    assert len(report.runs[0].classes) == len(BASE) + len(LAYOUTS) + 1


def test_a_function_that_forgets_the_strides_is_convicted() -> None:
    report = check(reads_on, *LAYOUTS)
    assert kinds(report) == {"wrong/layout-accuracy"}
    assert set(report.findings[0].cases) >= {"layout-strided/33", "layout-slice/33"}
    example = report.findings[0].example
    assert example is not None
    assert "x = arranged(x, 'strided', np)" in example.snippet


def refuses(x: np.ndarray) -> np.ndarray:
    if not x.flags.c_contiguous:
        raise ValueError("contiguous, please")
    return softmax(x)


def test_a_refusal_of_strides_convicts_only_where_it_is_required() -> None:
    report = check(refuses, *LAYOUTS)
    assert kinds(report) == {"unsupported/strided"}
    assert report.conforms
    required = check(refuses, *LAYOUTS, require=["strided"])
    assert kinds(required) == {"unsupported/strided"}
    assert required.exit_code == 1


def test_writing_to_a_view_is_found() -> None:
    def writes(x: np.ndarray) -> np.ndarray:
        y = softmax(x)
        if not x.flags.c_contiguous:
            x[...] = 0
        return y

    assert kinds(check(writes, *LAYOUTS)) == {"contract/modified"}


def test_the_result_may_have_another_format() -> None:
    def wide(x: np.ndarray) -> np.ndarray:
        return softmax(x.astype(np.float32))

    options: dict[str, Any] = {"dtype": "float16", "out_dtype": "float32"}
    assert check(wide, **options).findings == ()
    assert kinds(check(wide, dtype="float16")) == {"contract/dtype"}
    assert "contract/dtype" in kinds(check(lambda x: wide(x).astype(np.float16), **options))
    # A result that has been rounded to float16 is no float32 result.
    narrow = check(lambda x: wide(x).astype(np.float16).astype(np.float32), **options)
    assert kinds(narrow) & {"inaccurate/accuracy", "wrong/accuracy"}


def test_multiples_narrow_the_domain() -> None:
    def blocks(x: np.ndarray) -> np.ndarray:
        if x.shape[-1] % 16:
            raise ValueError("whole blocks, please")
        return softmax(x)

    report = rs.check(blocks, "softmax", quick=True, multiple_of=16, skip=["laws"])
    assert report.findings == ()
    assert "n a multiple of 16" in report.headline
    everywhere = rs.check(blocks, "softmax", quick=True, skip=["laws"])
    assert "unsupported/refused" in kinds(everywhere)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"multiple_of": 0}, "multiple_of=0"),
        ({"multiple_of": 4, "lengths": [6]}, "multiples of 4"),
        ({"device": "gpu"}, "device='gpu'; accepted: cpu, cuda or cuda:<number>"),
        ({"device": "cuda"}, "does not go with array='numpy'"),
        ({"array": "cupy", "device": "cpu"}, "does not go with array='cupy'"),
        ({"out_dtype": "int8"}, "int8"),
    ],
)
def test_wrong_usage_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        check(softmax, **options)
