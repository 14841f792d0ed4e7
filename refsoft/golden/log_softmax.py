r"""log_softmax: the logarithm of softmax, without leaving the log domain.

.. math:: y_i = \frac{x_i}{T} - \log \sum_j e^{x_j/T}

With m = max x and r the sum of exp((x_j - m)/T) over all entries but that maximum,
y_i = (x_i - m)/T - log1p(r): two terms of one sign, so nothing cancels. The entry of the
maximum is -log1p(r), which is right to the last place where 1 + r rounds to 1.

With p = exp(y) and z = x/T, dy_i/dz_k = delta_ik - p_k.
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
    total,
)
from refsoft.golden._twofold import Rows, Twofold, difference, exp, product, reciprocal, value


def _shares(x: Rows, where: Mask, temperature: Rows) -> tuple[Twofold, Shares]:
    x = hide(x, where, -np.inf)
    z = product(reciprocal(temperature), difference(x, shift(x)))
    return z, shares(exp(z), where)


def forward(x: Rows, where: Mask, *, temperature: Rows) -> Rows:
    """The entries y_i = (x_i - m)/T - log1p(r), r the other weights' sum."""
    z, p = _shares(x, where, temperature)
    return hide(value(z) - np.log1p(p.excess), where, -np.inf)


def lse(x: Rows, where: Mask, *, temperature: Rows) -> Rows:
    """The log-normaliser log sum_j exp(x_j/T) = m/T + log1p(r)."""
    _, p = _shares(x, where, temperature)
    return log_normaliser(largest(hide(x, where, -np.inf)) / temperature, p.excess)


def jacobian(x: Rows, where: Mask, *, temperature: Rows) -> Jacobian:
    """The derivatives dy_i/dx_k = (delta_ik - p_k) / T."""
    _, p = _shares(x, where, temperature)
    matrix = np.swapaxes(delta_less(p.y, p.complement), 1, 2) / temperature[:, :, None]
    return hide_matrix(matrix, where)


def vjp(x: Rows, g: Rows, where: Mask, *, temperature: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = (g - p sum(g))/T and dT = -<g - p sum(g), z>/T, z = (x - m)/T."""
    z, p = _shares(x, where, temperature)
    dz = hide(less_share(hide(g, where), p.y, p.complement), where)
    # The sum is over powers of two: z itself may overflow at both signs of dz.
    top = np.max(z.exponent, axis=-1, keepdims=True, where=np.isfinite(z.hi), initial=-4000)
    scaled = np.ldexp(z.hi, z.exponent - top)
    mantissa, exponent = np.frexp(temperature)
    dtemperature = -np.ldexp(total(times(dz, scaled)) / mantissa, top - exponent)
    return hide(dz / temperature, where), {"temperature": dtemperature[:, 0]}


def lse_gradient(x: Rows, where: Mask, *, temperature: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: p_k / T, and -<p,x>/T^2 = -(m/T + <p,z>)/T, z = (x - m)/T."""
    z, p = _shares(x, where, temperature)
    mean = largest(hide(x, where, -np.inf)) / temperature + total(times(p.y, value(z)))
    return p.y / temperature, {"temperature": (-mean / temperature)[:, 0]}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows], *, temperature: Rows) -> Rows:
    """The tangent t = (q - <p,q>)/T, q = v - z dT, z = (x - m)/T."""
    z, p = _shares(x, where, temperature)
    finite = np.where(np.isinf(value(z)), 0.0, value(z))
    dtemperature = dparams["temperature"]
    q = hide(v, where) - finite * dtemperature
    # At a score of -inf the entry falls without end as 1/T grows, and takes no part in the mean.
    endless = times(dtemperature, value(z) - finite)
    return hide((deviation(q, p.y) - endless) / temperature, where)
