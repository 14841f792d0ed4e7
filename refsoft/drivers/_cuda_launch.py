"""From arrays on a GPU to launches of kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from refsoft.catalogue import _primitives
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _sources
from refsoft.drivers._cuda_finish import terms_of
from refsoft.drivers._cuda_found import FIELDS, OF_ROW
from refsoft.drivers._cuda_held import held_kernel
from refsoft.drivers._cuda_key import Key
from refsoft.drivers._cuda_spans import length_kernel, span_kernel
from refsoft.drivers._cuda_turns import clearing_kernel, flags_of
from refsoft.drivers._index import Rows, alignment
from refsoft.drivers._lanes import form
from refsoft.drivers._launch import Plan, plan_for
from refsoft.drivers._numba_cuda import cuda


@dataclass(frozen=True, slots=True)
class Task:
    """One call, with arrays that the GPU can read.

    Attributes
    ----------
    operation : {"forward", "vjp", "jvp"}
    recipe : Recipe
    format : str
        Of the scores.
    rows, n : int
    x, y : Rows
        Scores and results.
    g, where : Rows or None
        Cotangents or tangents; True or not 0 = visible.
    given, moves : tuple
        Parameters and their tangents, each a number or `Rows`.
    more : device array
        (rows,) in the format of the scores for the logarithm of the normaliser, or empty;
        (parameters, rows) of numbers for gradients.
    """

    operation: str
    recipe: Recipe
    format: str
    rows: int
    n: int
    x: Rows
    g: Rows | None
    where: Rows | None
    given: tuple[Any, ...]
    moves: tuple[Any, ...]
    y: Rows
    more: Any


class Prepared:
    """A call with its kernels chosen and its arguments in place, to be repeated at will."""

    def __init__(self, launches: list[tuple[Any, tuple[Any, ...]]]) -> None:
        self._launches = launches

    def __call__(self) -> None:
        """Launch; the GPU may still be at work when this returns."""
        for kernel, arguments in self._launches:
            kernel(*arguments)


def prepared(task: Task, plan: Plan | None = None, stream: Any = 0) -> Prepared:
    """The call, ready for a stream; the plan is by default that of the lengths.

    Raises
    ------
    TypeError
        If rows are too long to hold, and the recipe has no ``rescale``.
    """
    kind = form(task.format)
    arrays = [task.x, task.y] if task.g is None else [task.x, task.y, task.g]
    aligned, leads = alignment(arrays, kind.width)
    usual = task.recipe.usual if task.recipe.usual == task.given else ()
    heavy = not usual and takes_powers(task.recipe)
    if plan is None:
        plan = plan_for(
            task.operation, task.rows, task.n, kind.real(0).itemsize, kind.width,
            aligned=aligned, leads=leads, heavy=heavy,
        )  # fmt: skip
    masked = task.where is not None
    key = Key(task.recipe, len(task.given), task.format, plan.shape, masked, usual)
    g, where = task.g or task.x, task.where or task.x
    if not plan.blocks:
        kernel = held_kernel(task.operation, key)
        given = (task.x, g, where, task.given, task.moves, task.y, task.more)
        configured = kernel[plan.grid, plan.shape.threads, stream]
        return Prepared([(configured, (task.rows, task.n, *given))])
    if task.recipe.rescale is None:
        raise TypeError("recipe has no rescale, which rows too long for a block need")
    return Prepared(_spans(task, key, plan, stream, g, where))


def _spans(
    task: Task, key: Key, plan: Plan, stream: Any, g: Rows, where: Rows
) -> list[tuple[Any, tuple[Any, ...]]]:
    real, tasks = form(task.format).real, task.rows * plan.blocks
    width, threads = 2 * len(terms_of(task.operation, key)), plan.shape.threads

    def scratch(shape: Any, dtype: Any = real) -> Any:
        return cuda.device_array(shape, dtype, stream=stream)

    counted = key.masked and task.recipe.prepare is not None
    lengths = scratch(task.rows if counted else 1, np.int64)
    flags = scratch(flags_of(task.rows), np.int64)
    parts, found = scratch((tasks, FIELDS)), scratch((task.rows, OF_ROW + width))
    sums, places = scratch((tasks, width + 1)), scratch((tasks, 2), np.int64)
    ends = scratch((task.rows, 2), np.int64)
    grid = min(-(-flags_of(task.rows) // threads), plan.grid)
    launches: list[tuple[Any, tuple[Any, ...]]] = [
        (clearing_kernel(threads)[grid, threads, stream], (flags,))
    ]
    if counted:
        counting = length_kernel(threads)[min(task.rows, plan.grid), threads, stream]
        launches.append((counting, (task.rows, task.n, where, lengths)))
    arguments = (
        task.rows, task.n, plan.blocks, plan.tiles, plan.lag, task.x, g, where, task.given,
        task.moves, lengths, flags, parts, sums, places, found, ends, task.y, task.more,
    )  # fmt: skip
    launches.append((span_kernel(task.operation, key)[plan.grid, threads, stream], arguments))
    return launches


def takes_powers(recipe: Recipe) -> bool:
    """Whether the recipe computes powers."""
    functions = _sources.functions(recipe)
    return any(_primitives.power in _sources.referenced(function) for function in functions)
