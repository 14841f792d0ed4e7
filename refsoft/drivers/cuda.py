"""Recipes on a CUDA GPU: `plain.py` with one block of threads for a row.

A thread takes every THREADS-th entry of its row, so that neighbours read
neighbours, and the block combines what its threads found through a tree in
shared memory. Everything is in the format of x, parameters included.
"""

from __future__ import annotations

import importlib.util
import math
from functools import cache
from typing import Any

import numpy as np

if importlib.util.find_spec("numba_cuda") is None:
    raise ImportError("refsoft.drivers.cuda needs numba-cuda; install refsoft[cuda]")

from numba import cuda

from refsoft._dtypes import Array
from refsoft.catalogue._primitives import cast
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _sources

if not cuda.config.ENABLE_CUDASIM:
    from numba.cuda.extending import register_jitable

    from refsoft.drivers._device import INLINED


@cache
def _jitable(function: Any) -> Any:
    """Let kernels call a function; the simulator runs it as it is."""
    return function if cuda.config.ENABLE_CUDASIM else register_jitable(**INLINED)(function)


THREADS = 256

_NO_MASK = np.empty((0, 0), np.bool_)
# A row's parameters as a tuple, by their number.
_PARAMETERS = (
    lambda params, r: (),  # noqa: ARG005
    lambda params, r: (params[r, 0],),
    lambda params, r: (params[r, 0], params[r, 1]),
    lambda params, r: (params[r, 0], params[r, 1], params[r, 2]),
)


def forward(
    recipe: Recipe,
    x: Array,
    where: Array | None,
    params: Array,
    lse: bool,
    threads: int = THREADS,
) -> tuple[Array, Array | None]:
    """The result for every row of x, and the logarithm of its normaliser.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.forward`,
    but that the logarithm has the dtype of x; ``threads``, a power of 2, is
    the number of threads for a row. Arrays are copied to the GPU and back.
    """
    y, logarithm = np.empty(x.shape, x.dtype), np.empty(len(x) if lse else 0, x.dtype)
    if len(x):
        kernel = forward_kernel(recipe, params.shape[1], x.dtype, threads)
        given = [x, _NO_MASK if where is None else where, params.astype(x.dtype)]
        _launch(kernel, threads, given, [y, logarithm])
    return y, logarithm if lse else None


def vjp(
    recipe: Recipe,
    x: Array,
    g: Array,
    where: Array | None,
    params: Array,
    threads: int = THREADS,
) -> tuple[Array, Array]:
    """Pull g back through every row: dx, and the gradient of every parameter.

    Parameters and returns are those of :func:`refsoft.drivers.cpu.vjp`, and
    ``threads`` is as in :func:`forward`.
    """
    dx, gradients = np.empty(x.shape, x.dtype), np.zeros(params.shape, x.dtype)
    if len(x):
        kernel = vjp_kernel(recipe, params.shape[1], x.dtype, threads)
        given = [x, g, _NO_MASK if where is None else where, params.astype(x.dtype)]
        _launch(kernel, threads, given, [dx, gradients])
    return dx, gradients.astype(np.float64)


def _launch(kernel: Any, threads: int, given: list[Array], results: list[Array]) -> None:
    inputs = [cuda.to_device(np.ascontiguousarray(a)) for a in given]
    outputs = [cuda.to_device(a) for a in results]
    kernel[len(results[0]), threads](*inputs, *outputs)
    for target, source in zip(results, outputs, strict=True):
        source.copy_to_host(target)


@cache
def forward_kernel(recipe: Recipe, count: int, dtype: Any, threads: int = THREADS) -> Any:
    """The kernel ``(x, where, params, y, lse)``, for a block of ``threads`` for each row."""
    parameters, weigh = _row(recipe, count, dtype, threads)
    offset, log_normaliser = recipe.offset, recipe.log_normaliser or no_logarithm
    real, zero = dtype.type, dtype.type(0)

    @cuda.jit  # type: ignore[untyped-decorator]
    def kernel(x: Any, where: Any, params: Any, y: Any, lse: Any) -> None:
        r, t = cuda.blockIdx.x, cuda.threadIdx.x
        p, shared = parameters(params, r), cuda.shared.array(threads, real)
        m, total = weigh(shared, x, where, p, y)
        z = offset(m, *p) + total
        # z = 0 only if every weight is 0 already: a true 0/0, which gives zeros.
        if z != zero:
            for j in range(t, x.shape[1], threads):
                if where.size == 0 or where[r, j]:
                    y[r, j] = y[r, j] / z
        if lse.size > 0 and t == 0:
            lse[r] = log_normaliser(m, total, *p)

    return kernel


@cache
def vjp_kernel(recipe: Recipe, count: int, dtype: Any, threads: int = THREADS) -> Any:
    """The kernel ``(x, g, where, params, dx, gradients)``, likewise."""
    parameters, weigh = _row(recipe, count, dtype, threads)
    offset, slope = recipe.offset, recipe.slope
    weight_gradients, offset_gradients = recipe.weight_gradients, recipe.offset_gradients
    real, zero = dtype.type, dtype.type(0)

    @_jitable
    def pull_parameters(
        shared: Any, x: Any, g: Any, w: Any, m: Any, z: Any, p: Any, gradients: Any
    ) -> Any:
        r, t = cuda.blockIdx.x, cuda.threadIdx.x
        for k in range(count):
            mean = zero
            for j in range(t, x.shape[1], threads):
                if w[r, j] != zero:
                    mean += w[r, j] / z * weight_gradients(x[r, j], m, *p)[k]
            mean = offset_gradients(m, z, *p)[k] + summed(shared, mean)
            total = zero
            for j in range(t, x.shape[1], threads):
                if w[r, j] != zero:
                    centred = weight_gradients(x[r, j], m, *p)[k] - mean
                    total += g[r, j] * (w[r, j] / z) * centred
            total = summed(shared, total)
            if t == 0:
                gradients[r, k] = total

    @cuda.jit  # type: ignore[untyped-decorator]
    def kernel(x: Any, g: Any, where: Any, params: Any, dx: Any, gradients: Any) -> None:
        r, t = cuda.blockIdx.x, cuda.threadIdx.x
        p, shared = parameters(params, r), cuda.shared.array(threads, real)
        m, total = weigh(shared, x, where, p, dx)
        z = offset(m, *p) + total
        if z != zero:
            inner = zero
            for j in range(t, x.shape[1], threads):
                if where.size == 0 or where[r, j]:
                    inner += g[r, j] * (dx[r, j] / z)
            inner = summed(shared, inner)
            if count:
                pull_parameters(shared, x, g, dx, m, z, p, gradients)
            for j in range(t, x.shape[1], threads):
                if where.size == 0 or where[r, j]:
                    dx[r, j] = slope(x[r, j], dx[r, j], m, z, *p) * (g[r, j] - inner)

    return kernel


def _row(recipe: Recipe, count: int, dtype: Any, threads: int) -> tuple[Any, Any]:
    """What both kernels do with a row: find its parameters, and its weights."""
    if recipe.prepare or recipe.result:
        raise TypeError("recipe has a prepare or a result; accepted on CUDA: y = w / z alone")
    for function in _sources.functions(recipe):
        _jitable(function)
    key, shift, weight, parameters = recipe.key, recipe.shift, recipe.weight, _PARAMETERS[count]
    real = dtype.type
    zero, lowest = real(0), real(-math.inf)

    @_jitable
    def weigh(shared: Any, x: Any, where: Any, p: Any, w: Any) -> Any:
        r, t = cuda.blockIdx.x, cuda.threadIdx.x
        top, total = lowest, zero
        for j in range(t, x.shape[1], threads):
            if where.size == 0 or where[r, j]:
                top = larger(top, key(x[r, j], *p))
        top = largest(shared, top)
        m = cast(shift(top, *p), top)
        for j in range(t, x.shape[1], threads):
            if where.size == 0 or where[r, j]:
                w[r, j] = weight(x[r, j], m, *p)
                total += w[r, j]
            else:
                w[r, j] = zero
        return m, summed(shared, total)

    return _jitable(parameters), weigh


@_jitable
def summed(shared: Any, value: Any) -> Any:
    """The sum of every thread's value, known to all of them."""
    t, step = cuda.threadIdx.x, len(shared) // 2
    shared[t] = value
    while step > 0:
        cuda.syncthreads()
        if t < step:
            shared[t] += shared[t + step]
        step //= 2
    return _everyones(shared)


@_jitable
def largest(shared: Any, value: Any) -> Any:
    """The largest of every thread's value, NaN if one is NaN, known to all of them."""
    t, step = cuda.threadIdx.x, len(shared) // 2
    shared[t] = value
    while step > 0:
        cuda.syncthreads()
        if t < step:
            shared[t] = larger(shared[t], shared[t + step])
        step //= 2
    return _everyones(shared)


@_jitable
def _everyones(shared: Any) -> Any:
    cuda.syncthreads()
    value = shared[0]
    cuda.syncthreads()  # before anyone writes there again
    return value


@_jitable
def larger(a: Any, b: Any) -> Any:
    """The larger of two, NaN if one is NaN."""
    return b if b > a or b != b else a


@_jitable
def no_logarithm(m: Any, total: Any, *params: Any) -> Any:
    """Stand in for the log_normaliser of a recipe that has none."""
    return cast(math.nan, m)
