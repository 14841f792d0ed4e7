"""Call a function on a case: the rows on their axis, the array in its layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from refsoft.conformance.axes import moved, moved_back
from refsoft.conformance.cases import Case
from refsoft.conformance.isolate import Callee
from refsoft.conformance.load import Outcome


def call(callee: Callee, case: Case, keywords: Mapping[str, Any]) -> Outcome:
    """What the function does with a case; its result has the rows on the last axis."""
    outcome = callee.call(moved(case, case.x), {**keywords, **case.extra}, case.layout)
    if case.axis is None or outcome.y is None:
        return outcome
    return replace(outcome, y=moved_back(case, outcome.y))
