"""Exponentials for Numba, of a number, a quotient or a product, at the scale of another number.

In arithmetic that LLVM turns into vector code: a call of the C library's exp would stop it.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.extending import register_jitable

from refsoft.catalogue._primitives import cast
from refsoft.drivers._bits import FORMATS, bits_as, fused

# x/0 is infinite and raises nothing; a call that stays a call is no vector code.
INLINED = {"error_model": "numpy", "forceinline": True}

# The largest error of an exponential, of a result above the smallest normal number: of a float32,
# in units of 2**-24; and of a float64 or a pair or of a product or a quotient with a parameter,
# in the unit 2**-53 in float64. tests/test_drivers_exponential.py derives it and measures it,
# of every float32 argument in a slow test.
EXP_ERROR, CLOSE_ERROR = 1.5, 1.25
# How far below the largest weight of a row what is not 0 begins, so that a result
# that is subnormal comes from a weight that is not: a power of two.
LIFT = 60.0
# A score of this size loses no digits when it is reduced by multiples of log(2), and
# exp of half of it is beyond every format.
FAR = 2.0**12
_LN2, _LOG2_E = math.log(2), 1 / math.log(2)


@cache
def at_of(kind: Any) -> Any:
    """The function ``(x, m)`` for exp(x) at the scale of m, a pair."""
    exp, nothing = exp_of(kind, False), FORMATS[kind].real(0.0)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def at(x: Any, m: Any) -> Any:
        centre, exponent = scale_of(m, np.float64(m))
        return exp(x - centre, nothing, exponent)

    return at


@cache
def over_of(kind: Any) -> Any:
    """The function ``(x, m, divisor)`` for exp(x / divisor) at the scale of m / divisor, a pair."""
    at, exp, product = at_of(kind), exp_of(kind, True), product_of(kind)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def over(x: Any, m: Any, divisor: Any) -> Any:
        if divisor == 1.0:
            return at(x, m)
        centre, exponent = scale_of(m, np.float64(m) / divisor)
        hi, lo = product(x - centre, 1.0, 0.0, divisor)
        return exp(hi, lo, exponent)

    return over


@cache
def times_of(kind: Any) -> Any:
    """The function ``(x, m, factor)`` for exp(x factor) at the scale of m factor, a pair."""
    exp, product = exp_of(kind, True), product_of(kind)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def times(x: Any, m: Any, factor: Any) -> Any:
        centre, exponent = scale_of(m, np.float64(m) * factor[0])
        hi, lo = product(x - centre, factor[0], factor[1], 1.0)
        return exp(hi, lo, exponent)

    return times


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def scale_of(m: Any, size: float) -> tuple[Any, float]:
    """The scale of m, times a factor with which it is size: (c, e) for exp(c factor) 2**e.

    c is 0, so that a score is not moved, but for a size at which reducing the score by multiples
    of log(2) would lose digits. There c is m, and x - c is exact for every score within a factor
    of two of it, which is every score whose weight is not 0.
    """
    if abs(size) >= FAR:
        return m, -LIFT
    return cast(0.0, m), nearest(size * _LOG2_E) - LIFT


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def nearest(a: float) -> float:
    """The integer nearest to a, |a| < 2**51."""
    return (a + 1.5 * 2.0**52) - 1.5 * 2.0**52


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def times_power_of_two(a: float, exponent: float) -> Any:
    """The product a 2**exponent, for an integer: in three parts, as one alone might overflow."""
    k = np.int64(min(max(exponent, -3000.0), 3000.0))
    third = k // np.int64(3)
    part, rest = (
        bits_as((third + np.int64(1023)) << np.int64(52), np.float64),
        bits_as((k - third - third + np.int64(1023)) << np.int64(52), np.float64),
    )
    return a * part * part * rest


@cache
def exp_of(kind: Any, paired: bool) -> Any:
    """The function ``(hi, lo, exponent)`` for exp(hi + lo) 2**-exponent and what rounding took.

    0 where that is below about the smallest normal number, and infinite where it overflows. One
    that is not ``paired`` takes lo as 0.
    """
    form = FORMATS[kind]
    real, integer, digits = form.real, form.integer, form.integer(form.digits)
    zero, log2_e, ln2_head, ln2_tail = (
        real(number) for number in (0.0, _LOG2_E, form.ln2_head, form.ln2_tail)
    )
    leading, series = real(form.series[0]), tuple(real(c) for c in form.series[1:])
    # Adding 1.5 * 2**digits rounds to an integer and leaves it in the low bits.
    magic, bias = 1.5 * 2.0**form.digits, float(form.bias)
    finish = _close if paired or kind == types.float64 else _plain_end

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def exp(hi: Any, lo: Any, exponent: float) -> Any:
        shift = real(magic + (bias - exponent))
        # There the power of two below is 0 and infinite.
        low, high = real((exponent - bias) * _LN2), real((exponent + bias + 1.0) * _LN2)
        lo = lo if low < hi < high else zero
        hi = low if hi < low else hi
        hi = high if hi > high else hi
        shifted = fused(hi, log2_e, shift)
        k = shifted - shift
        r = fused(-k, ln2_head, hi)
        r = r + fused(-k, ln2_tail, lo) if paired else fused(-k, ln2_tail, r)
        value = leading
        for coefficient in series:
            value = fused(value, r, coefficient)
        near, rest = finish(value, r)
        # The low bits hold k - exponent + bias: those of 2**(k - exponent) as they stand.
        power = bits_as(integer(bits_as(shifted, integer) << digits), real)
        return near * power, rest * power

    return exp


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def _plain_end(q: Any, r: Any) -> Any:
    """1 + r + r^2 q by two fused operations; what they lose is not known."""
    one = cast(1.0, r)
    return fused(fused(q, r, one), r, one), cast(0.0, r)


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def _close(q: Any, r: Any) -> Any:
    """1 + r + r^2 q, of which the last operation alone loses anything to speak of, and that."""
    one = cast(1.0, r)
    head = one + r
    tail = fused(r * r, q, (one - head) + r)
    near = head + tail
    return near, tail - (near - head)


@cache
def product_of(kind: Any) -> Any:
    """The function ``(a, factor, more, divisor)`` for a (factor + more) / divisor as a pair."""
    real, narrow = FORMATS[kind].real, kind == types.float32
    # By a power of two first, so that no product leaves the range before the result does.
    # The lower half is normal all the same: threads of others may take subnormal numbers as 0.
    up, down = (2.0**64, 2.0**-60) if narrow else (2.0**700, 2.0**-300)
    # Beyond these a float32 product is 0 or infinite all the same.
    least, most = (2.0**-170, 2.0**170) if narrow else (0.0, np.inf)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def product(a: Any, factor: float, more: float, divisor: float) -> Any:
        before = up if abs(factor) > divisor else down
        over = min(max(divisor, least), most) * before
        rate = (min(max(factor, least), most) if narrow else factor) / over
        hi = real(rate)
        lo = real(rate - np.float64(hi)) if narrow else (fused(-rate, over, factor) + more) / over
        scaled = a * real(before)
        head = scaled * hi
        return head, fused(scaled, lo, fused(scaled, hi, -head))

    return product
