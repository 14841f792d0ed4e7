r"""ssmax: softmax whose scores grow with the logarithm of the row's length.

.. math:: y = \operatorname{softmax}(c\,x), \qquad c = s \log n + b

n counts the visible entries. For c < 0 the smallest score has the largest weight, so c x is
written |c| z with z = sign(c) x and shifted by max z: |c| (z_i - max z) <= 0 for either sign.
c and the product are formed at twice the digits: an error in c is multiplied by the distance
of the scores, and c x may overflow where the difference does not.

c = 0 is uniform whatever the scores. Where c < 0 a single -inf takes the whole row. Two of them,
+inf, and a row of -inf alone have no result.

dy_i/dx_k = c y_k (delta_ik - y_i), dy_i/dc = y_i (x_i - <y,x>), dc/ds = log n, dc/db = 1.
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
from refsoft.golden._twofold import (
    Rows,
    Twofold,
    difference,
    exp,
    log_integer,
    plus,
    product,
    twofold,
    value,
)


def _scale(where: Mask, s: Rows, b: Rows) -> tuple[Twofold, Rows]:
    log_n = log_integer(np.maximum(where.sum(axis=-1, keepdims=True), 1))
    return plus(product(twofold(s), log_n), twofold(b)), value(log_n)


def _signed(x: Rows, where: Mask, c: Twofold) -> tuple[Twofold, Rows]:
    sign = np.sign(c.hi)
    z = np.where((sign == 0) & ~np.isnan(x), 0.0, sign * x)
    return Twofold(np.abs(c.hi), sign * c.lo, c.exponent), hide(z, where, -np.inf)


def _shares(x: Rows, where: Mask, c: Twofold) -> Shares:
    size, z = _signed(x, where, c)
    visible = hide(x, where)
    alone = (z == np.inf).sum(axis=-1, keepdims=True) == 1
    z = np.where(alone, np.where(z == np.inf, 0.0, -np.inf), z)
    undefined = ~(visible < np.inf).all(axis=-1, keepdims=True)
    undefined |= (~where | (visible == -np.inf)).all(axis=-1, keepdims=True)
    z = np.where(undefined, np.nan, z)
    return shares(exp(product(size, difference(z, shift(z)))), where)


def _distance(x: Rows, y: Rows, c: Twofold) -> tuple[Rows, Rows]:
    # x less the score of the largest weight, over a power of two that keeps it from overflow.
    weighty = (y > 0) & np.isfinite(x)
    magnitude, sign = largest(hide(np.abs(x), weighty)), np.where(c.hi < 0, -1.0, 1.0)
    exponent = np.frexp(magnitude)[1]
    reference = sign * np.ldexp(largest(hide(sign * x, weighty, -np.inf)), -exponent)
    return np.ldexp(hide(x, y != 0), -exponent) - reference, exponent


def forward(x: Rows, where: Mask, *, s: Rows, b: Rows) -> Rows:
    """The entries y_i = exp(c x_i - m) / sum_j exp(c x_j - m), m = max c x."""
    return _shares(x, where, _scale(where, s, b)[0]).y


def lse(x: Rows, where: Mask, *, s: Rows, b: Rows) -> Rows:
    """The log-normaliser log sum_j exp(c x_j) = m + log sum_j exp(c x_j - m), m = max c x."""
    size, z = _signed(x, where, _scale(where, s, b)[0])
    top = largest(z)
    m = np.where(np.isinf(top), top, value(product(size, twofold(top))))
    return log_normaliser(m, shares(exp(product(size, difference(z, top))), where).excess)


def jacobian(x: Rows, where: Mask, *, s: Rows, b: Rows) -> Jacobian:
    """The derivatives dy_i/dx_k = c y_k (delta_ik - y_i)."""
    c, _ = _scale(where, s, b)
    p = _shares(x, where, c)
    matrix = c.hi[:, :, None] * p.y[:, None, :] * delta_less(p.y, p.complement)
    return hide_matrix(np.ldexp(matrix, c.exponent[:, :, None]), where)


def vjp(x: Rows, g: Rows, where: Mask, *, s: Rows, b: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The cotangents dx = c dz, ds = log n <dz,x>, db = <dz,x>, with dz = y (g - <g,y>)."""
    c, log_n = _scale(where, s, b)
    y = _shares(x, where, c).y
    dz = y * deviation(hide(g, where), y)
    distance, exponent = _distance(x, y, c)
    dc = total(times(dz, distance))
    ds, db = np.ldexp(log_n * dc, exponent), np.ldexp(dc, exponent)
    return hide(np.ldexp(c.hi * dz, c.exponent), where), {"s": ds[:, 0], "b": db[:, 0]}


def lse_gradient(x: Rows, where: Mask, *, s: Rows, b: Rows) -> tuple[Rows, dict[str, Rows]]:
    """The derivatives of lse: c y_k, log n <y,x> and <y,x>."""
    c, log_n = _scale(where, s, b)
    y = _shares(x, where, c).y
    db = total(times(y, hide(x, where)))
    return np.ldexp(c.hi * y, c.exponent), {"s": (log_n * db)[:, 0], "b": db[:, 0]}


def jvp(x: Rows, v: Rows, where: Mask, dparams: dict[str, Rows], *, s: Rows, b: Rows) -> Rows:
    """The tangent t = c y (v - <y,v>) + y (x - <y,x>) dc, dc = log n ds + db."""
    c, log_n = _scale(where, s, b)
    y = _shares(x, where, c).y
    distance, exponent = _distance(x, y, c)
    dc = log_n * dparams["s"] + dparams["b"]
    along_x = np.ldexp(c.hi * (y * deviation(hide(v, where), y)), c.exponent)
    along_c = np.ldexp(times(dc, y * deviation(np.where(y == 0, 0.0, distance), y)), exponent)
    return hide(along_x + along_c, where)
