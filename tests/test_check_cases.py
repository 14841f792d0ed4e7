"""The case classes: there are enough, they are the same each time, they do what they say."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import DTYPES
from refsoft.conformance.cases import Case, build
from refsoft.conformance.domain import Domain
from refsoft.conformance.families import FAMILIES
from refsoft.conformance.plan import SWEEPS, Plan

FLOAT32 = DTYPES["float32"]


def cases(name: str = "softmax_sink", dtype: str = "float32", **plan: object) -> list[Case]:
    return list(build(rs.variants[name].card, DTYPES[dtype], Plan(**plan)))  # type: ignore[arg-type]


def test_there_are_at_least_fifteen_classes_with_a_reason_each() -> None:
    accuracy = [family for family in FAMILIES if family.level == "accuracy"]
    assert len(accuracy) >= 15
    assert len({family.id for family in FAMILIES}) == len(FAMILIES)
    assert all(family.reason for family in FAMILIES)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", rs.variants)
def test_every_class_of_every_variant_and_format_can_be_made(name: str, dtype: str) -> None:
    made = cases(
        name, dtype, quick=True, swept=tuple(p.name for p in rs.variants[name].card.parameters)
    )
    assert {case.family.id for case in made} == {family.id for family in FAMILIES}
    assert len({case.id for case in made}) == len(made)
    for case in made:
        assert case.x.dtype == DTYPES[dtype]
        values = case.x.astype(np.float64)
        if case.family.level == "accuracy":
            assert np.isfinite(values).all(), case.id
        for parameter in rs.variants[name].card.parameters:
            assert np.all(parameter.contains(np.asarray(case.params[parameter.name])))


def test_a_case_does_not_depend_on_the_others_chosen() -> None:
    everything = {case.id: case for case in cases()}
    for case in cases(only=frozenset({"wide", "scales"}), lengths=(8,)):
        np.testing.assert_array_equal(case.x, everything[case.id].x)
    other = {case.id: case for case in cases(seed=1)}
    assert not np.array_equal(everything["normal/8"].x, other["normal/8"].x)


def test_a_domain_is_respected_and_drops_what_it_excludes() -> None:
    made = cases(domain=Domain.parse("abs(x)<=50"), quick=True)
    assert all((np.abs(case.x) <= 50).all() for case in made)
    assert {"huge", "scales"} <= {case.family.id for case in made}
    assert not {"plus-inf", "nan", "some-minus-inf"} & {case.family.id for case in made}


def test_lengths_and_their_maximum() -> None:
    assert {c.x.shape[-1] for c in cases(lengths=(5,), skip=frozenset({"empty", "one"}))} == {5}
    assert max(c.x.shape[-1] for c in cases(max_length=300)) == 300
    assert not cases(only=frozenset({"one"}), lengths=(5,))


def test_every_sweep_is_exact_in_every_format_and_reaches_rows() -> None:
    for values in SWEEPS.values():
        for dtype in DTYPES.values():
            array = np.array(values)
            np.testing.assert_array_equal(array.astype(dtype).astype(np.float64), array)
    swept = [case.params["sink"] for case in cases(swept=("sink",))]
    assert {float(v) for v in swept if np.ndim(v) == 0} == set(SWEEPS["sink"])
    arrays = [
        (c.params["sink"].shape, c.x.shape)
        for c in cases(swept=("sink",))
        if np.ndim(c.params["sink"])
    ]
    assert arrays
    assert all(shape == x[:-1] for shape, x in arrays)


def test_an_offset_is_found_by_the_class_that_looks_for_it() -> None:
    (case,) = cases("softmax_n", fixed={"n": 64.0}, lengths=(40,), only=frozenset({"balance"}))
    beside, below, above = np.exp(case.x.astype(np.float64)).sum(-1) / 64
    assert 1 / 10 < beside < 10
    assert below < 1 / 100
    assert above > 1e6


def test_a_long_row_of_equal_scores_balances_the_offset() -> None:
    def weight(name: str, **fixed: float) -> float:
        only = frozenset({"long-uniform"})
        (case,) = cases(name, fixed=fixed, quick=True, only=only)
        assert np.unique(case.x).size == 1
        x = case.x.astype(np.float64)
        return float((np.abs(x) ** fixed["p"] if "p" in fixed else np.exp(x)).sum())

    assert weight("softmax_one") == pytest.approx(1, rel=1e-5)
    assert weight("softmax_sink", sink=3.0) == pytest.approx(np.exp(3), rel=1e-5)
    assert weight("symax", eta=4.0, p=2.0) == pytest.approx(4, rel=1e-5)
    assert weight("softmax") == pytest.approx(20_000 * np.e, rel=1e-5)
