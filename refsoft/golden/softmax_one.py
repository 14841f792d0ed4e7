r"""softmax_one: softmax with a 1 in the denominator, so that a row can be quiet.

.. math:: y_i = \frac{e^{x_i}}{1 + \sum_j e^{x_j}}

Numerator and denominator are scaled by exp(-m), m = max(0, max x): the 1 becomes exp(-m) and
must not stay 1. No exponent is positive, so nothing overflows, and the denominator is at
least 1: a row of very negative scores gives exp(x_i), not 0/0.

dy_i/dx_k = y_k (delta_ik - y_i).
"""

from __future__ import annotations

import numpy as np

from refsoft.golden._rows import (
    Jacobian,
    Mask,
    Shares,
    delta_less,
    deviation,
    hide,
    hide_matrix,
    largest,
    log_normaliser,
    shares,
    shift,
)
from refsoft.golden._twofold import Rows, difference, exp


def _shares(x: Rows, where: Mask) -> Shares:
    x = hide(x, where, -np.inf)
    m = np.maximum(shift(x), 0.0)
    return shares(exp(difference(x, m)), where, offset=np.exp(-m))


def forward(x: Rows, where: Mask) -> Rows:
    """The entries y_i = exp(x_i - m) / (exp(-m) + sum_j exp(x_j - m))."""
    return _shares(x, where).y


def lse(x: Rows, where: Mask) -> Rows:
    """The log-normaliser log(1 + sum_j exp(x_j)) = m + log(exp(-m) + sum_j exp(x_j - m))."""
    m = np.maximum(largest(hide(x, where, -np.inf)), 0.0)
    return log_normaliser(m, _shares(x, where).excess)


def jacobian(x: Rows, where: Mask) -> Jacobian:
    """The derivatives dy_i/dx_k = y_k (delta_ik - y_i)."""
    s = _shares(x, where)
    return hide_matrix(s.y[:, None, :] * delta_less(s.y, s.complement), where)


def vjp(x: Rows, g: Rows, where: Mask) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = y (g - <g,y>)."""
    s = _shares(x, where)
    return hide(s.y * deviation(hide(g, where), s.y, s.quiet), where), {}


def lse_gradient(x: Rows, where: Mask) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: y_k."""
    return _shares(x, where).y, {}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows]) -> Rows:  # noqa: ARG001
    """The tangent t = y (v - <y,v>)."""
    return vjp(x, v, where)[0]  # the Jacobian is symmetric
