"""How far the kernels of a variant may be from the truth: proven, without asking the oracle."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from refsoft import _validate as check
from refsoft import rounding
from refsoft._base import Axis
from refsoft._call import Call
from refsoft._dtypes import Array, as_dtype
from refsoft._truth import Truth
from refsoft.rounding import Device


class Accuracy(Truth):
    """The methods that bound rounding errors; docs/bounds.md, section 11."""

    def ulp_bound(self, n: Any, dtype: Any, /, *, device: Device = "cpu", **params: float) -> float:
        r"""The largest error that a result of any row of ``n`` visible entries can have.

        .. math:: |\hat y_j - y_j| \le B \operatorname{ulp}(y_j)

        Where a result is subnormal or below, a unit more; for ``self_adjust``
        that is :math:`|x_j|` units where the weight is subnormal. For
        ``log_softmax`` the unit is that of :math:`\max(|y_j|, 1)`: near 0 only
        its absolute error is small. Overflow is not bounded.

        Parameters
        ----------
        n : int
            The number of visible entries.
        dtype : dtype_like
            Of the scores and the result.
        device : {"cpu", "cuda"}
            Whose kernels.
        **params : float
            As in the call. They matter to ``symax``, where a power p other than
            1 is rounded, and to ``ssmax``, whose coefficient is.

        Returns
        -------
        float
            B, in units in the last place (ulp) of the exact result's binade.

        Raises
        ------
        TypeError, ValueError
            If n is no length, the device unknown or a parameter out of its domain.

        Examples
        --------
        >>> import refsoft as rs
        >>> rs.softmax.ulp_bound(1000, "float32") < 6
        True
        >>> rs.softmax.ulp_bound(10**6, "bfloat16") < 0.501
        True
        """
        length = operator.index(n)
        if length < 0:
            raise ValueError(f"n={n!r}; accepted: a number of entries, 0 or more")
        columns = check.as_parameters(self.card, params, check.Layout.of((1,), -1))
        numbers = {name: float(column[0, 0]) for name, column in columns.items()}
        arithmetic = rounding.own(dtype, device)
        with np.errstate(all="ignore"):
            return float(self.definition.ulp_bound(length, arithmetic, as_dtype(dtype), **numbers))

    def error_bound(
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
    ) -> tuple[Array, dict[str, Any]]:
        r"""How far :meth:`vjp` on the CPU may be from the truth, entry by entry.

        .. math:: |\widehat{dx}_j - dx_j| \le B_j, \quad
            B_j \approx y_j \bigl(F |g_j - e| + \textstyle\sum_k F |g_k| y_k\bigr),
            \ e = \langle g, y\rangle

        with F the relative error of y. It is an absolute error: dx may cancel.

        Parameters
        ----------
        x, g, y, axis, where, dtype, **params
            As in :meth:`vjp`; ``y`` is the result of the call for these scores.

        Returns
        -------
        bound : ndarray of float64
            Of the shape of dx; inf where nothing is proven, as where dx may overflow.
        bounds : dict
            Those of the gradient of each parameter, of the parameter's own shape.

        Examples
        --------
        >>> import numpy as np, refsoft as rs
        >>> x, g = np.float32([0.5, 2.0]), np.float32([1.0, -1.0])
        >>> bound, _ = rs.softmax_one.error_bound(x, g)
        >>> exact, _ = rs.softmax_one.exact_vjp(x, g, dtype="float64")
        >>> dx, _ = rs.softmax_one.vjp(x, g)
        >>> bool(np.all(np.abs(dx - exact.value) <= bound) and np.all(bound < 1e-6))
        True
        """
        call = self._call(x, axis, where, dtype, params)
        layout = call.layout
        arrays = [call.x, check.as_broadcast(g, layout, "g")]
        if y is not None:
            arrays.append(check.as_same(y, layout, "y"))
        work = _working(*(a.dtype for a in arrays), call.dtype)
        arithmetic = rounding.own(work, "cpu", None if y is None else arrays[-1].dtype)
        cotangent = layout.rows(arrays[1]).astype(np.float64)
        bound, bounds = self._bounds(call, cotangent, arithmetic)
        return layout.restore(bound), {
            name: check.sum_to(rows, layout.batch, params.get(name, 0.0))[()]
            for name, rows in bounds.items()
        }

    def _bounds(
        self, call: Call, g: Array, arithmetic: rounding.Arithmetic
    ) -> tuple[Array, dict[str, Array]]:
        """Those of dx, and of every parameter's gradient with its part in a sum over rows."""
        x, wide = call.rows.astype(np.float64), np.dtype(np.float64)
        where = np.ones(x.shape, np.bool_) if call.visible is None else call.visible
        golden, columns, of = self.golden_module, call.columns, self.definition.vjp_bound
        with np.errstate(all="ignore"):
            y = golden.forward(x, where, **columns)
            slopes = golden.vjp(x, g, where, **columns)[1]
            dx = of(x, g, y, where, arithmetic, call.dtype, **columns)[0]
            rows = of(x, g, y, where, arithmetic, wide, **columns)[1]
            # The rows of a shared parameter are added in float64; section 7.8.
            added = np.expm1(len(x) * rounding.FORMATS["float64"].roundoff)
            return dx, {
                name: bound + (np.abs(slopes[name]) + bound) * added for name, bound in rows.items()
            }


def _working(*dtypes: np.dtype[Any]) -> np.dtype[Any]:
    """The format that a kernel computes in."""
    first = dtypes[0].newbyteorder("=")
    if all(dtype == first for dtype in dtypes):
        return first
    return np.dtype(np.float64 if np.dtype(np.float64) in dtypes else np.float32)
