"""The verdict as an object: findings, classes, headline, JSON."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from refsoft.conformance.whole import strict, write_whole

SCHEMA = "refsoft.report/1"
Severity = Literal["wrong", "inaccurate", "special", "contract", "unsupported", "note"]
SEVERITIES: tuple[Severity, ...] = (
    "wrong", "inaccurate", "special", "contract", "unsupported", "note",
)  # fmt: skip
CONVICTS = frozenset({"wrong", "inaccurate", "special", "contract"})


@dataclass(frozen=True, slots=True)
class Example:
    """A counterexample: what goes in, what came out, what is right there.

    Attributes
    ----------
    snippet : str
        Python that reproduces it.
    given, right : str
        The row's results, as text that Python reads.
    """

    snippet: str
    given: str
    right: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, with the cases that show it.

    Attributes
    ----------
    severity : str
    kind : str
        What was looked at: ``accuracy``, ``shape``, ``plus-inf``, …
    law : str
        The law or ruling that is broken, in words.
    dtype : str
    cases : tuple of str
        Ids of the cases that show it.
    detail : str
    example : Example or None
    diagnosis : str
        The known mistake that explains it; empty if none does.
    rerun : str
        The command that runs one of the cases again.
    required : bool
        Whether it convicts although its severity alone would not.
    laws : tuple of str
        The laws broken, in words and in formulas.
    expected : str
        Why it is expected; empty if it is not.
    """

    severity: Severity
    kind: str
    law: str
    dtype: str
    cases: tuple[str, ...]
    detail: str = ""
    example: Example | None = None
    diagnosis: str = ""
    rerun: str = ""
    required: bool = False
    laws: tuple[str, ...] = ()
    expected: str = ""

    @property
    def convicts(self) -> bool:
        """Whether the function does not conform because of it."""
        return not self.expected and (self.required or self.severity in CONVICTS)

    @property
    def id(self) -> str:
        """Its name in a list of expected failures."""
        return f"{self.dtype}:{self.severity}:{self.kind}"


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One line of the table: a case class in one format."""

    family: str
    reason: str
    cases: int
    idle: int
    refused: int
    max_ulp: float
    over_bound: float
    histogram: tuple[int, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class Run:
    """The verdict in one format.

    Attributes
    ----------
    arithmetic : str
        The preset whose bound judged.
    declared : bool
        Whether the caller declared it; otherwise it is the default.
    tightest : str or None
        The tightest preset under which no bound is passed.
    judged : int
        Cases with a verdict.
    powerless : tuple of str
        Wrong functions that these cases would have let pass.
    search_seed : int or None
        Of the search; None where nothing was searched.
    """

    dtype: str
    arithmetic: str
    declared: bool
    tightest: str | None
    judged: int
    classes: tuple[ClassRow, ...]
    findings: tuple[Finding, ...]
    powerless: tuple[str, ...]
    search_seed: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What :func:`refsoft.check` found.

    Attributes
    ----------
    target, variant : str
    runs : tuple of Run
        One per format.
    domain : str
        The narrowed domain in words; empty for every finite score.
    not_tested : tuple of str
    isolated : bool
        Whether the function ran in a process of its own.
    unjudged : str
        Why there is no verdict; empty if there is one.
    unmet : tuple of str
        What was expected to fail and did not.
    seconds : float
    """

    target: str
    variant: str
    runs: tuple[Run, ...]
    domain: str = ""
    not_tested: tuple[str, ...] = ()
    isolated: bool = False
    unjudged: str = ""
    unmet: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    version: str = field(default="")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in every format, the gravest first."""
        found = [finding for run in self.runs for finding in run.findings]
        return tuple(sorted(found, key=lambda f: (not f.convicts, SEVERITIES.index(f.severity))))

    @property
    def conforms(self) -> bool:
        """Whether the function was judged and nothing convicts it."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0 it conforms, 1 it does not, 2 not judged."""
        if self.unmet or any(finding.convicts for finding in self.findings):
            return 1
        return 2 if self.unjudged else 0

    @property
    def diagnosis(self) -> str:
        """The first explanation among the findings, empty if there is none."""
        return next((f.diagnosis for f in self.findings if f.diagnosis), "")

    @property
    def headline(self) -> str:
        """The verdict in one line, with the domain and the arithmetic."""
        dtypes = ", ".join(run.dtype for run in self.runs)
        if self.exit_code == 2:
            return f"{self.target}: not judged: {self.unjudged}"
        if self.exit_code == 1:
            severities = dict.fromkeys(f.severity for f in self.findings if f.convicts)
            because = f": {self._because}" if self.diagnosis else ""
            if not severities:
                return f"{self.target} no longer fails as expected: {'; '.join(self.unmet)}"
            return (
                f"{self.target} does not conform to {self.variant} in {dtypes}"
                f"{self._where} ({', '.join(severities)}){because}"
            )
        tightest = "; ".join(
            f"{run.dtype} at {run.tightest}" if run.tightest else run.dtype for run in self.runs
        )
        return f"{self.target} conforms to {self.variant}{self._where}: {tightest}"

    @property
    def _because(self) -> str:
        """The diagnosis, with what it is about where the function itself is right."""
        kind = next(f.kind for f in self.findings if f.diagnosis)
        plain = not kind.startswith("vjp") or "gradient" in self.diagnosis
        return self.diagnosis if plain else f"in its gradient, {self.diagnosis}"

    @property
    def _where(self) -> str:
        return f" on {self.domain}" if self.domain else ""

    def to_json(self) -> str:
        """The report as strict JSON, of the schema named in it; inf and NaN are strings."""
        content = {
            "schema": SCHEMA,
            "verdict": ("conforms", "does not conform", "not judged")[self.exit_code],
            "exit_code": self.exit_code,
            "headline": self.headline,
            **asdict(self),
        }
        return json.dumps(strict(content), indent=1, allow_nan=False) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write :meth:`to_json` to a file, whole or not at all."""
        write_whole(path, self.to_json())

    def __str__(self) -> str:
        from refsoft.conformance.render import plain

        return plain(self)

    def __rich__(self) -> Any:
        from refsoft.conformance.render import styled

        return styled(self)
