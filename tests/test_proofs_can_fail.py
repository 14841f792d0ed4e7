"""A proof fails where the definition, the closed form, a twin or the card is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

import proofs
from proofs import runner, softmax, softmax_one
from proofs.evidence import Evidence, Refuted, Undecided
from proofs.methods import Counterexample, Identity
from proofs.numeric import Samples, agree, mp, partial, points
from proofs.theorem import Failure, Step, Theorem, Twin, establish
from proofs.toolkit import delta, i, k, x
from refsoft.card import Claim

MODULES = {name: runner.load(name) for name in runner.names()}
# All of them take a minute; by default those of a map that shares its theorems with others.
THEOREMS = [
    pytest.param(MODULES[name], theorem, marks=[] if name == "softmax_n" else pytest.mark.slow)
    for name in MODULES
    for theorem in runner.theorems(MODULES[name])
]


def label(value):
    return value.__name__.removeprefix("proofs.")


@pytest.mark.parametrize(("module", "theorem"), THEOREMS, ids=label)
def test_no_theorem_survives_another_definition(module, theorem, monkeypatch):
    definition = module.definition
    monkeypatch.setattr(module, "definition", lambda n: definition(n) * 5 / 7)
    with pytest.raises(Failure, match=theorem.__name__):
        establish(theorem)


@pytest.mark.parametrize("module", MODULES.values(), ids=label)
def test_a_changed_sign_in_the_closed_form_fails(module, monkeypatch):
    closed = module.closed_jacobian().subs(delta, -delta)
    monkeypatch.setattr(module, "closed_jacobian", lambda: closed)
    for theorem in (module.jacobian, module.vjp):
        with pytest.raises(Failure, match=f"{theorem.__name__}: not established"):
            establish(theorem)


def test_a_run_over_a_broken_file_reports_and_writes_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(softmax_one, "definition", lambda n: -sp.exp(x[i]) / n)
    report = proofs.run(softmax_one, tmp_path)
    assert len(report.failures) == len(softmax_one.THEOREMS)
    assert not report.results
    assert not list(tmp_path.iterdir())


def one_plus_one(right, sample=2):
    return Identity(
        subject="2",
        left=sp.Integer(2),
        right=sp.sympify(right),
        sample=lambda *_: mp.mpf(sample),
        points=points(),
        indices=(),
    )


def test_a_twin_that_is_true_fails_the_theorem():
    step = Step("two", one_plus_one(2))
    assert establish(lambda: Theorem("two", (step.but("three", right=sp.Integer(3)),))).twins == 1
    with pytest.raises(Failure, match="the twin is not rejected: still two"):
        establish(lambda: Theorem("two", (step.but("still two", right=sp.Integer(2)),)))


def test_a_twin_that_is_only_undecided_fails_the_theorem():
    class Hopeless:
        name = "none"

        def establish(self):
            raise Undecided("no idea")

    step = replace(Step("two", one_plus_one(2)), twins=(Twin("what", Hopeless()),))
    with pytest.raises(Failure, match="undecided twin: what: no idea"):
        establish(lambda: Theorem("two", (step,)))


def test_a_step_without_a_twin_and_a_theorem_without_a_step_fail():
    with pytest.raises(Failure, match="without a twin"):
        establish(lambda: Theorem("two", (Step("two", one_plus_one(2)),)))
    with pytest.raises(Failure, match="without a step"):
        establish(lambda: Theorem("two", ()))


def test_the_independent_value_decides_too():
    assert isinstance(one_plus_one(2).establish(), Evidence)
    with pytest.raises(Refuted, match="the definition itself"):
        one_plus_one(2, sample="2.0000000001").establish()


def test_numbers_agree_to_fifty_digits_and_not_to_fewer():
    assert agree(mp.mpf(1), mp.mpf(1) + mp.mpf(10) ** -51)
    assert not agree(mp.mpf(1), mp.mpf(1) + mp.mpf(10) ** -49)
    assert not agree(mp.mpf(10) ** -60, mp.mpf(2) * mp.mpf(10) ** -60)
    assert agree(partial(lambda row: row[1] ** 3, [mp.mpf(1), mp.mpf(2)], 2), mp.mpf(12))


def test_explicit_values_come_from_the_definition_in_mpmath():
    samples = Samples(softmax.value)
    _, two, *_ = points(T="3/2")
    assert agree(samples.sum(two), mp.one)
    assert agree(samples.jacobian(two, 1, 1), -samples.jacobian(two, 1, 2))


def test_equal_and_irrational_values_are_no_counterexample():
    same = Counterexample(
        left=x[i],
        right=x[i],
        left_name="x",
        right_name="x",
        row=(sp.Integer(1),),
        values={i: sp.Integer(1)},
        sample=lambda: (mp.one, mp.one),
    )
    with pytest.raises(Refuted, match="both sides are 1"):
        same.establish()
    with pytest.raises(Undecided, match="not both rational"):
        replace(same, right=sp.exp(x[i])).establish()
    with pytest.raises(Refuted, match="the definition itself"):
        replace(same, right=x[i] + 1).establish()


def with_claims(card, *claims):
    return replace(card, claims=claims)


def only(monkeypatch, theorem, *claims):
    """Run one theorem of softmax_one against a card with these claims alone."""
    monkeypatch.setattr(softmax_one, "THEOREMS", (theorem,))
    monkeypatch.setattr(softmax_one, "CARD", with_claims(softmax_one.CARD, *claims))
    return proofs.run(softmax_one).failures


def test_a_card_that_contradicts_the_proof_is_an_error(monkeypatch):
    shift = Claim("shift_invariant", "Stays.", "y", holds=True)
    (failure,) = only(monkeypatch, softmax_one.shift_invariant, shift)
    assert "refuted, but the card of softmax_one says that it holds" in failure
    quiet = Claim("quiet", "Vanishes.", "y", holds=False)
    (failure,) = only(monkeypatch, softmax_one.LIMITS.quiet, quiet)
    assert "proved, but the card of softmax_one says that it does not hold" in failure
    assert only(monkeypatch, softmax_one.LIMITS.quiet, replace(quiet, holds=True)) == ()


def test_a_claim_that_the_card_does_not_make_is_an_error(monkeypatch):
    (failure,) = only(monkeypatch, softmax_one.LIMITS.quiet)
    assert "makes no such claim" in failure


def test_the_jacobian_of_the_neighbour_is_another():
    entry = softmax_one.y(i)
    wrong = softmax.closed_jacobian().subs(softmax.T, 1)
    step = softmax_one.MAP.derive.jacobian(entry, wrong, "neighbour", {})
    with pytest.raises(Refuted, match=r"n = 1, i = 1, k = 1"):
        step.method.establish()
    assert k in wrong.free_symbols
