"""One function in one format: every case called and assessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft._dtypes import as_dtype
from refsoft.conformance.assess import Result, Standard, assess
from refsoft.conformance.calling import call
from refsoft.conformance.cases import Case
from refsoft.conformance.explain import Explainer
from refsoft.conformance.gradients import cases as gradients
from refsoft.conformance.gradients import explain as telling
from refsoft.conformance.gradients.examine import Backward
from refsoft.conformance.gradients.examine import table as pulled_table
from refsoft.conformance.gradients.judge import Pulled
from refsoft.conformance.isolate import Callee
from refsoft.conformance.judge import judge
from refsoft.conformance.lawful import Laws
from refsoft.conformance.laws import LAWS
from refsoft.conformance.levels import build
from refsoft.conformance.load import Outcome
from refsoft.conformance.options import LAW, Options
from refsoft.conformance.power import powerless
from refsoft.conformance.repeats import repeated
from refsoft.conformance.report import Finding, Run
from refsoft.conformance.search import PREFIX, SEARCH, Space, parse, search, seed_of
from refsoft.conformance.search_laws import parse as parse_law
from refsoft.conformance.table import table
from refsoft.conformance.truth import truth
from refsoft.conformance.xfails import Tally, marked, reason
from refsoft.rounding import Arithmetic, presets
from refsoft.variant import Variant

PATIENCE = 2  # hangs or crashes after which the rest is not run


class Examination:
    """The cases of one format and what becomes of them.

    Raises
    ------
    ValueError
        If the arithmetic does not apply to the format, or there is no such case.
    """

    def __init__(
        self,
        callee: Callee,
        target: str,
        variant: Variant,
        options: Options,
        dtype: np.dtype[Any],
        source: str,
        backward: Callee | None = None,
        backward_source: str = "",
    ) -> None:
        self.callee = callee
        self.options = options
        result = dtype if options.out_dtype is None else as_dtype(options.out_dtype)
        given = None if result == dtype else dtype
        self.standard = Standard(variant, result, options.preset(result), options.flush, given)
        plan = options.plan(variant.card)
        self.tally = Tally(dtype.name, (), (), ())
        self.explainer = Explainer(callee, target, options, self.standard, plan.domain, source)
        self.backward = Backward(backward, self.explainer)
        self.backward_source = backward_source or source
        self.space = Space(variant.card, dtype, plan)
        self.seed = seed_of(options.seed) if options.searches else None
        searched = self.seed is not None and "laws" not in options.skip
        self.laws = Laws(self.explainer, self.space) if options.tries_laws or searched else None
        self.cases = list(build(variant.card, dtype, options))
        if options.case is not None and options.case in {LAW + law.id for law in LAWS}:
            self.cases = []
        elif options.case is not None and options.case.startswith(gradients.PREFIX):
            self.cases = []
            if not self.backward.pulls:
                raise ValueError(f"case={options.case!r}; accepted: one that --list-cases shows")
        elif options.case is not None and options.case.startswith(LAW):
            parse_law(options.case, variant.card)
            self.cases = []
        elif options.case is not None and options.case.startswith(PREFIX):
            self.cases = [parse(options.case, dtype, variant.card)]
        elif options.case is None and not (options.only or options.skip):
            known = [e.case for e in options.xfails if e.dtype in ("", dtype.name)]
            found = [name for name in known if name.startswith(PREFIX)]
            self.cases += [parse(name, dtype, variant.card) for name in found]
        elif options.case is not None:
            self.cases = [case for case in self.cases if case.id == options.case]
            if not self.cases:
                raise ValueError(f"case={options.case!r}; accepted: one that --list-cases shows")

    def run(self, step: Callable[[str], None]) -> tuple[Run, str]:
        """Call and assess every case; the run, and why it is no verdict (empty if it is one)."""
        results, deaths = [], 0
        for case in self.cases:
            step(case.id)
            if deaths >= PATIENCE:
                continue
            result = self._examine(case)
            deaths += result.outcome.kind in ("hung", "crashed")
            results.append(result)
        if self.seed is not None and deaths < PATIENCE and not _inaccurate(results):
            step(SEARCH.id)
            results += search(self.space, self._examine, self.seed)
        if deaths < PATIENCE:
            self.backward.run(step)
        findings = self._findings(results)
        # What changes from call to call breaks any law.
        steady = not any(finding.kind == "repeat" for finding in findings)
        if self.laws is not None and deaths < PATIENCE and steady:
            findings = self.laws.told(findings, self.seed)
            tried, failed = self.laws.tried, self.laws.failed
            ran, bad = {*self.tally.cases, *tried}, {*self.tally.failed, *failed}
            self.tally = replace(self.tally, cases=ran, failed=bad)
        findings = marked(self.options.xfails, findings)
        self.tally = replace(self.tally, findings=findings)
        judged = [r for r in results if r.assessment.judged is not None]
        weak = powerless(self.standard, [r.case for r in judged]) if self.cases else ()
        weak += self.backward.powerless()
        run = Run(
            dtype=self.standard.scores.name,
            arithmetic=self.standard.arithmetic.name,
            declared=self.options.arithmetic is not None,
            tightest=tightest(self.standard, judged, self.backward),
            judged=len(judged) + len(self.backward.judged),
            classes=(*table(results), *pulled_table(self.backward.results)),
            findings=findings,
            powerless=weak,
            search_seed=self.seed,
        )
        return run, self._unjudged(results, weak)

    def _findings(self, results: list[Result]) -> tuple[Finding, ...]:
        """The findings; those of cases that are expected to fail apart, and marked."""
        expected, dtype = self.options.xfails, self.standard.scores.name
        groups: dict[str, list[Result]] = {"": []}
        for result in results:
            groups.setdefault(reason(expected, result.case.id, dtype), []).append(result)
        found = [
            replace(finding, expected=why)
            for why, members in groups.items()
            for finding in self.explainer.findings(members)
        ]
        pulls: dict[str, list[Pulled]] = {}
        for pull in self.backward.results:
            pulls.setdefault(reason(expected, pull.pull.id, dtype), []).append(pull)
        found += [
            replace(finding, expected=why)
            for why, members in pulls.items()
            for finding in telling.findings(self.backward, self.backward_source, members)
        ]
        failed = {r.case.id for r in results if r.assessment.violations or r.outcome.y is None}
        ran = {r.case.id for r in results} | {r.pull.id for r in self.backward.results}
        self.tally = Tally(dtype, ran, failed | self.backward.failed, ())
        return tuple(found)

    def _unjudged(self, results: list[Result], weak: tuple[str, ...]) -> str:
        if not (self.cases or self.backward.pulls) and self.options.case is not None:
            return ""  # a law alone
        if not results and not self.backward.results:
            return "no case is left"
        plain = [r for r in results if not r.case.family.group]
        answers = [r.outcome for r in plain or results if r.case.x.size]
        if answers and all(outcome.kind == "raised" for outcome in answers):
            return f"it raises on every case: {answers[0].message}"
        if self.backward.unjudged():
            return self.backward.unjudged()
        if weak:
            return f"these cases cannot tell {self.standard.variant.card.name} from {weak[0]}"
        return ""

    def _examine(self, case: Case) -> Result:
        outcome = self._call(case)
        result = Result(case, outcome, assess(self.standard, case, outcome))
        return repeated(self.standard, result, self._call, self.explainer.domain)

    def _call(self, case: Case) -> Outcome:
        return call(self.callee, case, self.explainer.keywords(case.params))


def tightest(
    standard: Standard, judged: Sequence[Result], backward: Backward | None = None
) -> str | None:
    """The tightest preset under which no bound is passed, those of gradients included."""
    pulled_back = backward is not None and bool(backward.judged)
    if not (judged or pulled_back) or any(
        r.assessment.violations for r in judged if r.assessment.judged is None
    ):
        return None
    for arithmetic in presets(standard.dtype):
        held = arithmetic.flushing() if standard.flush else arithmetic
        if all(_holds(standard, r, held) for r in judged) and (
            backward is None or backward.holds(arithmetic)
        ):
            return arithmetic.name
    return None


def _holds(standard: Standard, result: Result, arithmetic: Arithmetic) -> bool:
    true = truth(standard.variant, result.case)
    y = np.asarray(result.outcome.y).reshape(true.head.shape).astype(np.float64)
    judged = judge(true, y, true.bound(arithmetic, standard.dtype), standard.dtype)
    return not judged.beyond[~np.asarray(result.assessment.ruled)].any()


def _inaccurate(results: list[Result]) -> bool:
    """Whether the bound is known to be passed: a search would only find it once more."""
    return any(v.kind == "accuracy" for r in results for v in r.assessment.violations)
