"""The oracle on arrays: rows in, certified values out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from flint import arb

from refsoft._dtypes import Array, as_dtype
from refsoft.oracle._results import Enclosure, Exact
from refsoft.oracle._round import FLOAT64, FORMATS, Format, round_dyadic
from refsoft.oracle._ziv import Key, Solved, ceiling, floor, nearest, precision, solve

Params = dict[str, Any]
Grid = list[tuple[Any, ...]]

READING_PRECISION = 192


class _Row:
    """One row: the scores and parameters as floats, and where its entries stand."""

    def __init__(self, index: int, x: Array, where: Any, params: Params) -> None:
        self.index = index
        self.visible = np.flatnonzero(where[index]) if where is not None else np.arange(x.shape[1])
        self.x = [float(v) for v in x[index, self.visible]]
        self.params = {name: float(column[index, 0]) for name, column in params.items()}

    @property
    def is_nan(self) -> bool:
        """Whether the row has a NaN or a score of +inf, which make it NaN."""
        return any(math.isnan(v) or v == math.inf for v in self.x)

    def solve(self, definition: Any, keys: list[Key], fmt: Format) -> dict[Key, Solved]:
        """All entries of the row; ``definition`` takes x, params and the number constructor."""

        def evaluate(number: Callable[[float], Any]) -> Any:
            def convert(value: float) -> Any:
                return None if value == -math.inf else number(value)

            params = {name: convert(value) for name, value in self.params.items()}
            return definition([convert(v) for v in self.x], params, number)

        return solve(evaluate, keys, fmt, f"row {self.index}")


def _rows(x: Array, where: Any, params: Params) -> Iterator[_Row]:
    for index in range(len(x)):
        yield _Row(index, x, where, params)


def _forward(
    module: Any, x: Array, where: Any, params: Params, fmt: Format
) -> Iterator[tuple[_Row, dict[Key, Solved]]]:
    for row in _rows(x, where, params):
        keys = list(range(len(row.x)))
        if row.is_nan:
            yield row, dict.fromkeys(keys, _special(math.nan))
        elif keys:
            yield row, row.solve(lambda v, p, _: module.forward(v, **p), keys, fmt)


def _vjp(
    module: Any, x: Array, g: Array, where: Any, params: Params, fmt: Format
) -> Iterator[tuple[_Row, dict[Key, Solved]]]:
    for row in _rows(x, where, params):
        cotangent = [float(v) for v in g[row.index, row.visible]]
        keys: list[Key] = [*range(len(row.x)), *params]
        if row.is_nan or not all(map(math.isfinite, cotangent)):
            yield row, dict.fromkeys(keys, _special(math.nan))
        elif cotangent:

            def definition(v: Any, p: Any, number: Any, cotangent: Any = cotangent) -> Any:
                entry, gradients = module.vjp(v, [number(c) for c in cotangent], **p)
                return lambda key: gradients[key]() if isinstance(key, str) else entry(key)

            yield row, row.solve(definition, keys, fmt)


def _special(value: float) -> Solved:
    return Solved(value, value)


def _read_exact(solved: Solved) -> tuple[float, float, float]:
    return (solved.rounded, *solved.bounds())


def _read_enclosure(solved: Solved) -> tuple[float, float, float]:
    head = solved.rounded
    if isinstance(solved.truth, float) or math.isinf(head):
        return head, 0.0, 0.0
    rest = solved.truth - arb(head)
    tail = nearest(rest)
    return head, tail, ceiling((rest - arb(tail)).abs_upper())


def _grids(shape: tuple[int, int], fill: tuple[float, float, float]) -> tuple[Array, ...]:
    return tuple(np.full(shape, value) for value in fill)


def _collect(
    rows: Iterator[tuple[_Row, dict[Key, Solved]]],
    read: Callable[[Solved], tuple[float, float, float]],
    shape: tuple[int, int],
    names: list[str],
    fill: tuple[float, float, float],
) -> tuple[tuple[Array, ...], dict[str, tuple[Array, ...]]]:
    entries = _grids(shape, fill)
    gradients = {name: _grids((shape[0], 1), (0.0, 0.0, 0.0)) for name in names}
    for row, found in rows:
        with precision(READING_PRECISION):
            for key, solved in found.items():
                target = gradients[key] if isinstance(key, str) else entries
                column = 0 if isinstance(key, str) else row.visible[key]
                for grid, value in zip(target, read(solved), strict=True):
                    grid[row.index, column] = value
    return entries, {name: tuple(g[:, 0] for g in grids) for name, grids in gradients.items()}


def _masked(module: Any) -> float:
    return float(getattr(module, "MASKED", 0.0))


def exact(module: Any, x: Array, where: Any, params: Params, dtype: Any) -> Exact:
    dtype = as_dtype(dtype)
    masked = _masked(module)
    rows = _forward(module, x, where, params, FORMATS[dtype.name])
    (value, lo, hi), _ = _collect(rows, _read_exact, x.shape, [], (masked, masked, masked))
    return Exact(value.astype(dtype), lo, hi)


def exact_vjp(
    module: Any, x: Array, g: Array, where: Any, params: Params, dtype: Any
) -> tuple[Exact, dict[str, Exact]]:
    dtype = as_dtype(dtype)
    rows = _vjp(module, x, g, where, params, FORMATS[dtype.name])
    dx, gradients = _collect(rows, _read_exact, x.shape, list(params), (0.0, 0.0, 0.0))
    return Exact(dx[0].astype(dtype), *dx[1:]), {
        name: Exact(v.astype(dtype), lo, hi) for name, (v, lo, hi) in gradients.items()
    }


def enclose(module: Any, x: Array, where: Any, params: Params) -> Enclosure:
    rows = _forward(module, x, where, params, FLOAT64)
    return Enclosure(*_collect(rows, _read_enclosure, x.shape, [], (_masked(module), 0.0, 0.0))[0])


def enclose_vjp(
    module: Any, x: Array, g: Array, where: Any, params: Params
) -> tuple[Enclosure, dict[str, Enclosure]]:
    rows = _vjp(module, x, g, where, params, FLOAT64)
    dx, gradients = _collect(rows, _read_enclosure, x.shape, list(params), (0.0, 0.0, 0.0))
    return Enclosure(*dx), {name: Enclosure(*grids) for name, grids in gradients.items()}


def ulp_error(module: Any, y: Array, x: Array, where: Any, params: Params) -> tuple[Array, Array]:
    fmt = FORMATS[as_dtype(y.dtype).name]
    given = y.astype(np.float64)
    wrong = np.where(_same(given, _masked(module)), 0.0, np.inf)
    low, high = wrong.copy(), wrong
    for row, found in _forward(module, x, where, params, FLOAT64):
        with precision(READING_PRECISION):
            for key, solved in found.items():
                at = row.index, row.visible[key]
                low[at], high[at] = _distance(float(given[at]), solved, fmt)
    return low, high


def _same(a: Any, b: float) -> Any:
    return (a == b) | (np.isnan(a) & np.isnan(b))


def _distance(given: float, solved: Solved, fmt: Format) -> tuple[float, float]:
    truth = arb(0) if solved.truth == 0 else solved.truth
    if isinstance(truth, float):
        error = 0.0 if _same(given, truth) else math.inf
        return error, error
    if not math.isfinite(given):
        error = 0.0 if given == _rounded(solved, fmt) else math.inf
        return error, error
    distance = abs(truth - arb(given)) * arb(2) ** -fmt.ulp(solved.rounded)
    return floor(distance.abs_lower()), ceiling(distance.abs_upper())


def _rounded(solved: Solved, fmt: Format) -> float:
    """The truth in a narrower format; an overflow is not moved by rounding twice."""
    if math.isinf(solved.rounded):
        return solved.rounded
    num, den = solved.rounded.as_integer_ratio()
    return round_dyadic(num, 1 - den.bit_length(), fmt)
