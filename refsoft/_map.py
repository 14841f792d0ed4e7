"""A variant as a map of scores and parameters, for torch and JAX to differentiate.

An axis counts from the end, and parameters have all axes of the batch: so axes that `vmap`
puts in front are batch axes like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from refsoft import _arrays as arrays
from refsoft._call import Names
from refsoft._forms import FORMS, LOG_SUMS, Forms, Library
from refsoft._help import docstring

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
    lse : bool
        Whether the log-sum-exp is a second result, with a cotangent h of its own.
    """

    variant: Variant
    axes: tuple[int, ...]
    dtype: np.dtype[Any]
    fixed: tuple[tuple[str, float], ...]
    names: tuple[str, ...]
    lse: bool = False

    @classmethod
    def of(
        cls,
        variant: Variant,
        ndim: int,
        axes: Sequence[int],
        dtype: np.dtype[Any],
        lse: bool,
        params: Mapping[str, Any],
    ) -> tuple[Map, dict[str, Any]]:
        """The map of an x of so many axes, and the parameters that are no numbers."""
        fixed = {name: value for name, value in params.items() if isinstance(value, float | int)}
        arrays = {name: value for name, value in params.items() if name not in fixed}
        last = tuple(a - ndim for a in axes)
        return cls(variant, last, dtype, tuple(fixed.items()), tuple(arrays), lse), arrays

    @property
    def every(self) -> Names:
        """What it may be differentiated by: x, and the parameters that are arrays."""
        return ("x", *self.names)

    def options(self, where: Any, params: Sequence[Any]) -> dict[str, Any]:
        """The keywords of the variant's methods, but dtype."""
        given = dict(zip(self.names, params, strict=True))
        return {"axis": self.axes, "where": where, **dict(self.fixed), **given}

    def result(self, where: Any, x: Any, params: Sequence[Any]) -> Any:
        """The variant of x, and its log-sum-exp if that is a result."""
        options = {**self.options(where, params), "return_lse": self.lse}
        if arrays.lies_on_gpu(x):  # the variant itself would come back here
            return arrays.on_gpu().result(self.variant, x, dtype=self.dtype, **options)
        return self.variant(x, dtype=self.dtype, **options)

    def pulled(
        self,
        where: Any,
        y: Any,
        x: Any,
        g: Any,
        h: Any,
        params: Sequence[Any],
        wrt: Sequence[str],
    ) -> tuple[Any, ...]:
        """The gradients by these names of x and of the parameters that are arrays.

        That by x comes first, in the format of x.
        """
        options = {**self.options(where, params), "lse_cotangent": h, "wrt": tuple(wrt)}
        dx, gradients = self.variant.vjp(x, g, y=y, dtype=x.dtype, **options)
        return (*([dx] if "x" in wrt else []), *(gradients[n] for n in self.names if n in wrt))

    def pushed(
        self, where: Any, x: Any, v: Any, params: Sequence[Any], dparams: Sequence[Any]
    ) -> Any:
        """The tangent of the result."""
        moves = dict(zip(self.names, dparams, strict=True))
        options = self.options(where, params)
        return self.variant.jvp(x, v, dparams=moves, dtype=self.dtype, **options)

    @property
    def starts_from_result(self) -> bool:
        """Whether the gradient by x is found from the result rather than from the scores."""
        recipe = self.variant.definition.RECIPE
        return recipe is not None and recipe.proportional

    def curvature(
        self, lib: Library, where: Any, x: Any, params: Any, g: Any, h: Any, u: Any, moves: Any
    ) -> tuple[Any, ...]:
        """The gradient by x and the parameters of <g, J u + sum_k dy/dparam_k move_k>.

        With a cotangent h of the log-sum-exp, of the same for <h, lse> besides.

        Raises
        ------
        RuntimeError
            If the variant has no form.
        """
        form, points = self._form(lib, where, FORMS), (x, *params)
        log_sum = None if h is None else self._form(lib, where, LOG_SUMS)
        g, u, *moves = (lib.cast(a, lib.widest) for a in (g, u, *moves))
        if where is not None:
            g, u = (lib.xp.where(where, a, 0.0) for a in (g, u))

        def pulled(form: Any, cotangent: Any, points: Any) -> Any:
            _, pull = lib.func.vjp(form, *points)
            return sum((a * b).sum() for a, b in zip(pull(cotangent), (u, *moves), strict=True))

        def slope(*points: Any) -> Any:
            of_result = pulled(form, g, points)
            if log_sum is None:
                return of_result
            return of_result + pulled(log_sum, lib.cast(h, lib.widest), points)

        wide = [lib.cast(point, lib.widest) for point in points]
        found = lib.func.grad(slope, argnums=tuple(range(len(wide))))(*wide)
        return tuple(lib.cast(a, point.dtype) for a, point in zip(found, points, strict=True))

    def log_sum_moved(
        self, lib: Library, where: Any, x: Any, params: Any, u: Any, moves: Any
    ) -> Any:
        """The tangent of the log-sum-exp, in the widest format."""
        wide, tangents = (
            tuple(lib.cast(a, lib.widest) for a in values) for values in ((x, *params), (u, *moves))
        )
        # What transposes a linear map twice is the map: torch nests no forward mode.
        lse, pull = lib.func.vjp(self._form(lib, where, LOG_SUMS), *wide)
        return lib.func.vjp(pull, lib.xp.zeros_like(lse))[1](tangents)[0]

    def _form(self, lib: Library, where: Any, forms: Forms) -> Any:
        """The function (x, *params) -> y, or lse, that the library differentiates twice."""
        name = self.variant.card.name
        if name not in forms:
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
            y = forms[name](lib, flat, seen, *columns)
            if forms is LOG_SUMS:
                return y[..., 0]
            return xp.moveaxis(xp.reshape(y, moved.shape), last, self.axes)

        return form


def named(variant: Variant, differentiable: Callable[..., Any]) -> Callable[..., Any]:
    """The function ``differentiable(variant, x, ...)`` of x, with the variant's own help."""

    def function(x: Any, /, **keywords: Any) -> Any:
        return differentiable(variant, x, **keywords)

    function.__name__ = function.__qualname__ = variant.__name__
    function.__doc__ = docstring(variant.card)
    function.__signature__ = variant.__signature__  # type: ignore[attr-defined]
    return function


def _column(value: Any) -> Any:
    return value[..., None] if np.ndim(value) else value
