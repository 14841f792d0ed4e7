"""Recipes on a CUDA GPU: `plain.py` with a group of threads for a row.

Rows that registers hold are read once and written once; longer ones are summed part by
part. Everything is in the format of x, or in float32 where that has 16 bits. The sums are
pairs, so a result is rounded about as often as its weight, and not once for every entry.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._cuda_launch import Task, prepared
from refsoft.drivers._cuda_parameters import fitted
from refsoft.drivers._index import Rows, lead_of
from refsoft.drivers._lanes import form
from refsoft.drivers._launch import Plan
from refsoft.drivers._numba_cuda import SIMULATED, cuda


def forward(
    recipe: Recipe,
    x: Array,
    where: Array | None,
    params: Array,
    lse: bool,
    plan: Plan | None = None,
) -> tuple[Array, Array | None]:
    """The result for every row of x, and the logarithm of its normaliser.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.forward`, but that the
    logarithm has the dtype of x; ``plan`` is by default that of the lengths. The arrays lie
    in the memory of the CPU and are copied to the GPU and back.
    """
    y, logarithm = np.empty(x.shape, x.dtype), np.empty(len(x) if lse else 0, x.dtype)
    _run("forward", recipe, plan, x, None, where, params, None, y, logarithm)
    return y, logarithm if lse else None


def vjp(
    recipe: Recipe,
    x: Array,
    g: Array,
    where: Array | None,
    params: Array,
    y: Array | None = None,
    plan: Plan | None = None,
) -> tuple[Array, Array]:
    """Pull g back through every row: dx, and the gradient of every parameter.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.vjp`; y is not looked at.
    """
    dx = np.empty(x.shape, x.dtype)
    gradients = np.empty(params.shape[::-1], form(x.dtype.name).real)
    _run("vjp", recipe, plan, x, g, where, params, None, dx, gradients)
    return dx, gradients.T.astype(np.float64)


def jvp(
    recipe: Recipe,
    x: Array,
    v: Array,
    where: Array | None,
    params: Array,
    dparams: Array,
    plan: Plan | None = None,
) -> Array:
    """Push the tangents v of x and dparams of the parameters forward through every row.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.jvp`.
    """
    t = np.empty(x.shape, x.dtype)
    _run("jvp", recipe, plan, x, v, where, params, dparams, t, np.empty(0, x.dtype))
    return t


def _run(
    operation: str,
    recipe: Recipe,
    plan: Plan | None,
    x: Array,
    g: Array | None,
    where: Array | None,
    params: Array,
    moves: Array | None,
    y: Array,
    more: Array,
) -> None:
    if not len(x):
        return
    results, rest = cuda.to_device(_bits(y)), cuda.to_device(_bits(more))
    task = Task(
        operation=operation,
        recipe=recipe,
        format=x.dtype.name,
        rows=len(x),
        n=x.shape[1],
        x=_rows(cuda.to_device(_bits(x)), x.shape),
        g=None if g is None else _rows(cuda.to_device(_bits(g)), x.shape),
        where=None if where is None else _rows(cuda.to_device(np.ravel(where)), x.shape),
        given=_given(params, x.dtype.name),
        moves=() if moves is None else _given(moves, x.dtype.name),
        y=_rows(results, x.shape),
        more=rest.reshape(more.shape),
    )
    prepared(task, plan)()
    _bits(y)[...] = results.copy_to_host()
    more[...] = rest.copy_to_host().view(more.dtype).reshape(more.shape)


def _bits(array: Array) -> Array:
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(np.uint16) if flat.itemsize == 2 else flat


def _rows(data: Any, shape: tuple[int, ...]) -> Rows:
    pointer = 0 if SIMULATED else int(data.device_ctypes_pointer.value or 0)
    return Rows(data, shape[:1], shape[1:], 1, lead_of(pointer, data.dtype.itemsize))


def _given(params: Array, name: str) -> tuple[Any, ...]:
    """The parameters as a kernel takes them: numbers, where every row has the same."""
    real = form(name).real
    fitting = fitted(params, real)
    if len(params) and (fitting == fitting[0]).all():
        return tuple(fitting[0])
    columns = [cuda.to_device(np.ascontiguousarray(column)) for column in fitting.T]
    return tuple(Rows(column, (len(params),), (1,), 0, 0) for column in columns)
