"""The power for Numba, in arithmetic that LLVM turns into vector code.

a**p is exp(p log a), and p log a may be 745 units of 2**-53 for each of log a.
So the logarithm is a pair, right to 2**-64 of itself: with s = d / (d + 2)

    log(1 + d) = 2 s (1 + s^2 (1/3 + s^2 (1/5 + s^2/7 + ...))),

in which the innermost bracket alone is not a pair: its rounding counts s^2 s^2/5,
less than 2**-12. That is 3/8 u of a power at the ends of the range, exp errs by
1.25 u for a pair, and the power by no more than POWER_ERROR u.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers._bits import FORMATS, fused
from refsoft.drivers._exponential import INLINED, exp_of
from refsoft.drivers._logarithm import binary

# In units of 2**-53, of a result above the smallest normal number.
POWER_ERROR = 2.25

_WIDE = FORMATS[types.float64]
# 1/3 as a pair; and 1/23, ..., 1/5: beyond, terms are below 2**-64 of the whole.
_THIRD, _THIRD_TAIL = 1 / 3, 2.0**-54 / 3
_SERIES = tuple(1.0 / (2 * k + 1) for k in range(11, 1, -1))


_exp = exp_of(types.float64, True)


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def _log_pair(a: float) -> Any:
    """The logarithm of a positive number as a pair."""
    d, k = binary(a)
    # s as a pair: d + 2 is one, too.
    under = 2.0 + d
    lost = d - (under - 2.0)
    inverse = 1.0 / under
    s = d * inverse
    s_tail = (fused(-s, under, d) - s * lost) * inverse
    square = s * s
    square_tail = fused(s, s, -square) + 2.0 * s * s_tail
    # 1/3 + s^2/5 + ...
    series = 0.0
    for coefficient in _SERIES:
        series = series * square + coefficient
    rest = square * series
    bracket = _THIRD + rest
    bracket_tail = ((_THIRD - bracket) + rest) + _THIRD_TAIL
    # s^2 times that, times s.
    share = square * bracket
    share_tail = fused(square, bracket, -share) + square * bracket_tail + square_tail * bracket
    beyond = s * share
    beyond_tail = fused(s, share, -beyond) + s * share_tail + s_tail * share
    half = s + beyond
    half_tail = ((s - half) + beyond) + (s_tail + beyond_tail)
    # k log 2 is 0 or larger than the rest.
    whole = k * _WIDE.ln2_head
    whole_tail = fused(k, _WIDE.ln2_head, -whole) + k * _WIDE.ln2_tail
    hi = whole + 2.0 * half
    return hi, ((whole - hi) + 2.0 * half) + (whole_tail + 2.0 * half_tail)


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def _power_wide(a: float, p: float) -> float:
    hi, lo = _log_pair(a)
    product = p * hi
    tail = fused(p, hi, -product) + p * lo
    # Away from both ends of the range, so that it is rounded there once.
    exponent = 64.0 if product > 0.0 else -64.0
    value, _ = _exp(product, tail if abs(product) < np.inf else 0.0, exponent)
    value *= 2.0**64 if product > 0.0 else 2.0**-64
    end = a if p > 0.0 else np.inf if a == 0.0 else 0.0 if a == np.inf else a
    return value if (a > 0.0) & (a < np.inf) else end


@overload(primitives.log_pair, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log_pair_of(a: Any) -> Any:
    def log_pair(a: Any) -> Any:
        return _log_pair(a)

    return log_pair


@overload(primitives.power, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _power(a: Any, p: Any) -> Any:
    real = FORMATS[p].real

    def power(a: Any, p: Any) -> Any:
        base = primitives.cast(a, p)
        if p == 0.0:
            return primitives.cast(1.0, p)
        # Exact, and right for a subnormal base.
        if p == 1.0:
            return base
        if p == 2.0:
            return base * base
        return real(_power_wide(np.float64(base), np.float64(p)))

    return power
