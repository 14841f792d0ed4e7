"""The requirements on time, error and memory, each a ratio or a figure with its limit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from refsoft.bench.accuracy import Sample
from refsoft.bench.contender import OURS, contenders, ours
from refsoft.bench.peak import peaks
from refsoft.bench.plans import Task
from refsoft.bench.problem import Problem
from refsoft.bench.record import Group, Row
from refsoft.bench.sizes import PARAMETERS, SQUARE, Size, parsed
from refsoft.bench.statistics import Spread, ratio
from refsoft.catalogue import VARIANTS

LARGE = tuple(parsed(text) for text in ("1000x1000", "4096x4096", "10000x10000", "64x2^20"))
TINY, SMALL = parsed("10x10"), parsed("100x100")
TWO = ("softmax", "softmax_one")
SEVEN = tuple(name for name in PARAMETERS if name not in ("softmax", "log_softmax"))
MIB = 2.0**20
ERRORS = (parsed("10x1000"), parsed("1x10^4"))
LONG = parsed("1x10^6")  # measured against golden, which is no truth for float64
SCALES = {"normal rows x 3": 3.0, "wide rows": 60.0}
FIRST = """
import time, numpy
import refsoft as rs
x = numpy.ones((10, 10), numpy.float32)
start = time.perf_counter()
rs.softmax_one(x)
print(time.perf_counter() - start)
"""


def tasks() -> list[Task]:
    """The groups from which the ratios are taken."""
    against = ("torch",)

    def group(op: str, dtype: str, size: Size, names: Sequence[str], others: Sequence[str]) -> Task:
        peers = [c for name in others for c in contenders(name, op, against)]
        return Task(op, dtype, size, (*(ours(name, op) for name in names), *peers))

    single = ("softmax",)
    return [
        *(group("forward", "float32", size, TWO, single) for size in LARGE if size != SQUARE),
        group("forward", "float32", SQUARE, ("softmax", *SEVEN), ("softmax", *SEVEN)),
        group("forward", "float64", SQUARE, TWO, single),
        group("forward", "bfloat16", SQUARE, TWO, single),
        group("dx", "float32", SQUARE, TWO, single),
        group("dx from y", "float32", SQUARE, TWO, single),
        group("vjp", "float32", SQUARE, ("softmax", *SEVEN), ("softmax", *SEVEN)),
        *(group("forward", "float32", size, TWO, single) for size in (TINY, SMALL)),
    ]


def rows(groups: Sequence[Group]) -> Iterator[Row]:
    """The requirements on time, as ratios of medians of one run."""
    for group in groups:
        if not any(entry.library == "torch" for entry in group.entries):
            continue
        if group.op == "forward":
            yield from _forward(group)
        elif group.op.startswith("dx"):  # as torch's backward of softmax gives no more
            what = "forward and backward" if group.op == "dx" else "backward"
            for name in TWO:
                yield _against(group, name, "softmax", 1.0, 0.8, f"torch.softmax's {what}")
        if group.size == SQUARE and len(group.entries) > len(SEVEN):
            for name in SEVEN:
                yield _against(group, name, name, 0.5, 0.3, "its torch composition")


def _forward(group: Group) -> Iterator[Row]:
    torch = "torch.softmax"
    bars = {"float64": (0.9, 0.7), "bfloat16": (1.0, 0.8)}
    bar, goal = bars.get(group.dtype, (1.0, 0.7))
    if group.size in (TINY, SMALL):
        bar, goal = (1.2 if group.size == TINY else 1.0), 0.8
    for name in TWO:
        yield _against(group, name, "softmax", bar, goal, torch)
    if group.dtype == "float32" and group.size in LARGE:
        one, two = (_own(group, name) for name in reversed(TWO))
        yield Row(f"softmax_one / our softmax, {_where(group)}", _ratio(one, two), 1.05, 1.0)
    if group.size == SQUARE and group.dtype == "float32":
        for name in ("self_adjust", "self_adjust_normalized"):
            yield _against(group, name, "softmax", 1.3, 1.0, torch)
        copy = _ratio(group.copy, group.entry(torch).into)
        yield _against(group, "symax", "softmax", 0.7, copy, torch)


def _against(group: Group, name: str, other: str, bar: float, goal: float, whose: str) -> Row:
    theirs = next(e for e in group.entries if e.library == "torch" and e.variant == other)
    what = f"{name} {group.op} / {whose}, {_where(group)}"
    return Row(what, _ratio(_own(group, name), theirs.into), bar, goal)


def _own(group: Group, name: str) -> Spread | None:
    return group.entry(f"{OURS} {name}").into


def _ratio(ours_: Spread | None, theirs: Spread | None) -> float:
    found = ratio(ours_, theirs)
    return float("nan") if found is None else found


def _where(group: Group) -> str:
    return f"{group.dtype} {group.size}"


def errors(dtype: str) -> Iterator[Row]:
    """The largest error of the kernels' results, against the oracle."""
    bar, goal = (0.51, 0.5) if dtype in ("float16", "bfloat16") else (2.0, 1.0)
    sizes = ERRORS if dtype == "float64" else (*ERRORS, LONG)
    for kind, scale in SCALES.items():
        for name in PARAMETERS:
            found = [_error(name, Problem(size, dtype, scale)) for size in sizes]
            what = f"largest error of {name}, {dtype}, {kind}, n to {sizes[-1].n:,}"
            yield Row(what, max(found), bar, goal, "ULP")


def _error(name: str, problem: Problem) -> float:
    variant = VARIANTS[name]
    params: dict[str, Any] = dict(PARAMETERS[name])
    y = variant(problem.x, **params)
    return float(f"{Sample(name, 'forward', problem).error(y).ulp:.3g}")


def memory(threads: int) -> Iterator[Row]:
    """Bytes that a call into given memory takes besides, in a process of its own."""
    for op in ("forward", "dx", "vjp"):
        for name in TWO:
            (found,) = peaks(ours(name, op), op, "float32", [SQUARE], threads)
            if found.into is not None:
                what = f"extra memory of {name} {op}, float32 {SQUARE}"
                yield Row(what, found.into / MIB, 1.0, 0.0, "MiB")


def first_call() -> Row:
    """Seconds of a process's first call of a kernel that another has compiled before."""
    for _ in range(2):
        done = subprocess.run(  # noqa: S603 - the code above
            [sys.executable, "-c", FIRST], capture_output=True, text=True, check=True
        )
    return Row("first call in a process, kernel cached", float(done.stdout), 0.5, 0.3, "s")
