"""A row's parameters: numbers that all rows share, or arrays with one for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.drivers._index import Rows
from refsoft.drivers._lanes import form, start
from refsoft.drivers._numba_cuda import SIMULATED, jitable

if not SIMULATED:
    from refsoft.drivers._numba_cuda import INLINED, overload, types


@cache
def parameters(count: int, name: str, usual: tuple[float, ...] = ()) -> Any:
    """The function ``(given, r)`` of the tuple of a row's parameters, beside scores of a format.

    Where they are the usual ones they are constants to the compiler.
    """
    of_row = _of_row(name)
    constants = tuple(form(name).real(value) for value in usual)

    @jitable
    def as_usual(given: Any, r: Any) -> Any:
        return constants

    if usual:
        return as_usual

    @jitable
    def none(given: Any, r: Any) -> Any:
        return ()

    @jitable
    def one(given: Any, r: Any) -> Any:
        return (of_row(given[0], r),)

    @jitable
    def two(given: Any, r: Any) -> Any:
        return of_row(given[0], r), of_row(given[1], r)

    @jitable
    def three(given: Any, r: Any) -> Any:
        return of_row(given[0], r), of_row(given[1], r), of_row(given[2], r)

    return (none, one, two, three)[count]


def _of_row(name: str) -> Any:
    kind = form(name)
    real, widen = kind.real, kind.widen

    def of_row(given: Any, r: Any) -> Any:
        return real(given.data[start(given, r)]) if isinstance(given, Rows) else given

    if SIMULATED:
        return of_row

    def number(given: Any, r: Any) -> Any:
        return given

    def plain(given: Any, r: Any) -> Any:
        return real(given.data[start(given, r)])

    def half(given: Any, r: Any) -> Any:
        return widen(given.data[start(given, r)])

    @overload(of_row, jit_options=INLINED)  # type: ignore[untyped-decorator]
    def _(given: Any, r: Any) -> Any:
        if not isinstance(given, types.BaseTuple):
            return number
        return half if given.types[0].dtype == types.uint16 else plain

    return of_row


def fitted(values: Sequence[float] | Array, real: Any) -> Array:
    """Parameters as numbers of a narrower format: none but 0 becomes 0, none finite infinite."""
    given, limits = np.asarray(values, np.float64), np.finfo(real)
    with np.errstate(over="ignore", under="ignore"):
        near = given.astype(real)
    least = np.copysign(limits.smallest_subnormal, given).astype(real)
    most = np.copysign(limits.max, given).astype(real)
    near = np.where((near == 0) & (given != 0), least, near)
    return np.where(np.isinf(near) & np.isfinite(given), most, near)
