"""A smaller case that breaks the same law: rows by hand, or fewer and rounder numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.conformance.assess import Violation
from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.gradients.examine import Backward, alone
from refsoft.conformance.load import Outcome

# Rows a person can check by hand; with each, one-hot, ones and signs that alternate.
SIMPLE = (
    [0.0], [1.0], [-1.0], [0.0, 0.0], [1.0, 2.0], [-1.0, -2.0], [-1.0, 0.0, 2.0], [20.0, 10.0],
    [-20.0, -10.0], [1000.0, 1000.0], [-1000.0, -1000.0],
)  # fmt: skip
PAIR = ([[0.0, 0.0], [1.0, 2.0]], [[1.0, 0.0], [1.0, 0.0]])
CALLS, SECONDS = 120, 6.0


def smallest(
    backward: Backward, pull: Pull, violation: Violation
) -> tuple[Pull, Outcome, str] | None:
    """A smaller case that shows the same, None if there is none."""
    if pull.case.where is not None or pull.case.layout or not pull.case.x.size:
        return None
    until, calls = time.perf_counter() + SECONDS, CALLS

    def shows(candidate: Pull) -> tuple[Pull, Outcome, str] | None:
        nonlocal calls
        calls -= 1
        admitted = backward.explainer.domain.admits(candidate.case.rows)
        if calls < 0 or time.perf_counter() > until or not np.all(admitted):
            return None
        result = backward.examine(candidate)
        for other in result.verdict.violations:
            if (other.severity, other.kind) == (violation.severity, violation.kind):
                return candidate, result.outcome, other.detail
        return None

    row = violation.at[0] if violation.at is not None else 0
    single = alone(pull, row)
    for candidate in _simple(single, pull.case.x.size):
        found = shows(candidate)
        if found is not None:
            return found
    best = shows(single)
    return None if best is None else _shrunk(best, shows)


def _simple(single: Pull, size: int) -> Iterator[Pull]:
    for scores in SIMPLE:
        for cotangent in ([1.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, -1.0, 1.0]):
            if len(scores) < size and len(cotangent) >= len(scores):
                yield _made(single, [scores], [cotangent[: len(scores)]])
    if size > 4:
        yield _made(single, *PAIR)


def _made(single: Pull, scores: Any, cotangent: Any) -> Pull:
    case = single.case
    x = cast(np.asarray(scores), case.x.dtype)
    g = cast(np.asarray(cotangent), single.g.dtype)
    several = any(np.ndim(v) for v in case.params.values())
    params = {k: np.resize(v, len(x)) if np.ndim(v) else v for k, v in case.params.items()}
    if len(x) == 1 and not several:
        x, g = x[0], g[0]
    lse = None if single.lse is None else np.ones(x.shape[:-1], single.lse.dtype)
    return replace(single, case=replace(case, x=x, params=params), g=g, lse=lse)


def _shrunk(
    best: tuple[Pull, Outcome, str],
    shows: Callable[[Pull], tuple[Pull, Outcome, str] | None],
) -> tuple[Pull, Outcome, str]:
    smaller = True
    while smaller:
        smaller = False
        for candidate in _simpler(best[0]):
            found = shows(candidate)
            if found is not None:
                best, smaller = found, True
                break
    return best


def _simpler(pull: Pull) -> Iterator[Pull]:
    """Cases one step simpler: fewer entries, rounder numbers."""
    x, g = pull.case.x, pull.g
    n = x.shape[-1]
    step = n // 2
    while step >= 1:
        for start in range(0, n, step) if n // step <= 8 else ():
            kept = np.delete(np.arange(n), np.s_[start : start + step])
            if len(kept):
                yield _with(pull, x[..., kept], g[..., kept])
        step //= 2
    with np.errstate(all="ignore"):
        rounded = [np.round(v.astype(np.float64), 1) for v in (x, g)]
    for v, w in ((rounded[0], g), (x, rounded[1])):
        candidate = _with(pull, cast(np.asarray(v, np.float64), x.dtype), cast(w, g.dtype))
        if (candidate.case.x.tobytes(), candidate.g.tobytes()) != (x.tobytes(), g.tobytes()):
            yield candidate


def _with(pull: Pull, x: Array, g: Any) -> Pull:
    return replace(pull, case=replace(pull.case, x=x), g=g)
