"""Compare gradients with the truth: dx with the nearest that is acceptable, and slopes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.assess import Standard
from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.gradients.kinks import Share, endless, kinks
from refsoft.conformance.gradients.truth import PullTruth, Value, held, pull_truth
from refsoft.conformance.judge import Judged, judge
from refsoft.conformance.limits import finfo
from refsoft.rounding import Arithmetic, presets

DX = "dx"
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def compare(standard: Standard, true: PullTruth, name: str, given: Any, vjp_from: str) -> Judged:
    """The verdict on dx or on a parameter's gradient, in the shape of the truth."""
    own = _bound(standard, true, name, standard.arithmetic, vjp_from)
    loosest = _bound(standard, true, name, presets(standard.dtype)[-1], vjp_from)
    value: Value = true.dx if name == DX else true.slopes[name]
    return judge(value, given, own, standard.dtype, loosest, value.size)


def compare_dx(standard: Standard, pull: Pull, dx: Floats, vjp_from: str) -> Judged:
    """The verdict on dx (rows, n), held to whichever acceptable gradient is nearest."""
    verdict = _against(standard, pull, dx, vjp_from)
    other = endless(pull, pull_truth(standard.variant, pull).y)
    if other is None or not verdict.beyond.any():
        return verdict
    second = _against(standard, other, dx, vjp_from)
    bad, worse = (v.beyond.any(axis=1, keepdims=True) for v in (verdict, second))
    return select(bad & ~worse, second, verdict)


def select(chosen: Any, one: Judged, other: Judged) -> Judged:
    """The verdict of ``one`` where chosen, elsewhere that of ``other``."""
    return Judged(*(np.where(chosen, getattr(one, f), getattr(other, f)) for f in Judged.__slots__))


def without(verdict: Judged, ignored: Any) -> Judged:
    """The same with nothing said where ``ignored``."""
    nothing = np.zeros(np.shape(verdict.beyond))
    no = nothing.astype(bool)
    return select(ignored, Judged(no, no, nothing, nothing, no), verdict)


def _against(standard: Standard, pull: Pull, dx: Floats, vjp_from: str) -> Judged:
    true = pull_truth(standard.variant, pull)
    least = float(finfo(standard.scores).tiny) if standard.flush else 0.0
    there = kinks(standard.variant, pull, true.y, true.dx.head, least)
    # The nearest subgradient takes the truth's place.
    with np.errstate(all="ignore"):
        nearest = np.clip(dx - true.dx.head, there.low, there.high)
        moved = dx - np.where(np.isfinite(nearest), nearest, 0.0)
        bound = _bound(standard, true, DX, standard.arithmetic, vjp_from)
        for share in there.shares:
            moved = moved + _not_shared(share, dx - true.dx.head, bound)
    verdict = compare(standard, true, DX, moved, vjp_from)
    return without(verdict, there.free | ~pull.case.visible)


def _not_shared(share: Share, shift: Floats, bound: Floats) -> Floats:
    """What the tied entries take too much or too little of, told of the first of them."""
    sum_, slack = (
        np.sum(np.where(share.tied, v, 0.0), axis=1, keepdims=True) for v in (shift, bound)
    )
    excess = sum_ - np.clip(sum_, share.low - slack, share.high + slack)
    first = share.tied & (np.cumsum(share.tied, axis=1) == 1)
    return np.where(first & np.isfinite(excess), excess, 0.0)


def _bound(
    standard: Standard, true: PullTruth, name: str, arithmetic: Arithmetic, vjp_from: str
) -> Floats:
    arithmetic = held(arithmetic, standard.dtype, vjp_from)
    arithmetic = arithmetic.flushing() if standard.flush else arithmetic
    dx, slopes = true.bounds(arithmetic, standard.dtype)
    return dx if name == DX else slopes[name]
