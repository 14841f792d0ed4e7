"""The variants of arrays that lie on a GPU: nothing is copied, and the same kind comes back.

A kernel runs on the GPU of x and on the current stream of x's library, and is not waited
for. Parameters are numbers, or arrays on the GPU that broadcast against the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from refsoft._arrays import lies_on_gpu
from refsoft.drivers._cuda_call import Call
from refsoft.drivers._cuda_memory import device_of, memory
from refsoft.drivers._cuda_results import summed
from refsoft.drivers._lanes import form
from refsoft.drivers._numba_cuda import cuda


def result(
    variant: Any,
    x: Any,
    /,
    *,
    axis: Any = -1,
    where: Any = None,
    out: Any = None,
    dtype: Any = None,
    return_lse: bool = False,
    **params: Any,
) -> Any:
    """The result of every row, and the logarithm of its normaliser if asked for.

    Parameters
    ----------
    variant : Variant
    x : array on a GPU
    axis, where, out, dtype, return_lse, **params
        As in the call of the variant; a parameter on the GPU is not checked against its
        domain, which would be to wait for it.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value and what is accepted.
    RuntimeError
        If numba-cuda finds no GPU.
    """
    if return_lse and variant.card.lse is None:
        raise TypeError(f"{variant.card.name} has no log-sum-exp; accepted: return_lse=False")
    with _gpu_of(x):
        call = Call(variant, x, axis, where, dtype, params)
        y = call.empty(call.x.shape, call.x.dtype) if out is None else out
        lse = call.empty(call.batch if return_lse else (0,), call.x.dtype)
        call.prepared("forward", None, (), y, lse)()
        given = call.give(y, call.x.dtype) if out is None else out
        return (given, call.give(lse, call.x.dtype)) if return_lse else given


def prepare(
    variant: Any, x: Any, out: Any, /, *, axis: Any = -1, where: Any = None, **params: Any
) -> Callable[[], None]:
    """A call that computes the result of x into out each time it is called.

    Checking, choosing a kernel and arranging its arguments are done once: what is left is
    the launch. The arrays and the stream stay those of now.
    """
    with _gpu_of(x):
        call = Call(variant, x, axis, where, None, params)
        lse = call.empty((0,), call.x.dtype)
        return call.prepared("forward", None, (), out, lse)


def pulled(
    variant: Any,
    x: Any,
    g: Any,
    /,
    *,
    wrt: tuple[str, ...],
    out: Any,
    axis: Any,
    where: Any,
    dtype: Any,
    params: Mapping[str, Any],
) -> tuple[Any, dict[str, Any]]:
    """The gradient by x, and that by every parameter in the parameter's shape.

    All are computed, whatever ``wrt`` names; what it does not is not returned.
    """
    _apart(out, x=x, g=g)
    with _gpu_of(x):
        call = Call(variant, x, axis, where, dtype, params)
        names = [parameter.name for parameter in variant.card.parameters]
        real = np.dtype(form(call.x.dtype).real).name
        dx = call.empty(call.x.shape, call.x.dtype) if out is None else out
        gradients = call.empty((len(names), call.rows), real)
        call.prepared("vjp", call.scores(g, "g"), (), dx, gradients)()
        given, found = call.give(gradients, real), {}
        for k, name in enumerate(names):
            if name not in wrt:
                continue
            value = params.get(name)
            shape = memory(value, name).shape if lies_on_gpu(value) else _shape(value)
            found[name] = summed(x, given[k], call.batch, shape)
        if out is None and "x" in wrt:
            out = call.give(dx, call.x.dtype)
        return out, found


def pushed(
    variant: Any,
    x: Any,
    v: Any,
    /,
    *,
    axis: Any,
    where: Any,
    dtype: Any,
    params: Mapping[str, Any],
    moves: Mapping[str, Any],
    out: Any,
) -> Any:
    """The tangent of the result."""
    _apart(out, x=x, v=v)
    with _gpu_of(x):
        call = Call(variant, x, axis, where, dtype, params)
        t = call.empty(call.x.shape, call.x.dtype) if out is None else out
        nothing = call.empty((0,), call.x.dtype)
        call.prepared("jvp", call.scores(v, "v"), call.tangents(moves), t, nothing)()
        return call.give(t, call.x.dtype) if out is None else out


def _apart(out: Any, **given: Any) -> None:
    """Refuse results that would be written over what a kernel has yet to read."""
    if out is None:
        return
    first, last = _extent(out, "out")
    for name, value in given.items():
        begin, end = _extent(value, name)
        if begin < last and first < end:
            raise ValueError(f"out shares memory with {name}; accepted on CUDA: memory of its own")


def _extent(value: Any, argument: str) -> tuple[int, int]:
    found = memory(value, argument)
    steps = [(n - 1) * s for n, s in zip(found.shape, found.strides, strict=True)]
    size = 2 if found.dtype == "bfloat16" else np.dtype(found.dtype).itemsize
    first = found.pointer + size * sum(min(0, step) for step in steps)
    return first, found.pointer + size * (1 + sum(max(0, step) for step in steps))


def _shape(value: Any) -> tuple[int, ...]:
    return () if value is None else np.shape(value)


def _gpu_of(x: Any) -> AbstractContextManager[Any]:
    if not cuda.is_available():
        raise RuntimeError(
            "x lies on a GPU, and numba-cuda finds none that it can use; "
            "accepted: an NVIDIA driver for CUDA 13, or x on the CPU"
        )
    return cuda.gpus[device_of(x)]  # type: ignore[no-any-return]
