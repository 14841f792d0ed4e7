"""The generated parts of the site say what there is."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import refsoft as rs
from docs.website import matrix, mistakes, proofs, references, variants
from refsoft.certificates import load

VARIANTS = list(rs.variants.values())


def cells(text):
    return [[c.strip() for c in line.strip("|").split(" | ")] for line in text.splitlines()]


class TestMatrix:
    def test_it_has_a_row_for_every_variant_and_tells_its_certificate(self):
        head, _, *rows = cells(matrix.matrix())
        assert head == matrix.HEAD
        assert [row[0] for row in rows] == [f"[{n}](variants/{n}.md)" for n in rs.variants]
        for row, variant in zip(rows, VARIANTS, strict=True):
            certified = load(variant.card.name)["claims"]
            decided = [c for c in variant.card.claims if c.id in certified]
            assert f"[{len(decided)} of {len(variant.card.claims)}]" in row[3]

    def test_it_tells_what_is_not_there(self):
        # A variant of which nothing but a definition exists.
        card = replace(rs.softmax.card, name="nothing")
        bare = SimpleNamespace(card=card, definition=SimpleNamespace(RECIPE=None))
        golden, oracle, proof, cpu, *_ = matrix.row(bare)
        assert (golden, oracle, proof, cpu) == ("no", "no", "no", "no")

    def test_it_tells_what_a_golden_module_lacks(self, monkeypatch):
        monkeypatch.setattr(rs.softmax.golden_module, "jvp", None)
        monkeypatch.delattr(rs.softmax.golden_module, "jvp")
        assert matrix.row(rs.softmax)[0] == "without jvp"


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.__name__)
class TestPages:
    def test_a_page_has_every_claim_with_its_status(self, variant):
        page = variants.page(variant)
        for claim in variant.card.claims:
            status = variant.card.status(claim.id)
            assert f"[{status}](../proofs/{variant.card.name}.md#{claim.id})" in page

    def test_a_page_shows_what_the_function_returns(self, variant):
        shown = variants.page(variant).partition("([1.0, 2.0, 3.0])\n")[2].partition("\n```")[0]
        exact = variant.exact([1.0, 2.0, 3.0]).value
        np.testing.assert_allclose(numbers(shown.removeprefix("array")), exact, rtol=1e-6)

    def test_a_mistake_is_shown_where_it_differs_from_what_is_right(self, variant):
        rows = [row for row in cells(mistakes.page_part(variant)) if len(row) == 4]
        rows = [row for row in rows if row[1].startswith("x = ")]
        assert len(rows) > 10
        for sentence, _, given, right in rows:
            assert given != right, sentence
        first = next(row for row in rows if row[1] == "x = (1, 2, 3)")
        exact = variant.exact([1.0, 2.0, 3.0]).value
        np.testing.assert_allclose(numbers(first[3]), exact, rtol=1e-3)


def numbers(row):
    return [float(x) for x in row.strip("([])").replace("−", "-").split(", ")]


def test_a_mistake_that_is_none_would_not_be_shown():
    from refsoft.conformance.known import Mistake

    golden = rs.softmax.using("golden")
    right = Mistake("", lambda x, params: golden(x, temperature=params["temperature"][:, 0]))
    assert mistakes._example(rs.softmax, right) == []


def test_the_index_of_proofs_marks_every_claim_of_every_variant():
    page = proofs.index()
    for variant in VARIANTS:
        for claim in variant.card.claims:
            method = load(variant.card.name)["claims"][claim.id]["method"]
            status = variant.card.status(claim.id)
            mark = proofs.MARKS[status]
            assert f'[{mark}]({variant.card.name}.md#{claim.id} "{status}: {method}")' in page


def test_every_source_is_referred_to_and_papers_are_linked():
    page = references.table_of_references()
    for variant in VARIANTS:
        for number in re.findall(r"\d{4}\.\d{5}", variant.card.source):
            assert f"https://arxiv.org/abs/{number}" in page
        assert f"(variants/{variant.card.name}.md)" in page
