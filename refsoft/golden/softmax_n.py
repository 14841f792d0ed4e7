r"""softmax_n: softmax with n added to the denominator: n virtual scores of 0.

.. math:: y_i = \frac{e^{x_i}}{n + \sum_j e^{x_j}}

The virtual scores weigh as much as one score of log n, so numerator and denominator are scaled
by exp(-m), m = max(log n, max x), and n becomes n exp(-m) <= 1. As n = 0 leaves softmax, no
other shift is safe for every n. n exp(-m) is formed as (n exp(-m/2)) exp(-m/2): exp(-m) alone
overflows for n = 5e-324.

With Z = n + sum_j exp(x_j): dy_i/dx_k = y_k (delta_ik - y_i) and dy_i/dn = -y_i/Z.
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
    total,
)
from refsoft.golden._twofold import Rows, difference, exp


def _shares(x: Rows, where: Mask, n: Rows) -> tuple[Rows, Shares]:
    x = hide(x, where, -np.inf)
    m = np.maximum(shift(x), np.log(n))
    offset = np.where(n == 0, 0.0 * m, _times_exp(n, -m))
    return m, shares(exp(difference(x, m)), where, offset)


def _times_exp(a: Rows, m: Rows) -> Rows:
    return a * np.exp(m / 2) * np.exp(m / 2)


def forward(x: Rows, where: Mask, *, n: Rows) -> Rows:
    """The entries y_i = exp(x_i - m) / (n exp(-m) + sum_j exp(x_j - m))."""
    return _shares(x, where, n)[1].y


def lse(x: Rows, where: Mask, *, n: Rows) -> Rows:
    """The log-normaliser log(n + sum_j exp(x_j)) = m + log(n exp(-m) + sum_j exp(x_j - m))."""
    m = np.maximum(largest(hide(x, where, -np.inf)), np.log(n))
    return log_normaliser(m, _shares(x, where, n)[1].excess)


def jacobian(x: Rows, where: Mask, *, n: Rows) -> Jacobian:
    """The derivatives dy_i/dx_k = y_k (delta_ik - y_i)."""
    _, s = _shares(x, where, n)
    return hide_matrix(s.y[:, None, :] * delta_less(s.y, s.complement), where)


def vjp(x: Rows, g: Rows, where: Mask, *, n: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = y (g - <g,y>) and dn = -<g,y>/Z."""
    m, s = _shares(x, where, n)
    g = hide(g, where)
    dn = -_times_exp(total(g * s.y) / s.normaliser, -m)
    # Without a visible entry and without an offset this is 0/0 times exp(inf).
    dn = np.where(np.any(where, axis=1, keepdims=True), dn, 0.0)
    return hide(s.y * deviation(g, s.y, s.quiet), where), {"n": dn[:, 0]}


def lse_gradient(x: Rows, where: Mask, *, n: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: y_k and 1/Z."""
    m, s = _shares(x, where, n)
    dn = _times_exp(1 / s.normaliser, -m)
    dn = np.where(np.any(where, axis=1, keepdims=True) | (n > 0), dn, 0.0)
    return s.y, {"n": dn[:, 0]}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows], *, n: Rows) -> Rows:
    """The tangent t = y (v - <y,v>) - y dn/Z."""
    m, s = _shares(x, where, n)
    along_n = _times_exp(s.y * dparams["n"] / s.normaliser, -m)
    return hide(s.y * deviation(hide(v, where), s.y, s.quiet) - along_n, where)
