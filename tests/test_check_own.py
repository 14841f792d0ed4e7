"""Our kernels under the check: acquitted at the tightest arithmetic of their weights' format."""

from __future__ import annotations

import pytest

import refsoft as rs

DTYPES = ("float64", "float32", "float16", "bfloat16")
CELLS = [
    pytest.param(name, dtype, marks=[] if usual else pytest.mark.slow)
    for name in rs.variants
    for dtype in DTYPES
    for usual in [(name, dtype) == ("softmax_one", "float32")]
]


@pytest.mark.parametrize(("name", "dtype"), CELLS)
def test_every_kernel_keeps_the_tightest_bound(name, dtype):
    declared = "float64" if dtype == "float64" else "float32-accurate"
    variant = rs.variants[name]
    passes = [parameter.name for parameter in variant.card.parameters]
    report = rs.check(
        variant, variant, dtype=dtype, quick=True, arithmetic=declared, passes=passes,
        vjp=variant.vjp,
    )  # fmt: skip
    assert report.conforms, report
    # A float32 weight is next to nothing in 16 bits.
    assert report.runs[0].tightest in {declared, "float64" if dtype != "float32" else declared}
