"""Time contenders in turns on one problem, and measure what they return."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refsoft.bench.accuracy import Sample
from refsoft.bench.contender import Contender, Prepared
from refsoft.bench.problem import Problem
from refsoft.bench.record import Entry, Group
from refsoft.bench.timing import Function, Stopwatch, interleaved, on_the_host

COPY = "copy"
FORMS = ("into", "fresh")


@dataclass(frozen=True, slots=True)
class _Tried:
    """A contender that was called once."""

    entry: Entry
    prepared: Prepared | None = None


def measure(
    problem: Problem,
    op: str,
    contenders: Sequence[Contender],
    budget: float,
    copy: Function | None = None,
    stopwatch: Stopwatch = on_the_host,
    forms: Sequence[str] = FORMS,
) -> Group:
    """Time and judge the contenders.

    Parameters
    ----------
    problem : Problem
    op : str
    contenders : sequence of Contender
        Ours first.
    budget : float
        Seconds of timing for all of them together.
    copy : callable, optional
        Moves the bytes that the operation has to and does nothing else; by default on the CPU.
    stopwatch : callable, optional
    forms : sequence of {"into", "fresh"}, optional
        What is timed, where a contender has it; the error is always that of all of them.
    """
    samples = {c.variant: Sample(c.variant, op, problem) for c in contenders}
    tried = [_tried(c, problem, samples[c.variant]) for c in contenders]
    functions = {COPY: copy or _copy(problem, op)}
    functions[COPY]()
    for found in tried:
        if found.prepared is not None:
            ways = {form: getattr(found.prepared, form) for form in forms}
            functions |= {f"{found.entry.name}|{form}": f for form, f in ways.items() if f}
    times = interleaved(functions, budget, stopwatch)
    entries = [_timed(found.entry, times) for found in tried]
    return Group(op, problem.dtype, problem.size, times[COPY], tuple(entries))


def _tried(contender: Contender, problem: Problem, sample: Sample) -> _Tried:
    """Call it in every way that it has, and judge what it returned."""
    entry = Entry(contender.name, contender.library, contender.variant)
    if problem.size.entries > contender.limit(problem):
        return _Tried(replace(entry, refused=f"more than {contender.limit(problem):,} entries"))
    try:
        prepared = contender.prepare(problem)
        found = []
        for function in (prepared.fresh, prepared.into):
            if function is not None:
                problem.out.fill(np.nan)  # who writes nothing shall not show what was there
                found.append(sample.error(prepared.read(function())))
    except Exception as error:  # noqa: BLE001 - whatever a library raises is its answer
        words = " ".join(str(error).split())
        return _Tried(replace(entry, refused=f"{type(error).__name__}: {words[:120]}"))
    worst = max(found, key=lambda e: (e.wrong, e.ulp if not math.isnan(e.ulp) else math.inf))
    judged = replace(entry, ulp=float(f"{worst.ulp:.3g}"), wrong=worst.wrong, truth=worst.truth)
    return _Tried(judged, prepared)


def _timed(entry: Entry, times: dict[str, Any]) -> Entry:
    into, fresh = (times.get(f"{entry.name}|{form}") for form in ("into", "fresh"))
    return replace(entry, into=into, fresh=fresh)


def _copy(problem: Problem, op: str) -> Function:
    """Read and write the bytes that the operation has to, and do nothing else."""
    x, out = problem.x, problem.out
    two = not op.startswith("forward")
    if "torch" not in sys.modules:
        return (lambda: np.add(x, problem.g, out=out)) if two else (lambda: np.copyto(out, x))
    import torch

    from refsoft.bench.contenders_torch import tensor

    scores, result = tensor(x), tensor(out)
    if not two:
        return lambda: result.copy_(scores)
    cotangent = tensor(problem.g)
    return lambda: torch.add(scores, cotangent, out=result)
