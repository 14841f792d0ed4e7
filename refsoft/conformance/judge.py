"""Compare what was returned with the truth, entry by entry.

An entry is convicted when its error exceeds the proven bound. It is *wrong*
when no honest arithmetic of the format explains it: when the result is not
finite although the value is; when the error is more than an eighth of the value
and more than eight bounds; or when it is more than eight times the bound of the
loosest preset that applies to the format, whatever was declared, since two
honest functions of the format never differ by more than two such bounds.
Otherwise it is *inaccurate*. An entry whose bound exceeds an eighth of its value, or of the
smallest normal number where that is larger, has no power.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.limits import finfo

FAR = 1 / 8
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on every entry of a case, as arrays (rows, n).

    Attributes
    ----------
    beyond, wrong : of bool
        Past the bound; past it by far.
    ratio : of float
        Error over bound.
    ulps : of float
        Error in units in the last place of the format.
    strong : of bool
        Whether the bound is tight enough to tell a wrong function.
    """

    beyond: Flags
    wrong: Flags
    ratio: Floats
    ulps: Floats
    strong: Flags


class Enclosed(Protocol):
    """Real values, each within ``radius`` of ``head + tail``."""

    @property
    def head(self) -> Floats:
        """The nearest float64."""

    @property
    def tail(self) -> Floats:
        """The rest."""

    @property
    def radius(self) -> Floats:
        """What is not known."""


def judge(
    truth: Enclosed,
    y: Floats,
    bound: Floats,
    dtype: np.dtype[Any],
    loosest: Floats | None = None,
    size: Floats | None = None,
) -> Judged:
    """Judge ``y`` (rows, n), exact values as float64, against the enclosure.

    ``loosest`` is the bound of the loosest preset of the format, where known, and ``size``
    what errors are measured by where the value cancels.
    """
    limits = finfo(dtype)
    size = np.abs(truth.head) if size is None else size
    ends = np.isfinite(truth.head) & np.isfinite(y)
    with np.errstate(all="ignore"):
        # Where the two agree to a factor of 2 the first difference is exact; elsewhere
        # its rounding is far below what is measured.
        error = np.maximum(np.abs((y - truth.head) - truth.tail) - truth.radius, 0.0)
    same = (y == truth.head) | (np.isnan(y) & np.isnan(truth.head))
    # The nearest number of the format may be infinite.
    overflow = np.isinf(y) & (np.sign(y) == np.sign(truth.head))
    value = np.abs(truth.head)
    overflow &= value + np.minimum(bound, value) >= float(limits.max)
    error = np.where(ends, error, np.where(same | overflow, 0.0, np.inf))
    with np.errstate(all="ignore"):
        ratio = np.where(error == 0.0, 0.0, error / bound)
        ulps = np.where(np.isfinite(error), error / _ulp(size, limits), np.inf)
    # A bound of +inf says nothing of finite results, but infinity and NaN are never a rounding.
    ratio = np.where(np.isinf(error), np.inf, ratio)
    ratio = np.where(np.isnan(truth.head), 0.0, ratio)
    beyond = ratio > 1.0
    far = np.isinf(error) | ((error > FAR * size) & (ratio > 1 / FAR))
    if loosest is not None:
        far |= error > loosest / FAR
    return Judged(
        beyond=beyond,
        wrong=beyond & far,
        ratio=ratio,
        ulps=ulps,
        strong=bound <= FAR * np.maximum(size, float(limits.tiny)),
    )


def _ulp(size: Floats, limits: Any) -> Floats:
    exponent = np.floor(np.log2(np.maximum(size, float(limits.tiny))))
    return np.maximum(np.exp2(exponent) * float(limits.eps), float(limits.smallest_subnormal))
