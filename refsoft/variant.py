"""The public object of a variant: it behaves like a NumPy ufunc with methods."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from refsoft import _arrays as arrays
from refsoft import _validate as check
from refsoft._accuracy import Accuracy
from refsoft._base import Axis
from refsoft._dtypes import Array, cast


class Variant(Accuracy):
    """A softmax variant: its card, its derivatives, its exact values.

    Parameters
    ----------
    definition : module
        Has ``CARD``, ``RECIPE``, ``bound``, ``vjp_bound`` and ``ulp_bound``; a file
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
        if type(x) is np.ndarray and axis == -1 and where is None and dtype is None:
            quick = None if return_lse else self._quick(x, out, params)
            if quick is not None:
                return quick
        if (compute := arrays.elsewhere(x, params)) is not None:
            return compute(
                self,
                x,
                axis=axis,
                where=where,
                out=out,
                dtype=dtype,
                return_lse=return_lse,
                **params,
            )
        call = self._call(x, axis, where, dtype, params, out)
        if return_lse:
            self._needs_lse()
        room = None if out is None else arrays.read(out, "out")
        y, lse = self._backend().forward(call, room, return_lse)
        y = out if out is not None else arrays.like(x, y if y.shape else y[()])
        if lse is None:
            return y
        return y, arrays.like(x, lse.reshape(call.layout.batch)[()])

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
        lse_cotangent: Any = None,
        wrt: str | Collection[str] | None = None,
        out: Any = None,
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
        lse_cotangent : array_like, optional
            The cotangent of the log-sum-exp, of a result with ``return_lse=True``;
            broadcasts against x without its axis.
        wrt : str or several, optional
            What is differentiated by: the names wanted among ``"x"`` and the
            parameters, by default all. What is not wanted is not computed; for dx
            alone from y the scores are not even read, where y and g suffice.
        out : ndarray, optional
            Where to write dx; may be g, x or y.
        axis, where, dtype, **params
            As in the call.

        Returns
        -------
        dx : ndarray or None
            Of the shape and dtype of the result; None if ``wrt`` leaves out x.
        gradients : dict
            The gradient of each parameter that is wanted, of the parameter's own shape.

        Examples
        --------
        >>> import refsoft as rs
        >>> dx, gradients = rs.softmax_n.vjp([0.0, 0.0], [1.0, 0.0], n=2.0)
        >>> dx, round(float(gradients["n"]), 12)
        (array([ 0.1875, -0.0625]), -0.0625)
        >>> rs.softmax_n.vjp([0.0, 0.0], [1.0, 0.0], n=2.0, wrt="x")
        (array([ 0.1875, -0.0625]), {})
        """
        names = check.as_names(wrt, self.card)
        if out is not None and "x" not in names:
            raise ValueError(f"out is for dx, which wrt={wrt!r} leaves out; accepted: None")
        if arrays.lies_on_gpu(x):
            chosen = {"axis": axis, "where": where, "dtype": dtype, "params": params}
            chosen |= {"wrt": names, "out": out}
            if lse_cotangent is not None:
                raise TypeError("lse_cotangent is not there for arrays on a GPU; accepted: None")
            return arrays.on_gpu().pulled(self, x, g, **chosen)  # type: ignore[no-any-return]
        call = self._call(x, axis, where, dtype, params, out)
        cotangent = check.as_broadcast(g, call.layout, "g")
        known = None if y is None else check.as_same(y, call.layout, "y")
        room = None if out is None else arrays.read(out, "out")
        of_lse = None
        if lse_cotangent is not None:
            self._needs_lse("lse_cotangent=None")
            of_lse = check.as_column(lse_cotangent, call.layout, "lse_cotangent")
        dx, gradients = self._backend().vjp(call, cotangent, known, names, room, of_lse)
        if out is None and dx is not None:
            out = arrays.like(x, dx[()])
        return out, {
            name: _shaped(gradient, call.layout.batch, name, params.get(name))
            for name, gradient in gradients.items()
        }

    def jvp(
        self,
        x: Any,
        v: Any,
        /,
        *,
        dparams: dict[str, Any] | None = None,
        out: Any = None,
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
        out : ndarray, optional
            Where to write the tangent; may be v or x.
        axis, where, dtype, **params
            As in the call.

        Examples
        --------
        >>> import refsoft as rs
        >>> rs.softmax_n.jvp([0.0, 0.0], [0.0, 0.0], dparams={"n": 1.0}, n=2.0)
        array([-0.0625, -0.0625])
        """
        if arrays.lies_on_gpu(x):
            chosen = {"axis": axis, "where": where, "dtype": dtype, "params": params}
            return arrays.on_gpu().pushed(self, x, v, moves=dparams or {}, out=out, **chosen)
        call = self._call(x, axis, where, dtype, params, out)
        tangent = check.as_broadcast(v, call.layout, "v")
        pushed = check.as_tangents(self.card, dparams or {}, call.layout)
        room = None if out is None else arrays.read(out, "out")
        t = self._backend().jvp(call, tangent, pushed, room)
        return out if out is not None else arrays.like(x, t[()])

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
        call = self._call(x, axis, where, dtype, params)
        n = call.layout.length
        jacobian = self._golden_backend().jacobian(call).reshape(*call.layout.batch, n, n)
        return arrays.like(x, jacobian)


def _shaped(gradient: Array, batch: tuple[int, ...], name: str, given: Any) -> Any:
    """The gradient of every row, in the shape, format and kind of the parameter."""
    if given is None:
        return gradient.sum()
    parameter = arrays.read(given, name)
    summed = check.sum_to(gradient, batch, parameter) if np.ndim(parameter) else gradient.sum()
    if isinstance(parameter, np.ndarray) and parameter.dtype.kind not in "iub":
        summed = cast(summed, parameter.dtype)
    return arrays.like(given, summed[()])
