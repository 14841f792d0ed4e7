r"""self_adjust_normalized: softmax weights times the scores' place between min and max.

.. math:: y_i = u_i \alpha_i, \quad u_i = \frac{x_i - a}{b - a}, \quad
          a = \min(\min x, 0), \quad b = \max(\max x, 0), \quad \alpha = \operatorname{softmax}(x)

u and 1 - u = (b - x)/(b - a) are each a quotient of two correctly rounded differences, taken
over a power of two near max|x| because b - a may overflow. A row of zeros, 0/0, is a zero row. At
a score of -inf u is 0 there and 1 at every finite score, and no longer moves.

With D = b - a, M the first maximum if it is positive and m the first minimum if it is negative:
dy_i/dx_k = y_i (delta_ik - alpha_k) + alpha_i (delta_ik - u_i [k=M] - (1 - u_i) [k=m]) / D.
As u_M = 1 and u_m = 0 exactly, an extreme's own two terms cancel and are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from refsoft.golden._rows import (
    Jacobian,
    Mask,
    Shares,
    delta_less,
    deviation,
    first,
    hide,
    hide_matrix,
    largest,
    less_share,
    log_normaliser,
    shares,
    shift,
    total,
)
from refsoft.golden._twofold import Rows, difference, exp


class _Place(NamedTuple):
    u: Rows
    rest: Rows  # 1 - u
    width: Rows  # D / 2**exponent
    exponent: NDArray[np.intc]
    at_max: Mask
    at_min: Mask


def _shares(x: Rows, where: Mask) -> Shares:
    x = hide(x, where, -np.inf)
    return shares(exp(difference(x, shift(x))), where)


def _place(x: Rows, where: Mask) -> _Place:
    x = hide(x, where)
    lowest, highest = -largest(-x), largest(x)
    exponent = np.frexp(largest(np.where(np.isfinite(x), np.abs(x), 0.0)))[1]
    at_max = first(where & (x == highest) & (highest > 0))
    at_min = first(where & (x == lowest) & (lowest < 0))
    x = np.ldexp(x, -exponent)
    a, b = (np.ldexp(end, -exponent) for end in (np.minimum(lowest, 0.0), np.maximum(highest, 0.0)))
    # An infinite width makes u 0 in a row of zeros, and holds u still beside a score of -inf.
    width = np.where(a == b, np.inf, b - a)
    unbounded, quotient = a == -np.inf, (x - a) / width
    u = np.where(unbounded, np.where(x == -np.inf, 0.0, 1.0), quotient)
    rest = np.where(unbounded, 1.0 - u, (b - x) / width)
    return _Place(u, rest, width, exponent, at_max, at_min)


def _slope(a: Rows, place: _Place) -> Rows:
    return np.ldexp(a / place.width, -place.exponent)


def forward(x: Rows, where: Mask) -> Rows:
    """The entries y_i = (x_i - a)/(b - a) alpha_i."""
    return hide(_place(x, where).u * _shares(x, where).y, where)


def lse(x: Rows, where: Mask) -> Rows:
    """The log-normaliser log sum_j exp(x_j) = m + log sum_j exp(x_j - m)."""
    return log_normaliser(largest(hide(x, where, -np.inf)), _shares(x, where).excess)


def jacobian(x: Rows, where: Mask) -> Jacobian:
    """The derivatives dy_i/dx_k = y_i (delta_ik - alpha_k) + alpha_i du_i/dx_k."""
    place, alpha = _place(x, where), _shares(x, where)
    still = np.swapaxes(delta_less(alpha.y, alpha.complement), 1, 2)
    du = (
        np.eye(x.shape[-1])
        - place.u[:, :, None] * place.at_max[:, None, :]
        - place.rest[:, :, None] * place.at_min[:, None, :]
    )
    moving = alpha.y[:, :, None] * du / place.width[:, :, None]
    moving = np.ldexp(moving, -place.exponent[:, :, None])
    return hide_matrix((place.u * alpha.y)[:, :, None] * still + moving, where)


def vjp(x: Rows, g: Rows, where: Mask) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = g y - alpha <g,y> + g alpha/D, less what moves with the extremes."""
    place, alpha, g = _place(x, where), _shares(x, where), hide(g, where)
    still = less_share(g * place.u * alpha.y, alpha.y, alpha.complement)
    weight = g * alpha.y
    own = np.where(place.at_max | place.at_min, 0.0, weight)
    with_max = total(np.where(place.at_max, 0.0, weight * place.u))
    with_min = total(np.where(place.at_min, 0.0, weight * place.rest))
    moving = own - place.at_max * with_max - place.at_min * with_min
    return hide(still + _slope(moving, place), where), {}


def lse_gradient(x: Rows, where: Mask) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: alpha_k."""
    return _shares(x, where).y, {}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows]) -> Rows:  # noqa: ARG001
    """The tangent t = y (v - <alpha,v>) + alpha du, du = (v - u v_M - (1 - u) v_m)/D."""
    place, alpha, v = _place(x, where), _shares(x, where), hide(v, where)
    v_max = total(np.where(place.at_max, v, 0.0))
    v_min = total(np.where(place.at_min, v, 0.0))
    moving = np.where(place.at_max | place.at_min, 0.0, v)
    moving -= np.where(place.at_max, 0.0, place.u) * v_max
    moving -= np.where(place.at_min, 0.0, place.rest) * v_min
    still = place.u * alpha.y * deviation(v, alpha.y)
    return hide(still + _slope(alpha.y * moving, place), where)
