"""Mutants of layouts, addresses and calls: they are right for arrays that lie as usual."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right

_SOFTMAX, _ONE = right("softmax"), right("softmax_one")


def _memory(x: Any) -> tuple[Any, int]:
    """The bytes of the array that x is a view of, and where x begins in them."""
    base = x if x.base is None else x.base
    return base.ravel(order="K").view(np.uint8), x.ctypes.data - base.ctypes.data


def _read(x: Any, start: int, strides: tuple[int, ...]) -> Any:
    """What a kernel reads from the memory of x with other strides."""
    memory, _ = _memory(x)
    return np.ndarray(x.shape, x.dtype, memory.tobytes(), start, strides)


def _packed(x: Any) -> tuple[int, ...]:
    return np.empty(x.shape, x.dtype).strides


def _column_major(x: Any) -> Any:
    # One leading dimension: rows that are not dense are taken for dense columns.
    if x.ndim == 2 and x.strides[-1] > x.itemsize:
        return _SOFTMAX(_read(x, _memory(x)[1], (x.itemsize, x.strides[-1])))
    return _SOFTMAX(x)


def _magnitude_of_stride(x: Any) -> Any:
    steps = tuple(abs(stride) for stride in x.strides)
    return _SOFTMAX(x if steps == x.strides else _read(x, 0, steps))


def _row_stride(x: Any) -> Any:
    # A last stride of one entry is asked for; the rows are taken to lie one behind the other.
    if x.size and x.strides[-1] == x.itemsize and not x.flags.c_contiguous:
        return _SOFTMAX(_read(x, _memory(x)[1], _packed(x)))
    return _SOFTMAX(x)


def _storage(x: Any) -> Any:
    # The view is dense; the storage's first entry is taken for its own.
    if x.base is not None and x.base.dtype == x.dtype and x.flags.c_contiguous:
        return _SOFTMAX(_read(x, 0, x.strides))
    return _SOFTMAX(x)


def _dense(x: Any) -> Any:
    return _SOFTMAX(x.ravel(order="K").reshape(x.shape) if x.flags.forc else x)


def _whole_entries(x: Any) -> Any:
    start = _memory(x)[1]
    if start % x.itemsize:
        return _SOFTMAX(_read(x, start - start % x.itemsize, x.strides))
    return _SOFTMAX(x)


def _restores(x: Any) -> Any:
    shift = np.where(np.isfinite(x), x, 0).max(axis=-1, keepdims=True, initial=0)
    kept = x.copy()
    x -= shift
    y = _SOFTMAX(kept)
    x[...] = kept
    return y


def _head(x: Any) -> Any:
    # A scalar loop goes up to the first 16-byte boundary; its sum is forgotten.
    head = (-x.ctypes.data % 16) // x.itemsize
    return _SOFTMAX(x, where=np.arange(x.shape[-1]) >= head) if head else _SOFTMAX(x)


class _Keeps:
    """The weights of long rows are kept, and divided by their sum a second time."""

    LONG = 256

    __name__ = "keeps"

    def __init__(self) -> None:
        self.x = self.y = np.zeros(0)

    def __call__(self, x: Any) -> Any:
        if x.shape[-1] >= self.LONG and np.array_equal(x, self.x):
            return (self.y / (1 + self.y.sum(axis=-1, keepdims=True))).astype(x.dtype)
        self.x, self.y = x.copy(), _ONE(x)
        return self.y.copy()


def _mutant(id_: str, function: Any, layout: str, error: str, **more: Any) -> Mutant:
    return Mutant(f"softmax-{id_}", "softmax", function, f"layout-{layout}/33",
                  **{"severity": "wrong", "error": error, **more})  # fmt: skip


MUTANTS = (
    _mutant("column-major", _column_major, "strided",
            "a last stride of several entries is taken for column-major order"),
    _mutant("stride-magnitude", _magnitude_of_stride, "negative-stride",
            "the sign of a stride is lost"),
    _mutant("row-stride", _row_stride, "slice",
            "the last stride alone is looked at: rows are taken to be adjacent"),
    _mutant("storage", _storage, "offset", "a view is read from the first entry of its storage"),
    _mutant("dense", _dense, "fortran", "dense memory is read in the order in which it lies"),
    _mutant("whole-entries", _whole_entries, "misaligned",
            "the address is rounded down to a whole entry"),
    _mutant("restores-input", _restores, "read-only",
            "works in its input and restores it, which a read-only array refuses",
            severity="unsupported", options={"require": ["strided"]}),
    _mutant("aligned-head", _head, "offset",
            "entries before the first 16-byte boundary are not summed"),
    Mutant("softmax_one-keeps", "softmax_one", _Keeps(), "repeat/1000", "contract",
           "the same scores again: kept weights are divided by their sum once more"),
)  # fmt: skip
