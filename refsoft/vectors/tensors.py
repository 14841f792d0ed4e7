"""Tensors as bytes: safetensors, or one little-endian array a file. Nothing is ever executed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from refsoft._dtypes import DTYPES, Array

FORMATS: dict[str, np.dtype[Any]] = {**DTYPES, "bool": np.dtype(bool)}
_CODES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "BOOL": "bool",
}  # fmt: skip


def packed(array: Array) -> bytes:
    r"""The entries in row-major order, little-endian.

    Examples
    --------
    >>> packed(np.array([1.0, 2.0], np.float16))
    b'\x00<\x00@'
    """
    words = np.asarray(array, order="C").reshape(-1).view(f"u{array.itemsize}")
    return words.astype(words.dtype.newbyteorder("<")).tobytes()


def unpacked(data: bytes, dtype: np.dtype[Any], shape: Sequence[int]) -> Array:
    r"""The array that :func:`packed` made into bytes.

    Raises
    ------
    ValueError
        If there are more or fewer bytes.

    Examples
    --------
    >>> unpacked(b"\x00<\x00@", np.dtype(np.float16), (2,))
    array([1., 2.], dtype=float16)
    """
    words = np.frombuffer(data, f"<u{dtype.itemsize}")
    return words.astype(words.dtype.newbyteorder("=")).view(dtype).reshape(shape)


def to_safetensors(tensors: Mapping[str, Array]) -> bytes:
    """A safetensors file; the same bytes for the same tensors."""
    _library()
    from safetensors.numpy import save

    return bytes(save({name: np.asarray(value, order="C") for name, value in tensors.items()}))


def from_safetensors(data: bytes, name: str) -> dict[str, Array]:
    """The tensors of a safetensors file.

    Raises
    ------
    ValueError
        If it is none, or is cut short, or a tensor has another format than those of
        :data:`FORMATS`; ``name`` is that of the file.
    """
    library = _library()
    try:
        found = library.deserialize(data)
    except library.SafetensorError as error:
        raise ValueError(f"{name} is no safetensors file: {error}") from None
    tensors = {}
    for key, spec in found:
        if spec["dtype"] not in _CODES:
            accepted = ", ".join(_CODES)
            raise ValueError(f"{name}: {key} has dtype {spec['dtype']}; accepted: {accepted}")
        tensors[key] = unpacked(spec["data"], FORMATS[_CODES[spec["dtype"]]], spec["shape"])
    return tensors


def _library() -> ModuleType:
    try:
        import safetensors
    except ImportError as error:
        raise ImportError(
            "this file is written and read by safetensors: pip install safetensors"
        ) from error
    return safetensors
