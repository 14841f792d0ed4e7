"""The committed certificates: their schema, and that no claim of a card is left without one."""

from __future__ import annotations

import json

import jsonschema
import pytest

import refsoft as rs
from proofs.runner import names
from refsoft import certificates

SCHEMA = {
    "type": "object",
    "required": ["schema", "variant", "definition", "claims"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": 1},
        "variant": {"type": "string"},
        "definition": {"type": "string"},
        "claims": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    "status",
                    "statement",
                    "latex",
                    "method",
                    "hypotheses",
                    "values_compared",
                    "twins_rejected",
                ],
                "properties": {
                    "status": {"enum": ["proved", "refuted", "conjectured"]},
                    "statement": {"type": "string", "minLength": 5},
                    "latex": {"type": "string", "minLength": 1},
                    "method": {"type": "string", "minLength": 2},
                    "hypotheses": {"type": "array", "items": {"type": "string"}},
                    "values_compared": {"type": "integer", "minimum": 1},
                    "twins_rejected": {"type": "integer", "minimum": 1},
                },
            },
        },
    },
}


def test_every_claim_of_every_card_is_decided():
    assert set(names()) == set(rs.variants)
    for variant in rs.variants.values():
        for claim in variant.card.claims:
            decided = variant.card.status(claim.id)
            assert decided == ("proved" if claim.holds else "refuted"), (variant, claim.id)


@pytest.mark.parametrize("name", names())
def test_two_twins_at_least_are_rejected_for_every_claim(name):
    for claim, entry in certificates.load(name)["claims"].items():
        assert entry["twins_rejected"] >= 2, claim


@pytest.mark.parametrize("name", names())
def test_committed_certificates_follow_the_schema(name):
    certificate = certificates.load(name)
    jsonschema.validate(certificate, SCHEMA)
    assert certificate["variant"] == name
    assert {certificates.status(name, claim) for claim in certificate["claims"]} <= {
        "proved",
        "refuted",
    }


def test_the_schema_rejects_a_theorem_without_a_rejected_twin():
    certificate = json.loads(json.dumps(certificates.load("softmax")))
    certificate["claims"]["row_sum"]["twins_rejected"] = 0
    with pytest.raises(jsonschema.ValidationError, match="minimum of 1"):
        jsonschema.validate(certificate, SCHEMA)
