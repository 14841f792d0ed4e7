"""The primitives of recipes for CUDA: registered with the compiler by being imported.

Everything stays in one format, for a float64 operation in a float32 kernel
costs up to 64 times as much; so there is no bare number here. The library
functions are libdevice's, of at most 2 ulp in float32 and 1 in float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers._numba_cuda import INLINED, cuda, jitable, overload, types

# The real type, and the exponents of its largest and its smallest power of 2.
FORMATS: dict[Any, tuple[Any, int, int]] = {
    types.float32: (np.float32, 127, -149),
    types.float64: (np.float64, 1023, -1074),
}

for _plain in (
    primitives.maximum,
    primitives.sign,
    primitives.is_infinite,
    primitives.difference,
    primitives.scaled,
    primitives.exp_at,
    primitives.exp_over,
    primitives.exp_times,
    primitives.number_at,
    primitives.log_at,
    primitives.linear,
    primitives.difference_over_less,
    primitives.place,
    primitives.portion_of_place,
):
    jitable(_plain)


@overload(primitives.cast, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _cast(value: Any, like: Any) -> Any:
    real = FORMATS[like][0]

    def cast(value: Any, like: Any) -> Any:
        return real(value)

    return cast


@overload(primitives.difference_over, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _difference_over(a: Any, b: Any, divisor: Any) -> Any:
    real = FORMATS[divisor][0]
    one, a_half, few, many = real(1), real(0.5), real(2.0**-60), real(2.0**60)

    def difference_over(a: Any, b: Any, divisor: Any) -> Any:
        # As in `primitives`, and by the reciprocal, which leaves the loop and is kept finite.
        half = a_half if divisor > one else one
        up = many if divisor < few else one
        hi, lo = primitives.difference(a * half, b * half)
        scaled, hi = divisor * half * up, hi * up
        inverse = one / scaled
        quotient = hi * inverse
        return quotient, (cuda.fma(-quotient, scaled, hi) + lo * up) * inverse

    return difference_over


@overload(primitives.difference_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _difference_times(a: Any, b: Any, factors: Any) -> Any:
    real = FORMATS[factors.dtype][0]
    one, a_half = real(1), real(0.5)

    def difference_times(a: Any, b: Any, factors: Any) -> Any:
        factor, more = factors
        half = a_half if abs(factor) < one else one
        hi, lo = primitives.difference(a * half, b * half)
        rate = factor / half
        product = hi * rate
        return product, cuda.fma(hi, rate, -product) + lo * rate + hi * (more / half)

    return difference_times


@overload(primitives.exp, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp(pair: Any) -> Any:
    zero, infinity = FORMATS[pair.dtype][0](0), FORMATS[pair.dtype][0](math.inf)

    def exp(pair: Any) -> Any:
        near = math.exp(pair[0])
        return near + near * pair[1] if zero < near < infinity else near

    return exp


@overload(primitives.log, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log(a: Any) -> Any:
    def log(a: Any) -> Any:
        return math.log(a)

    return log


@overload(primitives.log_of, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log_of(pair: Any) -> Any:
    zero = FORMATS[pair.dtype][0](0)

    def log_of(pair: Any) -> Any:
        near = math.log(pair[0])
        return near + pair[1] / pair[0] if pair[1] != zero else near

    return log_of


@overload(primitives.log_pair, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log_pair(a: Any) -> Any:
    zero = FORMATS[a][0](0)

    def log_pair(a: Any) -> Any:
        return math.log(a), zero  # no more than the library knows

    return log_pair


@overload(primitives.portion, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _portion(w: Any, z: Any, a: Any) -> Any:
    one = FORMATS[w][0](1)

    def portion(w: Any, z: Any, a: Any) -> Any:
        return primitives.scaled(w * (one / z[0]), a)

    return portion


@overload(primitives.log1p, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log1p(a: Any) -> Any:
    def log1p(a: Any) -> Any:
        return math.log1p(a)

    return log1p


@overload(primitives.power, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _power(a: Any, p: Any) -> Any:
    real = FORMATS[p][0]
    zero, one, two = real(0), real(1), real(2)

    def power(a: Any, p: Any) -> Any:
        if p == zero:
            return one
        if p == one:
            return a
        return a * a if p == two else math.pow(a, p)

    return power


@overload(primitives.binade, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _binade(a: Any, like: Any) -> Any:
    real, largest, smallest = FORMATS[like]
    zero, one = real(0), real(1)

    def binade(a: Any, like: Any) -> Any:
        if math.isnan(a):
            return a
        if a == zero:
            return math.ldexp(one, smallest)
        exponent = largest if math.isinf(a) else math.frexp(a)[1] - 1
        return math.ldexp(one, exponent)

    return binade
