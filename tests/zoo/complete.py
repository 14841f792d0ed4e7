"""The complete kill matrices: every mutant on every class, on every core."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from refsoft.conformance.endings import follow
from tests.zoo import matrix, matrix_backward
from tests.zoo.backward import backwards
from tests.zoo.matrix import Kill
from tests.zoo.mutants import zoo

MATRICES: tuple[tuple[Callable[[], Any], Callable[[Any], Kill]], ...] = (
    (zoo, matrix.kill),
    (backwards, matrix_backward.kill),
)
# What a process needs to know of a group: which matrix, and what its mutants have in common,
# so that the truth of a case is computed once.
Group = tuple[int, str, str]


def groups() -> dict[Group, int]:
    """The groups, and of how many mutants."""
    found: dict[Group, int] = {}
    for which, (mutants, _) in enumerate(MATRICES):
        for m in mutants():
            found[which, m.variant, m.dtype] = found.get((which, m.variant, m.dtype), 0) + 1
    return found


def kills(group: Group) -> list[tuple[str, tuple[Any, ...]]]:
    """What is said of each mutant of a group, without the mutant, whose function cannot travel."""
    which, variant, dtype = group
    mutants, kill = MATRICES[which]
    chosen = [m for m in mutants() if (m.variant, m.dtype) == (variant, dtype)]
    found = [kill(m) for m in sorted(chosen, key=lambda m: sorted(m.options))]
    return [(k.mutant.id, (k.by, k.cases, k.severity, k.diagnosis)) for k in found]


def _ending_with_this_one() -> None:
    """The processes of a pool outlive one that is killed, and wait for it."""
    threading.Thread(target=follow, daemon=True).start()


def matrices(step: Callable[[int], None]) -> list[list[Kill]]:
    """Every mutant's kill, of each matrix; ``step`` is told how many more are done."""
    sizes, found = groups(), [dict[str, Any](), dict[str, Any]()]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, _ending_with_this_one) as pool:
        # The largest first: no core waits long for another at the end.
        order = sorted(sizes, key=lambda group: -sizes[group])
        futures = {pool.submit(kills, group): group for group in order}
        for done in as_completed(futures):
            group = futures[done]
            found[group[0]] |= dict(done.result())
            step(sizes[group])
    return [
        [Kill(m, *said[m.id]) for m in mutants()]
        for (mutants, _), said in zip(MATRICES, found, strict=True)
    ]
