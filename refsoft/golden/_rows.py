"""What the golden functions share: hidden entries, row maxima, sums and shares.

Two arguments recur. Sums are compensated, so their error does not grow with the row. And a
difference that is known to be small is never formed from rounded numbers near 1: the
complement 1 - y of a dominating entry is the sum of the others, and the deviation of g from
its mean is taken from the value at that entry. Derivatives are then accurate term by term:
the error of J^T g is a few units in the last place of sum |J_ik||g_i|, whatever cancels in y.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from refsoft.golden._twofold import Rows, two_sum

Mask = NDArray[np.bool_]
Jacobian = NDArray[np.float64]


def hide(x: Rows, where: Mask, instead: float = 0.0) -> Rows:
    """The scores with masked entries replaced, so that nothing behind the mask takes part."""
    return np.where(where, x, instead)


def largest(x: Rows) -> Rows:
    """The maximum of each row, (rows, 1); -inf of an empty row, NaN if the row has one."""
    m: Rows = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    return m


def shift(x: Rows) -> Rows:
    """The maximum where exponentials may be shifted by it; NaN for +inf: no share is defined."""
    m = largest(x)
    return np.where(m == np.inf, np.nan, m)


def first(mask: Mask) -> Mask:
    """The first True of each row alone."""
    alone: Mask = mask & (np.cumsum(mask, axis=-1) == 1)
    return alone


def times(a: Rows, b: Rows) -> Rows:
    """The product a b, 0 where a is 0: a weight vanishes faster than what it weighs grows."""
    return np.where(a == 0, 0.0, a * b)


def total(a: Rows) -> Rows:
    """The sum of each row, (rows, 1), to u|sum| + O(u^2) sum |a|: pairs, with their errors."""
    errors = np.zeros((len(a), 1))
    while a.shape[-1] > 1:
        half = a.shape[-1] // 2
        pairs, error = two_sum(a[:, :half], a[:, half : 2 * half])
        errors += error.sum(axis=-1, keepdims=True)
        a = np.hstack([pairs, a[:, 2 * half :]])
    s: Rows = a.sum(axis=-1, keepdims=True)
    return np.where(np.isfinite(s), s + errors, s)


class Shares(NamedTuple):
    """The entries y = w/Z, Z = offset + sum w, and what their derivatives need.

    Attributes
    ----------
    y : (rows, n)
    complement : (rows, n)
        1 - y, to a few units in its own last place.
    quiet : (rows, 1)
        The share of the offset, 1 - sum y.
    normaliser : (rows, 1)
        Z at the scale of the weights.
    excess : (rows, 1)
        Z less 1, accurate where the largest weight is 1 and the others vanish.
    """

    y: Rows
    complement: Rows
    quiet: Rows
    normaliser: Rows
    excess: Rows


def shares(w: Rows, where: Mask, offset: Any = 0.0) -> Shares:
    """Normalise weights w >= 0, the largest of weights and offset near 1."""
    offset = np.broadcast_to(offset, (len(w), 1))
    keys = np.hstack([offset, hide(w, where)])
    top = np.arange(keys.shape[-1]) == np.argmax(keys, axis=-1, keepdims=True)
    peak, rest = total(np.where(top, keys, 0.0)), total(np.where(top, 0.0, keys))
    z = peak + rest
    z = np.where(z == 0, 1.0, z)  # a true 0/0 gives a zero row
    share = keys / z
    complement = np.where(top, rest / z, 1 - share)
    y = hide(share[:, 1:], where)
    return Shares(y, complement[:, 1:], share[:, :1], z, (peak - 1) + rest)


def log_normaliser(m: Rows, excess: Rows) -> Rows:
    """The values m + log(Z), (rows,), from Z - 1 at the scale exp(m); m where it is infinite."""
    return np.where(np.isinf(m), m, m + np.log1p(excess))[:, 0]


def less_share(t: Rows, y: Rows, complement: Rows) -> Rows:
    """The entries t - y sum(t), each entry's own part taken as t (1 - y) where y is near 1."""
    heavy = y > 0.5
    apart = t * complement - y * total(np.where(heavy, 0.0, t))
    return np.where(heavy, apart, t - y * total(t))


def deviation(g: Rows, y: Rows, quiet: Any = 0.0) -> Rows:
    """The entries g - <g, y>, measured from g at an entry that holds over half of the row."""
    anchor = total(np.where(y > 0.5, g, 0.0))
    apart = g - anchor
    from_anchor: Rows = apart - (total(times(y, apart)) - quiet * anchor)
    return from_anchor


def delta_less(y: Rows, complement: Rows) -> Jacobian:
    """The matrices delta_ik - y_i."""
    own = np.eye(y.shape[-1], dtype=bool)
    return np.where(own, complement[:, :, None], -y[:, :, None])


def hide_matrix(jacobian: Jacobian, where: Mask) -> Jacobian:
    """The matrices with masked rows and columns 0."""
    return np.where(where[:, :, None] & where[:, None, :], jacobian, 0.0)
