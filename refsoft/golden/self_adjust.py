r"""self_adjust: each softmax weight multiplied by its own score.

.. math:: y_i = x_i \alpha_i, \qquad \alpha = \operatorname{softmax}(x)

alpha is computed with the shift m = max x, so nothing overflows and |y_i| <= |x_i|. At a score
of -inf the product takes its limit 0, the exponential vanishing faster than the score grows.

dy_i/dx_k = alpha_i delta_ik + y_i (delta_ik - alpha_k).
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
    less_share,
    log_normaliser,
    shares,
    shift,
    times,
)
from refsoft.golden._twofold import Rows, difference, exp


def _shares(x: Rows, where: Mask) -> Shares:
    x = hide(x, where, -np.inf)
    return shares(exp(difference(x, shift(x))), where)


def forward(x: Rows, where: Mask) -> Rows:
    """The entries y_i = x_i alpha_i."""
    return times(_shares(x, where).y, hide(x, where))


def lse(x: Rows, where: Mask) -> Rows:
    """The log-normaliser log sum_j exp(x_j) = m + log sum_j exp(x_j - m)."""
    return log_normaliser(largest(hide(x, where, -np.inf)), _shares(x, where).excess)


def jacobian(x: Rows, where: Mask) -> Jacobian:
    """The derivatives dy_i/dx_k = alpha_i delta_ik + y_i (delta_ik - alpha_k)."""
    alpha = _shares(x, where)
    y = times(alpha.y, hide(x, where))
    moving = y[:, :, None] * np.swapaxes(delta_less(alpha.y, alpha.complement), 1, 2)
    return hide_matrix(moving + alpha.y[:, :, None] * np.eye(x.shape[-1]), where)


def vjp(x: Rows, g: Rows, where: Mask) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = g alpha + g y - alpha <g,y>."""
    alpha, g = _shares(x, where), hide(g, where)
    y = times(alpha.y, hide(x, where))
    # g y may overflow where the difference does not: y is taken over a power of two.
    exponent = np.frexp(largest(np.abs(y)))[1]
    moving = less_share(g * np.ldexp(y, -exponent), alpha.y, alpha.complement)
    return hide(g * alpha.y + np.ldexp(moving, exponent), where), {}


def lse_gradient(x: Rows, where: Mask) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: alpha_k."""
    return _shares(x, where).y, {}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows]) -> Rows:  # noqa: ARG001
    """The tangent t = alpha v + y (v - <alpha,v>)."""
    alpha, v = _shares(x, where), hide(v, where)
    y = times(alpha.y, hide(x, where))
    return hide(alpha.y * v + y * deviation(v, alpha.y), where)
