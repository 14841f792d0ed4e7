"""Small arrays as they mostly come: contiguous rows, numbers for parameters, nothing masked.

Such a call takes less time than `shaped.py` takes to look at its arguments, which it does with
all the others. The kernels are the same.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np

from refsoft._dtypes import DTYPES, Array
from refsoft.card import Parameter
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._claims import ALONE
from refsoft.drivers._kernels import forward_kernel
from refsoft.drivers._slabs import SMALL

_FORMATS = frozenset(DTYPES.values())
_NO_MASK = np.empty((0, 0), np.bool_)
_NO_LSE = np.empty(0)


class Quick:
    """A variant of small arrays."""

    def __init__(self, parameters: tuple[Parameter, ...], recipe: Recipe) -> None:
        self._defaults = {p.name: p.default for p in parameters}
        self._line = lru_cache(typed=True)(partial(_line, parameters))
        self._recipe = recipe
        self._kernels: dict[np.dtype[Any], Any] = {}

    def forward(self, x: Array, out: Any, params: dict[str, Any]) -> Array | None:
        """The result along the last axis, or None if the call is none of these."""
        if not 0 < x.size < SMALL:
            return None
        try:
            values = {**self._defaults, **params} if params else self._defaults
            line = self._line(*values.values())
        except TypeError:  # an array among them has no hash
            return None
        kernel = self._kernels.get(x.dtype) or self._compiled(x.dtype)
        if line is None or kernel is None or not _is_plain(x):
            return None
        if out is None:
            y = np.empty_like(x)
        elif _fits(out, x):
            y = out
        else:
            return None
        kernel(ALONE, (_rows(x), _NO_MASK, line, _rows(y), _NO_LSE))
        return y

    def _compiled(self, dtype: np.dtype[Any]) -> Any:
        if dtype not in _FORMATS:
            return None
        kernel = forward_kernel(self._recipe, len(self._defaults), dtype)
        self._kernels[dtype] = kernel
        return kernel


def _line(parameters: tuple[Parameter, ...], *values: Any) -> Array | None:
    """The parameters of all rows, if these are numbers in their domains and no others."""
    if len(values) > len(parameters) or not all(type(v) is float for v in values):
        return None
    if not all(p.contains(v) for p, v in zip(parameters, values, strict=True)):
        return None
    return np.array([values])


def _is_plain(array: Array) -> bool:
    flags = array.flags
    return bool(array.ndim and flags.c_contiguous and flags.aligned)


def _fits(out: Any, x: Array) -> bool:
    """Whether results may be written to out while x is read."""
    if type(out) is not np.ndarray or out.dtype != x.dtype or out.shape != x.shape:
        return False
    if not (_is_plain(out) and out.flags.writeable):
        return False
    return out is x or not np.may_share_memory(out, x)


def _rows(array: Array) -> Array:
    rows = array if array.ndim == 2 else array.reshape(-1, array.shape[-1])
    return rows.view(np.uint16) if rows.itemsize == 2 else rows
