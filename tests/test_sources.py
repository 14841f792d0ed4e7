"""docs/sources.md names theorems that exist, and the exact values that it gives are right."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import refsoft as rs

PAGE = (Path(__file__).parent.parent / "docs" / "sources.md").read_text("utf-8")
LINKS = re.findall(r"\[([^\]]+)\]\(proofs/(\w+)\.md#(\w+)\)( \(refuted[^)]*\))?", PAGE)
# What is linked as it stands, though it refutes the source's statement.
REFUTED_WITHOUT_WORDS = {("symax", "extreme_is_quiet")}


def test_there_are_links():
    assert len(LINKS) > 20
    assert PAGE.count("](proofs/") == len(LINKS)


@pytest.mark.parametrize(("text", "name", "claim", "refuted"), LINKS)
def test_a_link_is_a_decided_claim_with_the_status_that_is_said(text, name, claim, refuted):
    said = bool(refuted) or (name, claim) in REFUTED_WITHOUT_WORDS
    assert rs.variants[name].card.status(claim) == ("refuted" if said else "proved")
    assert text in (claim, "no value there")
    anchors = (Path(__file__).parent.parent / "docs" / "proofs" / f"{name}.md").read_text("utf-8")
    assert f"\n## {claim}\n" in anchors


def exact(variant, row, **parameters):
    found = variant.exact(np.array(row), dtype="float64", **parameters)
    assert (found.lo <= found.value).all()
    assert (found.value <= found.hi).all()
    return found.value


def test_the_counterexamples_are_so():
    assert exact(rs.symax, [1.0], eta=0.0) == [1.0]
    sizes = exact(rs.symax, [-2.0, 1.0])
    assert sizes[0] > sizes[1]
    assert (exact(rs.symax, [-(2.0**60)] * 4) > 0.2499).all()


def test_the_published_code_is_another_function():
    def published(row):
        terms = np.exp(np.array(row) - max(row))
        return terms / (1 + terms.sum())

    (wrong,) = published([np.log(2.0)])
    (right,) = exact(rs.softmax_one, [np.log(2.0)])
    assert wrong == 0.5
    assert abs(right - 2 / 3) < 1e-15  # log 2 is rounded
    assert published([-50.0, -60.0]).sum() >= 0.5
    assert exact(rs.softmax_one, [-50.0, -60.0]).sum() < 1e-20


@pytest.mark.parametrize("n", [10, 1000])
def test_unbounded_scores_do_not_flatten(n):
    row = [2 * np.log(n), *[0.0] * (n - 1)]
    truth = Fraction(n * n, n * n + n - 1)
    assert abs(exact(rs.softmax, row)[0] - float(truth)) < 1e-14  # 2 log n is rounded
    assert exact(rs.softmax, [1.0, *[0.0] * (n - 1)])[0] < 3 / n
