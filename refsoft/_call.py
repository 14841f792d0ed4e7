"""The arguments of one call of a variant's method, checked and arranged for a backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from refsoft import _validate as check
from refsoft._dtypes import Array, as_dtype
from refsoft.card import Card

Mask = np.ndarray[Any, np.dtype[np.bool_]] | None
Parameters = dict[str, Any]
Names = tuple[str, ...]


@dataclass(slots=True)
class Call:
    """Scores and parameters as given, and as rows for a backend that wants them so.

    Attributes
    ----------
    x : ndarray
        The scores in their own shape and format.
    layout : Layout
        What is a row of them.
    where : ndarray of bool or None
        True = visible, of the shape of x.
    params : dict
        Every parameter as a float64 column with one entry for each row, or one for all.
    dtype : dtype
        The format of the result.
    """

    x: Array
    layout: check.Layout
    where: Mask
    params: Parameters
    dtype: np.dtype[Any]

    @classmethod
    def of(
        cls,
        card: Card,
        x: Any,
        axis: Any,
        where: Any,
        dtype: Any,
        params: dict[str, Any],
        out: Any = None,
    ) -> Call:
        """The arguments, checked.

        Raises
        ------
        TypeError, ValueError
            Naming the argument, its value and what is accepted.
        """
        x = check.as_array(x, "x")
        layout = check.Layout.of(x.shape, axis)
        target = check.as_out(out, layout)
        default = check.format_of(x) if target is None else target.dtype.newbyteorder("=")
        result = default if dtype is None else as_dtype(dtype)
        if target is not None and target.dtype != result:
            raise TypeError(f"out has dtype {target.dtype}; accepted: that of the result, {result}")
        visible = check.as_where(where, layout)
        return cls(x, layout, visible, check.as_parameters(card, params, layout), result)

    @property
    def rows(self) -> Array:
        """The scores as (count, length)."""
        return self.layout.rows(check.as_floats(self.x))

    @property
    def visible(self) -> Mask:
        """The visible entries as (count, length), or None if all are."""
        return None if self.where is None else self.layout.rows(self.where)

    @property
    def columns(self) -> Parameters:
        """Every parameter as (count, 1)."""
        return {name: self.column(values) for name, values in self.params.items()}

    def column(self, values: Array) -> Array:
        """One entry for each row, from these or from one for all."""
        return np.broadcast_to(values, (self.layout.count, 1))
