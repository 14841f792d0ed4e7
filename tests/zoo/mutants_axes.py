"""Mutants of axes: they take axis=, and are right without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right

_SOFTMAX = right("softmax")


def _along(x: Any, axis: int | None) -> int:
    return x.ndim - 1 if axis is None else axis % x.ndim


def _last_axis(x: Any, axis: int | None = None) -> Any:
    return right("softmax_one")(x)


def _columns(x: Any, axis: int | None = None) -> Any:
    # Entry i of row j lies at i * (entries of a row) + j: right for a square.
    if x.ndim != 2 or _along(x, axis) == 1:
        return _SOFTMAX(x, axis=_along(x, axis))
    n, rows = x.shape
    places = np.arange(n)[:, np.newaxis] * n + np.arange(rows)
    return _SOFTMAX(x.reshape(-1)[places % x.size], axis=0)


def _image(x: Any, axis: int | None = None) -> Any:
    # (channels, height, width) gets a batch axis; the axis is not moved along.
    if x.ndim != 3 or axis is None or axis < 0:
        return _SOFTMAX(x, axis=_along(x, axis))
    return _SOFTMAX(x[np.newaxis], axis=axis)[0]


def _two_inner(x: Any, axis: int | None = None) -> Any:
    # (outer, n, inner), where inner is the product of the next two axes.
    place = _along(x, axis)
    inner = int(np.prod(x.shape[place + 1 : place + 3]))
    if not x.size:
        return x.copy()
    return _SOFTMAX(x.reshape(-1, x.shape[place], inner), axis=1).reshape(x.shape)


def _by_length(x: Any, axis: int | None = None) -> Any:
    # The axis is looked up by its length: the first one that has it.
    if axis is None:
        return _SOFTMAX(x)
    return _SOFTMAX(x, axis=x.shape.index(x.shape[axis]))


def _column(x: Any, sink: Any, axis: int = -1) -> Any:
    # The sink of each row becomes a last axis, wherever the rows lie.
    weights = np.exp(x.astype(np.float64))
    total = np.exp(np.float64(sink))[..., np.newaxis] + weights.sum(axis=axis, keepdims=True)
    return (weights / total).astype(x.dtype)


def _usual(x: Any, sink: Any, axis: int = -1) -> Any:
    if axis in (-1, x.ndim - 1):
        return right("softmax_sink")(x, sink=sink)
    return _column(x, sink, axis)


def _mutant(
    id_: str, function: Callable[..., Any], case: str, error: str, severity: str = "wrong",
    **options: Any,
) -> Mutant:  # fmt: skip
    return Mutant(id_, id_.partition("-")[0], function, case, severity, error,
                  options={"axis_keyword": "axis", **options})  # fmt: skip


MUTANTS = (
    _mutant("softmax_one-axis-ignored", _last_axis, "axis-3d/1", "the axis is not looked at"),
    _mutant("softmax-axis-columns", _columns, "axis-2d/0",
            "columns are read with the stride of a row"),
    _mutant("softmax-axis-image", _image, "axis-3d/1",
            "three axes get a batch axis, and the axis is not moved along"),
    _mutant("softmax-axis-two-inner", _two_inner, "axis-4d/0",
            "of the axes behind the rows' two are looped over"),
    _mutant("softmax-axis-by-length", _by_length, "axis-square/1",
            "the axis is looked up by its length"),
    _mutant("softmax_sink-axis-column", _usual, "axis-square/0",
            "a sink per row becomes a last axis, wherever the rows lie", passes=["sink"]),
)  # fmt: skip
