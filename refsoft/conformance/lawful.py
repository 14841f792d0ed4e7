"""Put the laws to the function, and tell in the findings which ones it breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft._dtypes import cast
from refsoft.card import Card
from refsoft.conformance.assess import assess
from refsoft.conformance.calling import call as call_case
from refsoft.conformance.cases import Case, Plan
from refsoft.conformance.explain import Explainer
from refsoft.conformance.laws import Broken, Call, judge_laws
from refsoft.conformance.laws.deciding import case_of
from refsoft.conformance.laws.judging import LENGTH
from refsoft.conformance.laws.model import Rows
from refsoft.conformance.load import Outcome
from refsoft.conformance.options import LAW
from refsoft.conformance.report import SEVERITIES, Example, Finding
from refsoft.conformance.snippet import numbers, snippet

LONGEST = 256  # above it the truth would cost more than the laws are worth
EXPLAINED = frozenset({"accuracy", "one"})


def _length(plan: Plan) -> int:
    """The allowed length next to the usual one."""
    if plan.lengths is not None:
        return min(plan.lengths, key=lambda n: (n < 2, abs(n - LENGTH)))
    whole = -(-LENGTH // plan.multiple_of) * plan.multiple_of
    return whole if plan.max_length is None else min(whole, plan.max_length)


class Laws:
    """The laws of one examination.

    Parameters
    ----------
    explainer : Explainer
    card : Card
    plan : Plan
    dtype : dtype
        Of the scores.
    """

    def __init__(self, explainer: Explainer, card: Card, plan: Plan, dtype: np.dtype[Any]) -> None:
        self.explainer = explainer
        self.plan = plan
        self.dtype = dtype
        values = {p.name: plan.fixed.get(p.name, p.default) for p in card.parameters}
        self.params = {name: value for name, value in values.items() if value is not None}
        self.length = _length(plan)
        self.complete = len(self.params) == len(card.parameters) and 2 <= self.length <= LONGEST
        self.death: tuple[Call, Outcome] | None = None
        self._results: dict[tuple[object, ...], Rows | None] = {}

    def broken(self) -> list[Broken]:
        """What the function has against the laws; nothing once it has hung or crashed."""
        if not self.complete:
            return []
        found = judge_laws(
            self.explainer.standard, self.params, self._evaluate, self._admits, self.length
        )
        case = self.explainer.options.case
        return [b for b in found if case is None or case == LAW + b.law.id]

    def told(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings, with the laws that explain them, or a finding for each law."""
        broken = self.broken()
        findings = [*findings, *self._deaths()]
        at = next((i for i, f in enumerate(findings) if f.kind in EXPLAINED), None)
        if at is not None:
            laws = tuple(f"{b.sentence} ({b.detail})" for b in broken)
            found = [*findings]
            found[at] = replace(findings[at], laws=laws)
        else:
            found = [*findings, *(self._finding(b) for b in broken)]
        return tuple(sorted(found, key=lambda f: (not f.convicts, SEVERITIES.index(f.severity))))

    def _finding(self, broken: Broken) -> Finding:
        return Finding(
            severity="wrong" if broken.wrong else "inaccurate",
            kind="law",
            law=broken.sentence,
            dtype=self.dtype.name,
            cases=(LAW + broken.law.id,),
            detail=broken.detail,
            example=self._example(broken),
            rerun=self.explainer.rerun(LAW + broken.law.id),
        )

    def _deaths(self) -> list[Finding]:
        if self.death is None:
            return []
        call, outcome = self.death
        standard = self.explainer.standard
        (violation,) = assess(standard, case_of(call), outcome).violations
        code = self._code(call)
        return [
            Finding(
                violation.severity, violation.kind, violation.law, self.dtype.name, ("laws",),
                violation.detail, Example(code, "", ""),
            )
        ]  # fmt: skip

    def _code(self, call: Call) -> str:
        explainer = self.explainer
        x, keywords = cast(call.x, self.dtype), explainer.keywords(dict(call.params))
        return snippet(explainer.source, x, keywords, explainer.options.array)

    def _example(self, broken: Broken) -> Example:
        standard, parts = self.explainer.standard, []
        for whole in broken.calls:
            if whole.of:
                continue
            call = self._shown(whole, broken.row)
            exact: Any = standard.variant.exact
            right = exact(cast(call.x, self.dtype), dtype=standard.dtype, **call.params).value
            given = numbers(np.asarray(self._call(call).y))
            parts.append((self._code(call), given, numbers(right)))
        codes, results, rights = zip(*parts, strict=True)
        return Example("\n".join(codes), ", ".join(results), ", ".join(rights))

    def _shown(self, call: Call, row: int) -> Call:
        """The row alone, or the whole call where only that gives the same result."""
        alone = Call(call.x[row : row + 1], call.params)
        given, whole = self._evaluate(alone), self._evaluate(call)
        same = given is not None and whole is not None and np.array_equal(given[0], whole[row])
        return alone if same else call

    def _call(self, call: Call) -> Outcome:
        case: Case = replace(case_of(call), x=cast(call.x, self.dtype))
        keywords: Mapping[str, Any] = self.explainer.keywords(dict(call.params))
        return call_case(self.explainer.callee, case, keywords)

    def _evaluate(self, call: Call) -> Rows | None:
        if self.death is not None:
            return None
        if call.key not in self._results:
            outcome = self._call(call)
            if outcome.kind in ("hung", "crashed", "exited"):
                self.death = call, outcome
            y = outcome.y
            fits = y is not None and y.shape == call.x.shape and y.dtype.kind not in "OcSU"
            self._results[call.key] = np.asarray(y).astype(np.float64) if fits else None
        return self._results[call.key]

    def _admits(self, call: Call) -> bool:
        """Whether the caller's choices allow the call: parameters not passed, scores, lengths."""
        plan, n = self.plan, call.x.shape[1]
        fixed = all(v == self.params[k] for k, v in call.params.items() if k not in plan.swept)
        chosen = plan.lengths is None or n in plan.lengths
        short = plan.max_length is None or n <= plan.max_length
        whole = n % plan.multiple_of == 0
        scores = cast(call.x, self.dtype)
        return bool(fixed and chosen and short and whole and np.all(plan.domain.admits(scores)))
