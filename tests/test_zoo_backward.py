"""Wrong backwards: each dies where it must, at its severity and under its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import refsoft as rs
from tests.zoo.backward import Backward, backwards, pulled
from tests.zoo.controls_backward import CONTROLS, PEERS, BackwardControl
from tests.zoo.matrix_backward import CLASSES, kill

MUTANTS = backwards()
BESIDE = ("vjp-normal", "vjp-ties")


def classes(mutant: Backward) -> tuple[str, ...]:
    return (mutant.case.partition("/")[0], "vjp-normal")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.id)
def test_every_mutant_dies_where_it_must_and_is_named(mutant: Backward) -> None:
    found = kill(mutant, only=classes(mutant))
    assert mutant.case in found.cases, found
    assert (found.severity, found.diagnosis) == (mutant.severity, mutant.diagnosis)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.id)
def test_every_mutant_is_as_expected_on_every_class(mutant: Backward) -> None:
    found = kill(mutant)
    assert found.as_expected, found


@pytest.mark.parametrize("name", ["softmax_sink", "self_adjust_normalized"])
def test_what_is_right_survives(name: str) -> None:
    passes = tuple(p.name for p in rs.variants[name].card.parameters)
    twin = Backward(
        f"{name}-right", name, pulled(name), "vjp-normal/3/normal", "none", "nothing",
        passes=passes,
    )  # fmt: skip
    found = kill(twin, only=BESIDE)
    assert (found.by, found.cases, found.severity, found.diagnosis) == ({}, (), "none", "")


def test_there_are_enough_of_distinct_kinds_for_every_variant() -> None:
    assert len({m.id for m in MUTANTS}) == len(MUTANTS) >= 60
    assert len({(m.variant, m.error) for m in MUTANTS}) == len(MUTANTS)
    assert {m.variant for m in MUTANTS} == set(rs.variants)
    assert {m.dtype for m in MUTANTS} == {"float64", "float32", "float16", "bfloat16"}
    known = {family.id for family in CLASSES}
    assert {m.case.partition("/")[0] for m in MUTANTS} <= known


def acquitted(control: BackwardControl, **overrides: Any) -> None:
    report = control.check(**overrides)
    assert report.exit_code == 0, f"{report.headline}\n{report.findings}"


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_controls_are_acquitted(control: BackwardControl) -> None:
    acquitted(control, only=("vjp-ties",))


@pytest.mark.slow
@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: c.id)
def test_controls_are_acquitted_in_every_class(control: BackwardControl) -> None:
    acquitted(control)


@pytest.mark.peers
@pytest.mark.parametrize("control", PEERS, ids=lambda c: c.id)
def test_peers_are_acquitted(control: BackwardControl) -> None:
    for package in control.needs:
        pytest.importorskip(package)
    acquitted(control)


SMALL = {
    "a factor of 1.001": lambda dx: dx * np.float32(1.001),
    "one entry": lambda dx: dx + np.float32(0.01) * (np.arange(dx.shape[-1]) == 0),
    "noise": lambda dx: dx * (1 + 1e-3 * np.cos(1e4 * np.arange(dx.shape[-1]))),
}


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "symax", "self_adjust_normalized"])
@pytest.mark.parametrize("error", SMALL)
def test_a_small_error_of_another_kind_has_no_name(name: str, error: str) -> None:
    def off(x: Any, g: Any) -> Any:
        return SMALL[error](pulled(name)(x, g)).astype(x.dtype)

    found = kill(Backward(name, name, off, "vjp-normal/3/normal", "wrong", error), ("vjp-normal",))
    assert found.by
    assert found.diagnosis == ""
