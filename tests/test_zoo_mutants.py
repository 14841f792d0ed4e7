"""The zoo: a mutant that survives is a failure, and so is one that dies of another cause."""

from __future__ import annotations

from collections import Counter

import pytest

import refsoft as rs
from tests.zoo.matrix import kill
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
