"""The primitives of recipes for Numba, in arithmetic that LLVM turns into vector code.

Importing this module registers them. Three facts shape it. A call of the C
library's exp, or Numba's float maximum, stops LLVM from vectorising a loop. A
flag that lets a sum be reordered destroys error-free transformations, so it
stands on `add` alone. Where one rounding of a*b + c is meant it is asked for.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers._bits import FORMATS, bits_as, fused

# x/0 is infinite and raises nothing; a call that stays a call is no vector code.
INLINED = {"error_model": "numpy", "forceinline": True}


# The largest error of an exponential, of a result above the smallest normal number: of a float32,
# in units of 2**-24; and of a float64 or a pair or of a product or a quotient with a parameter,
# in the unit 2**-53 in float64. Derived in tests/test_drivers_primitives.py, which measures it too:
# every float32 argument in a slow test.
EXP_ERROR, CLOSE_ERROR = 1.5, 1.25
# How far below the largest weight of a row what is not 0 begins, so that a result
# that is subnormal comes from a weight that is not: a power of two.
LIFT = 60.0
# A score of this size loses no digits when it is reduced by multiples of log(2), and
# exp of half of it is beyond every format.
FAR = 2.0**12
_LN2, _LOG2_E = math.log(2), 1 / math.log(2)

_WIDE = FORMATS[types.float64]
_NOTHING = -0.0  # of which a + -0.0 = a remains
_NORMAL = float(np.finfo(np.float64).tiny)
_SQRT_HALF = np.float64(math.sqrt(0.5)).view(np.int64)
# Beyond, the terms of atanh are below a tenth of a rounding error.
_ATANH = tuple(2.0 / (2 * k + 1) for k in range(11, 0, -1))


def inverse(z: primitives.Pair, like: float) -> primitives.Pair:
    """1 / z as a pair in the format of ``like``, for a pair z in float64."""
    raise NotImplementedError("in kernels only")


@register_jitable(fastmath={"reassoc", "nsz", "contract"}, **INLINED)  # type: ignore[untyped-decorator]
def add(a: float, b: float) -> float:
    """The sum a + b, which LLVM may take in any order."""
    return a + b


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


for _plain in (
    primitives.maximum,
    primitives.sign,
    primitives.is_infinite,
    primitives.difference,
    primitives.scaled,
    primitives.linear,
):
    register_jitable(**INLINED)(_plain)


@overload(primitives.cast, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _cast(value: Any, like: Any) -> Any:
    real = FORMATS[like].real

    def cast(value: Any, like: Any) -> Any:
        return real(value)

    return cast


@overload(primitives.difference_over, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _difference_over(a: Any, b: Any, divisor: Any) -> Any:
    if a == types.float32 and divisor == types.float64:
        return _difference_over_wide
    return _difference_over_pair


def _difference_over_wide(a: Any, b: Any, divisor: Any) -> Any:
    if divisor == 1.0:
        return primitives.difference(a, b)
    # float64 holds the difference to 2**-53, far beyond a pair of float32. A
    # smaller divisor than this one changes no result and has no reciprocal.
    inverse = 1.0 / max(divisor, 1e-100)
    quotient = (np.float64(a) - np.float64(b)) * inverse
    hi = np.float32(quotient)
    return hi, np.float32(quotient - np.float64(hi))


def _difference_over_pair(a: Any, b: Any, divisor: Any) -> Any:
    if divisor == 1.0:
        return primitives.difference(a, b)
    half = primitives.cast(0.5 if divisor > 1.0 else 1.0, divisor)
    hi, lo = primitives.difference(a * half, b * half)
    scaled = divisor * half
    quotient = hi / scaled
    return quotient, (fused(-quotient, scaled, hi) + lo) / scaled


@overload(primitives.exp, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp(pair: Any) -> Any:
    lifted, down = exp_of(pair.dtype, True), FORMATS[pair.dtype].real(2.0**-LIFT)

    def exp(pair: Any) -> Any:
        # Of a weight, no more than 2**60: what is subnormal is rounded once.
        return lifted(pair[0], pair[1], -LIFT)[0] * down

    return exp


@cache
def _at(kind: Any) -> Any:
    """The function ``(x, m)`` for exp(x) at the scale of m, a pair."""
    exp, nothing = exp_of(kind, False), FORMATS[kind].real(0.0)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def at(x: Any, m: Any) -> Any:
        centre, exponent = scale_of(m, np.float64(m))
        return exp(x - centre, nothing, exponent)

    return at


@cache
def _over(kind: Any) -> Any:
    """The function ``(x, m, divisor)`` for exp(x / divisor) at the scale of m / divisor, a pair."""
    at, exp, product = _at(kind), exp_of(kind, True), _product_of(kind)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def over(x: Any, m: Any, divisor: Any) -> Any:
        if divisor == 1.0:
            return at(x, m)
        centre, exponent = scale_of(m, np.float64(m) / divisor)
        hi, lo = product(x - centre, 1.0, 0.0, divisor)
        return exp(hi, lo, exponent)

    return over


@cache
def _times(kind: Any) -> Any:
    """The function ``(x, m, factor)`` for exp(x factor) at the scale of m factor, a pair."""
    exp, product = exp_of(kind, True), _product_of(kind)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def times(x: Any, m: Any, factor: Any) -> Any:
        centre, exponent = scale_of(m, np.float64(m) * factor[0])
        hi, lo = product(x - centre, factor[0], factor[1], 1.0)
        return exp(hi, lo, exponent)

    return times


@overload(primitives.exp_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp_at(x: Any, m: Any) -> Any:
    pair = _at(x)

    def exp_at(x: Any, m: Any) -> Any:
        return pair(x, m)[0]

    return exp_at


@overload(primitives.rest_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _rest_at(x: Any, m: Any) -> Any:
    pair = _at(x)

    def rest_at(x: Any, m: Any) -> Any:
        return pair(x, m)[1]

    return rest_at


@overload(primitives.exp_over, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp_over(x: Any, m: Any, divisor: Any) -> Any:
    pair = _over(x)

    def exp_over(x: Any, m: Any, divisor: Any) -> Any:
        return pair(x, m, divisor)[0]

    return exp_over


@overload(primitives.rest_over, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _rest_over(x: Any, m: Any, divisor: Any) -> Any:
    pair = _over(x)

    def rest_over(x: Any, m: Any, divisor: Any) -> Any:
        return pair(x, m, divisor)[1]

    return rest_over


@overload(primitives.exp_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp_times(x: Any, m: Any, factor: Any) -> Any:
    pair = _times(x)

    def exp_times(x: Any, m: Any, factor: Any) -> Any:
        return pair(x, m, factor)[0]

    return exp_times


@overload(primitives.rest_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _rest_times(x: Any, m: Any, factor: Any) -> Any:
    pair = _times(x)

    def rest_times(x: Any, m: Any, factor: Any) -> Any:
        return pair(x, m, factor)[1]

    return rest_times


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def scale_of(m: Any, size: float) -> tuple[Any, float]:
    """The scale of m, times a factor with which it is size: (c, e) for exp(c factor) 2**e.

    c is 0, so that a score is not moved, but for a size at which reducing the score by multiples
    of log(2) would lose digits. There c is m, and x - c is exact for every score within a factor
    of two of it, which is every score whose weight is not 0.
    """
    if abs(size) >= FAR:
        return m, -LIFT
    return primitives.cast(0.0, m), nearest(size * _LOG2_E) - LIFT


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def nearest(a: float) -> float:
    """The integer nearest to a, |a| < 2**51."""
    return (a + 1.5 * 2.0**52) - 1.5 * 2.0**52


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
    one = primitives.cast(1.0, r)
    return fused(fused(q, r, one), r, one), primitives.cast(0.0, r)


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def _close(q: Any, r: Any) -> Any:
    """1 + r + r^2 q, of which the last operation alone loses anything to speak of, and that."""
    one = primitives.cast(1.0, r)
    head = one + r
    tail = fused(r * r, q, (one - head) + r)
    near = head + tail
    return near, tail - (near - head)


@cache
def _product_of(kind: Any) -> Any:
    """The function ``(a, factor, more, divisor)`` for a (factor + more) / divisor as a pair."""
    real, narrow = FORMATS[kind].real, kind == types.float32
    # By a power of two first, so that no product leaves the range before the result does.
    up, down = (2.0**100, 2.0**-60) if narrow else (2.0**700, 2.0**-300)
    # Beyond these a float32 product is 0 or infinite all the same.
    least, most = (2.0**-170, 2.0**170) if narrow else (0.0, np.inf)

    @register_jitable(**INLINED)  # type: ignore[untyped-decorator]
    def product(a: Any, factor: float, more: float, divisor: float) -> Any:
        before = up if factor > divisor else down
        over = min(max(divisor, least), most) * before
        rate = min(max(factor, least), most) / over
        hi = real(rate)
        lo = real(rate - np.float64(hi)) if narrow else (fused(-rate, over, factor) + more) / over
        scaled = a * real(before)
        head = scaled * hi
        return head, fused(scaled, lo, fused(scaled, hi, -head))

    return product


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def times_power_of_two(a: float, exponent: float) -> float:
    """The product a 2**exponent, for an integer; in three parts, for one may be out of range where a is."""
    k = np.int64(min(max(exponent, -3000.0), 3000.0))
    third = k // np.int64(3)
    part, rest = (
        bits_as((third + np.int64(1023)) << np.int64(52), np.float64),
        bits_as((k - third - third + np.int64(1023)) << np.int64(52), np.float64),
    )
    return a * part * part * rest


@overload(primitives.number_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _number_at(a: Any, m: Any) -> Any:
    def number_at(a: Any, m: Any) -> Any:
        if abs(m) < FAR:
            return times_power_of_two(a, -scale_of(m, m)[1])
        return primitives.scaled(a, primitives.exp_at(0.0, m))

    return number_at


@overload(primitives.log_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log_at(a: Any, m: Any) -> Any:
    def log_at(a: Any, m: Any) -> Any:
        centre, exponent = scale_of(m, m)
        k = exponent + LIFT
        # How far m is above the power of two next to exp(m).
        above = fused(-k, _WIDE.ln2_tail, fused(-k, _WIDE.ln2_head, m - centre))
        return _log_wide(a * 2.0**-LIFT, _NOTHING) - above

    return log_at


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def binary(a: float) -> tuple[float, float]:
    """The (d, k) with a = 2**k (1 + d) and 1 + d between sqrt(1/2) and sqrt(2), for a > 0."""
    subnormal = a < _NORMAL
    bits = bits_as(a * 2.0**54 if subnormal else a, np.int64)
    k = (bits - _SQRT_HALF) >> np.int64(52)
    d = bits_as(bits - (k << np.int64(52)), np.float64) - 1.0
    return d, np.float64(k) - (54.0 if subnormal else 0.0)


@register_jitable(fastmath={"contract"}, **INLINED)  # type: ignore[untyped-decorator]
def _log_wide(a: float, more: float) -> float:
    """The logarithm of a + a more, |more| below a rounding."""
    # With s = d / (d + 2), log(1 + d) = 2 atanh(s) = d - d^2/2 + s (d^2/2 + s^2 (2/3 + ...)).
    d, exponent = binary(a)
    s = d / (d + 2.0)
    square, series = s * s, 0.0
    for coefficient in _ATANH:
        series = series * square + coefficient
    half = 0.5 * d * d
    low = s * (half + square * series) + exponent * _WIDE.ln2_tail + more
    value = exponent * _WIDE.ln2_head + (d - (half - low))
    beyond = a if a > 1.0 else (-np.inf if a == 0.0 else np.nan)
    return value if (a > 0.0) & (a < np.inf) else beyond


@overload(primitives.log, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log(a: Any) -> Any:
    real = FORMATS[a].real

    def log(a: Any) -> Any:
        return real(_log_wide(np.float64(a), _NOTHING))

    return log


@overload(primitives.log_of, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log_of(pair: Any) -> Any:
    def log_of(pair: Any) -> Any:
        return _log_wide(pair[0], pair[1] / pair[0])

    return log_of


@overload(primitives.difference_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _difference_times(a: Any, b: Any, factors: Any) -> Any:
    product = _product_of(a)

    def difference_times(a: Any, b: Any, factors: Any) -> Any:
        hi, lo = primitives.difference(a, b)
        head, tail = product(hi, factors[0], factors[1], 1.0)
        return head, tail + lo * factors[0]

    return difference_times


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

    # Of a number a driver gives the head alone where that is close enough.
    return portion_of_float if z == types.float64 else portion


@overload(primitives.log1p, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log1p(a: Any) -> Any:
    real = FORMATS[a].real

    def log1p(a: Any) -> Any:
        whole = 1.0 + np.float64(a)
        lost = np.float64(a) - (whole - 1.0)
        return real(_log_wide(whole, lost / whole))

    return log1p


@overload(primitives.binade, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _binade(a: Any, like: Any) -> Any:
    form = FORMATS[like]
    real, largest, smallest = form.real, form.bias, 1 - form.bias - form.digits

    def binade(a: Any, like: Any) -> Any:
        if math.isnan(a):
            return real(a)
        if a == 0.0:
            return real(math.ldexp(1.0, smallest))
        exponent = largest if math.isinf(a) else math.frexp(a)[1] - 1
        return real(math.ldexp(1.0, min(max(exponent, smallest), largest)))

    return binade
