"""The implementations behind a variant's methods, in one form: rows in, rows out.

A backend takes x as (rows, n), ``where`` as a boolean array of that shape or
None, and every parameter as a float64 column (rows, 1).
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from refsoft._dtypes import Array, cast

if TYPE_CHECKING:
    from refsoft.catalogue._recipe import Recipe

Mask = np.ndarray[Any, np.dtype[np.bool_]] | None
Parameters = dict[str, Any]


class Backend(Protocol):
    """What :class:`refsoft.variant.Variant` asks of an implementation."""

    def forward(
        self, x: Array, where: Mask, params: Parameters, dtype: Any, lse: bool
    ) -> tuple[Array, Array | None]:
        """The result, and its log-normaliser (rows,) if asked for, in ``dtype``."""
        ...

    def vjp(
        self,
        x: Array,
        g: Array,
        where: Mask,
        params: Parameters,
        dtype: Any,
        y: Array | None = None,
    ) -> tuple[Array, dict[str, Array]]:
        """The gradient by x in ``dtype``, and that by each parameter, one per row in float64."""
        ...

    def jvp(
        self, x: Array, v: Array, where: Mask, params: Parameters, dparams: Parameters, dtype: Any
    ) -> Array:
        """The tangent of the result, in ``dtype``."""
        ...


class Golden:
    """A golden module: float64 throughout, rounded once to the result's format."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def _call(self, name: str, where: Mask, params: Parameters, *arrays: Array) -> Any:
        # One memory layout, so that a row's sums do not depend on the strides of x.
        rows = [np.array(a, dtype=np.float64, order="C") for a in arrays]
        visible = np.broadcast_to(np.True_, rows[0].shape) if where is None else where
        with np.errstate(all="ignore"):
            return getattr(self.module, name)(*rows, visible, **params)

    def forward(
        self, x: Array, where: Mask, params: Parameters, dtype: Any, lse: bool
    ) -> tuple[Array, Array | None]:
        """The result and its log-normaliser."""
        y = cast(self._call("forward", where, params, x), dtype)
        if not lse:
            return y, None
        return y, cast(self._call("lse", where, params, x), dtype)

    def vjp(
        self,
        x: Array,
        g: Array,
        where: Mask,
        params: Parameters,
        dtype: Any,
        y: Array | None = None,  # noqa: ARG002 - the definition starts from x
    ) -> tuple[Array, dict[str, Array]]:
        """Gradients by x and by the parameters."""
        dx, gradients = self._call("vjp", where, params, x, g)
        return cast(dx, dtype), gradients

    def jvp(
        self, x: Array, v: Array, where: Mask, params: Parameters, dparams: Parameters, dtype: Any
    ) -> Array:
        """The tangent of the result."""
        pushed = {**params, "dparams": dparams}
        t = self._call("jvp", where, pushed, x, v)
        return cast(t, dtype)

    def jacobian(self, x: Array, where: Mask, params: Parameters, dtype: Any) -> Array:
        """The Jacobian of every row."""
        return cast(self._call("jacobian", where, params, x), dtype)


class Kernel:
    """A recipe in one of the drivers: in the format of the arrays if they have the same."""

    def __init__(self, driver: ModuleType, recipe: Recipe) -> None:
        self.driver = driver
        self.recipe = recipe

    def _working(self, *dtypes: Any) -> Any:
        first = dtypes[0].newbyteorder("=")
        if all(dtype == first for dtype in dtypes):
            return first
        return np.dtype(np.float64 if np.dtype(np.float64) in dtypes else np.float32)

    def forward(
        self, x: Array, where: Mask, params: Parameters, dtype: Any, lse: bool
    ) -> tuple[Array, Array | None]:
        """The result and its log-normaliser."""
        work = self._working(x.dtype, dtype)
        y, z = self.driver.forward(
            self.recipe, x.astype(work, copy=False), where, _columns(params, x), lse
        )
        return cast(y, dtype), None if z is None else cast(z, dtype)

    def vjp(
        self,
        x: Array,
        g: Array,
        where: Mask,
        params: Parameters,
        dtype: Any,
        y: Array | None = None,
    ) -> tuple[Array, dict[str, Array]]:
        """Gradients by x and by the parameters."""
        given = (x, g) if y is None else (x, g, y)
        work = self._working(*(a.dtype for a in given), dtype)
        x, g, *known = (a.astype(work, copy=False) for a in given)
        dx, gradients = self.driver.vjp(self.recipe, x, g, where, _columns(params, x), *known)
        return cast(dx, dtype), dict(zip(params, gradients.T, strict=True))

    def jvp(
        self, x: Array, v: Array, where: Mask, params: Parameters, dparams: Parameters, dtype: Any
    ) -> Array:
        """The tangent of the result."""
        work = self._working(x.dtype, v.dtype, dtype)
        x, v = x.astype(work, copy=False), v.astype(work, copy=False)
        columns, moves = _columns(params, x), _columns(dparams, x)
        return cast(self.driver.jvp(self.recipe, x, v, where, columns, moves), dtype)


def _columns(params: Parameters, x: Array) -> Array:
    columns = list(params.values())
    if not columns:
        return np.empty((len(x), 0))
    return columns[0] if len(columns) == 1 else np.hstack(columns)


@cache
def driver(name: str) -> ModuleType:
    """``plain`` or ``cpu``, imported when first needed."""
    return import_module(f"refsoft.drivers.{name}")
