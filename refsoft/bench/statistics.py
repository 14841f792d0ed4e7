"""Medians and quartiles of times, and which of them to show first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of one call, in seconds.

    Attributes
    ----------
    median, low, high : float
        The second, first and third quartile.
    count : int
        How many times it was measured.
    """

    median: float
    low: float
    high: float
    count: int


def spread(times: Sequence[float]) -> Spread:
    """The quartiles of times, interpolated between neighbours.

    Examples
    --------
    >>> spread([4.0, 1.0, 2.0, 3.0, 10.0])
    Spread(median=3.0, low=2.0, high=4.0, count=5)
    """
    if not times:
        raise ValueError("times is empty; accepted: at least one")
    ordered = sorted(times)
    low, median, high = (_quantile(ordered, q) for q in (0.25, 0.5, 0.75))
    return Spread(median, low, high, len(ordered))


def _quantile(ordered: Sequence[float], q: float) -> float:
    place = q * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def ratio(ours: Spread | None, theirs: Spread | None) -> float | None:
    """Our median over theirs; None where one of them is not there."""
    return ours.median / theirs.median if ours and theirs else None


def geometric_mean(ratios: Iterable[float]) -> float:
    """The mean of ratios.

    Examples
    --------
    >>> geometric_mean([0.5, 2.0])
    1.0
    """
    logarithms = [math.log(r) for r in ratios]
    return math.exp(math.fsum(logarithms) / len(logarithms))
