"""The implementations behind a variant's methods: a call in, arrays of the shape of x out."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from refsoft._call import Call, Parameters
from refsoft._dtypes import Array, cast, working

if TYPE_CHECKING:
    from refsoft.catalogue._recipe import Recipe


class Backend(Protocol):
    """What :class:`refsoft.variant.Variant` asks of an implementation."""

    def forward(self, call: Call, out: Array | None, lse: bool) -> tuple[Array, Array | None]:
        """The result, in ``out`` if that is given, and its log-normaliser (rows,) if asked for."""
        ...

    def vjp(self, call: Call, g: Array, y: Array | None = None) -> tuple[Array, dict[str, Array]]:
        """The gradient by x, and that by each parameter, one per row in float64."""
        ...

    def jvp(self, call: Call, v: Array, dparams: Parameters) -> Array:
        """The tangent of the result."""
        ...


class Golden:
    """A golden module: float64 throughout, rounded once to the result's format."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def _rows(self, name: str, call: Call, *others: Array, **more: Any) -> Any:
        # One memory layout, so that a row's sums do not depend on the strides of x.
        arrays = [call.rows, *map(call.layout.rows, others)]
        rows = [np.array(a, dtype=np.float64, order="C") for a in arrays]
        where = call.visible
        visible = np.broadcast_to(np.True_, rows[0].shape) if where is None else where
        with np.errstate(all="ignore"):
            return getattr(self.module, name)(*rows, visible, **call.columns, **more)

    def forward(self, call: Call, out: Array | None, lse: bool) -> tuple[Array, Array | None]:
        """The result and its log-normaliser."""
        y = call.layout.restore(cast(self._rows("forward", call), call.dtype))
        logarithm = cast(self._rows("lse", call), call.dtype) if lse else None
        return _placed(y, out), logarithm

    def vjp(
        self,
        call: Call,
        g: Array,
        y: Array | None = None,  # noqa: ARG002 - the definition starts from x
    ) -> tuple[Array, dict[str, Array]]:
        """Gradients by x and by the parameters."""
        dx, gradients = self._rows("vjp", call, g)
        return call.layout.restore(cast(dx, call.dtype)), gradients

    def jvp(self, call: Call, v: Array, dparams: Parameters) -> Array:
        """The tangent of the result."""
        moves = {name: call.column(values) for name, values in dparams.items()}
        t = self._rows("jvp", call, v, dparams=moves)
        return call.layout.restore(cast(t, call.dtype))

    def jacobian(self, call: Call) -> Array:
        """The Jacobian of every row, (rows, n, n)."""
        return cast(self._rows("jacobian", call), call.dtype)


class Plain:
    """A recipe in plain Python floats."""

    def __init__(self, recipe: Recipe) -> None:
        self.driver = import_module("refsoft.drivers.plain")
        self.recipe = recipe

    def _rows(self, call: Call, *arrays: Array) -> list[Array]:
        """All in one format: that of the result, if they have it."""
        work = working(call.dtype, *(a.dtype for a in arrays))
        return [call.layout.rows(a).astype(work, copy=False) for a in arrays]

    def forward(self, call: Call, out: Array | None, lse: bool) -> tuple[Array, Array | None]:
        """The result and its log-normaliser."""
        (x,) = self._rows(call, call.x)
        params = _columns(call, call.params)
        y, z = self.driver.forward(self.recipe, x, call.visible, params, lse)
        placed = _placed(call.layout.restore(cast(y, call.dtype)), out)
        return placed, None if z is None else cast(z, call.dtype)

    def vjp(self, call: Call, g: Array, y: Array | None = None) -> tuple[Array, dict[str, Array]]:
        """Gradients by x and by the parameters."""
        x, g, *known = self._rows(call, call.x, g, *([] if y is None else [y]))
        params = _columns(call, call.params)
        dx, gradients = self.driver.vjp(self.recipe, x, g, call.visible, params, *known)
        shaped = call.layout.restore(cast(dx, call.dtype))
        return shaped, dict(zip(call.params, gradients.T, strict=True))

    def jvp(self, call: Call, v: Array, dparams: Parameters) -> Array:
        """The tangent of the result."""
        x, v = self._rows(call, call.x, v)
        params, moves = _columns(call, call.params), _columns(call, dparams)
        t = self.driver.jvp(self.recipe, x, v, call.visible, params, moves)
        return call.layout.restore(cast(t, call.dtype))


def _columns(call: Call, params: Parameters) -> Array:
    """All parameters side by side, (rows, k)."""
    count = call.layout.count
    full = np.empty((count, len(params)))
    for k, values in enumerate(params.values()):
        full[:, k] = values[:, 0]
    return full


def _placed(y: Array, out: Array | None) -> Array:
    if out is None:
        return y
    out[...] = y
    return out


@cache
def kernel(recipe: Recipe) -> Backend:
    """The compiled kernels of a recipe; Numba is imported when they are first needed."""
    found: Backend = import_module("refsoft.drivers.shaped").Shaped(recipe)
    return found
