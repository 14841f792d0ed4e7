"""A machine that rounds every operation to a format, with the errors that it declares."""

from __future__ import annotations

import numpy as np

from refsoft._dtypes import DTYPES, cast
from refsoft.rounding import FORMATS

LIBRARY = {"float64": np.float64, "float32": np.float32}


class Machine:
    """Values are float64 arrays of numbers of the format.

    An operation on numbers of a narrower format, done in float64 and rounded,
    is rounded correctly: 53 >= 2 * 24 + 2 bits.

    Parameters
    ----------
    arithmetic : refsoft.rounding.Arithmetic
    signs : callable, optional
        Of the errors of exp and log, which are then as large as declared; the
        functions of NumPy by default.
    """

    def __init__(self, arithmetic, signs=None):
        self.arithmetic = arithmetic
        self.format = DTYPES[arithmetic.format]
        self.signs = signs

    def round(self, values, dtype=None):
        return cast(np.asarray(values, np.float64), dtype or self.format).astype(np.float64)

    def add(self, a, b):
        return self.round(a + b)

    def sub(self, a, b):
        return self.round(a - b)

    def mul(self, a, b):
        return self.round(a * b)

    def div(self, a, b):
        if self.arithmetic.division > 1:
            return self.mul(a, self.round(1 / b))
        return self.round(a / b)

    def keep(self, values):
        """Through the storage format."""
        storage = self.arithmetic.storage
        return values if storage is None else self.round(values, DTYPES[storage])

    def _function(self, function, values, error, kept=None):
        library = LIBRARY.get(self.arithmetic.format)
        if kept is None and self.signs is None and library is not None:
            return function(values.astype(library)).astype(np.float64)
        exact = function(values)
        if self.signs is not None and (kept is not None or library is not np.float64):
            # One unit of the declared error is left for the rounding.
            last = FORMATS[kept or self.arithmetic.format].roundoff
            exact = exact * np.exp(self.signs(values) * (error * self.arithmetic.u - last))
        return self.round(exact, None if kept is None else DTYPES[kept])

    def exp(self, t):
        return self._weight(np.exp, t, np.abs(t))

    def exp2(self, t):
        return self._weight(np.exp2, t, np.abs(t) * np.log(2))

    def _weight(self, function, t, d):
        a, b = self.arithmetic.exp
        error = a + b * np.where(np.isfinite(t), d, 0)
        return self._function(function, t, error, self.arithmetic.weights)

    def log(self, a):
        return self._function(np.log, a, self.arithmetic.log)

    def power(self, a, p):
        if p in (0, 1):  # exact in every library
            return a**p
        arithmetic = self.arithmetic
        return self._function(
            lambda values: np.power(values, values.dtype.type(p)),
            a,
            arithmetic.power + arithmetic.weight_roundoff / arithmetic.u,
            arithmetic.weights,
        )

    def sum(self, terms):
        """Of rows: NumPy's pairwise sum, or from left to right."""
        native = terms.astype(self.format)
        if self.arithmetic.tree:
            return np.sum(np.ascontiguousarray(native), axis=1, keepdims=True).astype(np.float64)
        return np.add.accumulate(native, axis=1)[:, -1:].astype(np.float64)
