"""Where an array of some library lies on a GPU, and how its rows lie there: no GPU is asked.

CuPy, Numba and others tell by ``__cuda_array_interface__``, torch by itself, and JAX by
DLPack, whose capsule is read here.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

# What streams without an address of their own are called by the protocols.
LEGACY, PER_THREAD = 1, 2

_CODES = {(2, 64): "float64", (2, 32): "float32", (2, 16): "float16", (4, 16): "bfloat16"}
_CODES |= {(6, 8): "bool", (1, 8): "uint8"}


class Memory(NamedTuple):
    """An array on a GPU.

    Attributes
    ----------
    pointer : int
    shape, strides : tuple of int
        Strides in entries.
    dtype : str
        The name of the format.
    stream : int
        On which it is written; 0 where the library does not say.
    owner : object
        What keeps the memory.
    """

    pointer: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str
    stream: int
    owner: Any


def library_of(value: Any) -> str:
    """``torch``, ``jax``, ``cupy``, or ``numba`` for everything else."""
    for name, kind in (("torch", "Tensor"), ("jax", "Array"), ("cupy", "ndarray")):
        if _is(value, name, kind):
            return name
    return "numba"


def _is(value: Any, module: str, kind: str) -> bool:
    return isinstance(value, getattr(sys.modules.get(module), kind, ()))


def device_of(value: Any) -> int:
    """The number of the GPU that an array lies on; 0 where its library does not say."""
    device = getattr(value, "device", None)
    for number in (getattr(device, "index", None), getattr(device, "id", None)):
        if isinstance(number, int):
            return number
    return int(value.__dlpack_device__()[1]) if hasattr(value, "__dlpack_device__") else 0


def memory(value: Any, argument: str) -> Memory:
    """Where an array lies.

    Raises
    ------
    TypeError
        If it is masked, requires grad, or is of a format that no kernel reads.
    """
    if _is(value, "torch", "Tensor"):
        return _of_torch(value, argument)
    if _is(value, "jax", "Array") or not hasattr(value, "__cuda_array_interface__"):
        # The library makes the stream wait for what it has not computed yet.
        return of_capsule(value.__dlpack__(stream=LEGACY), value, argument)
    return _of_interface(value, argument)


def _of_torch(tensor: Any, argument: str) -> Memory:
    torch = sys.modules["torch"]
    if tensor.requires_grad and torch.is_grad_enabled():
        raise TypeError(
            f"{argument} requires grad; accepted: {argument}.detach(), or the call itself "
            "of a torch tensor x, which torch differentiates"
        )
    stream = int(torch.cuda.current_stream(tensor.device).cuda_stream)
    name = str(tensor.dtype).removeprefix("torch.")
    shape, strides = tuple(tensor.shape), tuple(tensor.stride())
    return Memory(int(tensor.data_ptr()), shape, strides, name, stream, tensor)


def _of_interface(value: Any, argument: str) -> Memory:
    about = value.__cuda_array_interface__
    if about.get("mask") is not None:
        raise TypeError(f"{argument} is a masked array; pass its data, and where")
    dtype, shape = np.dtype(about["typestr"]), tuple(about["shape"])
    given = about.get("strides") or _in_order(shape, dtype.itemsize)
    strides = tuple(stride // dtype.itemsize for stride in given)
    stream = int(about.get("stream") or 0)
    if library_of(value) == "cupy":
        stream = int(sys.modules["cupy"].cuda.get_current_stream().ptr)
    name = "bfloat16" if dtype.kind == "V" and dtype.itemsize == 2 else dtype.name
    return Memory(int(about["data"][0]), shape, strides, name, stream, value)


def _in_order(shape: Sequence[int], step: int) -> tuple[int, ...]:
    strides = [step]
    for size in reversed(shape[1:]):
        strides.append(strides[-1] * size)
    return tuple(reversed(strides)) if shape else ()


class _Tensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


def of_capsule(capsule: Any, owner: Any, argument: str) -> Memory:
    """Where the array of a DLPack capsule lies; the capsule stays as it is."""
    find = ctypes.pythonapi.PyCapsule_GetPointer
    find.restype, find.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    tensor = _Tensor.from_address(find(capsule, b"dltensor"))
    name = _CODES.get((tensor.code, tensor.bits))
    if name is None or tensor.lanes != 1:
        raise TypeError(f"{argument} has code {tensor.code}, {tensor.bits} bits of DLPack")
    shape = tuple(tensor.shape[: tensor.ndim])
    strides = tuple(tensor.strides[: tensor.ndim]) if tensor.strides else _in_order(shape, 1)
    pointer = int(tensor.data or 0) + tensor.byte_offset
    return Memory(pointer, shape, strides, name, LEGACY, (owner, capsule))


def broadcast(found: Memory, shape: tuple[int, ...], argument: str) -> Memory:
    """The same memory seen as an array of a shape that it broadcasts to.

    Raises
    ------
    ValueError
        If it does not.
    """
    missing = len(shape) - len(found.shape)
    sizes = (1,) * missing + found.shape
    strides = (0,) * missing + found.strides
    if missing < 0 or any(a not in (1, b) for a, b in zip(sizes, shape, strict=True)):
        raise ValueError(
            f"{argument} has shape {found.shape}; accepted: one that broadcasts to {shape}"
        )
    kept = tuple(0 if a == 1 else step for a, step in zip(sizes, strides, strict=True))
    return found._replace(shape=shape, strides=kept)


class Laid(NamedTuple):
    """Rows in memory: their length and step, the sizes and strides of the batch, the span."""

    n: int
    step: int
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    span: int


def laid(found: Memory, axes: tuple[int, ...], argument: str) -> Laid:
    """How the rows along some axes lie.

    Raises
    ------
    ValueError
        If entries are not one step apart, or strides are negative.
    """
    if any(stride < 0 for stride in found.strides):
        raise ValueError(f"{argument} has strides {found.strides}; accepted: none below 0")
    sizes = found.shape or (1,)
    pairs = list(zip(sizes, found.strides or (1,), strict=True))
    row = _merged([pairs[axis] for axis in axes])
    if len(row) > 1:
        raise ValueError(
            f"{argument} has strides {found.strides} along axis={axes}; "
            "accepted: axes whose entries lie one step apart"
        )
    batch = _merged([pair for axis, pair in enumerate(pairs) if axis not in axes])
    span = 1 + sum((size - 1) * stride for size, stride in pairs)
    ((n, step),) = row or [(1, 1)]
    batch = batch or [(1, 0)]
    return Laid(n, step, tuple(s for s, _ in batch), tuple(s for _, s in batch), span)


def _merged(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring axes as one wherever one stride tells where everything lies."""
    found: list[tuple[int, int]] = []
    for size, stride in pairs:
        if size == 1:
            continue
        if found and found[-1][1] == size * stride:
            found[-1] = (found[-1][0] * size, stride)
        else:
            found.append((size, stride))
    return found
