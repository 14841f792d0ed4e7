"""Parts of a normaliser for Numba: results from weights, in arithmetic that LLVM vectorises.

A result in float32 is made of numbers in float32, and pairs of them hold what would be lost: to
go to float64 and back takes longer than the arithmetic. Its scores must be `NEAR` 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers._bits import FORMATS, bits_as, fused
from refsoft.drivers._exponential import INLINED

# If the score whose weight is 2**60 is nearer to 0 than this, so is every other that
# has a weight, and no product of both overflows: the weights are below 2**100.
NEAR = 2.0**27


def inverse(z: primitives.Pair, like: float) -> primitives.Pair:
    """1 / z as a pair in the format of ``like``, for a pair z in float64."""
    raise NotImplementedError("in kernels only")


@overload(inverse, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _inverse(z: Any, like: Any) -> Any:
    def inverse_wide(z: Any, like: Any) -> Any:
        hi = 1.0 / z[0]
        return hi, fused(-hi, z[1], fused(-hi, z[0], 1.0)) * hi

    def inverse_narrow(z: Any, like: Any) -> Any:
        # No larger than what float32 holds: where it would be all weights are 0.
        near = min(1.0 / z[0], 2.0**127)
        hi = np.float32(near)
        return hi, np.float32(near - np.float64(hi))

    return inverse_wide if like == types.float64 else inverse_narrow


@overload(primitives.portion, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _portion(w: Any, z: Any, a: Any) -> Any:
    def portion_of_float(w: Any, z: Any, a: Any) -> Any:
        return primitives.scaled(w * (1.0 / z), a)

    def portion(w: Any, z: Any, a: Any) -> Any:
        hi, lo = inverse(z, w)
        share = w * hi
        rest = fused(w, hi, -share) + w * lo
        # An infinite score has a share without a rest.
        return fused(share, a, rest * a) if rest != 0.0 else primitives.scaled(share, a)

    def portion_narrow(w: Any, z: Any, a: Any) -> Any:
        hi, lo = inverse(z, w)
        product = w * a
        # 1 / z is below 2**-59: what is lost where the product is subnormal has no part in results.
        y = fused(product, hi, fused(product, lo, fused(w, a, -product) * hi))
        return y if w != primitives.cast(0.0, w) else w * hi

    if z == types.float64:  # of a number a driver gives the head alone where that is close enough
        return portion_of_float
    return portion if w == types.float64 else portion_narrow


@overload(primitives.portion_of_place, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _portion_of_place(w: Any, z: Any, x: Any, low: Any, high: Any) -> Any:
    real = FORMATS[x].real
    least = 2.0**-1022 if x == types.float64 else 2.0**-126

    def portion_of_float(w: Any, z: Any, x: Any, low: Any, high: Any) -> Any:
        return primitives.portion(w, z, primitives.place(x, low, high)[0])

    def portion(w: Any, z: Any, x: Any, low: Any, high: Any) -> Any:
        if high == low:
            return real(0.0)
        if low == -np.inf:
            return primitives.portion(w, z, real(1.0))
        # By a power of two to a width near 1, and the width into the normaliser.
        scale = _one_over_binade(high * 0.5 - low * 0.5, least)
        width, lost = primitives.difference(high * scale, low * scale)
        total = z[0] * width
        hi, lo = inverse((total, fused(z[0], width, -total) + fused(z[0], lost, z[1] * width)), w)
        near, far = primitives.difference(x * real(scale), real(low * scale))
        product = w * near
        rest = fused(w, far, fused(w, near, -product))
        y = fused(product, hi, fused(product, lo, rest * hi))
        return y if w != real(0.0) else w * hi

    return portion_of_float if z == types.float64 else portion


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def _one_over_binade(half: float, least: float) -> Any:
    """A power of two that makes twice ``half`` a number near 1, but not below ``least``."""
    bits = bits_as(min(max(half, least), 0.25 / least), np.int64)
    return bits_as((np.int64(2045) - (bits >> np.int64(52))) << np.int64(52), np.float64)
