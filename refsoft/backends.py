"""The implementations behind a variant's methods: a call in, arrays of the shape of x out."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from refsoft._call import Call, Names, Parameters
from refsoft._dtypes import Array, cast, working

if TYPE_CHECKING:
    from collections.abc import Callable

    from refsoft.card import Card
    from refsoft.catalogue._recipe import Recipe


class Backend(Protocol):
    """What :class:`refsoft.variant.Variant` asks of an implementation."""

    def forward(self, call: Call, out: Array | None, lse: bool) -> tuple[Array, Array | None]:
        """The result, in ``out`` if that is given, and its log-normaliser (rows,) if asked for."""
        ...

    def vjp(
        self,
        call: Call,
        g: Array,
        y: Array | None,
        wrt: Names,
        out: Array | None,
        of_lse: Array | None,
    ) -> tuple[Array | None, dict[str, Array]]:
        """The gradients by the names of ``wrt``: by "x", in ``out`` if that is given, or None.

        Those of parameters are one per row in float64. ``of_lse`` is the cotangent of the
        log-normaliser: a column with an entry for each row, or one for all.
        """
        ...

    def jvp(self, call: Call, v: Array, dparams: Parameters, out: Array | None) -> Array:
        """The tangent of the result, in ``out`` if that is given."""
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
        y: Array | None,  # noqa: ARG002 - the definition starts from x
        wrt: Names,
        out: Array | None,
        of_lse: Array | None,
    ) -> tuple[Array | None, dict[str, Array]]:
        """Those of all gradients that are wanted."""
        dx, gradients = self._rows("vjp", call, g)
        if of_lse is not None:
            h = np.broadcast_to(of_lse, (len(dx), 1))
            more, slopes = self._rows("lse_gradient", call)
            with np.errstate(all="ignore"):
                dx = dx + np.where(h == 0, 0.0, h * more)
                gradients = {
                    name: gradients[name] + np.where(h[:, 0] == 0, 0.0, h[:, 0] * slope)
                    for name, slope in slopes.items()
                }
        return _wanted(call, dx, gradients, wrt, out)

    def jvp(self, call: Call, v: Array, dparams: Parameters, out: Array | None) -> Array:
        """The tangent of the result."""
        moves = {name: call.column(values) for name, values in dparams.items()}
        t = self._rows("jvp", call, v, dparams=moves)
        return _placed(call.layout.restore(cast(t, call.dtype)), out)

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

    def vjp(
        self,
        call: Call,
        g: Array,
        y: Array | None,
        wrt: Names,
        out: Array | None,
        of_lse: Array | None,
    ) -> tuple[Array | None, dict[str, Array]]:
        """Those of all gradients that are wanted."""
        x, g, *known = self._rows(call, call.x, g, *([] if y is None else [y]))
        params = _columns(call, call.params)
        h = None if of_lse is None else call.column(of_lse)
        given = (x, g, call.visible, params, known[0] if known else None, h)
        dx, gradients = self.driver.vjp(self.recipe, *given)
        return _wanted(call, dx, dict(zip(call.params, gradients.T, strict=True)), wrt, out)

    def jvp(self, call: Call, v: Array, dparams: Parameters, out: Array | None) -> Array:
        """The tangent of the result."""
        x, v = self._rows(call, call.x, v)
        params, moves = _columns(call, call.params), _columns(call, dparams)
        t = self.driver.jvp(self.recipe, x, v, call.visible, params, moves)
        return _placed(call.layout.restore(cast(t, call.dtype)), out)


def _columns(call: Call, params: Parameters) -> Array:
    """All parameters side by side, (rows, k)."""
    count = call.layout.count
    full = np.empty((count, len(params)))
    for k, values in enumerate(params.values()):
        full[:, k] = values[:, 0]
    return full


def _wanted(
    call: Call, dx: Array, gradients: dict[str, Array], wrt: Names, out: Array | None
) -> tuple[Array | None, dict[str, Array]]:
    chosen = {name: gradient for name, gradient in gradients.items() if name in wrt}
    if "x" not in wrt:
        return None, chosen
    return _placed(call.layout.restore(cast(dx, call.dtype)), out), chosen


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


def quick(card: Card, recipe: Recipe) -> Callable[[Array, Any, dict[str, Any]], Array | None]:
    """The forward pass of a small array as it mostly comes, or None for one that does not."""
    found = import_module("refsoft.drivers.quick").Quick(card.parameters, recipe)
    return found.forward  # type: ignore[no-any-return]
