"""The primitives of recipes for Numba, in arithmetic that LLVM turns into vector code.

Importing this module registers them. Three facts shape it. A call of the C
library's exp, or Numba's float maximum, stops LLVM from vectorising a loop. A
flag that lets a sum be reordered destroys error-free transformations, so it
stands on `add` alone. A multiplication and an addition may contract into one
rounding where that only sharpens the result: in the polynomial.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers._bits import FORMATS, bits_as, fused

# x/0 is infinite and raises nothing; a call that stays a call is no vector code.
INLINED = {"error_model": "numpy", "forceinline": True}


_WIDE = FORMATS[types.float64]
_NORMAL = float(np.finfo(np.float64).tiny)
_SQRT_HALF = np.float64(math.sqrt(0.5)).view(np.int64)
# Beyond, the terms of atanh are below a tenth of a rounding error.
_ATANH = tuple(2.0 / (2 * k + 1) for k in range(11, 0, -1))


@register_jitable(fastmath={"reassoc", "nsz", "contract"}, **INLINED)  # type: ignore[untyped-decorator]
def add(a: float, b: float) -> float:
    """The sum a + b, which LLVM may take in any order."""
    return a + b


def ratio(w: float, z: float) -> float:
    """A weight w over its normaliser z, a float64."""
    return w / z


def _ratio_by_reciprocal(w: float, z: float) -> float:
    # Two roundings in float64 are nothing to a float32, and 1 / z leaves the loop.
    return w * (1.0 / z)


@overload(ratio, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _ratio(w: float, z: float) -> Any:
    return _ratio_by_reciprocal if w == types.float32 else ratio


for _plain in (
    primitives.maximum,
    primitives.sign,
    primitives.is_infinite,
    primitives.difference,
    primitives.scaled,
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


@overload(primitives.difference_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _difference_times(a: Any, b: Any, factor: Any) -> Any:
    if a == types.float32 and factor == types.float64:
        return _difference_times_wide
    return _difference_times_pair


def _difference_times_wide(a: Any, b: Any, factor: Any) -> Any:
    product = (np.float64(a) - np.float64(b)) * factor
    hi = np.float32(product)
    return hi, np.float32(product - np.float64(hi))


def _difference_times_pair(a: Any, b: Any, factor: Any) -> Any:
    half = primitives.cast(0.5 if abs(factor) < 1.0 else 1.0, factor)
    hi, lo = primitives.difference(a * half, b * half)
    rate = factor / half
    product = hi * rate
    return product, fused(hi, rate, -product) + lo * rate


@overload(primitives.exp, jit_options=INLINED | {"fastmath": {"contract"}})  # type: ignore[untyped-decorator]
def _exp(pair: Any) -> Any:
    form = FORMATS[pair.dtype]
    real, integer = form.real, form.integer
    digits, bias = integer(form.digits), integer(form.bias)
    one, half, zero = real(1), integer(1), real(0)
    low, high = real(form.underflow), real(form.overflow)
    ln2_head, ln2_tail, log2_e = real(form.ln2_head), real(form.ln2_tail), real(1 / math.log(2))
    # Adding 1.5 * 2**digits rounds to an integer and leaves it in the low bits.
    magic = real(1.5 * 2.0**form.digits)
    magic_bits = integer(magic.view(integer))
    series = tuple(real(1 / math.factorial(k)) for k in range(form.degree, 1, -1))

    def exp(pair: Any) -> Any:
        hi, lo = pair
        bounded = low if hi < low else (high if hi > high else hi)
        shifted = bounded * log2_e + magic
        k = shifted - magic
        r = ((bounded - k * ln2_head) - k * ln2_tail) + lo
        tail = zero
        for coefficient in series:
            tail = tail * r + coefficient
        value = one + (r + r * r * tail)
        # 2**k as two factors, each of them normal, so that a subnormal result
        # is rounded once and a result below overflow does not overflow early.
        n = integer(bits_as(shifted, integer) - magic_bits)
        first = integer(n >> half)
        second = integer(n - first)
        up = bits_as(integer(integer(first + bias) << digits), real)
        down = bits_as(integer(integer(second + bias) << digits), real)
        return zero if hi < low else value * up * down

    return exp


@register_jitable(fastmath={"contract"}, **INLINED)  # type: ignore[untyped-decorator]
def _log_wide(a: float) -> float:
    # a = 2**k f with f between sqrt(1/2) and sqrt(2), and with d = f - 1, s = d / (d + 2)
    # log f = 2 atanh(s) = d - d^2/2 + s (d^2/2 + s^2 (2/3 + 2/5 s^2 + ...)).
    subnormal = a < _NORMAL
    bits = bits_as(a * 2.0**54 if subnormal else a, np.int64)
    k = (bits - _SQRT_HALF) >> np.int64(52)
    d = bits_as(bits - (k << np.int64(52)), np.float64) - 1.0
    exponent = np.float64(k) - (54.0 if subnormal else 0.0)
    s = d / (d + 2.0)
    square, series = s * s, 0.0
    for coefficient in _ATANH:
        series = series * square + coefficient
    half = 0.5 * d * d
    low = s * (half + square * series) + exponent * _WIDE.ln2_tail
    value = exponent * _WIDE.ln2_head + (d - (half - low))
    beyond = a if a > 1.0 else (-np.inf if a == 0.0 else np.nan)
    return value if (a > 0.0) & (a < np.inf) else beyond


@overload(primitives.log, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log(a: Any) -> Any:
    real = FORMATS[a].real

    def log(a: Any) -> Any:
        return real(_log_wide(np.float64(a)))

    return log


@overload(primitives.log1p, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log1p(a: Any) -> Any:
    real = FORMATS[a].real

    def log1p(a: Any) -> Any:
        whole = 1.0 + np.float64(a)
        lost = np.float64(a) - (whole - 1.0)
        near = _log_wide(whole)
        return real(near if math.isinf(near) else near + lost / whole)

    return log1p


@overload(primitives.power, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _power(a: Any, p: Any) -> Any:
    def power(a: Any, p: Any) -> Any:
        base = primitives.cast(a, p)
        # The usual powers without the C library, so that their loops are vector code.
        if p == 0.0:
            return primitives.cast(1.0, p)
        if p == 1.0:
            return base
        return base * base if p == 2.0 else base**p

    return power


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
