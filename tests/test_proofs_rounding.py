"""The proofs of the rounding bounds: what is committed, and what their methods refuse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import sympy as sp

import proofs
from proofs import rounding
from proofs.__main__ import main
from proofs.evidence import Refuted, Undecided
from proofs.implication import Fact, Implication, tangent
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import real, size
from proofs.triangle import Triangle
from refsoft import certificates
from tests.test_proofs_certificates import SCHEMA

A, B, K, N, S, a, b, t = real("A B K N S a b t")


def test_page_and_certificate_are_what_the_proofs_write(capsys):
    assert main(["rounding", "--check"]) == 0
    assert "0 failures" in capsys.readouterr().out


def test_the_certificate_follows_the_schema_and_decides_every_claim():
    certificate = certificates.load("rounding")
    jsonschema.validate(certificate, SCHEMA)
    assert set(certificate["claims"]) == {claim.id for claim in rounding.CARD.claims}
    assert all(entry["status"] == "proved" for entry in certificate["claims"].values())
    assert all(entry["twins_rejected"] >= 2 for entry in certificate["claims"].values())


def test_a_claim_without_a_proof_is_unproved(monkeypatch):
    monkeypatch.setattr(rounding, "THEOREMS", rounding.THEOREMS[:1])
    report = proofs.run(rounding)
    assert [result.theorem.claim for result in report.results] == ["nearest"]
    assert "| one_operation |" in report.files(Path())[Path("rounding.md")]
    assert "| unproved |" in report.files(Path())[Path("rounding.md")]


def test_an_implication_is_proved_refuted_by_a_point_or_neither():
    true = Implication(hypotheses=(a > 0, b >= a), conclusion=b > 0)
    assert true.establish().values > 0
    for false in (
        replace(true, conclusion=b > a),
        replace(true, hypotheses=(a > 0,)),
    ):
        with pytest.raises(Refuted, match=r"\$a = "):
            false.establish()
    with pytest.raises(Undecided, match="no explicit point"):
        replace(true, hypotheses=(a > 0, a < 0)).establish()
    with pytest.raises(Undecided, match="do not exclude"):
        replace(true, hypotheses=(a >= 0,), conclusion=1 / a >= 0).establish()
    with pytest.raises(Undecided, match="nor a point"):  # there is one, too rare for chance
        replace(true, conclusion=sp.Or(a < 1000, a > 1001)).establish()


def test_a_fact_that_is_false_or_lacks_its_hypothesis_is_refused():
    power = {"hypotheses": (t >= 0,), "conclusion": 1 + t <= A, "meanings": {A: sp.exp(t)}}
    assert Implication(**power, facts=(tangent(A, t),)).establish()
    with pytest.raises(Refuted, match="a lemma does not say"):
        Implication(**power, facts=(Fact("a lemma", 1 + 2 * t <= A),)).establish()
    with pytest.raises(Undecided, match="a lemma asks for"):
        Implication(**power, facts=(Fact("a lemma", 1 + t <= A, (t >= 1,)),)).establish()
    with pytest.raises(Undecided, match="nor a point"):
        Implication(**power).establish()  # z3 knows nothing of exp


def test_an_error_is_the_sum_of_its_parts_and_each_is_bounded():
    true = Triangle(
        error=a * b - 1,
        parts=((a * (b - 1), A * B), (a - 1, A - 1)),
        bound=A * B + A - 1,
        hypotheses=(A >= 1, B >= 0, size(a) <= A, size(b - 1) <= B, size(a - 1) <= A - 1),
    )
    assert true.establish().values > 0
    for false in (
        replace(true, bound=A * B + (A - 1) / 2),
        replace(true, parts=((a * (b - 1), A * B / 2), (a - 1, A - 1)), bound=A * B / 2 + A - 1),
    ):
        with pytest.raises(Refuted, match=r"\$A = "):
            false.establish()
    for wrong in (
        replace(true, parts=((a * b, A * B + A), (sp.Integer(-1), sp.Integer(-1)))),
        replace(true, parts=true.parts[:1]),
        replace(true, bound=true.bound + 1),
    ):
        with pytest.raises(Undecided):
            wrong.establish()


def test_an_induction_needs_base_and_step_and_finds_counterexamples():
    one = Case(name="One", result=(sp.Integer(1), a), given=(a <= 1,))
    more = Case(name="More", parts=((N, S),), result=(N + 1, S + a), given=(a <= 1,))
    true = StructuralInduction(state=(N, S), claim=S <= N, cases=(one, more))
    assert true.establish().values > 0
    for false in (
        replace(true, claim=S < N),
        replace(true, claim=S <= N - 1),
        replace(true, cases=(replace(one, given=()), more)),
        replace(true, cases=(one, replace(more, given=()))),
    ):
        with pytest.raises(Refuted, match=r"of . made"):
            false.establish()
    # True, but not inductive: nothing is said of K.
    weak = StructuralInduction(
        state=(N, K),
        claim=sp.Or(N <= 1, K >= 1),
        cases=(
            replace(one, result=(sp.Integer(1), sp.Integer(1)), given=()),
            Case(name="More", parts=((N, K),), result=(N + 1, K), given=()),
        ),
    )
    with pytest.raises(Undecided, match="More is not discharged"):
        weak.establish()
