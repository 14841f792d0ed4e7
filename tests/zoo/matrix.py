"""The kill matrix: which case class convicts which mutant, and at what severity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import refsoft as rs
from refsoft.conformance import axes, layouts, masks, repeats
from refsoft.conformance.families import FAMILIES, Family
from refsoft.conformance.report import SEVERITIES, Report
from tests.zoo.mutants import Mutant

KILLED = frozenset(SEVERITIES[:4])
LETTERS = {"wrong": "W", "inaccurate": "i", "special": "s", "contract": "c", "unsupported": "u"}
FEW = 2
CLASSES = (
    *FAMILIES,
    *layouts.LAYOUTS.values(),
    repeats.REPEAT,
    *(masking.family for masking in masks.MASKS),
    *axes.AXES.values(),
    axes.SQUARE,
)


@dataclass(frozen=True, slots=True)
class Kill:
    """What the complete check says of a mutant.

    Attributes
    ----------
    mutant : Mutant
    by : dict
        The severity by class, of the classes that convict it; a refusal where that was required.
    cases : tuple of str
        The ids of the cases that do.
    severity, diagnosis : str
        Of the report.
    """

    mutant: Mutant
    by: dict[str, str]
    cases: tuple[str, ...]
    severity: str
    diagnosis: str

    @property
    def as_expected(self) -> bool:
        """Whether it dies where it must, at its severity and under its name."""
        told = (self.severity, self.diagnosis) == (self.mutant.severity, self.mutant.diagnosis)
        return told and self.mutant.case in self.cases


def kill(mutant: Mutant, only: Sequence[str] = ()) -> Kill:
    """Check a mutant on every class, or on some; never by the search: a class must do it."""
    return told(
        mutant,
        rs.check(
            mutant.function,
            mutant.variant,
            dtype=mutant.dtype,
            only=only,
            skip=["search"],
            **mutant.options,
        ),
    )


def told(mutant: Mutant, report: Report) -> Kill:
    """What a report says of a mutant."""
    by = {row.family: row.verdict for row in report.runs[0].classes if row.verdict in KILLED}
    convicting = [finding for finding in report.findings if finding.convicts]
    for finding in convicting:
        if finding.severity == "unsupported":
            by |= {case.partition("/")[0]: "unsupported" for case in finding.cases}
    severity = convicting[0].severity if convicting else "none"
    cases = tuple(case for finding in convicting for case in finding.cases)
    return Kill(mutant, by, cases, severity, report.diagnosis)


def decisive(kills: Sequence[Kill], classes: Sequence[Family] = CLASSES) -> dict[str, list[str]]:
    """By class: the mutants that it alone convicts."""
    alone: dict[str, list[str]] = {family.id: [] for family in classes}
    for one in kills:
        if len(one.by) == 1:
            alone[next(iter(one.by))].append(one.mutant.id)
    return alone


def idle(kills: Sequence[Kill], classes: Sequence[Family] = CLASSES) -> list[str]:
    """The classes without which every mutant would still be convicted: they are to be dropped."""
    alone = decisive(kills, classes)
    return [family.id for family in classes if not alone[family.id]]
