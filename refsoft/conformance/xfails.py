"""Failures that are expected, with their reasons; one that is no longer there is an error."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from refsoft._dtypes import DTYPES
from refsoft.conformance.report import Finding


@dataclass(frozen=True, slots=True)
class Expected:
    """One expected failure.

    Attributes
    ----------
    id : str
        Of a case, as ``--list-cases`` shows it, in every format or after ``float16:`` in that
        one; or of a finding: ``float16:wrong:accuracy``.
    reason : str
    """

    id: str
    reason: str

    def __post_init__(self) -> None:
        if not (self.id and self.reason):
            raise ValueError(f"{self.id or self.reason!r}; accepted: id # reason")

    @property
    def of_finding(self) -> bool:
        """Whether it names a finding, not a case."""
        return self.id.count(":") == 2

    @property
    def dtype(self) -> str:
        """The format it is about, empty for every one."""
        first, colon, _ = self.id.partition(":")
        return first if colon and first in DTYPES else ""

    @property
    def case(self) -> str:
        """The id of the case."""
        return self.id.removeprefix(f"{self.dtype}:") if self.dtype else self.id

    @property
    def family(self) -> str:
        """The class of the case."""
        return self.case.partition("/")[0]

    def meets(self, case: str, dtype: str) -> bool:
        """Whether it is about a case in a format."""
        return not self.of_finding and self.case == case and self.dtype in ("", dtype)


@dataclass(frozen=True, slots=True)
class Tally:
    """What ran in a format: its name, the cases, those of them that failed, the findings."""

    dtype: str
    cases: Collection[str]
    failed: Collection[str]
    findings: tuple[Finding, ...]


def _families(tallies: Sequence[Tally]) -> set[str]:
    return {case.partition("/")[0] for tally in tallies for case in tally.cases}


def read(path: str | os.PathLike[str]) -> tuple[Expected, ...]:
    """The expected failures of a file: ``id  # reason`` on each line.

    Raises
    ------
    ValueError
        If it cannot be read, or a line has no reason; with the number of the line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"xfails {path} cannot be read: {why}") from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        name, _, reason = line.partition("#")
        if not name.strip():
            continue
        try:
            found.append(Expected(name.strip(), reason.strip()))
        except ValueError as error:
            raise ValueError(f"xfails {path}, line {number}: {error}") from None
    return tuple(found)


def given(xfails: str | os.PathLike[str] | Mapping[str, str] | None) -> tuple[Expected, ...]:
    """The expected failures of a file, or of reasons by id."""
    if xfails is None:
        return ()
    if isinstance(xfails, Mapping):
        return tuple(Expected(name, reason) for name, reason in xfails.items())
    return read(xfails)


def reason(expected: Sequence[Expected], case: str, dtype: str) -> str:
    """Why a case fails in a format, empty if it is not expected to."""
    return next((e.reason for e in expected if e.meets(case, dtype)), "")


def marked(expected: Sequence[Expected], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, those whose id is expected marked with the reason."""
    reasons = {e.id: e.reason for e in expected if e.of_finding}
    return tuple(replace(f, expected=f.expected or reasons.get(f.id, "")) for f in findings)


def unmet(
    expected: Sequence[Expected], tallies: Sequence[Tally], *, narrowed: bool
) -> tuple[str, ...]:
    """What was expected and did not happen, a line each.

    What a run does not reach is not asked for: other formats and, in a run of
    chosen classes, the cases of others and all findings.
    """
    lines = []
    for e in expected:
        there = [tally for tally in tallies if e.dtype in ("", tally.dtype)]
        if not there:
            continue
        if e.of_finding:
            found = any(f.id == e.id for tally in there for f in tally.findings)
            if not found and not narrowed:
                lines.append(f"expected to fail, and there is no such finding: {e.id}")
            continue
        ran = [tally for tally in there if e.case in tally.cases]
        if ran and not any(e.case in tally.failed for tally in ran):
            lines.append(f"expected to fail, and now passes: {e.id}")
        elif not ran and not (narrowed and e.family not in _families(there)):
            lines.append(f"expected to fail, and there is no such case: {e.id}")
    return tuple(lines)
