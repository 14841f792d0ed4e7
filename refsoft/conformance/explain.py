"""Turn what was found into findings: the example, the diagnosis, the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.conformance.assess import Result, Standard, Violation, assess
from refsoft.conformance.cases import Case
from refsoft.conformance.diagnose import Evidence, diagnose
from refsoft.conformance.domain import Domain
from refsoft.conformance.isolate import Callee
from refsoft.conformance.load import Outcome
from refsoft.conformance.options import Options
from refsoft.conformance.report import SEVERITIES, Example, Finding
from refsoft.conformance.shrink import shrink
from refsoft.conformance.snippet import numbers, snippet


@dataclass(frozen=True, slots=True)
class Explainer:
    """What it takes to explain a violation.

    Attributes
    ----------
    source : str
        Code that brings the function into scope as f.
    """

    callee: Callee
    target: str
    options: Options
    standard: Standard
    domain: Domain
    source: str

    def keywords(self, params: dict[str, Any]) -> dict[str, Any]:
        """What the function is called with besides x."""
        passed = {
            keyword: cast(params[name], self.standard.dtype)
            if isinstance(params[name], np.ndarray)
            else params[name]
            for name, keyword in self.options.passed.items()
        }
        return {**passed, **self.options.call}

    def findings(self, results: Sequence[Result]) -> tuple[Finding, ...]:
        """One finding for every law that is broken, the gravest first."""
        groups: dict[tuple[str, str], list[tuple[Result, Violation]]] = {}
        for result in results:
            for violation in result.assessment.violations:
                key = (violation.severity, violation.kind)
                groups.setdefault(key, []).append((result, violation))
        if ("wrong", "accuracy") in groups:
            # Where a wrong function comes near the truth is no finding of its own.
            groups.pop(("inaccurate", "accuracy"), None)
        diagnosis = self._diagnosis(results)
        found = [self._finding(shown, diagnosis) for shown in groups.values()]
        found += self._refusals(results) + self._notes(results)
        return tuple(sorted(found, key=lambda f: (not f.convicts, SEVERITIES.index(f.severity))))

    def _diagnosis(self, results: Sequence[Result]) -> str:
        evidence = [
            Evidence(
                r.case,
                None if r.assessment.judged is None else np.asarray(r.outcome.y).astype(np.float64),
                r.assessment,
            )
            for r in results
            if r.case.x.size and (r.assessment.judged is not None or r.outcome.kind == "raised")
        ]
        return diagnose(self.standard, evidence)

    def _finding(self, shown: list[tuple[Result, Violation]], diagnosis: str) -> Finding:
        result, violation = min(shown, key=lambda pair: pair[0].case.x.size)
        example, detail = self._example(result, violation)
        explained = violation.severity != "contract" or violation.kind == "batch"
        return Finding(
            severity=violation.severity,
            kind=violation.kind,
            law=violation.law,
            dtype=self.standard.dtype.name,
            cases=tuple(r.case.id for r, _ in shown),
            detail=detail,
            example=example,
            diagnosis=diagnosis if explained else "",
            rerun=self._rerun(result.case),
        )

    def _rerun(self, case: Case) -> str:
        name, dtype = self.standard.variant.card.name, self.standard.dtype.name
        if self.callee.isolated:
            return self.options.command(self.target, name, dtype, case.id)
        return self.options.python(self.target.rpartition(":")[2], name, dtype, case.id)

    def _example(self, result: Result, violation: Violation) -> tuple[Example, str]:
        """The smallest input that shows the violation, and what is to be said of it."""
        case = result.case
        if result.outcome.kind != "returned" or violation.at is None:
            return Example(self._code(case.x, case.params), "", ""), violation.detail
        row = violation.at[0]
        single = {k: np.ravel(v)[row].item() if np.ndim(v) else v for k, v in case.params.items()}
        shown = shrink(case.x, lambda x: self._attempt(case, x, single, violation) is not None)
        confirmed = self._attempt(case, shown, single, violation)
        # Where None, only the whole case shows it: one value of a parameter per row, say.
        x, params = (case.x, case.params) if confirmed is None else (shown, single)
        outcome, detail = confirmed or (result.outcome, violation.detail)
        right = self.standard.variant.exact(x, dtype=self.standard.dtype, **params).value
        given = numbers(np.asarray(outcome.y))
        return Example(self._code(x, params), given, numbers(right)), detail

    def _code(self, x: Array, params: dict[str, Any]) -> str:
        return snippet(self.source, x, self.keywords(params), self.options.array)

    def _attempt(
        self, case: Case, x: Array, params: dict[str, Any], violation: Violation
    ) -> tuple[Outcome, str] | None:
        """The outcome and the detail if these scores show the same violation."""
        if not np.all(self.domain.admits(x)):
            return None
        outcome = self.callee.call(x, self.keywords(params))
        found = assess(self.standard, Case(case.id, case.family, x, params), outcome)
        for other in found.violations:
            if (other.severity, other.kind) == (violation.severity, violation.kind):
                return outcome, other.detail
        return None

    def _refusals(self, results: Sequence[Result]) -> list[Finding]:
        found = []
        for empty in (False, True):
            refused = [
                r for r in results if r.outcome.kind == "raised" and (r.case.x.size == 0) == empty
            ]
            if not refused:
                continue
            whole = not empty and len(refused) == sum(r.case.x.size > 0 for r in results)
            kind = "empty" if empty else "refused"
            found.append(
                Finding(
                    severity="unsupported",
                    kind=kind,
                    law="empty input gives empty output" if empty else "it takes rows in any batch",
                    dtype=self.standard.dtype.name,
                    cases=tuple(r.case.id for r in refused),
                    detail=refused[0].outcome.message,
                    rerun=self._rerun(refused[0].case),
                    required=kind in self.options.require
                    or (whole and len(self.options.dtypes) > 1),
                )
            )
        return found

    def _notes(self, results: Sequence[Result]) -> list[Finding]:
        flushed = tuple(r.case.id for r in results if r.assessment.flushed)
        printed = tuple(r.case.id for r in results if r.outcome.printed)
        notes = (
            ("flush", "results below the normal range are 0", flushed),
            ("printed", "it prints", printed),
        )
        dtype = self.standard.dtype.name
        return [Finding("note", kind, law, dtype, cases) for kind, law, cases in notes if cases]
