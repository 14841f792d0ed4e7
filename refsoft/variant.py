"""The public object of a variant: it behaves like a NumPy ufunc with methods."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from refsoft import _validate as check
from refsoft import backends
from refsoft._dtypes import Array, as_dtype, cast
from refsoft._help import docstring, signature
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
        self.__doc__ = docstring(self.card)
        self.__signature__ = signature(self.card)
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

        Examples
        --------
        >>> import refsoft as rs
        >>> rs.symax.using("golden")([1.0, -2.0])
        array([0.25, 0.5 ])
        """
        if backend not in get_args(BackendName):
            accepted = ", ".join(get_args(BackendName))
            raise ValueError(f"backend={backend!r}; accepted: {accepted}")
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
        self, x: Any, /, *, axis: Axis = -1, where: Any = None, dtype: Any = None, **params: Any
    ) -> Any:
        """The logarithm of the normaliser, one value per row.

        Raises
        ------
        TypeError
            If the variant is not normalised by a sum of exponentials.

        Examples
        --------
        >>> import refsoft as rs
        >>> round(float(rs.softmax_one.lse([0.0, 0.0])), 12)  # log(1 + 1 + 1)
        1.098612288668
        """
        return self(x, axis=axis, where=where, dtype=dtype, return_lse=True, **params)[1]

    def vjp(
        self,
        x: Any,
        g: Any,
        /,
        *,
        y: Any = None,
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
        y : array_like, optional
            The result for these scores and parameters, if it is at hand: a
            kernel may start from it and save itself the exponentials.
        axis, where, dtype, **params
            As in the call.

        Returns
        -------
        dx : ndarray
            Of the shape and dtype of the result.
        gradients : dict
            The gradient of each parameter, of the parameter's own shape.

        Examples
        --------
        >>> import refsoft as rs
        >>> dx, gradients = rs.softmax_n.vjp([0.0, 0.0], [1.0, 0.0], n=2.0)
        >>> dx, round(float(gradients["n"]), 12)
        (array([ 0.1875, -0.0625]), -0.0625)
        """
        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        cotangent = check.as_rows(g, layout, "g")
        known = None if y is None else layout.rows(check.as_same(y, layout, "y"))
        dx, gradients = self._backend().vjp(
            layout.rows(x), cotangent, visible, columns, result, known
        )
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

        Examples
        --------
        >>> import refsoft as rs
        >>> rs.softmax_n.jvp([0.0, 0.0], [0.0, 0.0], dparams={"n": 1.0}, n=2.0)
        array([-0.0625, -0.0625])
        """
        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        tangent = check.as_rows(v, layout, "v")
        pushed = check.as_tangents(self.card, dparams or {}, layout)
        t = self._backend().jvp(layout.rows(x), tangent, visible, columns, pushed, result)
        return layout.restore(t)[()]

    def jacobian(
        self, x: Any, /, *, axis: Axis = -1, where: Any = None, dtype: Any = None, **params: Any
    ) -> Any:
        """The Jacobian of every row, ``J[..., i, k]`` = ∂y_i/∂x_k; batch axes first.

        Examples
        --------
        >>> import refsoft as rs
        >>> rs.softmax.jacobian([0.0, 0.0])
        array([[ 0.25, -0.25],
               [-0.25,  0.25]])
        """
        x, layout, visible, columns, result = self._prepare(x, axis, where, dtype, params)
        jacobian = self._golden_backend().jacobian(layout.rows(x), visible, columns, result)
        return jacobian.reshape(*layout.batch, layout.length, layout.length)

    def exact(
        self, x: Any, /, *, dtype: Any = None, axis: Axis = -1, where: Any = None, **params: Any
    ) -> Exact:
        """The correctly rounded result and a certified enclosure of the real value.

        Returns
        -------
        Exact
            ``value`` in ``dtype`` (rounded to nearest even), and float64 ``lo``
            and ``hi`` between which the real value lies.

        Examples
        --------
        >>> import refsoft as rs
        >>> rs.softmax_one.exact([0.0], dtype="float16").value
        array([0.5], dtype=float16)
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
        self, y: Any, x: Any, /, *, axis: Axis = -1, where: Any = None, **params: Any
    ) -> tuple[Array, Array]:
        """Certified bounds of |y − truth| in units in the last place of the dtype of y.

        Examples
        --------
        >>> import numpy as np, refsoft as rs
        >>> low, high = rs.softmax_one.ulp_error(np.float16([0.5005]), [0.0])
        >>> bool(low[0] <= 1.0 <= high[0])
        True
        """
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
