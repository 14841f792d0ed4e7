"""No honest implementation is convicted, and the tightest declared bounds are nearly reached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import refsoft as rs
from tests.zoo.controls import Control, every_control, numpy_controls, peer_controls, worst
from tests.zoo.controls_peers import CONTROLS as SCIPY
from tests.zoo.controls_peers import scipy_log_softmax

CONTROLS = [*numpy_controls(), *SCIPY]
PEERS = peer_controls()
LONG = ("long-uniform", "long-outlier")
FACTOR = 3


def short(control: Control) -> dict[str, Any]:
    """The quick set without long rows, unless these are what a control is there for."""
    if "only" in control.options:
        return {"quick": True}
    # The laws are put to every plain and kernel form, not again to golden and the adversaries.
    laws = ("laws",) if control.near or control.name == "golden cast" else ()
    return {"quick": True, "skip": (*control.options.get("skip", ()), *LONG, *laws)}


def ids(controls: list[Control]) -> list[str]:
    return [control.id for control in controls]


def acquitted(control: Control, **overrides: Any) -> None:
    report = control.check(**overrides)
    assert report.exit_code == 0, f"{report.headline}\n{report.findings}"


@pytest.mark.parametrize("control", CONTROLS, ids=ids(CONTROLS))
def test_acquitted(control: Control) -> None:
    acquitted(control, **short(control))


@pytest.mark.slow
@pytest.mark.parametrize("control", CONTROLS, ids=ids(CONTROLS))
def test_acquitted_on_every_case(control: Control) -> None:
    acquitted(control, seed=0)


@pytest.mark.peers
@pytest.mark.parametrize("control", PEERS, ids=ids(PEERS))
def test_peers_acquitted(control: Control) -> None:
    for package in control.needs:
        pytest.importorskip(package)
    acquitted(control, **short(control))


def test_there_are_enough_and_all_differ() -> None:
    every = every_control()
    assert len(set(ids(every))) == len(every) >= 40
    assert len({control.name for control in CONTROLS}) >= 20
    assert {control.variant for control in every} == set(rs.variants)
    assert {control.dtype for control in every} == {"float64", "float32", "float16", "bfloat16"}
    assert sum(control.near for control in CONTROLS) >= 10


NEAR = [control for control in CONTROLS if control.near]


@pytest.mark.parametrize("control", NEAR, ids=ids(NEAR))
def test_near_ones_are_near_and_convicted_with_four_times_the_factor(control: Control) -> None:
    report = control.check(**short(control))
    assert 1 / FACTOR <= worst(report) <= 1
    (run,) = report.runs
    row = max(run.classes, key=lambda row: row.over_bound)
    golden = rs.variants[control.variant].using("golden")

    def off(x: Any, **params: Any) -> Any:
        exact = golden(x.astype(np.float64), **params)
        honest = np.asarray(control.function(x, **params), np.float64)
        return (exact + 4 * FACTOR * (honest - exact)).astype(x.dtype)

    twin = replace(control, function=off)
    assert twin.check(quick=True, only=(row.family, "normal")).exit_code == 1


@pytest.mark.parametrize("name", ["softmax", "softmax_one"])
def test_the_narrower_domain_is_what_makes_one_honest(name: str) -> None:
    (control,) = [c for c in CONTROLS if c.name == "no shift" and c.variant == name]
    assert control.check(**short(control)).exit_code == 0
    report = control.check(**short(control), domain=None)
    assert report.exit_code == 1
    assert report.findings[0].severity == "wrong"


def test_flushing_is_honest_only_where_declared() -> None:
    (control,) = [c for c in CONTROLS if c.name == "flushing"]
    assert control.check(**short(control), subnormals="gradual").exit_code == 1


def test_a_refusal_of_empty_input_convicts_only_where_it_is_required() -> None:
    (control,) = [c for c in CONTROLS if c.name == "refuses empty"]
    report = control.check(**short(control))
    assert [f.severity for f in report.findings] == ["unsupported"]
    assert control.check(**short(control), require=("empty",)).exit_code == 1


def test_scipys_log_softmax_is_convicted_of_its_row_beside_infinity_alone() -> None:
    """[nan, -inf] is neither a NaN row nor the limit, [0, -inf]: the ruling stands."""
    report = rs.check(scipy_log_softmax, "log_softmax", quick=True, skip=LONG)
    kinds = [(f.severity, f.kind) for f in report.findings]
    assert kinds == [("special", "plus-inf"), ("unsupported", "empty")]


@pytest.mark.peers
@pytest.mark.parametrize("array", ["torch", "jax"])
def test_a_sum_in_16_bits_is_not_float32_inside(array: str) -> None:
    """log_softmax rounds 1 + 1e-4 to 1: past a bound that assumes float32 inside, by far."""
    pytest.importorskip(array)
    (control,) = [c for c in PEERS if c.id == f"log_softmax-{array}-bfloat16"]
    report = control.check(**short(control), arithmetic="bfloat16-storage")
    assert report.exit_code == 1
    assert report.runs[0].tightest == "bfloat16-eager"
