"""Every law of every variant is decided, and says so of wrong functions and of right ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import DTYPES, cast
from refsoft.card import Claim
from refsoft.conformance.assess import Standard
from refsoft.conformance.laws import LAWS, Call, Law, Move, judge_laws, table
from refsoft.conformance.laws.deciding import gap, see_golden, see_oracle, status
from refsoft.conformance.laws.judging import Trial, rows
from refsoft.conformance.power import golden

Function = Callable[[np.ndarray, dict[str, float]], np.ndarray]
SWEEPS: dict[str, list[dict[str, float]]] = {
    "softmax": [{"temperature": 0.5}, {"temperature": 7.0}],
    "log_softmax": [{"temperature": 0.5}, {"temperature": 7.0}],
    "softmax_n": [{"n": 0.0625}, {"n": 4.0}],
    "softmax_sink": [{"sink": 3.0}, {"sink": -5.0}],
    "symax": [{"eta": 0.0625, "p": 2.0}, {"eta": 4.0, "p": 1.0}],
    "ssmax": [{"s": 0.4375, "b": 0.5}, {"s": 2.0, "b": 0.0}],
}
# Statements about derivatives; the laws here speak of values.
OF_DERIVATIVES = frozenset({
    "jacobian", "vjp", "jvp", "hessian", "jacobian_sums", "semidefinite", "concave",
    "lipschitz", "kink",
    "gradient_temperature", "gradient_eta", "gradient_p", "gradient_n", "gradient_sink",
    "gradient_s", "gradient_b", "self_gradient",
    "lse_gradient",
    "max_gradient",
})  # fmt: skip
# Limits that no law goes near enough to, and what needs parameters of a row of its own.
ONLY_PROVED = frozenset({
    "online", "one_up", "one_down", "ray", "flattens", "shifted_offset", "reversed",
    "top_bounds", "critical", "shift_adds", "order_above", "shift_between", "discontinuous_at_zero",
    "no_offset", "one_to_zero", "power_to_zero", "power_grows", "lipschitz_max", "mirrored",
    "ray_below", "logistic_at_one", "together",
})  # fmt: skip
DECIDED = [
    (law, name)
    for law in LAWS
    for name in rs.variants
    if status(law, rs.variants[name].card) in ("holds", "fails")
]
HOLDING = [(law, name) for law, name in DECIDED if name in law.variants]
FAILING = [(law, name) for law, name in DECIDED if name not in law.variants]


def label(value: Any) -> str:
    return value.id if isinstance(value, Law) else str(value)


def defaults(name: str) -> dict[str, float]:
    return {p.name: p.default for p in rs.variants[name].card.parameters}


def scores() -> np.ndarray:
    x = np.random.default_rng(1).integers(-32, 33, (32, 6)) / 4.0
    x[0], x[1], x[2, ::2] = 2.0, -np.abs(x[1]) - 0.25, 0.0
    return x


def breaks(law: Law, name: str, x: np.ndarray, params: dict[str, float], see: Any) -> bool:
    variant = rs.variants[name]
    return bool(gap(law, variant, law.calls(name, x, params, Move()), see).broken.any())


def test_every_law_is_decided_for_every_variant() -> None:
    found = table()
    assert len(found) == len(LAWS) * len(rs.variants)
    for row in found:
        assert row.status in ("holds", "fails", "no such parameter")
        law = next(law for law in LAWS if law.id == row.law)
        own = {p.name for p in rs.variants[row.variant].card.parameters} & {*law.parameters}
        assert (row.status == "no such parameter") == (bool(law.parameters) and not own)
        assert bool(row.counterexample) == (row.status == "fails")


def test_claims_decide_the_laws_of_a_variant_from_outside() -> None:
    by_id = {law.id: law for law in LAWS}
    claims = (Claim("shift_invariant", "", "", holds=False), Claim("row_sum", "", ""))
    stranger = replace(rs.softmax.card, name="stranger", parameters=(), claims=claims)
    told = {law.id: status(law, stranger) for law in LAWS}
    assert {name for name, found in told.items() if found == "holds"} == {
        "permutation", "ties", "row_sum_one", "row_sum_offset", "row_sum_lse",
        "row_sum_at_most_one",
    }  # fmt: skip
    assert {name for name, found in told.items() if found == "fails"} == {"shift_invariant"}
    assert told["even"] == "undecided"
    assert told["falls_with_n"] == "no such parameter"
    assert status(by_id["shift_invariant"], replace(stranger, claims=())) == "undecided"


@pytest.mark.parametrize("see", [see_oracle, see_golden])
@pytest.mark.parametrize(("law", "name"), HOLDING, ids=label)
def test_a_law_that_holds_is_kept_by_oracle_and_golden(law: Law, name: str, see: Any) -> None:
    for params in ({}, *SWEEPS.get(name, [])):
        assert not breaks(law, name, scores(), {**defaults(name), **params}, see), params


@pytest.mark.parametrize(("law", "name"), FAILING, ids=label)
def test_the_counterexample_is_reproduced_by_oracle_and_golden(law: Law, name: str) -> None:
    calls = law.calls(name, np.array([law.counterexample]), defaults(name), Move())
    exact, computed = (gap(law, rs.variants[name], calls, see) for see in (see_oracle, see_golden))
    assert np.max(exact.size) > 1000 * np.max(exact.allowance)
    assert np.max(computed.size) > 1000 * np.max(computed.allowance)
    np.testing.assert_array_less(
        np.abs(exact.size - computed.size), exact.allowance + computed.allowance + 1e-300
    )


@pytest.mark.parametrize(("law", "name"), HOLDING, ids=label)
def test_what_holds_has_something_to_break(law: Law, name: str) -> None:
    """A law that no result could break would pass the tests above."""
    calls = law.calls(name, scores(), defaults(name), Move())
    kept = gap(law, rs.variants[name], calls, see_golden)
    assert np.isfinite(kept.allowance).any()
    assert np.max(kept.allowance[np.isfinite(kept.allowance)]) < 1e-9


@pytest.mark.parametrize("name", rs.variants)
def test_laws_and_claims_agree(name: str) -> None:
    card = rs.variants[name].card
    claims = {claim.id: claim for claim in card.claims}
    told = {law.claims[name]: name in law.variants for law in LAWS if name in law.claims}
    assert set(told) == set(claims) - OF_DERIVATIVES - ONLY_PROVED
    for claim, holds in told.items():
        assert claims[claim].holds == holds, claim
        assert card.status(claim) in ("unproved", "proved" if holds else "refuted"), claim


@pytest.mark.parametrize(("law", "name"), DECIDED, ids=label)
def test_every_format_represents_the_inputs(law: Law, name: str) -> None:
    for x in (rows(), np.array([law.counterexample or (0.0, 1.0)])):
        for call in law.calls(name, x, defaults(name), Move()):
            for dtype in DTYPES.values():
                np.testing.assert_array_equal(cast(call.x, dtype).astype(np.float64), call.x)
                for value in call.params.values():
                    assert float(cast(np.array(value), dtype)) == value


def function_of(name: str) -> Function:
    def function(x: np.ndarray, params: dict[str, float]) -> np.ndarray:
        columns = {key: np.full((len(x), 1), value) for key, value in params.items()}
        return golden(rs.variants[name], x, columns)

    return function


def held(name: str, dtype: str = "float32") -> Standard:
    return Standard(rs.variants[name], DTYPES[dtype], rounding.default(dtype), flush=False)


def trial(function: Function, name: str, dtype: str = "float32") -> Trial:
    def evaluate(call: Call) -> np.ndarray:
        with np.errstate(all="ignore"):
            y = np.asarray(function(call.x, dict(call.params)))
            return cast(y, DTYPES[dtype]).astype(np.float64)

    return Trial(held(name, dtype), defaults(name), evaluate, lambda _: True)


def one_hot(x: np.ndarray, _: Any) -> np.ndarray:
    return (x == x.max(axis=1, keepdims=True)).astype(np.float64)


def wrong_functions(name: str) -> dict[str, Function]:
    own = function_of(name)

    def backwards(x: np.ndarray, params: dict[str, float]) -> np.ndarray:
        change = {"temperature": lambda v: 1 / v, "s": np.negative, "b": np.negative,
                  "sink": np.negative, "p": lambda v: 1 / v, "n": lambda v: 1 / (v + 2**-30),
                  "eta": lambda v: 1 / (v + 2**-30)}  # fmt: skip
        return own(x, {key: float(change[key](value)) for key, value in params.items()})

    return {
        **{other: function_of(other) for other in rs.variants if other != name},
        "zeros": lambda x, _: np.zeros_like(x),
        "ones": lambda x, _: np.ones_like(x),
        "uniform": lambda x, _: np.full(x.shape, 1 / x.shape[1]),
        "identity": lambda x, _: x,
        "one hot": one_hot,
        "negated": lambda x, p: -own(x, p),
        "doubled": lambda x, p: 2 * own(x, p),
        "shifted": lambda x, p: own(x, p) + 0.5,
        "of -x": lambda x, p: own(-x, p),
        "reversed": lambda x, p: own(x[:, ::-1], p),
        "by position": lambda x, p: own(x, p) * (1 + np.arange(x.shape[1])),
        "parameters backwards": backwards,
        "parameters ignored": lambda x, _: own(x, defaults(name)),
    }


@pytest.mark.parametrize("name", rs.variants)
def test_each_law_convicts_a_wrong_function_of_each_variant(name: str) -> None:
    left = {law.id: law for law, other in DECIDED if other == name}
    assert len(left) > 25
    for function in wrong_functions(name).values():
        on_trial = trial(function, name)
        left = {key: law for key, law in left.items() if on_trial.judge(law) is None}
    assert not left


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", rs.variants)
def test_golden_in_every_format_breaks_no_law(name: str, dtype: str) -> None:
    on_trial = trial(function_of(name), name, dtype)
    assert judge_laws(on_trial.standard, on_trial.params, on_trial.evaluate) == []


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", rs.variants)
def test_what_the_bounds_acquit_breaks_no_law(name: str, dtype: str) -> None:
    """Results at the very edge of their bounds, in any direction; past it some law is broken."""
    standard = held(name, dtype)

    def at_edge(factor: float, seed: int) -> list[Any]:
        def evaluate(call: Call) -> np.ndarray:
            from refsoft.conformance.laws.deciding import bound

            signs = np.random.default_rng(seed).choice([-1.0, 1.0], call.x.shape)
            y = see_oracle(standard.variant, call).y
            edge = bound(standard.variant, call, standard.arithmetic, standard.dtype)
            return np.asarray(y + factor * signs * np.where(np.isfinite(edge), edge, 0.0))

        return judge_laws(standard, defaults(name), evaluate)

    for seed in range(4):
        assert at_edge(1.0, seed) == []
        assert at_edge(1000.0, seed) != []


def test_a_law_is_not_put_where_fixed_parameters_undo_it() -> None:
    """At n = 0, softmax_n is softmax: quiet nowhere, and its rows sum to 1."""
    on_trial = trial(function_of("softmax_n"), "softmax_n")
    fixed = {"n": 0.0}
    assert judge_laws(on_trial.standard, fixed, on_trial.evaluate) == []
    assert breaks(next(law for law in LAWS if law.id == "quiet"), "softmax_n", scores(), fixed,
                  see_golden)  # fmt: skip


def test_what_a_function_may_not_be_called_with_is_not_put_to_it() -> None:
    on_trial = trial(lambda x, _: np.zeros_like(x), "softmax")
    assert judge_laws(on_trial.standard, on_trial.params, on_trial.evaluate, lambda _: False) == []
    assert judge_laws(on_trial.standard, on_trial.params, lambda _: None) == []
    assert judge_laws(on_trial.standard, on_trial.params, on_trial.evaluate) != []


def test_an_infinite_result_is_left_to_the_cases() -> None:
    on_trial = trial(lambda x, _: np.full_like(x, np.nan), "softmax")
    assert judge_laws(on_trial.standard, on_trial.params, on_trial.evaluate) == []


@pytest.mark.parametrize(("law", "name"), DECIDED, ids=label)
def test_a_law_is_told_with_the_variants_own_parameters(law: Law, name: str) -> None:
    own = {p.name for p in rs.variants[name].card.parameters}
    assert {*re.findall(r"(\w+) = ", law.told(name))} <= own | {"a"}  # a = softmax(x)
    assert {*re.findall(r"\b(sink|eta|temperature)\b", law.told(name))} <= own


def test_settings_are_told_as_the_calls_have_them() -> None:
    by_id = {law.id: law for law in LAWS}
    assert by_id["is_softmax_one"].told("softmax_sink") == "with sink = 0 it is softmax_one"
    assert by_id["is_softmax_one"].told("softmax_n") == "with n = 1 it is softmax_one"
    assert by_id["is_softmax_one"].told("softmax") == "it is softmax_one"
    assert by_id["is_softmax_one"].general == "it is softmax_one (n = 1; sink = 0)"
    assert by_id["drowned"].told("softmax_n") == "with n = 2^14 all results are nearly 0"
    assert by_id["sharp_end"].told("softmax").startswith("with temperature = 2^-9 the largest")
    assert by_id["row_sum_at_the_end"].told("softmax_sink").startswith("with sink = -inf the")
