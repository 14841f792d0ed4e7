"""What a run measures: the groups of contenders, by options or by the name of a preset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from refsoft._dtypes import DTYPES
from refsoft.bench.contender import Contender, absent, contenders, ours
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import ACROSS, OPERATIONS, PARAMETERS, SIZES, SQUARE, Size, parsed
from refsoft.catalogue import VARIANTS

OFF_BY_ONE = tuple(parsed(text) for text in ("10x10", "100x100", "1000x1000", "10000x10000"))
THREE = ("softmax", "softmax_one", "symax")


@dataclass(frozen=True, slots=True)
class Task:
    """One group: who is timed in turns on which arrays."""

    op: str
    dtype: str
    size: Size
    contenders: tuple[Contender, ...]

    @property
    def label(self) -> str:
        """For a bar of progress."""
        return f"{self.contenders[0].name}, {self.op}, {self.dtype}, {self.size}"


def chosen(
    variants: Sequence[str],
    ops: Sequence[str],
    dtypes: Sequence[str],
    sizes: Sequence[Size],
    libraries: tuple[str, ...],
) -> list[Task]:
    """Every variant, operation, format and size, a group for each."""
    return [
        Task(op, dtype, size, (ours(name, op), *contenders(name, op, libraries)))
        for size in sizes
        for dtype in dtypes
        for op in ops
        for name in variants
        if _has(name, op)
    ]


def page(libraries: tuple[str, ...]) -> list[Task]:
    """Every size in float32; every format, operation and the other axis at one size."""
    everybody = partial(chosen, tuple(PARAMETERS), libraries=libraries)
    others = [dtype for dtype in ("float64", "bfloat16", "float16") if dtype in DTYPES]
    backward = [op for op in OPERATIONS if op != "forward"]
    return [
        *everybody(["forward"], ["float32"], SIZES),
        *everybody(["forward"], others, [SQUARE]),
        *everybody(backward, ["float32"], [SQUARE]),
        *everybody(["forward"], ["float32"], [ACROSS]),
    ]


def off_by_one() -> list[Task]:
    """The benchmark of kyegomez/AttentionIsOFFByOne: three variants against torch's softmax."""
    found = tuple(_off_by_one())
    return [Task("forward", "float32", size, found) for size in OFF_BY_ONE]


def _off_by_one() -> Iterator[Contender]:
    for name in THREE:
        yield ours(name, "forward")
    if not absent("torch"):
        from refsoft.bench import contenders_published

        yield from contenders("softmax", "forward", ("torch",))
        yield contenders_published.contender()


def _has(name: str, op: str) -> bool:
    return op != "forward+lse" or VARIANTS[name].card.lse is not None


class Problems:
    """The arrays of tasks; those of one size and format are drawn once for those in a row."""

    def __init__(self) -> None:
        self._last: Problem | None = None

    def of(self, task: Task) -> Problem:
        """The problem of a task."""
        last = self._last
        if last is None or (last.size, last.dtype) != (task.size, task.dtype):
            self._last = last = None  # its memory is free before more is taken
            last = self._last = Problem(task.size, task.dtype)
        return last
