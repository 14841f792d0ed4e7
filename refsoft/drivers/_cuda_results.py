"""New arrays on a GPU in the library of the caller, and sums over their axes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from refsoft.drivers._cuda_memory import Memory, library_of
from refsoft.drivers._numba_cuda import cuda


def empty(like: Any, found: Memory, shape: tuple[int, ...], dtype: str) -> Any:
    """A new array beside another, in the order of its axes.

    JAX writes into no array: what it is given in the end comes from one of Numba's.
    """
    name = library_of(like)
    if name == "torch":
        torch = sys.modules["torch"]
        return torch.empty(shape, dtype=getattr(torch, dtype), device=like.device)
    if name == "cupy":
        return sys.modules["cupy"].empty(shape, dtype)
    stored = "uint16" if dtype == "bfloat16" else dtype
    return cuda.device_array(shape, stored, stream=stream_of(found.stream))


def given(like: Any, result: Any, dtype: str, stream: Any) -> Any:
    """The new array as the caller's library has it."""
    if library_of(like) != "jax":
        return result
    jax = sys.modules["jax"]
    stream.synchronize()  # JAX knows no other stream than its own
    array = jax.numpy.asarray(result)
    if dtype == "bfloat16":
        array = jax.lax.bitcast_convert_type(array, jax.numpy.bfloat16)
    return array


def summed(like: Any, gradient: Any, batch: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """The gradient of every row, summed back to a parameter's shape."""
    if library_of(like) == "numba":
        cuda.synchronize()
        rows = gradient.copy_to_host().reshape(batch)
        return cuda.to_device(np.asarray(_over_axes(rows, batch, shape)))
    return _over_axes(gradient.reshape(batch), batch, shape)


def _over_axes(rows: Any, batch: Sequence[int], shape: tuple[int, ...]) -> Any:
    """The sum over the axes that a shape does not have, or has as 1."""
    missing = len(batch) - len(shape)
    over = [d for d in range(len(batch)) if d < missing or shape[d - missing] == 1 != batch[d]]
    return (rows.sum(tuple(over)) if over else rows).reshape(shape)


def stream_of(pointer: int) -> Any:
    """Numba's stream for the number that a library calls it by."""
    named = (cuda.default_stream, cuda.legacy_default_stream, cuda.per_thread_default_stream)
    return named[pointer]() if pointer < len(named) else cuda.external_stream(pointer)
