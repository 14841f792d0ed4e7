"""What the oracle returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exact:
    """Correctly rounded values, and float64 bounds of the truth.

    Attributes
    ----------
    value : ndarray
        The truth rounded to nearest even in the dtype asked for. Every zero is +0.
    lo, hi : ndarray of float64
        ``lo <= truth <= hi``, equal where the truth is known to be that number,
        else at most two units in the last place apart.
    """

    value: Any
    lo: Any
    hi: Any

    def map(self, f: Callable[[Any], Any]) -> Exact:
        """The same with ``f`` applied to each array."""
        return Exact(f(self.value), f(self.lo), f(self.hi))


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The truth to about twice float64's precision: ``|truth - (head + tail)| <= radius``.

    Attributes
    ----------
    head : ndarray of float64
        The truth rounded to nearest even; NaN and infinities stand here, with
        tail and radius 0.
    tail : ndarray of float64
        The rest, rounded.
    radius : ndarray of float64
    """

    head: Any
    tail: Any
    radius: Any

    def map(self, f: Callable[[Any], Any]) -> Enclosure:
        """The same with ``f`` applied to each array."""
        return Enclosure(f(self.head), f(self.tail), f(self.radius))
