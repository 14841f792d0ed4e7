"""The benchmark on a GPU: times from CUDA events, arrays that no cache holds."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from refsoft._dtypes import as_dtype
from refsoft.bench.contender import absent, versions
from refsoft.bench.contenders_cuda import contenders, on_device
from refsoft.bench.measure import measure
from refsoft.bench.plans import Problems, Task
from refsoft.bench.problem import Problem
from refsoft.bench.record import Record
from refsoft.bench.sizes import Size
from refsoft.bench.timing import Function, Stopwatch, on_the_host

if TYPE_CHECKING:
    from refsoft.bench.run import Progress, Selection

BYTES = 1 << 29  # of an array: several times the last cache
LENGTHS = (128, 1024, 4096, 32_768, 1 << 20)
TINY = Size(10, 10)


class Event(Protocol):
    """What is used of ``torch.cuda.Event``."""

    def record(self) -> object:
        """Mark this place of the current stream."""

    def synchronize(self) -> object:
        """Wait until the stream has passed it."""

    def elapsed_time(self, end: Any) -> float:
        """Milliseconds to a later event."""


def by_events(event: Callable[[], Event]) -> Stopwatch:
    """A stopwatch of the stream: the device's time, without the host's."""

    def lasted(function: Function, calls: int) -> float:
        start, end = event(), event()
        start.record()
        for _ in range(calls):
            function()
        end.record()
        end.synchronize()
        return start.elapsed_time(end) / 1e3

    return lasted


def by_the_host(synchronize: Callable[[], object]) -> Stopwatch:
    """A stopwatch of the host, launches and all, to the end of the last one."""

    def lasted(function: Function, calls: int) -> float:
        synchronize()

        def together() -> None:
            for _ in range(calls):
                function()
            synchronize()

        return on_the_host(together, 1)

    return lasted


def sizes(dtype: str) -> Iterator[Size]:
    """Arrays of BYTES in rows of every length."""
    for n in LENGTHS:
        yield Size(BYTES // as_dtype(dtype).itemsize // n, n)


def run(selection: Selection, budget: float, progress: Progress | None) -> Record:
    """Measure the forward and backward of the chosen variants.

    Raises
    ------
    ValueError
        If there is no GPU, or no torch, whose events measure it.
    """
    if absent("torch"):
        raise ValueError("--device cuda measures with torch's events: torch is not installed")
    import torch

    if not torch.cuda.is_available():
        raise ValueError("--device cuda: torch finds no CUDA GPU here; accepted: --device cpu")
    machine = {
        "device": "cuda",
        "model": torch.cuda.get_device_name(),
        "cores": torch.cuda.get_device_properties(0).multi_processor_count,
        "python": platform.python_version(),
    }
    record = Record(machine, versions(("torch",)), 1, budget)
    tasks = [
        (name, op, dtype, size)
        for dtype in selection.dtypes
        for size in (TINY, *sizes(dtype))
        for op in selection.ops
        for name in selection.variants
    ]
    problems, events = Problems(), by_events(lambda: torch.cuda.Event(enable_timing=True))
    for done, (name, op, dtype, size) in enumerate(tasks):
        if progress:
            progress(done, len(tasks), f"{name}, {op}, {dtype}, {size}")
        task = Task(op, dtype, size, tuple(contenders(name, op)))
        if not task.contenders:
            continue
        problem = problems.of(task)
        stopwatch = by_the_host(torch.cuda.synchronize) if size == TINY else events
        record.groups.append(
            measure(problem, op, task.contenders, budget, _copy(problem, op), stopwatch)
        )
    return record


def _copy(problem: Problem, op: str) -> Function:
    """Move the operation's bytes within the device: the ceiling of its bandwidth."""
    import torch

    x, out = on_device(problem.x), on_device(problem.out)
    if op.startswith("forward"):
        return lambda: out.copy_(x)
    g = on_device(problem.g)
    return lambda: torch.add(x, g, out=out)
