"""Where a map has no derivative: any subgradient is acceptable, or anything at all.

The catalogue's convention is 0 at |x| = 0, and the first index at the ties of a
minimum or maximum; an implementation may divide what is at stake among the tied
entries, or take any slope between the two sides. Where subnormal numbers are
flushed a score below the normal range may be read as 0, with its kink.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.special import rulings
from refsoft.variant import Variant

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# The ends of a range of subgradients are computed, not enclosed.
WIDER = 1 + 1 / 8


@dataclass(frozen=True, slots=True)
class Share:
    """Tied entries that divide something: by how much dx may differ from the truth in sum.

    Attributes
    ----------
    tied : ndarray of bool (rows, n)
    low, high : ndarray (rows, 1)
    """

    tied: Flags
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Kinks:
    """What dx may be besides the truth, as arrays (rows, n).

    Attributes
    ----------
    low, high : ndarray
        Every number from truth + low to truth + high is a subgradient.
    free : ndarray of bool
        There is no derivative, or it is not finite: anything is acceptable.
    shares : tuple of Share
    """

    low: Floats
    high: Floats
    free: Flags
    shares: tuple[Share, ...] = ()


def kinks(variant: Variant, pull: Pull, y: Floats, dx: Floats, least: float = 0.0) -> Kinks:
    """The kinks of a case.

    Parameters
    ----------
    y, dx : ndarray (rows, n)
        The exact ones.
    least : float
        Scores smaller than that may be read as 0.
    """
    case = pull.case
    x = np.where(case.visible, case.rows.astype(np.float64), np.nan)
    g = np.where(case.visible, pull.rows.astype(np.float64), 0.0)
    free = np.zeros(x.shape, bool)
    for row, ruling in rulings(variant, case).items():
        if ruling.id != "nan" and not any(np.isfinite(r).all() for r in ruling.accepted[:1]):
            free[row] = True
    nothing = np.zeros(x.shape)
    with np.errstate(all="ignore"):
        if variant.card.name == "symax":
            return _powers(x, g, y, dx, free, least, **case.columns())
        if variant.card.name == "self_adjust_normalized":
            return _extremes(x, g, free, least)
    return Kinks(nothing, nothing, free)


def endless(pull: Pull, y: Floats) -> Pull | None:
    """The case without the cotangents of results of -inf, None if there are none.

    With them <g,y> is infinite and has no derivative. Its formula has a limit, which torch
    and JAX return; where what is -inf is a constant, they count for nothing.
    """
    lost = np.isneginf(y) & pull.case.visible & (pull.rows != 0)
    if not lost.any():
        return None
    return replace(pull, g=np.where(lost, 0, pull.rows).astype(pull.g.dtype).reshape(pull.g.shape))


def _powers(
    x: Floats, g: Floats, y: Floats, dx: Floats, free: Flags, least: float, eta: Any, p: Any
) -> Kinks:
    """|x|^p at 0: a kink for p = 1, without bound for p < 1; 0/0 where eta and all x are 0."""
    zero = (x == 0) | (np.abs(x) < least)
    free = free | (zero & (p < 1))
    free |= (eta == 0) & np.all(zero | np.isnan(x), axis=1, keepdims=True)
    whole = eta + np.nansum(np.abs(x), axis=1, keepdims=True)
    slope = np.abs(g - np.sum(g * y, axis=1, keepdims=True)) / whole
    slope = WIDER * np.where(p == 1, slope, np.abs(dx))
    low, high = (np.where(zero & np.isfinite(slope), s * slope - dx, 0.0) for s in (-1, 1))
    return Kinks(np.minimum(low, 0.0), np.maximum(high, 0.0), free)


def _extremes(x: Floats, g: Floats, free: Flags, least: float) -> Kinks:
    """The corrections at a smallest or largest score that is tied, or exactly 0."""
    read = np.where(np.abs(x) < least, 0.0, x)
    low = np.min(x, axis=1, keepdims=True, initial=0.0, where=~np.isnan(x))
    high = np.max(x, axis=1, keepdims=True, initial=0.0, where=~np.isnan(x))
    top = np.max(x, axis=1, keepdims=True, initial=-np.inf, where=~np.isnan(x))
    free = free | (np.all((read == 0) | np.isnan(x), axis=1, keepdims=True) & np.isfinite(low))
    width = np.where(high > low, high - low, 1.0)
    w = np.where(np.isnan(x), 0.0, np.exp(x - top))
    pulled = g * w / np.sum(w, axis=1, keepdims=True) / width
    place = np.where(np.isnan(x), 0.0, (x - low) / width)
    shares, shifts = [], []
    for end, part in ((low, pulled * (1 - place)), (high, pulled * place)):
        at_zero = (end == 0) | (np.abs(end) < least)
        at_end = read == np.where(at_zero, 0.0, end)
        first = (x == end) & (np.cumsum(x == end, axis=1) == 1)
        tied = at_end & ((np.sum(at_end, axis=1, keepdims=True) > 1) | at_zero)
        whole = WIDER * np.sum(part, axis=1, keepdims=True)
        whole = np.where(np.isfinite(whole), whole, 0.0)
        # The truth takes all of it off the first, unless the extreme is 0.
        taken = first & (end != 0)
        shifts.append(np.where(tied, np.where(taken, whole, -whole), 0.0))
        most = np.where(at_zero, np.where(end != 0, whole, -whole), 0.0)
        shares.append(Share(tied, np.minimum(most, 0.0), np.maximum(most, 0.0)))
    return Kinks(
        sum((np.minimum(s, 0.0) for s in shifts), np.zeros(x.shape)),
        sum((np.maximum(s, 0.0) for s in shifts), np.zeros(x.shape)),
        free,
        tuple(shares),
    )
