"""The scalar functions that recipes are written in, in plain Python.

A recipe calls these and nothing else. `refsoft/drivers/simd.py` and
`refsoft/drivers/cuda.py` hold their compiled forms, which take float32 too: a
bare number in a recipe would widen float32 arithmetic, so a recipe writes
``cast(2.0, x)``, a 2 in the format of x. The drivers give parameters in the format
of their sums.

A *pair* ``(hi, lo)`` is the unevaluated sum hi + lo, about twice as precise as
one number. Where hi is infinite or NaN, lo is meaningless and never looked at.

Exponentials are taken *at the scale of a number m*: divided by exp(m), or by
another number near 2**-60 exp(m) that m alone decides, a power of two where
that is faster and as exact. A quotient of two numbers at one scale does not
depend on it; `log_at` knows which it is.
"""

from __future__ import annotations

import math
from decimal import Context, Decimal
from fractions import Fraction

Pair = tuple[float, float]

_EXP_UNDERFLOW = -746.0
_LARGEST_EXPONENT = 1023
_SMALLEST_EXPONENT = -1074


def cast(value: float, like: float) -> float:
    """``value`` in the format of ``like``."""
    return value


def maximum(a: float, b: float) -> float:
    """The larger of two; NaN if a is NaN."""
    return b if a < b else a


def sign(a: float) -> float:
    """-1, 0 or 1."""
    zero, one = cast(0.0, a), cast(1.0, a)
    return one if a > zero else -one if a < zero else zero


def is_infinite(a: float) -> bool:
    """Whether a is inf or -inf."""
    return math.isinf(a)


def difference(a: float, b: float) -> Pair:
    """The difference a - b as a pair, without error: Knuth's two-sum.

    The rounding error of a score minus the row's maximum grows with their
    distance, and the exponential turns it into a relative error.
    """
    hi = a - b
    back = hi - a
    return hi, (a - (hi - back)) - (b + back)


def difference_over(a: float, b: float, divisor: float) -> Pair:
    """The quotient (a - b) / divisor as a pair, for a positive divisor."""
    # a - b may overflow where the quotient does not, so both are halved; where
    # the divisor is at most 1 an overflow is right, and tiny scores stay exact.
    half = 0.5 if divisor > 1.0 else 1.0
    hi, lo = difference(a * half, b * half)
    scaled = divisor * half
    quotient = hi / scaled
    if not math.isfinite(quotient):
        return quotient, 0.0
    remainder = Fraction(float(hi)) - Fraction(float(quotient)) * Fraction(float(scaled))
    return quotient, (float(remainder) + lo) / scaled


def difference_over_less(a: float, b: float, divisor: float, c: float) -> float:
    """The quotient (a - b) / divisor less c."""
    hi, lo = difference_over(a, b, divisor)
    less = hi - c
    return less if is_infinite(hi) else less + lo


def difference_times(a: float, b: float, factors: Pair) -> Pair:
    """The product (a - b) (factor + more) as a pair, for a factor that is not 0."""
    factor, more = factors
    # Halved where a - b may overflow and the product not, as in `difference_over`.
    half = 0.5 if abs(factor) < 1.0 else 1.0
    hi, lo = difference(a * half, b * half)
    rate = factor / half
    product = hi * rate
    if not math.isfinite(product):
        return product, 0.0
    remainder = Fraction(float(hi)) * Fraction(float(rate)) - Fraction(float(product))
    return product, float(remainder) + lo * rate + hi * (more / half)


def scaled(a: float, factor: float) -> float:
    """The product a factor, 0 where a is 0: a share vanishes faster than its score grows."""
    return a * factor if a != cast(0.0, a) else a


def exp(pair: Pair) -> float:
    """The exponential of hi + lo."""
    hi, lo = pair
    if hi < _EXP_UNDERFLOW:
        return 0.0
    try:
        near = math.exp(hi)
    except OverflowError:
        return math.inf
    return near + near * lo


def exp_at(x: float, m: float) -> float:
    """exp(x) at the scale of m."""
    return exp(difference(x, m))


def exp_over(x: float, m: float, divisor: float) -> float:
    """exp(x / divisor) at the scale of m / divisor, for a positive divisor."""
    return exp(difference_over(x, m, divisor))


def exp_times(x: float, m: float, factor: Pair) -> float:
    """exp(x factor) at the scale of m factor, for a positive factor, a pair."""
    return exp(difference_times(x, m, factor))


def rest_at(x: float, m: float) -> float:
    """What rounding has taken from exp_at(x, m), as far as it is known: here nothing is."""
    return cast(0.0, x)


def rest_over(x: float, m: float, divisor: float) -> float:
    """What rounding has taken from exp_over(x, m, divisor)."""
    return cast(0.0, x)


def rest_times(x: float, m: float, factor: Pair) -> float:
    """What rounding has taken from exp_times(x, m, factor)."""
    return cast(0.0, x)


def number_at(a: float, m: float) -> float:
    """A number a >= 0 at the scale of m, as exp(log(a)) is."""
    # In halves, for exp(-m) may overflow where a exp(-m) does not.
    half = exp(difference(cast(0.0, m), m / cast(2.0, m)))
    return scaled(scaled(a, half), half)


def log_at(a: float, m: float) -> float:
    """The logarithm of what is a at the scale of m, less m."""
    return log(a)


def log(a: float) -> float:
    """The natural logarithm; -inf at 0."""
    return math.log(a) if a != 0.0 else -math.inf


def log_of(pair: Pair) -> float:
    """The natural logarithm of hi + lo: of lo alone where hi is 1."""
    hi, lo = pair
    near = log(hi)
    return near + lo / hi if math.isfinite(near) else near


def log_pair(a: float) -> Pair:
    """The natural logarithm of a > 0 as a pair."""
    near = math.log(a)
    digits = Context(prec=50)
    return near, float(digits.subtract(digits.ln(Decimal(float(a))), Decimal(near)))


def linear(slope: float, a: Pair, constant: float) -> Pair:
    """Slope a + constant as a pair, for a pair a."""
    hi, lo = a
    product, rest = difference_times(hi, cast(0.0, hi), (slope, cast(0.0, slope)))
    near, lost = difference(product, -constant)
    return difference(near, -(lost + (rest + slope * lo)))


def portion(w: float, z: Pair, a: float) -> float:
    """The product a w / z, 0 where w is 0: a share vanishes faster than its score grows."""
    return scaled(w / z[0], a)


def place(x: float, low: float, high: float) -> tuple[float, float, float]:
    """The place u = (x - low)/D of a score, 1 - u = (high - x)/D, and 1/D, D = high - low.

    All are 0 for D = 0; a score has the place 1 above a low end of -inf.
    """
    zero, one = cast(0.0, x), cast(1.0, x)
    width = high - low
    if width == zero:
        return zero, zero, zero
    if is_infinite(low):
        return one, zero, zero  # the limit at every finite score, which moves no more
    # By a power of two, so that neither D nor 1/D overflows.
    few, many = cast(0.5, x), cast(2.0**60, x)
    scale = few if is_infinite(width) else many if width < cast(2.0**-60, x) else one
    inverse = one / (high * scale - low * scale)
    u, rest = (x * scale - low * scale) * inverse, (high * scale - x * scale) * inverse
    return u, rest, inverse * scale


def portion_of_place(w: float, z: Pair, x: float, low: float, high: float) -> float:
    """The product of w / z and the place of x, 0 where w is 0."""
    return portion(w, z, place(x, low, high)[0])


def log1p(a: float) -> float:
    """The natural logarithm of 1 + a."""
    return math.log1p(a)


def power(a: float, p: float) -> float:
    """The power a**p, a >= 0; infinite where it overflows and for p < 0 at 0."""
    try:
        return math.pow(a, p)
    except (OverflowError, ValueError):
        return math.inf


def binade(a: float, like: float) -> float:
    """The largest power of two not above a >= 0, within the range of ``like``'s format.

    Multiplying and dividing by it is exact, so a scale of this kind costs no
    accuracy. Zero gives the smallest power, infinity the largest, NaN itself.
    """
    if math.isnan(a):
        return a
    if a == 0.0:
        return math.ldexp(1.0, _SMALLEST_EXPONENT)
    exponent = _LARGEST_EXPONENT if math.isinf(a) else math.frexp(a)[1] - 1
    return math.ldexp(1.0, exponent)
