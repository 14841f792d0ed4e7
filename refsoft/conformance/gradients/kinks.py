"""Where a map has no derivative: any subgradient is acceptable, or anything at all.

The catalogue's convention is 0 at |x| = 0, and the first index at the ties of a
minimum or maximum; an implementation may divide what is at stake among the tied
entries, or take any slope between the two sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.special import rulings
from refsoft.variant import Variant

Floats = NDArray[np.float64]
# The ends of a range of subgradients are computed, not enclosed.
WIDER = 1 + 1 / 8


@dataclass(frozen=True, slots=True)
class Kinks:
    """What dx may be besides the truth, as arrays (rows, n).

    Attributes
    ----------
    low, high : ndarray
        Every number from truth + low to truth + high is a subgradient.
    free : ndarray of bool
        There is no derivative, or it is not finite: anything is acceptable.
    """

    low: Floats
    high: Floats
    free: NDArray[np.bool_]


def kinks(variant: Variant, pull: Pull, y: Floats) -> Kinks:
    """The kinks of a case."""
    case = pull.case
    x = np.where(case.visible, case.rows.astype(np.float64), np.nan)
    g = np.where(case.visible, pull.rows.astype(np.float64), 0.0)
    low, high, free = np.zeros(x.shape), np.zeros(x.shape), np.zeros(x.shape, bool)
    for row, ruling in rulings(variant, case).items():
        if ruling.id != "nan" and not any(np.isfinite(r).all() for r in ruling.accepted[:1]):
            free[row] = True
    with np.errstate(all="ignore"):
        if variant.card.name == "symax":
            _powers(x, g, y, free, low, high, **case.columns())
        elif variant.card.name == "self_adjust_normalized":
            _extremes(x, g, free, low, high)
    return Kinks(low, high, free)


def _powers(
    x: Floats, g: Floats, y: Floats, free: Any, low: Floats, high: Floats, eta: Any, p: Any
) -> None:
    """|x|^p at 0: a kink for p = 1, without bound for p < 1; 0/0 where eta and all x are 0."""
    zero = x == 0
    free |= zero & (p < 1)
    free |= (eta == 0) & ~np.any(np.abs(x) > 0, axis=1, keepdims=True)
    whole = eta + np.nansum(np.abs(x), axis=1, keepdims=True)
    slope = np.where(zero & (p == 1), np.abs(g - np.sum(g * y, axis=1, keepdims=True)) / whole, 0.0)
    high += WIDER * slope
    low -= WIDER * slope


def _extremes(x: Floats, g: Floats, free: Any, low: Floats, high: Floats) -> None:
    """The corrections at a smallest or largest score that is tied, or exactly 0."""
    least = np.min(x, axis=1, keepdims=True, initial=0.0, where=~np.isnan(x))
    most = np.max(x, axis=1, keepdims=True, initial=0.0, where=~np.isnan(x))
    top = np.max(x, axis=1, keepdims=True, initial=-np.inf, where=~np.isnan(x))
    free |= (least == most) & np.isfinite(least)
    width = np.where(most > least, most - least, 1.0)
    w = np.where(np.isnan(x), 0.0, np.exp(x - top))
    pulled = g * w / np.sum(w, axis=1, keepdims=True) / width
    place = np.where(np.isnan(x), 0.0, (x - least) / width)
    for end, part in ((least, pulled * (1 - place)), (most, pulled * place)):
        at_end = x == end
        first = at_end & (np.cumsum(at_end, axis=1) == 1)
        tied = (np.sum(at_end, axis=1, keepdims=True) > 1) | (end == 0)
        whole = WIDER * np.sum(part, axis=1, keepdims=True)
        # The truth takes all of it off the first, unless the extreme is 0.
        taken = first & (end != 0)
        shift = np.where(at_end & tied, np.where(taken, whole, -whole), 0.0)
        shift = np.where(np.isfinite(shift), shift, 0.0)
        high += np.maximum(shift, 0.0)
        low += np.minimum(shift, 0.0)
