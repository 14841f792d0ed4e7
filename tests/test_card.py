"""Cards are complete and say what the table and the certificates say."""

from __future__ import annotations

import pytest

import refsoft as rs
from refsoft import certificates

STATUSES = {"proved", "refuted", "conjectured", "unproved"}


@pytest.fixture(params=list(rs.variants.values()), ids=lambda v: v.__name__)
def card(request):
    return request.param.card


def test_the_core_nine_are_there():
    assert list(rs.variants) == [
        "softmax",
        "log_softmax",
        "softmax_one",
        "softmax_n",
        "softmax_sink",
        "symax",
        "ssmax",
        "self_adjust",
        "self_adjust_normalized",
    ]


def test_every_field_says_something(card):
    for field in ("title", "summary", "formula", "latex", "gradient", "source"):
        assert len(getattr(card, field)) > 3, field
    assert card.neighbour in rs.variants
    assert card.neighbour != card.name
    for parameter in card.parameters:
        assert parameter.default is None or parameter.contains(parameter.default)
        assert parameter.name in card.formula or parameter.name[0].upper() in card.formula


def test_claims_have_distinct_ids_and_both_ends_of_an_invariance_are_stated(card):
    ids = [claim.id for claim in card.claims]
    assert len(ids) == len(set(ids))
    assert {"jacobian", "shift_invariant"} <= set(ids)
    assert all(claim.statement.endswith(".") and claim.latex for claim in card.claims)


def test_a_status_is_what_the_certificate_says(card):
    written = certificates.load(card.name).get("claims", {})
    assert set(written) <= {claim.id for claim in card.claims}
    for claim in card.claims:
        status = card.status(claim.id)
        assert status in STATUSES
        assert (status == "unproved") == (claim.id not in written)
        assert status != ("refuted" if claim.holds else "proved"), claim.id


def test_a_claim_without_certificate_is_unproved():
    assert rs.softmax.card.status("no such claim") == "unproved"


@pytest.mark.parametrize("name", ["softmax", "softmax_one", "symax"])
def test_the_first_path_has_its_proofs(name):
    card = rs.variants[name].card
    assert card.status("jacobian") == "proved"
    assert card.status("row_sum") == "proved"
    assert card.status("shift_invariant") == ("proved" if name == "softmax" else "refuted")


def test_a_domain_reads_as_an_interval():
    eta, p = rs.symax.card.parameters
    assert (eta.domain, p.domain) == ("[0, inf)", "(0, inf)")
    assert [p.contains(v) for v in (0.0, 1e-300, float("inf"), float("nan"))] == [0, 1, 0, 0]
    assert rs.symax.card.parameter("eta") is eta
    with pytest.raises(KeyError, match="zeta"):
        rs.symax.card.parameter("zeta")
