"""Turn what was found into findings: the example, the diagnosis, the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refsoft._dtypes import cast
from refsoft.conformance import again, mask_mistakes
from refsoft.conformance.assess import Assessment, Result, Standard, Violation, assess
from refsoft.conformance.axes import fits, moved
from refsoft.conformance.calling import call
from refsoft.conformance.cases import Case
from refsoft.conformance.diagnose import Evidence, diagnose
from refsoft.conformance.domain import Domain
from refsoft.conformance.isolate import Callee
from refsoft.conformance.load import Outcome
from refsoft.conformance.masks import shrunk, single
from refsoft.conformance.options import Options
from refsoft.conformance.report import SEVERITIES, Example, Finding
from refsoft.conformance.shrink import shrink
from refsoft.conformance.snippet import numbers, snippet

LEAK = ("wrong", "mask-leak")
ORDINARY = frozenset({"integers", "normal", "square"})


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
            keyword: cast(params[name], self.standard.scores)
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
        plain = [r for r in results if not r.case.family.group]
        ordinary = [r for r in plain if r.case.family.id in ORDINARY] or plain
        spoiled = any(v.kind == "accuracy" for r in ordinary for v in r.assessment.violations)
        for severity, kind in list(groups):
            # A function that is wrong whatever the axis, mask or layout is told so once.
            told = spoiled or (severity == "inaccurate" and ("wrong", kind) in groups)
            if kind.endswith("-accuracy") and told:
                del groups[severity, kind]
        leaky = any(mask_mistakes.leaks(r.case, self._again) for r, _ in groups.get(LEAK, ()))
        if not leaky and ("wrong", "mask-accuracy") in groups:
            groups.pop(LEAK, None)
        diagnosis, masked = self._diagnosis(plain), self._of_masks(results)
        right = [r for r in results if not r.assessment.violations]
        found = []
        for shown in groups.values():
            named = diagnosis
            if shown[0][1].kind.startswith("mask"):
                named = masked or self._of_masks([*(r for r, _ in shown), *right])
            found.append(self._finding(shown, named))
        found += self._refusals(results) + self._notes(results)
        return tuple(sorted(found, key=lambda f: (not f.convicts, SEVERITIES.index(f.severity))))

    def _of_masks(self, results: Sequence[Result]) -> str:
        return mask_mistakes.diagnose(self.standard, results, self._again)

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
            dtype=self.standard.scores.name,
            cases=tuple(r.case.id for r, _ in shown),
            detail=detail,
            example=example,
            diagnosis=diagnosis if explained else "",
            rerun=self.rerun(result.case.id),
        )

    def rerun(self, case: str) -> str:
        """The command, or the call, that runs one case again."""
        name, dtype = self.standard.variant.card.name, self.standard.scores.name
        if self.callee.isolated:
            return again.command(self.options, self.target, name, dtype, case)
        return again.python(self.options, self.target.rpartition(":")[2], name, dtype, case)

    def _example(self, result: Result, violation: Violation) -> tuple[Example, str]:
        """The smallest input that shows the violation, and what is to be said of it."""
        case = result.case
        if result.outcome.kind != "returned" or violation.at is None:
            return Example(self._code(case), "", ""), violation.detail
        shown = self._smallest(case, violation)
        confirmed = None if shown is case else self._attempt(shown, violation)
        # Where None, only the whole case shows it: one value of a parameter per row, say.
        if confirmed is None:
            shown = case
        outcome, detail = confirmed or (result.outcome, violation.detail)
        right = self.standard.variant.exact(
            shown.x, where=shown.where, dtype=self.standard.dtype, **shown.params
        ).value
        given = numbers(moved(shown, np.asarray(outcome.y)))
        return Example(self._code(shown), given, numbers(moved(shown, right))), detail

    def _smallest(self, case: Case, violation: Violation) -> Case:
        """The smallest case that shows the violation, itself if none smaller does."""
        row = violation.at[0] if violation.at is not None else 0

        def fails(smaller: Case) -> bool:
            return self._attempt(smaller, violation) is not None

        if case.where is not None:
            keyword = str(self.options.mask_keyword)
            lone = single(case, keyword, row)
            return shrunk(lone, keyword, fails) if fails(lone) else case
        params = {k: np.ravel(v)[row].item() if np.ndim(v) else v for k, v in case.params.items()}
        alone = replace(case, params=params)
        return replace(alone, x=shrink(case.x, lambda x: fails(replace(alone, x=x))))

    def _code(self, case: Case) -> str:
        keywords = {**self.keywords(case.params), **case.extra}
        options = self.options
        return snippet(
            self.source, moved(case, case.x), keywords, options.array, case.layout, options.device
        )

    def _again(self, case: Case) -> Assessment:
        return assess(self.standard, case, call(self.callee, case, self.keywords(case.params)))

    def _attempt(self, case: Case, violation: Violation) -> tuple[Outcome, str] | None:
        """The outcome and the detail if a case shows the same violation."""
        if not fits(case) or not np.all(self.domain.admits(case.rows[case.visible])):
            return None
        outcome = call(self.callee, case, self.keywords(case.params))
        for other in assess(self.standard, case, outcome).violations:
            if (other.severity, other.kind) == (violation.severity, violation.kind):
                return outcome, other.detail
        return None

    def _refusals(self, results: Sequence[Result]) -> list[Finding]:
        whole = all(r.outcome.kind == "raised" for r in results if r.case.x.size)
        plain = [r for r in results if not r.case.family.group]
        full, empty = [r for r in plain if r.case.x.size], [r for r in plain if not r.case.x.size]
        require, several = self.options.require, len(self.options.dtypes) > 1
        groups: tuple[tuple[str, str, list[Result], bool], ...] = (
            ("refused", "it takes rows in any batch", full, whole and several),
            ("empty", "empty input gives empty output", empty, "empty" in require),
            (
                "strided",
                "it takes rows in any layout",
                _of("layout", results),
                "strided" in require,
            ),
            ("masked", "it takes a mask", _of("mask", results), True),
            ("axis", "it takes rows on any axis", _of("axis", results), True),
        )
        found = []
        for kind, law, members, required in groups:
            refused = [r for r in members if r.outcome.kind == "raised"]
            # Refused everywhere, it is no question of masks, axes or layouts.
            if not refused or (whole and kind not in ("refused", "empty")):
                continue
            found.append(
                Finding(
                    severity="unsupported",
                    kind=kind,
                    law=law,
                    dtype=self.standard.scores.name,
                    cases=tuple(r.case.id for r in refused),
                    detail=refused[0].outcome.message,
                    rerun=self.rerun(refused[0].case.id),
                    required=required,
                )
            )
        return found

    def _notes(self, results: Sequence[Result]) -> list[Finding]:
        varied = [r for r in results if r.assessment.varies]
        notes = (
            (
                "flush",
                "results below the normal range are 0",
                "",
                tuple(r.case.id for r in results if r.assessment.flushed),
            ),
            ("printed", "it prints", "", tuple(r.case.id for r in results if r.outcome.printed)),
            (
                "repeatable",
                "the same rows give the same results; within the bound they differ",
                varied[0].assessment.varies if varied else "",
                tuple(r.case.id for r in varied),
            ),
        )
        return [
            Finding(
                "note",
                kind,
                law,
                self.standard.scores.name,
                cases,
                detail,
                required=kind == "repeatable" and kind in self.options.require,
            )
            for kind, law, detail, cases in notes
            if cases
        ]


def _of(group: str, results: Sequence[Result]) -> list[Result]:
    return [r for r in results if r.case.family.group == group]
