"""A variant as a map of scores and parameters, for torch and JAX to differentiate.

An axis counts from the end, and parameters have all axes of the batch: so axes that `vmap`
puts in front are batch axes like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from refsoft import _arrays as arrays
from refsoft._forms import FORMS, Library

if TYPE_CHECKING:
    from refsoft.variant import Variant


@dataclass(frozen=True)
class Map:
    """A variant, and the arguments by which it is not differentiated.

    Attributes
    ----------
    variant : Variant
    axes : tuple of int
        Negative.
    dtype : dtype
        Of the result.
    fixed : tuple of (str, float)
        Parameters that are numbers.
    names : tuple of str
        The parameters that are arrays, in the order in which they are passed.
    """

    variant: Variant
    axes: tuple[int, ...]
    dtype: np.dtype[Any]
    fixed: tuple[tuple[str, float], ...]
    names: tuple[str, ...]

    def options(self, where: Any, params: Sequence[Any]) -> dict[str, Any]:
        """The keywords of the variant's methods, but dtype."""
        given = dict(zip(self.names, params, strict=True))
        return {"axis": self.axes, "where": where, **dict(self.fixed), **given}

    def result(self, where: Any, x: Any, params: Sequence[Any]) -> Any:
        """The variant of x."""
        options = self.options(where, params)
        if arrays.lies_on_gpu(x):  # the variant itself would come back here
            return arrays.on_gpu().result(self.variant, x, dtype=self.dtype, **options)
        return self.variant(x, dtype=self.dtype, **options)

    def pulled(self, where: Any, y: Any, x: Any, g: Any, params: Sequence[Any]) -> tuple[Any, ...]:
        """The gradients of x and of the parameters that are arrays, in the format of x."""
        options = self.options(where, params)
        dx, gradients = self.variant.vjp(x, g, y=y, dtype=x.dtype, **options)
        return dx, *(gradients[name] for name in self.names)

    def pushed(
        self, where: Any, x: Any, v: Any, params: Sequence[Any], dparams: Sequence[Any]
    ) -> Any:
        """The tangent of the result."""
        moves = dict(zip(self.names, dparams, strict=True))
        options = self.options(where, params)
        return self.variant.jvp(x, v, dparams=moves, dtype=self.dtype, **options)

    @property
    def starts_from_result(self) -> bool:
        """Whether a gradient is found from the result rather than from the scores."""
        recipe = self.variant.definition.RECIPE
        return recipe is not None and recipe.scale is not None

    def curvature(
        self, lib: Library, where: Any, x: Any, params: Any, g: Any, u: Any, moves: Any
    ) -> tuple[Any, ...]:
        """The gradient by x and the parameters of <g, J u + sum_k dy/dparam_k move_k>.

        Raises
        ------
        RuntimeError
            If the variant has no form.
        """
        form, points = self._form(lib, where), (x, *params)
        g, u, *moves = (lib.cast(a, lib.widest) for a in (g, u, *moves))
        if where is not None:
            g, u = (lib.xp.where(where, a, 0.0) for a in (g, u))

        def slope(*points: Any) -> Any:
            _, pull = lib.func.vjp(form, *points)
            return sum((a * b).sum() for a, b in zip(pull(g), (u, *moves), strict=True))

        wide = [lib.cast(point, lib.widest) for point in points]
        found = lib.func.grad(slope, argnums=tuple(range(len(wide))))(*wide)
        return tuple(lib.cast(a, point.dtype) for a, point in zip(found, points, strict=True))

    def _form(self, lib: Library, where: Any) -> Any:
        """The function (x, *params) -> y that the library differentiates twice."""
        name = self.variant.card.name
        if name not in FORMS:
            raise RuntimeError(f"{name} is once_differentiable: refsoft has no form of it")
        xp, count = lib.xp, len(self.axes)
        last = tuple(range(-count, 0))

        def rows(a: Any) -> Any:
            moved = xp.moveaxis(a, self.axes, last)
            return xp.reshape(moved, (*moved.shape[: moved.ndim - count], -1))

        def form(x: Any, *params: Any) -> Any:
            given = {**dict(self.fixed), **dict(zip(self.names, params, strict=True))}
            ordered = [given[p.name] for p in self.variant.card.parameters]
            moved = xp.moveaxis(x, self.axes, last)
            flat = rows(x)
            seen = rows(xp.broadcast_to(xp.ones_like(x) > 0 if where is None else where, x.shape))
            columns = [xp.zeros_like(flat[..., :1]) + _column(value) for value in ordered]
            y = FORMS[name](lib, flat, seen, *columns)
            return xp.moveaxis(xp.reshape(y, moved.shape), last, self.axes)

        return form


def _column(value: Any) -> Any:
    return value[..., None] if np.ndim(value) else value
