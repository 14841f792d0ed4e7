"""The product's page is its data; and a part of the product conforms today."""

from __future__ import annotations

import json

import pytest

import refsoft as rs
from refsoft._dtypes import DTYPES
from tests.product import render
from tests.product.__main__ import DATA, PAGE, missing, wrong
from tests.product.cells import Cell, cells, measure, report

# Rows that convict, their masks and axes, and the gradients of the first.
FEW = ("normal", "edges", "mask-patterns", "axis-3d", "vjp-normal", "vjp-edges")
# Every variant in one format, and every format on a variant without and on one with parameters.
TODAY = [Cell(name, "float32", "cpu") for name in rs.variants]
TODAY += [
    Cell(v, d, "cpu") for v in ("softmax_one", "log_softmax") for d in DTYPES if d != "float32"
]


def data():
    return json.loads(DATA.read_text("utf-8"))


def test_the_page_is_what_was_measured():
    assert PAGE.read_text("utf-8") == render.page(data())


def test_what_was_measured_conforms():
    names = [" ".join(cell) for cell in cells()]
    found = data()["cells"]
    assert list(found) == [name for name in names if name in found]
    assert not [name for name, figures in found.items() if figures["verdict"] != "conforms"]


def test_a_missing_cell_and_a_wrong_one_are_named():
    one = data()["cells"]["softmax_one float32 cpu"]
    full = {"versions": {}, "cells": {" ".join(c): dict(one) for c in cells()}}
    assert not missing(full) + wrong(full)
    full["cells"]["symax float16 cpu"]["verdict"] = "does not conform"
    del full["cells"]["ssmax float64 golden"]
    assert missing(full) == ["ssmax float64 golden is not measured"]
    assert wrong(full) == ["symax float16 cpu does not conform"]
    assert "not measured" in render.page(full)


@pytest.mark.parametrize("cell", TODAY, ids=" ".join)
def test_a_kernel_conforms(cell):
    found = report(cell, quick=True, only=FEW)
    assert found.conforms, found.headline
    rows = {row.family: row for row in found.runs[0].classes}
    assert set(FEW) <= set(rows)
    assert all(row.over_bound <= 1 for row in rows.values())


def test_the_kernels_of_another_variant_do_not_conform(monkeypatch):
    check, other = rs.check, rs.softmax.using("golden")

    def judge(_, variant, **options):
        return check(other, variant, **options | {"vjp": other.vjp})

    monkeypatch.setattr(rs, "check", judge)
    figures = measure(Cell("softmax_one", "float32", "golden"), quick=True)
    assert figures["verdict"] == "does not conform"
    assert float(figures["forward"]["over_bound"]) > 1
    assert any(finding.startswith("wrong") for finding in figures["findings"])
