r"""symax: powers of magnitudes over an offset plus their sum; even in every score.

.. math:: y_i = \frac{|x_i|^p}{\eta + \sum_j |x_j|^p}

|x|^p, its sum and eta over it all leave the range of float64 for scores whose result is
ordinary, at both ends. So a power is a mantissa and an exponent apart, and the row is scaled by
the power of two of its largest term, eta included: for p = 1 that rounds nothing. With
|x| = f 2^e the power is f^p 2^(ep), the product e p formed without error, so its accuracy
does not depend on the size of x.

eta = 0 and x = 0, a true 0/0, gives a zero row. Infinite scores have no result.

With Z the denominator and l_k = p |x_k|^(p-1) sign(x_k) / Z, 0 at the kink x_k = 0:
dy_i/dx_k = l_k (delta_ik - y_i), dy_i/deta = -y_i/Z, dy_i/dp = y_i (log|x_i| - <y, log|x|>).
"""

from __future__ import annotations

from typing import NamedTuple

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
    shares,
    times,
    total,
)
from refsoft.golden._twofold import Rows, two_product


class _Row(NamedTuple):
    shares: Shares
    slope: Rows
    exponent: Rows  # Z = normaliser * 2**exponent


def _scaled(a: Rows, exponent: Rows) -> Rows:
    return np.ldexp(a, np.clip(exponent, -4000, 4000).astype(np.intc))


def _power(f: Rows, e: Rows, p: Rows) -> tuple[Rows, Rows]:
    """(f 2^e)^p as a mantissa and an exponent, both float64."""
    p = np.minimum(p, 1e300)  # beyond, only 1^p is neither 0 nor infinite
    # f^p may underflow for p > 1074: a power of at most 512 is taken, then squared.
    halvings = np.maximum(np.frexp(p)[1] - 9, 0)
    q = np.ldexp(p, -halvings)
    hi, lo = two_product(e, q)
    whole = np.rint(hi)
    mantissa, carry = np.frexp(np.power(f, q) * np.exp2((hi - whole) + lo))
    exponent = whole + carry
    for k in range(int(halvings.max(initial=0))):
        again = halvings > k
        mantissa, carry = np.frexp(np.where(again, mantissa * mantissa, mantissa))
        exponent = np.where(again, 2 * exponent, exponent) + carry
    return mantissa, exponent


def _row(x: Rows, where: Mask, eta: Rows, p: Rows) -> _Row:
    f, e = np.frexp(hide(np.where(np.isinf(x), np.nan, np.abs(x)), where))
    # Near 1 on both sides f^p and 2^(ep) stay close to the power itself.
    low = f < np.sqrt(0.5)
    f, e = np.where(low, 2 * f, f), np.where(low, e - 1.0, e)
    w, w_exponent = _power(f, e, p)
    offset, offset_exponent = np.frexp(eta)
    k = np.maximum(
        largest(np.where(w > 0, w_exponent, -np.inf)),
        np.where(eta > 0, offset_exponent, -np.inf),
    )
    k = np.where(np.isfinite(k), k, 0.0)
    s = shares(_scaled(w, w_exponent - k), where, _scaled(offset, offset_exponent - k))
    steepness = p * (w / np.where(f == 0, 1.0, f)) / s.normaliser
    slope = np.sign(hide(x, where)) * _scaled(steepness, w_exponent - e - k)
    return _Row(s, slope, k)


def forward(x: Rows, where: Mask, *, eta: Rows, p: Rows) -> Rows:
    """The entries y_i = |x_i|^p / (eta + sum_j |x_j|^p)."""
    return _row(x, where, eta, p).shares.y


def jacobian(x: Rows, where: Mask, *, eta: Rows, p: Rows) -> Jacobian:
    """The derivatives dy_i/dx_k = p |x_k|^(p-1) sign(x_k) (delta_ik - y_i) / Z."""
    s, slope, _ = _row(x, where, eta, p)
    return hide_matrix(slope[:, None, :] * delta_less(s.y, s.complement), where)


def vjp(x: Rows, g: Rows, where: Mask, *, eta: Rows, p: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = l (g - <g,y>), deta = -<g,y>/Z, dp = <y (g - <g,y>), log|x|>."""
    (s, slope, exponent), g = _row(x, where, eta, p), hide(g, where)
    apart = deviation(g, s.y, s.quiet)
    deta = -_scaled(total(g * s.y) / s.normaliser, -exponent)
    dp = total(times(s.y * apart, np.log(np.abs(hide(x, where, 1.0)))))
    return hide(slope * apart, where), {"eta": deta[:, 0], "p": dp[:, 0]}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows], *, eta: Rows, p: Rows) -> Rows:
    """The tangent t = q - y (sum q + deta/Z), q = l v + y log|x| dp."""
    s, slope, exponent = _row(x, where, eta, p)
    log_x = np.log(np.abs(hide(x, where, 1.0)))
    moved = slope * hide(v, where) + times(s.y, log_x) * dparams["p"]
    along_eta = _scaled(s.y * dparams["eta"] / s.normaliser, -exponent)
    return hide(less_share(moved, s.y, s.complement) - along_eta, where)
