"""The logarithm for Numba in float64, close to the last place and where it is small, too."""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import register_jitable

from refsoft.drivers._bits import FORMATS, bits_as
from refsoft.drivers._exponential import INLINED

WIDE = FORMATS[types.float64]
NOTHING = -0.0  # of which a + -0.0 = a remains
_NORMAL = float(np.finfo(np.float64).tiny)
_SQRT_HALF = np.float64(math.sqrt(0.5)).view(np.int64)
# Beyond, the terms of atanh are below a tenth of a rounding error.
_ATANH = tuple(2.0 / (2 * k + 1) for k in range(11, 0, -1))


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def binary(a: float) -> tuple[float, float]:
    """The (d, k) with a = 2**k (1 + d) and 1 + d between sqrt(1/2) and sqrt(2), for a > 0."""
    subnormal = a < _NORMAL
    bits = bits_as(a * 2.0**54 if subnormal else a, np.int64)
    k = (bits - _SQRT_HALF) >> np.int64(52)
    d = bits_as(bits - (k << np.int64(52)), np.float64) - 1.0
    return d, np.float64(k) - (54.0 if subnormal else 0.0)


@register_jitable(fastmath={"contract"}, **INLINED)  # type: ignore[untyped-decorator]
def log_wide(a: float, more: float) -> float:
    """The logarithm of a + a more, |more| below a rounding."""
    # With s = d / (d + 2), log(1 + d) = 2 atanh(s) = d - d^2/2 + s (d^2/2 + s^2 (2/3 + ...)).
    d, exponent = binary(a)
    s = d / (d + 2.0)
    square, series = s * s, 0.0
    for coefficient in _ATANH:
        series = series * square + coefficient
    half = 0.5 * d * d
    low = s * (half + square * series) + exponent * WIDE.ln2_tail + more
    value = exponent * WIDE.ln2_head + (d - (half - low))
    beyond = a if a > 1.0 else (-np.inf if a == 0.0 else np.nan)
    return value if (a > 0.0) & (a < np.inf) else beyond
