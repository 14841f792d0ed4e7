r"""softmax_sink: softmax with a learned extra score, the sink, whose own result is dropped.

.. math:: y_i = \frac{e^{x_i}}{e^{s} + \sum_j e^{x_j}}

It is softmax over n + 1 scores and is shifted like it, by m = max(s, max x): no exponent is
positive and the largest weight is 1, whether the sink is far above or far below the scores.
s = -inf is softmax.

With y_s = e^s/Z = 1 - sum y: dy_i/dx_k = y_k (delta_ik - y_i) and dy_i/ds = -y_s y_i.
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


def _shares(x: Rows, where: Mask, sink: Rows) -> Shares:
    x = hide(x, where, -np.inf)
    m = np.maximum(shift(x), sink)
    return shares(exp(difference(x, m)), where, offset=exp(difference(sink, m)))


def forward(x: Rows, where: Mask, *, sink: Rows) -> Rows:
    """The entries y_i = exp(x_i - m) / (exp(s - m) + sum_j exp(x_j - m))."""
    return _shares(x, where, sink).y


def lse(x: Rows, where: Mask, *, sink: Rows) -> Rows:
    """The log-normaliser m + log(exp(s - m) + sum_j exp(x_j - m))."""
    m = np.maximum(largest(hide(x, where, -np.inf)), sink)
    return log_normaliser(m, _shares(x, where, sink).excess)


def jacobian(x: Rows, where: Mask, *, sink: Rows) -> Jacobian:
    """The derivatives dy_i/dx_k = y_k (delta_ik - y_i)."""
    s = _shares(x, where, sink)
    return hide_matrix(s.y[:, None, :] * delta_less(s.y, s.complement), where)


def vjp(x: Rows, g: Rows, where: Mask, *, sink: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = y (g - <g,y>) and dsink = -y_s <g,y>."""
    s = _shares(x, where, sink)
    g = hide(g, where)
    dsink = -s.quiet * total(g * s.y)
    return hide(s.y * deviation(g, s.y, s.quiet), where), {"sink": dsink[:, 0]}


def lse_gradient(x: Rows, where: Mask, *, sink: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: y_k, and the share of the sink."""
    s = _shares(x, where, sink)
    return s.y, {"sink": s.quiet[:, 0]}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows], *, sink: Rows) -> Rows:
    """The tangent t = y (v - <y,v> - y_s dsink)."""
    s = _shares(x, where, sink)
    dz = deviation(hide(v, where), s.y, s.quiet) - s.quiet * dparams["sink"]
    return hide(s.y * dz, where)
