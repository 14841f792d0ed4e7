"""Loops over the entries, continued: sums of other entries than the row's, and plain sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.culprits import Function
from tests.culprits.scalars import (
    NOTHING,
    START,
    by_rows,
    exp,
    over,
    placed,
    scaled,
    scanned,
    shares,
)


def added(name: str) -> float:
    """What the variant adds to sums of plain exponentials."""
    m, s = START.get(name, (0.0, 0.0))
    return 1.0 if name == "symax" else s * exp(m)


def weights(name: str, row: list[float]) -> list[float]:
    """Plain weights, without a shift."""
    return [abs(v) if name == "symax" else exp(v) for v in scaled(name, row)]


def _given(name: str, row: list[float], w: list[float], s: float) -> list[float]:
    """The result from plain weights and a plain sum."""
    if name == "log_softmax":
        with np.errstate(all="ignore"):
            return [v - float(np.log(s)) for v in row]
    return placed(name, row, [over(v, s) for v in w], NOTHING)


def overflowing(name: str) -> Function:
    """The weights and their sum as float32 has them."""

    def one(row: list[float]) -> list[float]:
        with np.errstate(over="ignore"):
            w = [float(np.float32(v)) for v in weights(name, row)]
            s = float(np.float32(sum(w) + added(name)))
        return _given(name, row, w, s)

    return by_rows(one)


def not_kept(name: str) -> Function:
    """The sum of row j divides column j."""

    def plane(x: Any) -> Any:
        rows = [[float(v) for v in row] for row in x]
        if len(rows) not in (1, x.shape[-1]):
            raise ValueError("the shapes do not match")
        w = [weights(name, row) for row in rows]
        s = [math.fsum(row) + added(name) for row in w] * (x.shape[-1] if len(rows) == 1 else 1)
        y = np.empty_like(x)
        for i, row in enumerate(rows):
            y[i] = [
                _given(name, row, w[i], s[j])[j] if name != "log_softmax" else v - math.log(s[j])
                for j, v in enumerate(row)
            ]
        return y

    return lambda x: plane(x) if x.ndim == 2 else plane(x[np.newaxis])[0]


def _among(name: str, many: list[float]) -> tuple[float, float]:
    """The online sum of all these scores, scaled already."""
    return scanned(many, START.get(name, NOTHING))


def _share(name: str, row: list[float], z: list[float], state: tuple[float, float]) -> list[float]:
    return placed(name, z if name == "log_softmax" else row, shares(z, state), state)


def all_axes(name: str) -> Function:
    def function(x: Any) -> Any:
        many = [float(v) for v in x.ravel()]
        if name == "symax":
            s = 1 + sum(map(abs, many))
            return by_rows(lambda row: [over(abs(v), s) for v in row])(x)
        factor = math.log(x.shape[-1]) if name == "ssmax" else 1.0
        state = _among(name, [factor * v for v in many])
        return by_rows(lambda row: _share(name, row, scaled(name, row), state))(x)

    return function


def second_last(name: str) -> Function:
    """The sum goes down the columns of the last two axes."""

    def plane(x: Any) -> Any:
        y = np.empty_like(x)
        rows = [[float(v) for v in row] for row in x]
        z = [scaled(name, row) for row in rows]
        for j in range(x.shape[-1]):
            column = [row[j] for row in z]
            if name == "symax":
                s = 1 + sum(map(abs, column))
                y[:, j] = [over(abs(v), s) for v in column]
                continue
            state = _among(name, column)
            for i, row in enumerate(rows):
                y[i, j] = _share(name, row, z[i], state)[j]
        return y

    def function(x: Any) -> Any:
        if x.ndim < 2:
            raise ValueError("a matrix is needed")
        y = np.empty_like(x)
        for place in np.ndindex(x.shape[:-2]):
            y[place] = plane(x[place])
        return y

    return function
