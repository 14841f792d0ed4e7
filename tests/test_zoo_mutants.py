"""The zoo: a mutant that survives is a failure, and so is one that dies of another cause."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

import refsoft as rs
from tests.zoo.__main__ import PAGE
from tests.zoo.matrix import CLASSES, Kill, idle, kill
from tests.zoo.mutants import Mutant, right, zoo

MUTANTS = zoo()
LONG = 10_000
BESIDE = ("normal", "wide", "zero")
MASKED = ("mask-random", "mask-trailing", "mask-nan")


def length(mutant: Mutant) -> int:
    return int(mutant.case.rpartition("/")[2])


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(m, id=m.id, marks=[pytest.mark.slow] if length(m) > LONG else [])
        for m in MUTANTS
    ],
)
def test_every_mutant_dies_where_it_must_and_is_named(mutant: Mutant) -> None:
    beside = (*BESIDE, *MASKED) if "mask_keyword" in mutant.options else BESIDE
    found = kill(mutant, only=(mutant.case.rpartition("/")[0], *beside))
    assert mutant.case in found.cases, found
    assert (found.severity, found.diagnosis) == (mutant.severity, mutant.diagnosis)


def test_what_is_right_survives() -> None:
    twin = Mutant("softmax-right", "softmax", right("softmax"), "normal/3", "none", "nothing")
    found = kill(twin, only=BESIDE)
    assert (found.by, found.cases, found.severity, found.diagnosis) == ({}, (), "none", "")


def test_there_are_enough_of_distinct_kinds_for_every_variant() -> None:
    assert len({m.id for m in MUTANTS}) == len(MUTANTS) >= 60
    assert len({(m.variant, m.error) for m in MUTANTS}) == len(MUTANTS)
    assert set(Counter(m.variant for m in MUTANTS)) == set(rs.variants)


def _killed(mutant: Mutant, *classes: str) -> Kill:
    return Kill(mutant, dict.fromkeys(classes, "wrong"), (mutant.case,), "wrong", mutant.diagnosis)


def test_a_class_that_never_decides_is_listed() -> None:
    first, second = MUTANTS[:2]
    alone = [_killed(first, family.id) for family in CLASSES]
    assert idle(alone) == []
    assert idle([*alone[1:], _killed(second, "normal", "wide")]) == ["normal"]


def test_a_mutant_is_as_expected_only_with_its_place_its_severity_and_its_name() -> None:
    mutant = MUTANTS[0]
    kill = _killed(mutant, "normal")
    assert kill.as_expected
    for wrong in ({"cases": ()}, {"severity": "inaccurate"}, {"diagnosis": ""}):
        assert not replace(kill, **wrong).as_expected


def test_every_class_decides_on_the_page() -> None:
    """The page is what the complete matrix shows: `python -m tests.zoo --check` compares them."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    alone = {row[0]: row[3] for row in cells if len(row) == 4}
    assert [f.id for f in CLASSES if int(alone[f.id]) == 0] == []
