"""What the oracle knows of a variant: exact values, and how far others are from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from refsoft import _arrays as arrays
from refsoft import _validate as check
from refsoft._base import Axis, Base
from refsoft._dtypes import Array

if TYPE_CHECKING:
    from refsoft.oracle import Exact


class Truth(Base):
    """The methods that ask the oracle; python-flint is imported on use."""

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

        call = self._call(x, axis, where, dtype, params)
        exact = oracle.exact(self.oracle_module, call.rows, call.visible, call.columns, call.dtype)
        return exact.map(lambda rows: arrays.like(x, call.layout.restore(rows)))

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

        call = self._call(x, axis, where, dtype, params)
        layout = call.layout
        cotangent = layout.rows(check.as_floats(check.as_broadcast(g, layout, "g")))
        dx, gradients = oracle.exact_vjp(
            self.oracle_module, call.rows, cotangent, call.visible, call.columns, call.dtype
        )
        return dx.map(lambda rows: arrays.like(x, layout.restore(rows))), {
            name: exact.map(lambda rows: arrays.like(x, rows.reshape(layout.batch)))
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

        call = self._call(x, axis, where, None, params)
        given = call.layout.rows(check.as_floats(check.as_same(y, call.layout, "y")))
        low, high = oracle.ulp_error(
            self.oracle_module, given, call.rows, call.visible, call.columns
        )
        return tuple(arrays.like(y, call.layout.restore(bound)) for bound in (low, high))
