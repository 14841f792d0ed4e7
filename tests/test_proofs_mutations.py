"""Every sign of a definition, closed form or card, once changed, makes a run of the proofs fail."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import sympy as sp

import proofs
from proofs import runner
from proofs.composed import Induction, Lemma
from proofs.evidence import Refuted
from proofs.inequality import Inequality
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
