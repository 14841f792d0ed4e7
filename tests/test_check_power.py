"""A pass means something: the case sets convict what is near and wrong, acquit what is within."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import DTYPES, cast
from refsoft.conformance.assess import Standard, assess_values
from refsoft.conformance.cases import Plan, build
from refsoft.conformance.domain import Domain
from refsoft.conformance.judge import judge
from refsoft.conformance.power import powerless, rivals
from refsoft.conformance.truth import truth

LONG = frozenset({"long-uniform", "long-outlier", "empty"})
QUICK: dict[str, Any] = {"quick": True, "skip": LONG}


def standard(name: str, dtype: str = "float32") -> Standard:
    return Standard(rs.variants[name], DTYPES[dtype], rounding.default(dtype), flush=False)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", rs.variants)
def test_the_quick_set_convicts_zeros_uniform_and_the_neighbour(name: str, dtype: str) -> None:
    cases = list(build(rs.variants[name].card, DTYPES[dtype], Plan(**QUICK)))
    assert len(rivals(rs.variants[name], cases)) == 3
    assert powerless(standard(name, dtype), cases) == ()


@pytest.mark.parametrize("name", rs.variants)
def test_twice_the_bound_is_convicted_and_half_of_it_acquitted(name: str) -> None:
    held = standard(name)
    convicted = 0
    for case in build(rs.variants[name].card, held.dtype, Plan(**QUICK)):
        if case.family.level == "special" or case.family.id == "nan":
            continue
        true = truth(held.variant, case)
        bound = true.bound(held.arithmetic, held.dtype)
        usable = (bound > 0) & (bound <= np.abs(true.head) / 8)
        # Judged before any rounding, so that the factor is exactly that of the bound.
        for factor, expected in ((0.5, False), (2.0, True)):
            y = np.where(usable, true.head + factor * bound, true.head)
            beyond = judge(true, y, bound, held.dtype).beyond
            np.testing.assert_array_equal(beyond[usable], expected, case.id)
            convicted += int(beyond.sum())
    assert convicted > 1000


def test_a_set_without_power_is_said_to_have_none() -> None:
    held = standard("softmax_one")
    plan = Plan(quick=True, domain=Domain.parse("x>=60"), skip=LONG)
    cases = list(build(held.variant.card, held.dtype, plan))
    assert powerless(held, cases) == ("softmax",)
    report = rs.check(
        rs.softmax_one.using("golden"), "softmax_one", quick=True, domain="x>=60", skip=LONG
    )
    assert report.exit_code == 2
    assert "cannot tell softmax_one from softmax" in report.headline


def test_where_parameters_make_two_variants_one_the_next_neighbour_stands_in() -> None:
    def names(name: str, **fixed: float) -> set[str]:
        plan = Plan(fixed=fixed, only=frozenset({"normal"}), quick=True)
        return set(
            rivals(rs.variants[name], list(build(rs.variants[name].card, DTYPES["float32"], plan)))
        )

    assert names("softmax_n", n=2.0) == {"zeros", "uniform", "softmax_one"}
    assert names("softmax_n", n=1.0) == {"zeros", "uniform", "softmax"}
    assert names("softmax_n", n=0.0) == {"zeros", "uniform", "softmax_one"}
    assert names("softmax_sink", sink=0.0) == {"zeros", "uniform", "softmax"}


def test_rivals_are_wrong_by_the_bound_not_by_their_names() -> None:
    held = standard("softmax")
    (case,) = build(held.variant.card, held.dtype, Plan(only=frozenset({"zero"}), lengths=(4,)))
    uniform = cast(np.full((3, 4), 0.25), held.dtype).astype(np.float64)
    assert assess_values(held, case, uniform).violations == ()
    assert set(powerless(held, [case])) == {"uniform"}
