"""Put the laws to the function, and tell in the findings which ones it breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft._dtypes import cast
from refsoft.conformance.assess import assess
from refsoft.conformance.calling import call as call_case
from refsoft.conformance.cases import Case, Plan
from refsoft.conformance.explain import Explainer
from refsoft.conformance.laws import LAWS, Broken, Call, Trial, judge_laws
from refsoft.conformance.laws.deciding import case_of, status
from refsoft.conformance.laws.judging import LENGTH, distinct
from refsoft.conformance.laws.model import Rows
from refsoft.conformance.load import Outcome
from refsoft.conformance.options import LAW
from refsoft.conformance.report import SEVERITIES, Example, Finding
from refsoft.conformance.search import Space
from refsoft.conformance.search_laws import is_drawn, parse, search_laws
from refsoft.conformance.snippet import numbers, snippet
from refsoft.conformance.xfails import reason

LONG = (1000, 4097)  # rows of several blocks, and one entry more
LONGEST = 8192  # above it the truth would cost more than the laws are worth
EXPLAINED = frozenset({"accuracy", "one"})
DECIDED = frozenset({"holds", "fails"})


def lengths(plan: Plan) -> tuple[int, ...]:
    """The allowed length next to the usual one and, unless the plan is quick, longer ones."""
    if plan.lengths is not None:
        usual = min(plan.lengths, key=lambda n: (n < 2, abs(n - LENGTH)))
        longer = [n for n in plan.lengths if n >= LONG[0]]
    else:
        usual = -(-LENGTH // plan.multiple_of) * plan.multiple_of
        usual = usual if plan.max_length is None else min(usual, plan.max_length)
        longer = [-(-n // plan.multiple_of) * plan.multiple_of for n in LONG]
        longer = [n for n in longer if plan.max_length is None or n <= plan.max_length]
    found = dict.fromkeys([usual, *([] if plan.quick else longer[:2])])
    return tuple(n for n in found if 2 <= n <= LONGEST)


class Laws:
    """The laws of one examination.

    Parameters
    ----------
    explainer : Explainer
    space : Space
        The format of the scores, the plan, where a search looks.
    """

    def __init__(self, explainer: Explainer, space: Space) -> None:
        self.explainer = explainer
        self.space = space
        self.plan = space.plan
        self.dtype = space.dtype
        card, plan = space.card, space.plan
        values = {
            p.name: plan.fixed.get(p.name, plan.scalar(p) if p.default is None else p.default)
            for p in card.parameters
        }
        self.params = {name: value for name, value in values.items() if value is not None}
        self.death: tuple[Call, Outcome] | None = None
        self.tried: set[str] = set()
        self.failed: set[str] = set()
        self._results: dict[tuple[object, ...], Rows | None] = {}

    def broken(self, masked: bool = False) -> list[tuple[str, Broken]]:
        """What the function has against the laws, with the case; nothing once it has died."""
        options, card = self.explainer.options, self.space.card
        known = [e.case for e in options.xfails if e.dtype in ("", self.dtype.name)]
        asked = known if options.case is None else [options.case]
        drawn = [parse(case, card) for case in asked if is_drawn(case)]
        found = [(d.id, b) for d in drawn if (b := d.put_to(self._trial())) is not None]
        self.tried |= {d.id for d in drawn}
        if options.case is None or not is_drawn(options.case):
            self.tried |= {LAW + law.id for law in LAWS if status(law, card) in DECIDED}
            first: dict[str, Broken] = {}
            for n, hide in ((n, hide) for hide in (False, masked) for n in lengths(self.plan)):
                for broken in self._judged(n, hide):
                    first.setdefault(LAW + broken.law.id, broken)
            found += [(case, b) for case, b in first.items() if options.case in (None, case)]
        self.failed |= {case for case, _ in found}
        return found

    def _judged(self, length: int, hide: bool) -> list[Broken]:
        standard, hidden = self.explainer.standard, self._hidden if hide else lambda call: call
        found = judge_laws(standard, self.params, self._evaluate, self._admits, length, hidden)
        words = ", of the visible entries" if hide else ""
        return [replace(b, sentence=b.sentence + words) for b in found]

    def told(self, findings: Sequence[Finding], seed: int | None) -> tuple[Finding, ...]:
        """The findings, with the laws that explain them, or a finding for each law.

        With a ``seed`` laws are searched where nothing else is known to be wrong.
        """
        options = self.explainer.options
        at = next((i for i, f in enumerate(findings) if f.kind in EXPLAINED), None)
        masked = options.mask_keyword is not None
        masked = masked and not any("mask" in f.kind and f.convicts for f in findings)
        broken = self.broken(masked) if options.tries_laws else []
        found = [*findings]
        if at is not None:
            # That the function is its own variant is what the finding says already.
            others = [b for _, b in distinct(broken) if not b.compares_with(self.space.card.name)]
            laws = tuple(f"{b.sentence} ({b.detail})" for b in others)
            found[at] = replace(findings[at], laws=laws)
        else:
            if seed is not None and self.death is None and not broken:
                broken = self._searched(seed)
            found += [self._finding(case, b) for case, b in broken]
        found += self._deaths()
        return tuple(sorted(found, key=lambda f: (not f.convicts, SEVERITIES.index(f.severity))))

    def _searched(self, seed: int) -> list[tuple[str, Broken]]:
        drawn = search_laws(self._trial(), self.space, seed)
        broken = None if drawn is None else drawn.put_to(self._trial())
        return [] if drawn is None or broken is None else [(drawn.id, broken)]

    def _trial(self) -> Trial:
        return Trial(self.explainer.standard, self.params, self._evaluate, self._admits)

    def _finding(self, case: str, broken: Broken) -> Finding:
        return Finding(
            severity="wrong" if broken.wrong else "inaccurate",
            kind="law",
            law=broken.sentence,
            dtype=self.dtype.name,
            cases=(case,),
            detail=broken.detail,
            example=self._example(broken),
            rerun=self.explainer.rerun(case),
            expected=reason(self.explainer.options.xfails, case, self.dtype.name),
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
        explainer, case = self.explainer, self._case(call)
        keywords = {**explainer.keywords(dict(call.params)), **case.extra}
        return snippet(explainer.source, case.x, keywords, explainer.options.array)

    def _example(self, broken: Broken) -> Example:
        standard, parts = self.explainer.standard, []
        for whole in broken.calls:
            if whole.of:
                continue
            call = self._shown(whole, broken.row)
            case = self._case(call)
            exact: Any = standard.variant.exact
            right = exact(case.x, where=case.where, dtype=standard.dtype, **call.params).value
            given = numbers(np.asarray(self._call(call).y))
            parts.append((self._code(call), given, numbers(right)))
        codes, results, rights = zip(*parts, strict=True)
        return Example("\n".join(codes), ", ".join(results), ", ".join(rights))

    def _shown(self, call: Call, row: int) -> Call:
        """The row alone, or the whole call where only that gives the same result."""
        alone = replace(call, x=call.x[row : row + 1])
        given, whole = self._evaluate(alone), self._evaluate(call)
        same = given is not None and whole is not None and np.array_equal(given[0], whole[row])
        return alone if same else call

    def _case(self, call: Call) -> Case:
        """The call in the format, with its mask."""
        case = replace(case_of(call), x=cast(call.x, self.dtype))
        if call.visible is None:
            return case
        return replace(case, extra={str(self.explainer.options.mask_keyword): case.visible})

    def _call(self, call: Call) -> Outcome:
        keywords: Mapping[str, Any] = self.explainer.keywords(dict(call.params))
        return call_case(self.explainer.callee, self._case(call), keywords)

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

    def _hidden(self, call: Call) -> Call:
        """The call with masked entries before and among its own; they hold its scores again."""
        n, plan = call.x.shape[1], self.plan
        wide = -(-(n + n // 2 + 1) // plan.multiple_of) * plan.multiple_of
        if plan.lengths is not None:
            wide = min((m for m in plan.lengths if m > n), default=wide)
        visible = np.zeros(wide, bool)
        visible[np.linspace(1, wide - 1, n).astype(int)] = True
        x = np.resize(call.x.T, (wide, len(call.x))).T
        x[:, visible] = call.x
        return replace(call, x=x, visible=visible)

    def _admits(self, call: Call) -> bool:
        """Whether the caller's choices and the format allow the call."""
        plan, n = self.plan, call.x.shape[1]
        fixed = all(v == self.params[k] for k, v in call.params.items() if k not in plan.swept)
        chosen = plan.lengths is None or n in plan.lengths
        short = plan.max_length is None or n <= plan.max_length
        whole = n % plan.multiple_of == 0
        scores = cast(call.x, self.dtype)
        exact = np.array_equal(scores.astype(np.float64), call.x) and all(
            float(cast(np.asarray(call.params[k]), self.dtype)) == call.params[k]
            for k in plan.swept
        )
        inside = np.all(plan.domain.admits(scores))
        return bool(fixed and chosen and short and whole and exact and inside)
