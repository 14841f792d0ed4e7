"""A pass means something: twice the bound is convicted, half of it acquitted, in every class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import DTYPES
from refsoft.conformance.assess import Standard
from refsoft.conformance.cases import Case, build
from refsoft.conformance.plan import QUICK, Plan
from refsoft.conformance.power import class_powers, weak_lengths
from refsoft.rounding import Arithmetic
from tests.zoo import controls_forms
from tests.zoo.controls import worst

LONG = frozenset({"long-uniform", "long-outlier"})
LENGTHS = {n for kind in ("usual", "blocks", "square", "short") for n in QUICK[kind]}
# Scale first, a rounding of 3e38 is larger than any difference of scores.
IDLE = {"huge"}
PRESETS = [
    pytest.param(name, dtype, preset, id=f"{name}-{dtype}-{preset.name}")
    for name in rs.variants
    for dtype in DTYPES
    for preset in rounding.presets(dtype)
]


def cases(name: str, dtype: str, **plan: Any) -> list[Case]:
    card = rs.variants[name].card
    swept = tuple(p.name for p in card.parameters)
    return list(build(card, DTYPES[dtype], Plan(swept=swept, **plan)))


def standard(name: str, dtype: str, preset: Arithmetic | None = None) -> Standard:
    arithmetic = preset or rounding.default(dtype)
    return Standard(rs.variants[name], DTYPES[dtype], arithmetic, flush=False)


def assert_sound(held: Standard, made: list[Case]) -> set[str]:
    """Every class judges as it should; the classes that judge nothing."""
    powers = class_powers(held, made)
    assert [name for name, power in powers.items() if not power.sound] == []
    return {name for name, power in powers.items() if power.judged == 0}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *((name, "float32") for name in rs.variants),
        *(("softmax_one", dtype) for dtype in DTYPES if dtype != "float32"),
    ],
)
def test_every_class_tells_twice_the_bound_from_half(name: str, dtype: str) -> None:
    made = cases(name, dtype, quick=True, skip=LONG)
    idle = assert_sound(standard(name, dtype), made)
    ordinary = {c.family.id for c in made if c.family.level == "accuracy" and c.x.size}
    zero_rows = {c.family.id for c in made if not np.any(c.x)}
    assert idle & ordinary <= IDLE | zero_rows


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype", "preset"), PRESETS)
def test_every_class_of_the_full_set_under_every_preset(
    name: str, dtype: str, preset: Arithmetic
) -> None:
    made = cases(name, dtype)
    idle = assert_sound(standard(name, dtype, preset), made)
    assert len(idle) < len({c.family.id for c in made}) / 2


def test_rows_that_are_ruled_on_are_not_judged_by_the_bound() -> None:
    """At s = 0 and b = 0 a score of -inf in ssmax has no limit; the rows beside it have a bound."""
    made = cases("ssmax", "float32", only=frozenset({"some-minus-inf"}))
    power = class_powers(standard("ssmax", "float32"), made)["some-minus-inf"]
    assert power.sound
    assert power.judged > 1000


def test_a_judge_too_lenient_or_too_strict_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from refsoft.conformance import power

    judge = power.judge
    made = cases("softmax", "float32", quick=True, only=frozenset({"normal"}))
    assert class_powers(standard("softmax", "float32"), made)["normal"].sound
    for factor in (2.5, 0.4):

        def biased(true: Any, y: Any, bound: Any, dtype: Any, factor: float = factor) -> Any:
            return judge(true, y, factor * bound, dtype)

        monkeypatch.setattr(power, "judge", biased)
        assert not class_powers(standard("softmax", "float32"), made)["normal"].sound


@pytest.mark.parametrize("name", rs.variants)
def test_zeros_uniform_and_the_neighbour_are_convicted_at_every_length(name: str) -> None:
    made = cases(name, "float32", quick=True, skip=LONG)
    weak = weak_lengths(standard(name, "float32"), made)
    # A row of one entry is uniform, and ssmax at n = 1 is softmax.
    assert {n: names for n, names in weak.items() if n in LENGTHS and n > 1} == {}


@pytest.mark.parametrize("name", ["softmax_one", "softmax_n", "softmax_sink", "symax"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_no_length_is_without_power_over_the_offset(name: str, dtype: str) -> None:
    made = [
        case
        for case in build(rs.variants[name].card, DTYPES[dtype], Plan(quick=True))
        if case.family.level == "accuracy"
    ]
    weak = weak_lengths(standard(name, dtype), made)
    assert weak == {}


def test_a_length_without_power_is_listed() -> None:
    """At the largest scores the 1 in softmax_one's denominator is below every bound."""
    made = cases("softmax_one", "float32", only=frozenset({"huge"}), quick=True)
    weak = weak_lengths(standard("softmax_one", "float32"), made)
    assert all("softmax" in names for names in weak.values())
    assert set(weak) == {c.x.shape[-1] for c in made}


@pytest.mark.parametrize("control", controls_forms.CONTROLS, ids=lambda c: c.id)
def test_the_plain_form_comes_to_a_tenth_of_its_bound(control: Any) -> None:
    report = control.check(quick=True, skip=(*LONG, "laws"))
    assert 0.1 <= worst(report) <= 1
