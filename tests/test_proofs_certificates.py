"""The committed certificates: their schema, and that no claim of a card is left without one."""

from __future__ import annotations

import json

import jsonschema
import pytest
import sympy as sp

import refsoft as rs
from proofs import pages
from proofs.runner import names
from refsoft import certificates

METHODS = ["symbolic identity", "limit", "z3", "counterexample", "induction", "classical lemma"]
METHODS += ["triangle inequality"]
SCHEMA = {
    "type": "object",
    "required": ["schema", "variant", "definition", "versions", "claims"],
    "additionalProperties": False,
    "properties": {
        "schema": {"const": 2},
        "variant": {"type": "string"},
        "definition": {"type": "string"},
        "versions": {
            "type": "object",
            "required": ["python", "sympy", "z3", "mpmath"],
            "additionalProperties": {"type": "string", "pattern": "^[0-9]+[.][0-9.]+$"},
        },
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
                    "steps",
                ],
                "properties": {
                    "status": {"enum": ["proved", "refuted", "conjectured"]},
                    "statement": {"type": "string", "minLength": 5},
                    "latex": {"type": "string", "minLength": 1},
                    "method": {"type": "string", "minLength": 2},
                    "hypotheses": {"type": "array", "items": {"type": "string"}},
                    "values_compared": {"type": "integer", "minimum": 1},
                    "twins_rejected": {"type": "integer", "minimum": 1},
                    "steps": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["method", "latex", "srepr", "twins"],
                            "properties": {
                                "method": {"enum": METHODS},
                                "latex": {"type": "string", "minLength": 1},
                                "srepr": {"type": "string", "minLength": 1},
                                "twins": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {"type": "string", "minLength": 1},
                                },
                            },
                        },
                    },
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


@pytest.mark.parametrize("name", names())
def test_a_certificate_can_be_read_back_without_the_proofs(name):
    certificate = certificates.load(name)
    x, i = sp.IndexedBase("x", real=True), sp.Symbol("i", integer=True)
    definition = sp.sympify(certificate["definition"])
    assert {i, x[i]} <= definition.free_symbols
    for claim, entry in certificate["claims"].items():
        assert sum(len(step["twins"]) for step in entry["steps"]) == entry["twins_rejected"], claim
        for step in entry["steps"]:
            statement = sp.sympify(step["srepr"])
            assert isinstance(statement, (sp.Rel, sp.Implies, sp.And)), (claim, step["latex"])


def sides(name, claim):
    """Both sides of the first step of a claim, as the certificate has them."""
    statement = sp.sympify(certificates.load(name)["claims"][claim]["steps"][0]["srepr"])
    return statement.lhs, statement.rhs


@pytest.mark.parametrize("name", ["softmax_one", "softmax_n", "softmax_sink"])
def test_the_statement_that_is_read_back_is_the_one_that_is_claimed(name):
    """The Jacobian at an explicit row, by hand: e^x/(1 + e^x) for one score, offset 1."""
    x, one = sp.IndexedBase("x", real=True), sp.Integer(1)
    weight = sp.exp(one) / (1 + sp.exp(one))
    for side in sides(name, "jacobian"):
        names = {symbol.name: symbol for symbol in side.free_symbols if symbol.is_Symbol}
        values = {names[key]: one for key in "ik"}
        values |= {names[key]: value for key, value in (("nu", 1), ("s", 0)) if key in names}
        whole = side.replace(lambda e: isinstance(e, sp.Sum), lambda _: sp.exp(one))
        exact = whole.subs(values).subs(x[1], 1)
        assert sp.simplify(exact - weight * (1 - weight)) == 0


def test_other_versions_say_the_same_and_other_claims_do_not():
    text = json.dumps(certificates.load("softmax"))
    older = json.loads(text)
    older["versions"] = {**older["versions"], "sympy": "1.0.0"}
    assert pages.same(text, json.dumps(older))
    assert set(pages.versions()) == set(older["versions"])
    older["claims"]["row_sum"]["twins_rejected"] += 1
    assert not pages.same(text, json.dumps(older))
