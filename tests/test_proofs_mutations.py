"""Every sign of a definition, closed form or card, once changed, makes a run of the proofs fail."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest
import sympy as sp

import proofs
from proofs import runner
from proofs.cards import disagreements
from proofs.evidence import Refuted
from proofs.induction import Induction
from proofs.inequality import Inequality
from proofs.lemma import Lemma
from proofs.methods import Counterexample, Identity, Limit
from proofs.theorem import Failure, Result, establish
from proofs.toolkit import n

MODULES = {name: runner.load(name) for name in runner.names()}
over_variants = pytest.mark.parametrize("name", MODULES)


@cache
def built(name):
    """The theorems of a variant, derived and not yet established."""
    return {theorem: theorem() for theorem in runner.theorems(MODULES[name])}


def with_one_sign_changed(expression):
    """The expression with one of its parts negated, for every part; indices are no parts."""
    yield -expression
    if isinstance(expression, sp.Indexed):
        return
    count = 1 if isinstance(expression, sp.Sum) else len(expression.args)
    for place, part in enumerate(expression.args[:count]):
        for changed in with_one_sign_changed(part):
            yield expression.func(*expression.args[:place], changed, *expression.args[place + 1 :])


@over_variants
def test_every_sign_of_the_definition_matters(name, monkeypatch):
    module = MODULES[name]
    definition = module.definition(n)
    changed = set(with_one_sign_changed(definition)) - {definition}
    assert len(changed) >= 5
    for entry in changed:
        monkeypatch.setattr(module, "definition", lambda _, entry=entry: entry)
        with pytest.raises(Failure, match="jacobian: not established"):
            establish(module.jacobian)


def negated(value):
    """A claimed value with its sign changed; 0 has none and becomes 1."""
    return sp.S.One if value == 0 else -value


def mutant(method):
    """The same statement with its closed form negated."""
    if isinstance(method, Identity):
        return replace(method, right=negated(method.right))
    if isinstance(method, Limit):
        return replace(method, value=negated(method.value))
    if isinstance(method, Inequality):
        return replace(method, conclusion=sp.Not(method.conclusion))
    if isinstance(method, Counterexample):
        return replace(method, right=method.left)
    if isinstance(method, Induction):
        return replace(method, step=mutant(method.step))
    assert isinstance(method, Lemma)
    return replace(
        method, sides=lambda point: ((left, -right) for left, right in method.sides(point))
    )


def refuted(method):
    """Whether the method finds the statement false; that it cannot tell is an error."""
    try:
        method.establish()
    except Refuted:
        return True
    return False


@over_variants
def test_every_closed_form_with_its_sign_changed_is_refuted(name):
    steps = [(theorem.claim, step) for theorem in built(name).values() for step in theorem.steps]
    assert len(steps) > 30
    for claim, step in steps:
        assert refuted(mutant(step.method)), (claim, step.text)


def with_one_sign_written_otherwise(text):
    """The text of a card with one + for a -, one - for a +, or a - after a bracket."""
    for found in re.finditer(r"(?<= )[+-](?= )|[(]", text):
        sign = {"+": "-", "-": "+", "(": "(-"}[found[0]]
        yield text[: found.start()] + sign + text[found.end() :]


@over_variants
def test_every_sign_of_the_formula_and_the_gradient_on_the_card_matters(name, monkeypatch):
    module = MODULES[name]
    card = module.CARD
    assert list(disagreements(module)) == []
    changed = [
        *(replace(card, formula=text) for text in with_one_sign_written_otherwise(card.formula)),
        *(replace(card, gradient=text) for text in with_one_sign_written_otherwise(card.gradient)),
        replace(card, gradient=card.gradient.replace("dx = ", "dx = -1 ")),
    ]
    assert len(changed) >= 4
    for other in changed:
        monkeypatch.setattr(module, "CARD", other)
        assert list(disagreements(module)), (other.formula, other.gradient)


def test_a_run_says_what_of_the_card_is_wrong_or_cannot_be_read(monkeypatch):
    module = MODULES["softmax_n"]
    theorems = built("softmax_n")
    monkeypatch.setattr(runner, "establish", lambda t: Result(theorems[t], (), (), 0.0))
    card = module.CARD
    wrong = replace(card, gradient=card.gradient.replace("/(n + S)", "/S"))
    monkeypatch.setattr(module, "CARD", wrong)
    assert proofs.run(module).failures == ("dn of the card is not that of the definition at n = 1",)
    for formula, why in {
        "y_i = exp(x_i) / (n + sum_j exp(x_j)": "')' is missing",
        "y_i = exp(x_i) / (m + sum_j exp(x_j))": "m is not explained",
        "y_i = exp(x_i) / (n + sum_j exp(x_j)) )": "left over",
        "y_i = exp(x_i) $ n": "not in plain notation",
        "y_i = exp(x_i) * / n": "'/' cannot stand there",
    }.items():
        monkeypatch.setattr(module, "CARD", replace(card, formula=formula))
        (failure, *_) = proofs.run(module).failures
        assert failure.startswith("y of the card cannot be read"), failure
        assert why in failure


@over_variants
def test_every_claim_of_the_card_with_its_truth_changed_fails_the_run(name, monkeypatch):
    module = MODULES[name]
    theorems = built(name)
    monkeypatch.setattr(runner, "establish", lambda t: Result(theorems[t], (), (), 0.0))
    assert proofs.run(module).failures == ()
    for place, claim in enumerate(module.CARD.claims):
        claims = list(module.CARD.claims)
        claims[place] = replace(claim, holds=not claim.holds)
        monkeypatch.setattr(module, "CARD", replace(module.CARD, claims=tuple(claims)))
        (failure,) = proofs.run(module).failures
        assert failure.startswith(f"{claim.id}: "), failure
        claims[place] = replace(claim, holds=claim.holds)
        monkeypatch.setattr(module, "CARD", replace(module.CARD, claims=tuple(claims)))


@over_variants
def test_a_claim_without_its_theorem_is_unproved_and_a_theorem_without_its_claim_fails(
    name, monkeypatch
):
    module, theorems = MODULES[name], built(name)
    monkeypatch.setattr(runner, "establish", lambda t: Result(theorems[t], (), (), 0.0))
    whole = module.CARD
    for claim in whole.claims:
        rest = tuple(other for other in whole.claims if other is not claim)
        monkeypatch.setattr(module, "CARD", replace(whole, claims=rest))
        (failure,) = proofs.run(module).failures
        assert failure == f"{claim.id}: the card of {name} makes no such claim"
