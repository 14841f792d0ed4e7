"""Known mistakes with masks, and which of them a convicted function makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.assess import Assessment, Result, Standard
from refsoft.conformance.cases import Case
from refsoft.conformance.limits import finfo
from refsoft.conformance.masked import poisoned
from refsoft.conformance.masks import hidden

MOST = 30
FILL = -1e9
FILLED = "a finite number, as -1e9, in place of a mask"
COUNTED = "counts masked keys in n"
SCALED = "scales after masking"
LEAK = "a masked value leaks"
Rows = NDArray[np.float64]


def diagnose(
    standard: Standard, results: Sequence[Result], again: Callable[[Case], Assessment]
) -> str:
    """The mistake that explains every conviction of a masked case; empty if none does.

    Parameters
    ----------
    again : (case) -> Assessment
        Judges the function on another case.
    """
    judged = [r for r in results if r.case.where is not None and r.assessment.judged is not None]
    convicted = [r for r in judged if _convicted(r)]
    if not convicted:
        return ""
    if all(leaks(r.case, again) for r in convicted[:MOST]):
        return LEAK
    # What a mistake makes of infinities is left to it. Where the function is right, a mistake that
    # would show in a number is not the one.
    ordinary = [r for r in judged if not poisoned(r.case).any()]
    telling = sorted(ordinary, key=_convicted, reverse=True)
    if not any(map(_convicted, ordinary)):
        telling = convicted
    left: dict[str, None] | None = None
    for result in telling[:MOST]:
        y = np.asarray(result.outcome.y).astype(np.float64).reshape(result.case.rows.shape)
        known = mistakes(standard, result.case)
        fitting = {
            sentence: None
            for sentence, wrong in known
            if _near(standard, y, wrong if _convicted(result) else _unless_nan(wrong, y))
        }
        left = fitting if left is None else {s: None for s in left if s in fitting}
    return next(iter(left or ()), "")


def _convicted(result: Result) -> bool:
    return any(v.kind.startswith("mask") for v in result.assessment.violations)


def leaks(case: Case, again: Callable[[Case], Assessment]) -> bool:
    """Whether zeros behind the mask acquit the function."""
    if not poisoned(case).any():
        return False
    harmless = replace(case, x=hidden(case.x, np.asarray(case.where), 0.0))
    return not again(harmless).violations


def mistakes(standard: Standard, case: Case) -> Iterator[tuple[str, Rows]]:
    """Every known mistake with its result for a case."""
    x, where, params = case.rows.astype(np.float64), case.visible, case.columns()
    every = np.ones(x.shape, bool)
    value = standard.variant.card.rulings.masked

    def forward(scores: Rows, mask: Any, of: Any = standard.variant, **other: Any) -> Rows:
        with np.errstate(all="ignore"):
            return np.asarray(of.golden_module.forward(scores, mask, **(other or params)))

    right = forward(x, where)
    blind = ~where.any(axis=1, keepdims=True)
    yield "ignores the mask", forward(x, every)
    yield "the mask is inverted", forward(x, ~where)
    yield "masks the results, not the scores", np.where(where, forward(x, every), value)
    yield "gives NaN where nothing is visible", np.where(blind, np.nan, right)
    if standard.variant.card.name == "ssmax":
        yield from _ssmax(forward, x, where, params)
    filled = forward(np.where(where, x, FILL), every)
    yield FILLED, filled
    yield FILLED, np.where(where, right, filled)


def _ssmax(
    forward: Callable[..., Rows], x: Rows, where: Any, params: Any
) -> Iterator[tuple[str, Rows]]:
    from refsoft.catalogue import VARIANTS

    softmax = VARIANTS["softmax"]
    one = np.ones((len(x), 1))
    every = np.ones(x.shape, bool)
    count = np.maximum(where.sum(axis=1, keepdims=True), 1)
    # With every key counted the order of scale and mask does not show: n is the mistake then.
    counted = np.where(where, (params["s"] * np.log(one * x.shape[1]) + params["b"]) * x, 0.0)
    yield COUNTED, forward(counted, where, softmax, temperature=one)
    for n in (one * x.shape[1], count):
        c = params["s"] * np.log(n) + params["b"]
        with np.errstate(all="ignore"):
            z = np.where(where, c * x, 0.0)
            infinite = np.where(where, c * x, c * -np.inf)
            w = np.exp(infinite - np.max(infinite, axis=1, keepdims=True))
            late = w / np.sum(w, axis=1, keepdims=True)
        yield SCALED, late
        yield SCALED, np.where(where.any(axis=1, keepdims=True), late, 0.0)
        yield SCALED, forward(np.where(where, z, c * FILL), every, softmax, temperature=one)
        yield FILLED, forward(np.where(where, z, FILL), every, softmax, temperature=one)


def _unless_nan(wrong: Rows, y: Rows) -> Rows:
    """The rows of ``wrong`` without NaN, elsewhere those of ``y``."""
    return np.where(np.isnan(wrong).any(axis=1, keepdims=True), y, wrong)


def _near(standard: Standard, y: Rows, wrong: Rows) -> bool:
    limits = finfo(standard.dtype)
    # Sixteen roundings, and as many units of the largest score's exponent as 2 sigma reach.
    tolerance = 256 * float(limits.eps)
    with np.errstate(all="ignore"):
        near = np.abs(y - wrong) <= tolerance * np.abs(wrong) + 16 * float(limits.tiny)
    near &= np.isfinite(wrong)
    return bool((near | (y == wrong) | (np.isnan(y) & np.isnan(wrong))).all())
