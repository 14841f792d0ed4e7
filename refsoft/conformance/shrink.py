"""The smallest counterexample: fewer entries, simpler numbers, the same verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from refsoft._dtypes import Array, cast

Fails = Callable[[Array], bool]

# What is tried before the case itself is made smaller: rows a person can check by hand.
SIMPLE: tuple[Any, ...] = (
    [0.0],
    [1.0],
    [-1.0],
    [0.0, 0.0],
    [1.0, 2.0],
    [-1.0, -2.0],
    [-3.0, -4.0],
    [[1.0, 2.0], [3.0, 4.0]],
    [-1.0, 0.0, 2.0],
    [20.0, 10.0],
    [-20.0, -10.0],
    [100.0, 99.0],
    [1000.0, 1000.0],
    [-1000.0, -1000.0],
    [[0.0, 0.0], [100.0, 100.0]],
)


def shrink(x: Array, fails: Fails, *, calls: int = 120, seconds: float = 6.0) -> Array:
    """An input as simple as could be found that still fails; ``x`` itself if none was.

    Parameters
    ----------
    x : ndarray
        Scores that fail.
    fails : (scores) -> bool
        Whether scores still show the same violation.
    calls, seconds : float
        When to stop looking.
    """
    budget = _Budget(fails, calls, seconds)
    for simple in SIMPLE:
        candidate = cast(np.asarray(simple), x.dtype)
        if candidate.size < x.size and budget.fails(candidate):
            return candidate
    smaller = True
    while smaller:
        smaller = False
        for candidate in _simpler(x):
            if budget.spent:
                return x
            if budget.fails(candidate):
                x, smaller = candidate, True
                break
    return x


class _Budget:
    def __init__(self, fails: Fails, calls: int, seconds: float) -> None:
        self._fails = fails
        self._calls = calls
        self._until = time.perf_counter() + seconds

    @property
    def spent(self) -> bool:
        return self._calls <= 0 or time.perf_counter() > self._until

    def fails(self, x: Array) -> bool:
        if self.spent:
            return False
        self._calls -= 1
        return self._fails(x)


def _simpler(x: Array) -> Iterator[Array]:
    """Inputs one step simpler, the largest steps first."""
    if x.ndim > 1:
        yield from (row for row in x.reshape(-1, x.shape[-1])[:12])
    if x.ndim == 2 and x.shape[0] == x.shape[1] and len(x) > 2:
        half = len(x) // 2
        yield x[:half, :half]
        yield from (np.delete(np.delete(x, i, 0), i, 1) for i in range(min(len(x), 8)))
    if x.ndim >= 1 and len(x.shape) > 1 and x.shape[0] > 1:
        yield x[: x.shape[0] // 2]
        yield x[x.shape[0] // 2 :]
    n = x.shape[-1]
    step = n // 2
    while step >= 1:
        for start in range(0, n, step) if n // step <= 8 else ():
            kept = np.delete(x, np.s_[start : start + step], axis=-1)
            if kept.shape[-1]:
                yield kept
        step //= 2
    if n <= 64:
        finite = np.isfinite(x.astype(np.float64))
        for digits in (0, 1):
            with np.errstate(all="ignore"):
                rounded = np.where(finite, np.round(x.astype(np.float64), digits), x)
            yield from _changed(x, rounded)
        for i in range(n):
            zeroed = x.astype(np.float64)
            zeroed[..., i] = np.where(finite[..., i], 0.0, zeroed[..., i])
            yield from _changed(x, zeroed)


def _changed(x: Array, values: Any) -> Iterator[Array]:
    candidate = cast(np.asarray(values, np.float64), x.dtype)
    if candidate.tobytes() != x.tobytes():
        yield candidate
