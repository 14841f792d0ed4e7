"""Numbers of twice the digits of float64 and no overflow, for what stands in an exponent.

An error e in z is a relative error e in exp(z), so z = (x - m)/T rounded once would cost
|z| units in the last place, some 700 where the result is still a number. Held as an
unevaluated sum hi + lo it costs one. The exponent is apart because x - m, x/T and c x may
overflow where the result does not.

References
----------
T. J. Dekker, A floating-point technique for extending the available precision, 1971.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]


class Twofold(NamedTuple):
    """The number (hi + lo) * 2**exponent, with lo below half a unit in the last place of hi."""

    hi: Rows
    lo: Rows
    exponent: NDArray[np.intc]


def two_sum(a: Rows, b: Rows) -> tuple[Rows, Rows]:
    """The rounded sum and its error, exactly (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def two_product(a: Rows, b: Rows) -> tuple[Rows, Rows]:
    """The rounded product and its error, exactly (Dekker), for factors within 2**(+-500)."""
    p = a * b
    (a1, a2), (b1, b2) = _split(a), _split(b)
    return p, a2 * b2 - (((p - a1 * b1) - a2 * b1) - a1 * b2)


def _split(a: Rows) -> tuple[Rows, Rows]:
    t = 134217729.0 * a
    high = t - (t - a)
    return high, a - high


def normalised(hi: Rows, lo: Rows, exponent: Any) -> Twofold:
    """(hi + lo) * 2**exponent with ``hi`` brought into [1/2, 1)."""
    # An infinite hi came with an error of inf - inf.
    hi, lo = two_sum(hi, np.where(np.isfinite(hi), lo, 0.0))
    hi, shift = np.frexp(hi)
    lo = np.where(np.isfinite(hi), lo, 0.0)
    return Twofold(hi, np.ldexp(lo, -shift), shift + exponent)


def twofold(a: Rows) -> Twofold:
    """A float64 as it is."""
    return normalised(a, np.zeros_like(a), 0)


def difference(a: Rows, b: Rows) -> Twofold:
    """The exact a - b."""
    # Only near overflow are both made smaller: a subnormal would lose its last digits.
    shift = np.where(np.maximum(np.abs(a), np.abs(b)) > 2.0**1000, 4, 0).astype(np.intc)
    return normalised(*two_sum(np.ldexp(a, -shift), -np.ldexp(b, -shift)), shift)


def product(a: Twofold, b: Twofold) -> Twofold:
    """The product, to about 2**-100 of itself."""
    p, error = two_product(a.hi, b.hi)
    return normalised(p, error + (a.hi * b.lo + a.lo * b.hi), a.exponent + b.exponent)


def reciprocal(a: Rows) -> Twofold:
    """1/a, to about 2**-100 of itself."""
    mantissa, exponent = np.frexp(a)
    hi = 1 / mantissa
    p, error = two_product(hi, mantissa)
    return normalised(hi, ((1 - p) - error) / mantissa, -exponent)


def plus(a: Twofold, b: Twofold) -> Twofold:
    """The sum, to about 2**-100 of |a| + |b|."""
    larger = np.maximum(a.exponent, b.exponent)
    exponent = np.where(a.hi == 0, b.exponent, np.where(b.hi == 0, a.exponent, larger))
    (ah, al), (bh, bl) = (
        (np.ldexp(t.hi, t.exponent - exponent), np.ldexp(t.lo, t.exponent - exponent))
        for t in (a, b)
    )
    hi, lo = two_sum(ah, bh)
    return normalised(hi, lo + (al + bl), exponent)


def log_integer(n: NDArray[Any]) -> Twofold:
    """The logarithm of positive integers."""
    distinct, place = np.unique(n, return_inverse=True)
    with localcontext() as context:
        context.prec = 50
        logs = [Decimal(int(k)).ln() for k in distinct]
        hi = np.array([float(log) for log in logs], dtype=np.float64)
        lo = np.array([float(log - Decimal(float(log))) for log in logs], dtype=np.float64)
    return normalised(hi[place].reshape(n.shape), lo[place].reshape(n.shape), 0)


def value(a: Twofold) -> Rows:
    """The nearest float64."""
    return np.where(np.isfinite(a.hi), np.ldexp(a.hi + a.lo, a.exponent), a.hi)


def exp(a: Twofold) -> Rows:
    """exp(a) as a float64."""
    hi = np.ldexp(a.hi, a.exponent)
    w = np.exp(hi)
    # exp(lo) = 1 + lo to 2**-88 here; beyond 800 the result is 0 or infinite as it is.
    return np.where(np.abs(hi) < 800, w + w * np.ldexp(a.lo, a.exponent), w)
