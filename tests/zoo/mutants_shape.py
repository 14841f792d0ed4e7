"""Mutants of the contract: shape, format, memory, other rows, other calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right

_SOFTMAX, _SINK = right("softmax"), right("softmax_sink")


def _in_place(x: Any) -> Any:
    y = _SOFTMAX(x)
    x -= np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    return y


def _returned_input(x: Any) -> Any:
    x[...] = _SOFTMAX(x)
    return x


def _at_least_two(x: Any) -> Any:
    return _SOFTMAX(np.atleast_2d(x))


def _squeezed(x: Any) -> Any:
    return _SOFTMAX(x).squeeze(0) if x.ndim == 2 and x.shape[0] == 1 else _SOFTMAX(x)


def _middle_squeezed(x: Any) -> Any:
    return _SOFTMAX(x)[:, 0] if x.ndim == 3 and x.shape[1] == 1 else _SOFTMAX(x)


def _flattened(x: Any) -> Any:
    return _SOFTMAX(x) if x.ndim <= 2 else _SOFTMAX(x).reshape(-1, x.shape[-1])


def _transposed_batch(x: Any) -> Any:
    y = _SOFTMAX(x)
    return y.swapaxes(0, 1).reshape(x.shape) if x.ndim == 3 and x.shape[1] > 1 else y


def _empty(x: Any) -> Any:
    return np.zeros(0, x.dtype) if x.size == 0 else _SOFTMAX(x)


def _all_from_one_maximum(x: Any) -> Any:
    # Rows that lie 60 below the batch's maximum underflow and are rounded up to uniform.
    far = np.max(x, axis=-1, keepdims=True, initial=-np.inf) < np.max(x, initial=-np.inf) - 60
    return np.where(far, 1 / max(x.shape[-1], 1), _SOFTMAX(x)).astype(x.dtype)


class _Remembers:
    """The maximum of the call before is taken where the shape is the same."""

    __name__ = "remembers"

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}

    def __call__(self, x: Any) -> Any:
        y = self.kept.get(x.shape[:-1])
        fresh = _SOFTMAX(x)
        self.kept[x.shape[:-1]] = fresh
        return fresh if y is None or y.shape != x.shape else y.copy()


MUTANTS = (
    Mutant("softmax-double", "softmax", lambda x: _SOFTMAX(x.astype(np.float64)), "normal/3",
           "contract", "returns float64"),
    Mutant("softmax-in-place", "softmax", _in_place, "normal/3", "contract",
           "shifts its input in place"),
    Mutant("softmax-returns-input", "softmax", _returned_input, "normal/3", "contract",
           "writes the result over its input"),
    Mutant("softmax-two-axes", "softmax", _at_least_two, "vector/3", "contract",
           "a vector comes back as a matrix"),
    Mutant("softmax-squeezed", "softmax", _squeezed, "blocks/31", "contract",
           "a batch of one row loses its axis"),
    Mutant("softmax-middle-squeezed", "softmax", _middle_squeezed, "batch-middle/3", "contract",
           "a middle axis of one is lost"),
    Mutant("softmax-flattened", "softmax", _flattened, "batch-3d/3", "contract",
           "batch axes come back flattened"),
    Mutant("softmax-transposed-batch", "softmax", _transposed_batch, "batch-3d/3", "wrong",
           "the batch axes are exchanged"),
    Mutant("softmax-empty", "softmax", _empty, "empty/0", "contract",
           "an empty input loses its shape"),
    Mutant("softmax-far-rows", "softmax", _all_from_one_maximum, "scales/3", "wrong",
           "a row far below the others becomes uniform"),
    Mutant("softmax-remembers", "softmax", _Remembers(), "scales/3", "contract",
           "the result of the call before is returned"),
)  # fmt: skip
