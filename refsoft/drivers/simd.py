"""The primitives of recipes for Numba, in arithmetic that LLVM turns into vector code.

Importing this module registers them. Three facts shape it. A call of the C
library's exp, or Numba's float maximum, stops LLVM from vectorising a loop. A
flag that lets a sum be reordered destroys error-free transformations, so it
stands on `add` alone. Where one rounding of a*b + c is meant it is asked for.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from refsoft.catalogue import _primitives as primitives
from refsoft.drivers import _exponential as exponential
from refsoft.drivers._bits import FORMATS, fused
from refsoft.drivers._exponential import FAR, INLINED, LIFT
from refsoft.drivers._logarithm import NOTHING, WIDE, log_wide


@register_jitable(fastmath={"reassoc", "nsz", "contract"}, **INLINED)  # type: ignore[untyped-decorator]
def add(a: float, b: float) -> float:
    """The sum a + b, which LLVM may take in any order."""
    return a + b


for _plain in (
    primitives.maximum,
    primitives.sign,
    primitives.is_infinite,
    primitives.difference,
    primitives.scaled,
    primitives.linear,
    primitives.place,
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
        return _difference_over_narrow
    return _difference_over_pair


@register_jitable(**INLINED)  # type: ignore[untyped-decorator]
def _quotient(a: Any, b: Any, divisor: float) -> float:
    # float64 holds a difference of float32 to 2**-53, far beyond a pair of them. A
    # smaller divisor than this one changes no result and has no reciprocal.
    return (np.float64(a) - np.float64(b)) * (1.0 / max(divisor, 1e-100))


def _difference_over_narrow(a: Any, b: Any, divisor: Any) -> Any:
    if divisor == 1.0:
        return primitives.difference(a, b)
    quotient = _quotient(a, b, divisor)
    hi = np.float32(quotient)
    return hi, np.float32(quotient - np.float64(hi))


@overload(primitives.difference_over_less, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _difference_over_less(a: Any, b: Any, divisor: Any, c: Any) -> Any:
    def of_single(a: Any, b: Any, divisor: Any, c: Any) -> Any:
        return _quotient(a, b, divisor) - c

    def of_pair(a: Any, b: Any, divisor: Any, c: Any) -> Any:
        hi, lo = primitives.difference_over(a, b, divisor)
        less = hi - c
        return less if primitives.is_infinite(hi) else less + lo

    return of_single if a == types.float32 else of_pair


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
    lifted, down = exponential.exp_of(pair.dtype, True), FORMATS[pair.dtype].real(2.0**-LIFT)

    def exp(pair: Any) -> Any:
        # Of a weight, no more than 2**60: what is subnormal is rounded once.
        return lifted(pair[0], pair[1], -LIFT)[0] * down

    return exp


@overload(primitives.exp_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp_at(x: Any, m: Any) -> Any:
    pair = exponential.at_of(x)

    def exp_at(x: Any, m: Any) -> Any:
        return pair(x, m)[0]

    return exp_at


@overload(primitives.rest_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _rest_at(x: Any, m: Any) -> Any:
    pair = exponential.at_of(x)

    def rest_at(x: Any, m: Any) -> Any:
        return pair(x, m)[1]

    return rest_at


@overload(primitives.exp_over, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp_over(x: Any, m: Any, divisor: Any) -> Any:
    pair = exponential.over_of(x)

    def exp_over(x: Any, m: Any, divisor: Any) -> Any:
        return pair(x, m, divisor)[0]

    return exp_over


@overload(primitives.rest_over, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _rest_over(x: Any, m: Any, divisor: Any) -> Any:
    pair = exponential.over_of(x)

    def rest_over(x: Any, m: Any, divisor: Any) -> Any:
        return pair(x, m, divisor)[1]

    return rest_over


@overload(primitives.exp_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _exp_times(x: Any, m: Any, factor: Any) -> Any:
    pair = exponential.times_of(x)

    def exp_times(x: Any, m: Any, factor: Any) -> Any:
        return pair(x, m, factor)[0]

    return exp_times


@overload(primitives.rest_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _rest_times(x: Any, m: Any, factor: Any) -> Any:
    pair = exponential.times_of(x)

    def rest_times(x: Any, m: Any, factor: Any) -> Any:
        return pair(x, m, factor)[1]

    return rest_times


@overload(primitives.number_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _number_at(a: Any, m: Any) -> Any:
    def number_at(a: Any, m: Any) -> Any:
        if abs(m) < FAR:
            return exponential.times_power_of_two(a, -exponential.scale_of(m, m)[1])
        return primitives.scaled(a, primitives.exp_at(0.0, m))

    return number_at


@overload(primitives.log_at, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log_at(a: Any, m: Any) -> Any:
    def log_at(a: Any, m: Any) -> Any:
        centre, exponent = exponential.scale_of(m, m)
        k = exponent + LIFT
        # How far m is above the power of two next to exp(m).
        above = fused(-k, WIDE.ln2_tail, fused(-k, WIDE.ln2_head, m - centre))
        return log_wide(a * 2.0**-LIFT, NOTHING) - above

    return log_at


@overload(primitives.log, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log(a: Any) -> Any:
    real = FORMATS[a].real

    def log(a: Any) -> Any:
        return real(log_wide(np.float64(a), NOTHING))

    return log


@overload(primitives.log_of, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log_of(pair: Any) -> Any:
    def log_of(pair: Any) -> Any:
        return log_wide(pair[0], pair[1] / pair[0])

    return log_of


@overload(primitives.difference_times, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _difference_times(a: Any, b: Any, factors: Any) -> Any:
    product = exponential.product_of(a)

    def difference_times(a: Any, b: Any, factors: Any) -> Any:
        hi, lo = primitives.difference(a, b)
        head, tail = product(hi, factors[0], factors[1], 1.0)
        return head, tail + lo * factors[0]

    return difference_times


@overload(primitives.log1p, jit_options=INLINED)  # type: ignore[untyped-decorator]
def _log1p(a: Any) -> Any:
    real = FORMATS[a].real

    def log1p(a: Any) -> Any:
        whole = 1.0 + np.float64(a)
        lost = np.float64(a) - (whole - 1.0)
        return real(log_wide(whole, lost / whole))

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
