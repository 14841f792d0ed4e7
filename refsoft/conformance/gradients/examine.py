"""The gradients of one function in one format: every case pulled back and assessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft.conformance.explain import Explainer
from refsoft.conformance.gradients import cases
from refsoft.conformance.gradients.calling import Request
from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.gradients.compare import compare
from refsoft.conformance.gradients.judge import DX, Pulled, assess, holds
from refsoft.conformance.gradients.sources import inputs
from refsoft.conformance.gradients.truth import pull_truth
from refsoft.conformance.isolate import Callee
from refsoft.conformance.load import Outcome
from refsoft.conformance.report import SEVERITIES, ClassRow
from refsoft.conformance.table import histogram
from refsoft.rounding import Arithmetic

PATIENCE = 2  # hangs or crashes after which the rest is not run


class Backward:
    """A backward that is held to a standard.

    Attributes
    ----------
    passed : dict
        Keyword by name of the parameters whose gradients are judged.
    """

    def __init__(self, callee: Callee | None, explainer: Explainer) -> None:
        self.callee = callee
        self.explainer = explainer
        self.standard = explainer.standard
        self.options = explainer.options
        names = [p.name for p in self.standard.variant.card.parameters]
        passed = self.options.passed
        self.passed = {name: passed[name] for name in names if name in passed}
        dtype = self.standard.scores
        built = cases.build(self.standard.variant, dtype, self.options)
        self.pulls = list(built) if callee is not None else []
        self.results: list[Pulled] = []

    def run(self, step: Callable[[str], None]) -> None:
        """Pull back every case and judge what comes back."""
        deaths = 0
        for pull in self.pulls:
            step(pull.id)
            if deaths >= PATIENCE:
                continue
            result = self.examine(pull)
            deaths += result.outcome.kind in ("hung", "crashed")
            self.results.append(result)

    def examine(self, pull: Pull) -> Pulled:
        """One case with what happened."""
        outcome = self.call(pull)
        verdict = assess(self.standard, pull, outcome, self.passed, self.options.vjp_from)
        return Pulled(pull, outcome, verdict)

    def call(self, pull: Pull) -> Outcome:
        """What the backward does with a case."""
        if self.callee is None:
            raise ValueError("there is no backward")
        return self.callee.pull(self.request(pull))

    def request(self, pull: Pull) -> Request:
        """What it is called with."""
        case, standard = pull.case, self.standard
        given = inputs(standard.variant, pull, self.options.vjp_from, standard.dtype)
        return Request(
            tuple(given.values()),
            {**self.explainer.keywords(case.params), **case.extra, **self._of_lse(pull)},
            tuple(self.passed.values()),
            case.layout,
            self.options.autodiff,
            pull.lse if self.options.autodiff else None,
        )

    def _of_lse(self, pull: Pull) -> dict[str, Any]:
        keyword = self.options.lse_cotangent
        return {} if keyword is None else {keyword: pull.lse}

    @property
    def failed(self) -> set[str]:
        """Ids of the cases that a finding is made of."""
        return {r.pull.id for r in self.results if r.verdict.violations or r.outcome.y is None}

    @property
    def left_out(self) -> tuple[str, ...]:
        """Parameters whose gradient was returned as None."""
        return tuple(dict.fromkeys(name for r in self.results for name in r.verdict.left_out))

    @property
    def judged(self) -> list[Pulled]:
        """The cases with a verdict on dx."""
        return [r for r in self.results if DX in r.verdict.judged]

    def holds(self, arithmetic: Arithmetic) -> bool:
        """Whether all gradients are within the bound of an arithmetic."""
        return all(
            holds(self.standard, r, arithmetic, self.passed, self.options.vjp_from)
            for r in self.results
        )

    def unjudged(self) -> str:
        """Why there is no verdict, empty if there is one."""
        full = [r.outcome for r in self.results if r.pull.case.x.size]
        if full and all(outcome.kind == "raised" for outcome in full):
            return f"the gradient raises on every case: {full[0].message}"
        return ""

    def powerless(self) -> tuple[str, ...]:
        """The wrong gradients, of 0 and of the wrong sign, that the cases would let pass."""
        weak = {"dx = 0": 0.0, "-dx": -1.0}
        for result in self.judged:
            true = pull_truth(self.standard.variant, result.pull)
            for name, factor in list(weak.items()):
                with np.errstate(all="ignore"):
                    wrong = factor * true.dx.head
                    verdict = compare(self.standard, true, DX, wrong, self.options.vjp_from)
                if (verdict.beyond & result.pull.case.visible).any():
                    del weak[name]
        return tuple(weak) if self.judged else ()


def table(results: Sequence[Pulled]) -> tuple[ClassRow, ...]:
    """A line for every class, in the order they were run."""
    groups: dict[str, list[Pulled]] = {}
    for result in results:
        groups.setdefault(result.pull.family.id, []).append(result)
    return tuple(_row(members) for members in groups.values())


def _row(members: list[Pulled]) -> ClassRow:
    judged = [j for r in members for j in r.verdict.judged.values()]
    ulps = np.concatenate([np.zeros(0), *(np.ravel(j.ulps) for j in judged)])
    ratios = np.concatenate([np.zeros(0), *(np.ravel(j.ratio) for j in judged)])
    found = [v.severity for r in members for v in r.verdict.violations]
    refused = sum(r.outcome.kind == "raised" for r in members)
    idle = sum(r.verdict.idle for r in members if r.verdict.judged)
    verdict = "no power" if idle == len(members) else "ok"
    if found:
        verdict = min(found, key=SEVERITIES.index)
    elif refused == len(members):
        verdict = "refused"
    return ClassRow(
        family=members[0].pull.family.id,
        reason=f"gradients: {members[0].pull.family.reason}",
        cases=len(members),
        idle=idle,
        refused=refused,
        max_ulp=float(np.max(ulps, initial=0.0)),
        over_bound=float(np.max(ratios, initial=0.0)),
        histogram=histogram(ulps),
        verdict=verdict,
    )


def alone(pull: Pull, row: int) -> Pull:
    """One row of a case; a parameter with a value per row keeps a batch of one."""
    case = pull.case
    several = any(np.ndim(v) for v in case.params.values())
    shape: tuple[int, ...] = (1, case.x.shape[-1]) if several else (case.x.shape[-1],)
    params: dict[str, Any] = {
        k: np.ravel(v)[row : row + 1] if np.ndim(v) else v for k, v in case.params.items()
    }
    single = replace(case, x=case.rows[row].reshape(shape), params=params)
    lse = None if pull.lse is None else pull.lse.reshape(-1)[row].reshape(shape[:-1])
    return Pull("", pull.family, single, pull.rows[row].reshape(shape), lse=lse)
