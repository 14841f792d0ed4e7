"""A run: its groups, one after the other, and what a preset adds to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from refsoft.bench import bar, plans
from refsoft.bench.contender import Contender, absent, versions
from refsoft.bench.machine import machine
from refsoft.bench.measure import FORMS, measure
from refsoft.bench.peak import peaks
from refsoft.bench.record import Group, Record
from refsoft.bench.sizes import Size
from refsoft.bench.threads import use
from refsoft.conformance.whole import write_whole
from refsoft.drivers._threads import get_num_threads

Progress = Callable[[int, int, str], None]
ERROR_DTYPES = ("float32", "float64", "bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for where no preset says it."""

    variants: Sequence[str]
    ops: Sequence[str]
    dtypes: Sequence[str]
    sizes: Sequence[Size]
    libraries: tuple[str, ...]
    memory: bool = False


def run(
    preset: str | None,
    selection: Selection,
    threads: int | None,
    budget: float,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Record:
    """Measure.

    Parameters
    ----------
    preset : {"off-by-one", "bar", "page"} or None
    selection : Selection
        Of a preset its libraries alone count.
    threads : int or None
        For everybody; None for one for each core.
    budget : float
        Seconds of timing for a group.
    device : {"cpu", "cuda"}
    progress : callable, optional
        Called with the tasks done, their number, and what comes next.
    """
    if device == "cuda":
        from refsoft.bench.cuda import run as run_on_gpu

        return run_on_gpu(selection, budget, progress)
    threads = threads or get_num_threads()
    use(threads, ("torch",) if preset else selection.libraries)
    missing = tuple(name for name in selection.libraries if absent(name))
    record = Record(machine(), versions(selection.libraries), threads, budget, missing)
    steps = _steps(preset, selection, record)
    for done, (label, step) in enumerate(steps):
        if progress:
            progress(done, len(steps), label)
        step()
    record.groups = [group for group in record.groups if group.entries]
    return record


Step = tuple[str, Callable[[], object]]


def _steps(preset: str | None, selection: Selection, record: Record) -> list[Step]:
    libraries = selection.libraries
    if preset is None:
        chosen = (selection.variants, selection.ops, selection.dtypes, selection.sizes)
        tasks = plans.chosen(*chosen, libraries)
        return _groups(tasks, record, record.groups) + (
            _peaks(tasks, record) if selection.memory else []
        )
    steps: list[Step] = []
    if preset == "page":
        steps += _groups(plans.page(libraries), record, record.groups)
    if preset in ("off-by-one", "page"):
        steps += _groups(plans.off_by_one(), record, record.groups)
        steps += _peaks(plans.off_by_one(), record)
    if preset in ("bar", "page"):
        steps += _bar(record)
    return steps


def _groups(
    tasks: Sequence[plans.Task],
    record: Record,
    found: list[Group],
    forms: Sequence[str] = FORMS,
) -> list[Step]:
    problems = plans.Problems()

    def step(task: plans.Task) -> Callable[[], object]:
        return lambda: found.append(
            measure(problems.of(task), task.op, task.contenders, record.budget, forms=forms)
        )

    return [(task.label, step(task)) for task in tasks]


def _peaks(tasks: Sequence[plans.Task], record: Record) -> list[Step]:
    """A process for every contender, operation and format, which goes through the sizes."""
    sizes: dict[tuple[str, str, str], list[Size]] = {}
    who: dict[str, Contender] = {}
    for task in tasks:
        for contender in task.contenders:
            who[contender.name] = contender
            if task.size.entries <= contender.most:
                sizes.setdefault((contender.name, task.op, task.dtype), []).append(task.size)

    def step(name: str, op: str, dtype: str, found: list[Size]) -> Callable[[], object]:
        return lambda: record.peaks.extend(peaks(who[name], op, dtype, found, record.threads))

    return [(f"memory of {key[0]}", step(*key, found)) for key, found in sizes.items()]


def _bar(record: Record) -> list[Step]:
    found: list[Group] = []
    groups = _groups(bar.tasks(), record, found, ("into",))
    errors: list[Step] = [
        (f"errors, {dtype}", lambda dtype=dtype: record.rows.extend(bar.errors(dtype)))  # type: ignore[misc]
        for dtype in ERROR_DTYPES
    ]
    return [
        *groups,
        ("ratios", lambda: record.rows.extend(bar.rows(found))),
        *errors,
        ("memory", lambda: record.rows.extend(bar.memory(record.threads))),
        ("first call", lambda: record.rows.append(bar.first_call())),
    ]


def save(record: Record, path: Path) -> None:
    """Write the record as JSON, whole or not at all."""
    write_whole(path, record.text())
