"""The largest rounding error that any row of a length can have; docs/bounds.md, section 11."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft._dtypes import as_dtype
from refsoft.rounding._arithmetic import FORMATS, OWN_ROUNDING, Arithmetic

# How often a GPU moves a part of a row to another scale: once for so many entries begun, or twice.
MOVED, LEAST_MOVES = 2**19, 2


def exponential_ulps(
    entries: int,
    arithmetic: Arithmetic,
    dtype: Any,
    *,
    roundings: float = 0.0,
    rate: float = 0.0,
    offset: float = 0.0,
) -> float:
    """How far exponential weights over their sum may be off, in ulps; section 11.3.

    Parameters
    ----------
    entries : int
        The number of weights, an offset among them.
    roundings : float
        Of the quotient and of what follows it, but for the last.
    rate : float
        The relative error of a distance to the largest score.
    offset : float
        The error of the offset beyond that of a weight.
    """
    weight, average = weight_errors(entries, arithmetic, rate)
    error = quotient_error(entries, arithmetic, weight, average + offset, roundings)
    return ulps(error, arithmetic, dtype)


def weight_errors(entries: int, arithmetic: Arithmetic, rate: float = 0.0) -> tuple[float, float]:
    """The logarithmic error of exp(-d) at worst, and at worst on the average under the weights.

    Of what does not underflow d is at most the logarithm of the smallest
    number; its average is at most that of the number of weights.
    """
    constant, slope = arithmetic.exp[0] * arithmetic.u, arithmetic.exp[1] * arithmetic.u + rate
    return constant + slope * _farthest(arithmetic), constant + slope * math.log(max(entries, 1))


def quotient_error(
    entries: int, arithmetic: Arithmetic, weight: float, average: float, roundings: float = 0.0
) -> float:
    """The logarithmic error of w / sum(w) and of what follows, before the last rounding."""
    error = weight + sum_error(entries, arithmetic, average) + roundings * arithmetic.u
    return error + arithmetic.inverse


def sum_error(entries: int, arithmetic: Arithmetic, average: float) -> float:
    """The logarithmic error of a sum of weights."""
    height = arithmetic.height(np.array([[float(entries)]]), entries)
    roundings = float(height[0, 0])
    if arithmetic.split:  # it stays a pair
        roundings = min(roundings, arithmetic.split_height(entries))
    if 0 < arithmetic.held < entries:
        moved = arithmetic.exp[0] + arithmetic.exp[1] * _farthest(arithmetic)
        factor = max(moved, arithmetic.power) + 1
        roundings += factor * max(LEAST_MOVES, 1 + entries // MOVED)
    return average + roundings * arithmetic.u


def _farthest(arithmetic: Arithmetic) -> float:
    """The distance of the farthest score whose weight does not underflow, and 1 more."""
    return 1 - math.log(FORMATS[arithmetic.weights or arithmetic.format].subnormal)


def ulps(error: float, arithmetic: Arithmetic, dtype: Any) -> float:
    """A logarithmic error in units in the last place of the result, rounded; section 11.4."""
    work = FORMATS[arithmetic.weights or arithmetic.format].roundoff
    # A relative error of u is at most one unit.
    return _rounded(math.expm1(error) / work, work, dtype)


def absolute_ulps(error: float, relative: float, arithmetic: Arithmetic, dtype: Any) -> float:
    """An absolute and a relative error in units of max(|y|, 1), rounded; section 11.4."""
    work = FORMATS[arithmetic.weights or arithmetic.format].roundoff
    return _rounded((error / 2 + math.expm1(relative)) / work, work, dtype)


def _rounded(units: float, work: float, dtype: Any) -> float:
    target = FORMATS[as_dtype(dtype).name].roundoff
    units = _once(units)
    return (_once(units * work / target) if target > work else units) * OWN_ROUNDING


def _once(units: float) -> float:
    # Half a unit, but a whole one of the truth where an error of a unit or
    # more has crossed into the next binade.
    return units + (0.5 if units < 1 else 1.0)
