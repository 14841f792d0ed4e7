"""Explain what was found where only the vectors are known: nothing is computed anew."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.conformance import again
from refsoft.conformance.assess import Assessment, Result, Violation
from refsoft.conformance.axes import moved
from refsoft.conformance.cases import Case
from refsoft.conformance.explain import Explainer
from refsoft.conformance.load import Outcome
from refsoft.conformance.report import Example, Finding
from refsoft.conformance.snippet import numbers
from refsoft.vectors.names import tensor

MISSING = "every case has a result"
UNKNOWN = "a result is named after a case"


class Unasked:
    """In place of a function, where its results are in a file."""

    isolated = False

    def call(self, x: Array, keywords: Mapping[str, Any], layout: str = "") -> Outcome:
        """A refusal: nothing can be asked of a file."""
        return Outcome("raised", message=f"no call for {x.shape}, {dict(keywords)}, {layout!r}")

    def close(self) -> None:
        """Nothing to end."""


@dataclass(frozen=True, slots=True)
class Told(Explainer):
    """What it takes to explain a violation from vectors.

    Attributes
    ----------
    vectors : Path
        The folder they were read from.
    results : Path or None
        The folder with the results; None where a function was called.
    """

    vectors: Path = Path()
    results: Path | None = None

    def rerun(self, case: str) -> str:
        """The command that judges one case again."""
        name = self.standard.variant.card.name
        if self.results is None:
            # The vectors have the parameters that are fixed.
            options = replace(self.options, params={})
            command = again.command(options, self.target, name, self.standard.dtype.name, case)
            return f"{command} --vectors {shlex.quote(str(self.vectors))}"
        words = ["--vectors", str(self.vectors), "--results", str(self.results), "--variant", name]
        for option in ("arithmetic", "subnormals"):
            value = getattr(self.options, option)
            words += [] if value is None else [f"--{option}", value]
        return shlex.join(["refsoft", "check", *words, "--case", case])

    def finding(self, kind: str, law: str, cases: Sequence[str], detail: str) -> Finding:
        """A finding about the results as a whole."""
        name = self.standard.scores.name
        return Finding("contract", kind, law, name, tuple(cases), detail)

    def _example(self, result: Result, violation: Violation) -> tuple[Example, str]:
        case = result.case
        right = case.given.right if case.given is not None else case.x
        if result.outcome.kind != "returned" or violation.at is None:
            shown = self._input(case, 0) if self.results is not None else self._code(case)
            return Example(shown, "", ""), violation.detail
        row, y = violation.at[0], np.asarray(result.outcome.y)
        if self.results is None:
            given, wanted = moved(case, y), moved(case, right)
            return Example(self._code(case), numbers(given), numbers(wanted)), violation.detail
        given, wanted = y.reshape(case.rows.shape)[row], right.reshape(case.rows.shape)[row]
        return Example(self._input(case, row), numbers(given), numbers(wanted)), violation.detail

    def _input(self, case: Case, row: int) -> str:
        """One row of the scores, with its mask and parameters, by the names of the tensors."""
        if not case.x.size:
            return f"{tensor(case.id, 'x')} has shape {case.x.shape}"
        batch = case.x.shape[:-1]
        lines = [shown(tensor(case.id, "x"), case.x, np.unravel_index(row, batch))]
        if case.where is not None:
            lines.append(shown(tensor(case.id, "mask"), case.where, np.unravel_index(row, batch)))
        for name, value in case.params.items():
            place = np.unravel_index(row, batch) if np.ndim(value) else ()
            lines.append(shown(tensor(case.id, f"param.{name}"), np.asarray(value), place))
        return "\n".join(lines)

    def _again(self, case: Case) -> Assessment:
        """Nothing of another case is known; never an acquittal."""
        return Assessment((Violation("note", "unasked", f"{case.id} is not among the vectors"),))

    def _refusals(self, results: Sequence[Result]) -> list[Finding]:
        if self.results is None:
            return Explainer._refusals(self, results)
        missing = [r for r in results if r.outcome.kind == "raised"]
        cases = [r.case.id for r in missing]
        return (
            [self.finding("missing", MISSING, cases, missing[0].outcome.message)] if cases else []
        )


def shown(name: str, array: Array, at: Sequence[Any]) -> str:
    """A part of a tensor with its name.

    Examples
    --------
    >>> shown("normal.3.x", np.eye(2), (1,))
    'normal.3.x[1] = [0.0, 1.0]'
    """
    place = f"[{', '.join(str(int(i)) for i in at)}]" if len(at) else ""
    return f"{name}{place} = {numbers(array[tuple(at)])}"
