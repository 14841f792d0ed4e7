r"""softmax: exponential weights that sum to 1.

.. math:: y_i = \frac{e^{x_i/T}}{\sum_j e^{x_j/T}}

Nothing overflows: with m = max x every weight exp((x_i - m)/T) lies in [0, 1] and the largest
is 1. The difference is formed before the division by T, at twice the digits, so neither x/T
nor x_i - m is ever rounded or infinite where the result is neither.

With z = x/T, dy_i/dz_k = y_k (delta_ik - y_i) and dz = dx/T - x dT/T^2; as a shift of all z
changes nothing, x may be replaced by x - m.
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
    times,
    total,
)
from refsoft.golden._twofold import Rows, difference, exp, product, reciprocal, value


def _shares(x: Rows, where: Mask, temperature: Rows) -> tuple[Rows, Shares]:
    x = hide(x, where, -np.inf)
    z = product(reciprocal(temperature), difference(x, shift(x)))
    return value(z), shares(exp(z), where)


def forward(x: Rows, where: Mask, *, temperature: Rows) -> Rows:
    """The entries y_i = exp(x_i/T) / sum_j exp(x_j/T)."""
    return _shares(x, where, temperature)[1].y


def lse(x: Rows, where: Mask, *, temperature: Rows) -> Rows:
    """The log-normaliser log sum_j exp(x_j/T) = m/T + log sum_j exp((x_j - m)/T)."""
    _, s = _shares(x, where, temperature)
    return log_normaliser(largest(hide(x, where, -np.inf)) / temperature, s.excess)


def jacobian(x: Rows, where: Mask, *, temperature: Rows) -> Jacobian:
    """The derivatives dy_i/dx_k = y_k (delta_ik - y_i) / T."""
    _, s = _shares(x, where, temperature)
    matrix = s.y[:, None, :] * delta_less(s.y, s.complement) / temperature[:, :, None]
    return hide_matrix(matrix, where)


def vjp(x: Rows, g: Rows, where: Mask, *, temperature: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = y (g - <g,y>) / T and dT = -<y (g - <g,y>), z>/T, z = (x - m)/T."""
    z, s = _shares(x, where, temperature)
    dz = s.y * deviation(hide(g, where), s.y)
    dtemperature = -total(times(dz, z)) / temperature
    return hide(dz / temperature, where), {"temperature": dtemperature[:, 0]}


def lse_gradient(x: Rows, where: Mask, *, temperature: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: y_k / T, and -<y,x>/T^2 = -(m/T + <y,z>)/T, z = (x - m)/T."""
    z, s = _shares(x, where, temperature)
    mean = largest(hide(x, where, -np.inf)) / temperature + total(times(s.y, z))
    return s.y / temperature, {"temperature": (-mean / temperature)[:, 0]}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows], *, temperature: Rows) -> Rows:
    """The tangent t = y (q - <y,q>)/T, q = v - z dT, z = (x - m)/T."""
    z, s = _shares(x, where, temperature)
    z = np.where(s.y == 0, 0.0, z)
    q = hide(v, where) - z * dparams["temperature"]
    return hide(s.y * deviation(q, s.y) / temperature, where)
