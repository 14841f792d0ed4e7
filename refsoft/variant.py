"""The public object of a variant: it behaves like a NumPy ufunc with methods."""

from __future__ import annotations

import inspect
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from refsoft import _validate as check
from refsoft import backends
from refsoft._dtypes import Array, as_dtype, cast
from refsoft.card import Card

if TYPE_CHECKING:
    from refsoft.oracle import Exact

Axis = int | tuple[int, ...] | None
BackendName = Literal["auto", "golden", "plain", "cpu"]


class Variant:
    """A softmax variant: its card, its derivatives, its exact values.

    Parameters
    ----------
    definition : module
        Has ``CARD``, ``RECIPE`` (or None), ``bound`` and ``vjp_bound``; a file
        of ``refsoft/catalogue`` is one.
    golden, oracle : module, optional
        The golden and the oracle module; by default those of the package that
        have the card's name.

    Examples
    --------
    >>> import refsoft as rs
    >>> rs.softmax_one([0.0, 0.0])
    array([0.33333333, 0.33333333])
    """

    def __init__(
        self,
        definition: ModuleType,
        *,
        golden: ModuleType | None = None,
        oracle: ModuleType | None = None,
        backend: BackendName = "auto",
    ) -> None:
        self.definition = definition
        self.card: Card = definition.CARD
        self.__name__ = self.card.name
        self.__doc__ = _docstring(self.card)
        self.__signature__ = _signature(self.card)
        self._golden = golden
        self._oracle = oracle
        self.backend = backend

    def __repr__(self) -> str:
        return f"<refsoft variant {self.card.name}: {self.card.formula}>"

    def _repr_latex_(self) -> str:
        return f"${self.card.latex}$"

    @cached_property
    def golden_module(self) -> ModuleType:
        """The golden module: NumPy float64, straight from the definition."""
        return self._golden or import_module(f"refsoft.golden.{self.card.name}")

    @cached_property
    def oracle_module(self) -> ModuleType:
        """The oracle module: the definition in ball arithmetic."""
        return self._oracle or import_module(f"refsoft.oracle.{self.card.name}")

    def using(self, backend: BackendName) -> Variant:
        """The same variant, computed by ``golden``, ``plain`` or ``cpu``.

        ``auto``, the default, is the CPU kernel where the variant has one, and
        golden otherwise.
        """
        return Variant(self.definition, golden=self._golden, oracle=self._oracle, backend=backend)

    def __call__(
        self,
        x: Any,
        /,
        *,
        axis: Axis = -1,
        where: Any = None,
        out: Array | None = None,
        dtype: Any = None,
        return_lse: bool = False,
        **params: Any,
    ) -> Any:
        """The result of every row; keywords and parameters are those of ``help(variant)``."""
        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params, out)
        if return_lse:
            self._needs_lse()
        rows, lse = self._backend().forward(layout.rows(x), visible, columns, result, return_lse)
        y = layout.restore(rows)
        if out is not None:
            out[...] = y
            y = out
        elif not layout.shape:
            y = y[()]
        return (y, lse.reshape(layout.batch)[()]) if lse is not None else y

    def lse(
        self,
        x: Any,
        /,
        *,
        axis: Axis = -1,
        where: Any = None,
        dtype: Any = None,
        **params: Any,
    ) -> Any:
        """The logarithm of the normaliser, one value per row.

        Raises
        ------
        TypeError
            If the variant is not normalised by a sum of exponentials.
        """
        return self(x, axis=axis, where=where, dtype=dtype, return_lse=True, **params)[1]

    def vjp(
        self,
        x: Any,
        g: Any,
        /,
        *,
        axis: Axis = -1,
        where: Any = None,
        dtype: Any = None,
        **params: Any,
    ) -> tuple[Any, dict[str, Any]]:
        """Pull the cotangent ``g`` back: J(x)ᵀg and the gradient of every parameter.

        Parameters
        ----------
        x : array_like
            The scores.
        g : array_like
            The cotangent of y; broadcasts to the shape of x.
        axis, where, dtype, **params
            As in the call.

        Returns
        -------
        dx : ndarray
            Of the shape and dtype of the result.
        gradients : dict
            The gradient of each parameter, of the parameter's own shape.
        """
        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        cotangent = check.as_rows(g, layout, "g")
        dx, gradients = self._backend().vjp(layout.rows(x), cotangent, visible, columns, result)
        return layout.restore(dx)[()], {
            name: self._shaped(gradient, layout, params.get(name))
            for name, gradient in gradients.items()
        }

    def jvp(
        self,
        x: Any,
        v: Any,
        /,
        *,
        dparams: dict[str, Any] | None = None,
        axis: Axis = -1,
        where: Any = None,
        dtype: Any = None,
        **params: Any,
    ) -> Any:
        """Push the tangent ``v`` forward: J(x)v plus the parameters' tangents.

        Parameters
        ----------
        x, v : array_like
            The scores and their tangent.
        dparams : dict, optional
            Tangents of parameters by name; those not named are constant.
        axis, where, dtype, **params
            As in the call.
        """
        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        tangent = check.as_rows(v, layout, "v")
        pushed = check.as_tangents(self.card, dparams or {}, layout)
        t = self._golden_backend().jvp(layout.rows(x), tangent, visible, columns, pushed, result)
        return layout.restore(t)[()]

    def jacobian(
        self,
        x: Any,
        /,
        *,
        axis: Axis = -1,
        where: Any = None,
        dtype: Any = None,
        **params: Any,
    ) -> Any:
        """The Jacobian of every row, ``J[..., i, k]`` = ∂y_i/∂x_k; batch axes first."""
        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        jacobian = self._golden_backend().jacobian(layout.rows(x), visible, columns, result)
        return jacobian.reshape(*layout.batch, layout.length, layout.length)

    def exact(
        self,
        x: Any,
        /,
        *,
        dtype: Any = None,
        axis: Axis = -1,
        where: Any = None,
        **params: Any,
    ) -> Exact:
        """The correctly rounded result and a certified enclosure of the real value.

        Returns
        -------
        Exact
            ``value`` in ``dtype`` (rounded to nearest even), and float64 ``lo``
            and ``hi`` between which the real value lies.
        """
        from refsoft import oracle

        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        return oracle.exact(self.oracle_module, layout.rows(x), visible, columns, result).map(
            layout.restore
        )

    def exact_vjp(
        self,
        x: Any,
        g: Any,
        /,
        *,
        dtype: Any = None,
        axis: Axis = -1,
        where: Any = None,
        **params: Any,
    ) -> tuple[Exact, dict[str, Exact]]:
        """:meth:`vjp`, correctly rounded and enclosed; parameter gradients per row."""
        from refsoft import oracle

        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        cotangent = check.as_rows(g, layout, "g")
        dx, gradients = oracle.exact_vjp(
            self.oracle_module, layout.rows(x), cotangent, visible, columns, result
        )
        return dx.map(layout.restore), {
            name: exact.map(lambda rows: rows.reshape(layout.batch))
            for name, exact in gradients.items()
        }

    def ulp_error(
        self,
        y: Any,
        x: Any,
        /,
        *,
        axis: Axis = -1,
        where: Any = None,
        **params: Any,
    ) -> tuple[Array, Array]:
        """Certified bounds of |y − truth| in units in the last place of the dtype of y."""
        from refsoft import oracle

        x, layout, visible, columns, _ = self._prepare(x, axis, where, None, params)
        given = layout.rows(check.as_same(y, layout, "y"))
        low, high = oracle.ulp_error(self.oracle_module, given, layout.rows(x), visible, columns)
        return layout.restore(low), layout.restore(high)

    def _prepare(
        self, x: Any, axis: Any, where: Any, dtype: Any, params: dict[str, Any], out: Any = None
    ) -> tuple[Array, check.Layout, backends.Mask, backends.Parameters, np.dtype[Any]]:
        x = check.as_array(x, "x")
        layout = check.Layout.of(x.shape, axis)
        target = check.as_out(out, layout)
        default = x.dtype if target is None else target.dtype
        result = default.newbyteorder("=") if dtype is None else as_dtype(dtype)
        if target is not None and target.dtype != result:
            raise TypeError(f"out has dtype {target.dtype}; accepted: that of the result, {result}")
        return (
            x,
            layout,
            check.as_where(where, layout),
            check.as_parameters(self.card, params, layout),
            result,
        )

    def _needs_lse(self) -> None:
        if self.card.lse is None:
            raise TypeError(f"{self.card.name} has no log-sum-exp; accepted: return_lse=False")

    def _golden_backend(self) -> backends.Golden:
        return backends.Golden(self.golden_module)

    def _backend(self) -> backends.Backend:
        recipe = self.definition.RECIPE
        if self.backend == "golden" or (self.backend == "auto" and recipe is None):
            return self._golden_backend()
        if recipe is None:
            raise TypeError(f"{self.card.name} has no kernel yet; accepted: using('golden')")
        return backends.Kernel(
            backends.driver("cpu" if self.backend == "auto" else self.backend), recipe
        )

    @staticmethod
    def _shaped(gradient: Array, layout: check.Layout, parameter: Any) -> Any:
        if parameter is None:
            return gradient.sum()
        summed = check.sum_to(gradient, layout.batch, parameter)
        if isinstance(parameter, np.ndarray) and parameter.dtype.kind not in "iub":
            summed = cast(summed, parameter.dtype)
        return summed[()]


def _signature(card: Card) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [
        inspect.Parameter(
            p.name, keyword, default=inspect.Parameter.empty if p.default is None else p.default
        )
        for p in card.parameters
    ]
    common = {"axis": -1, "where": None, "out": None, "dtype": None, "return_lse": False}
    shared = [inspect.Parameter(name, keyword, default=value) for name, value in common.items()]
    return inspect.Signature(
        [inspect.Parameter("x", inspect.Parameter.POSITIONAL_ONLY), *own, *shared]
    )


def _docstring(card: Card) -> str:
    parameters = "".join(
        f"{p.name} : float or array_like, default {p.default:g}\n    {p.meaning}; in {p.domain}. "
        "An array broadcasts against x without its axis.\n"
        for p in card.parameters
        if p.default is not None
    )
    lse = f"lse : ndarray\n    {card.lse}, only with return_lse=True.\n" if card.lse else ""
    return f"""{card.title}.

{card.summary}

    {card.formula}

Parameters
----------
x : array_like
    Scores: float64, float32, float16 or bfloat16; integers become float64.
{parameters}axis : int, tuple of int or None, default -1
    The axes of one row; None takes the whole array as one row.
where : array_like of bool, optional
    True = visible. A masked entry is outside the row, whatever its value.
out : ndarray, optional
    Where to write; may overlap x.
dtype : dtype, optional
    Of the result, default that of x. The input is never rounded first.

Returns
-------
y : ndarray
    Of the shape of x; {card.rulings.masked:g} at masked entries.
{lse}
Raises
------
TypeError, ValueError
    Naming the argument, its value and what is accepted.

References
----------
{card.source}
"""
