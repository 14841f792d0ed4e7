"""Rounding of exact numbers to the four formats, in integers.

NumPy's and ml_dtypes' casts round float64 values; a truth known to a hundred
bits would be rounded twice on that way. Here a number is ``man * 2**exp`` or
``num / den`` in Python integers and is rounded once, subnormals and overflow
included.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Direction = Literal["nearest", "down", "up"]


@dataclass(frozen=True, slots=True)
class Format:
    """A binary floating-point format whose numbers are all float64 numbers.

    Attributes
    ----------
    precision : int
        Bits of the significand, the leading one included.
    emin, emax : int
        Exponents of the smallest and the largest normal binade, ``[2**e, 2**(e+1))``.
    """

    precision: int
    emin: int
    emax: int

    @property
    def quantum(self) -> int:
        """Exponent of the distance between subnormal numbers."""
        return self.emin - self.precision + 1

    def ulp(self, value: float) -> int:
        """Exponent of the unit in the last place in the binade of a float64 value."""
        binade = math.frexp(value)[1] - 1 if math.isfinite(value) else self.emax
        if value == 0.0:
            binade = self.emin
        return min(max(binade, self.emin), self.emax) - self.precision + 1


FORMATS = {
    "float64": Format(53, -1022, 1023),
    "float32": Format(24, -126, 127),
    "float16": Format(11, -14, 15),
    "bfloat16": Format(8, -126, 127),
}
FLOAT64 = FORMATS["float64"]


def round_dyadic(man: int, exp: int, fmt: Format, direction: Direction = "nearest") -> float:
    """Round ``man * 2**exp`` to a format; the result is a float64 of the same value.

    Nearest is to even, and to infinity from half a unit beyond the largest
    number on. Directed rounding goes towards -inf or +inf. A zero is +0.

    >>> round_dyadic(2**11 + 1, 0, FORMATS["float16"])
    2048.0
    >>> round_dyadic(1, -5000, FLOAT64, "up")
    5e-324
    """
    if man == 0:
        return 0.0
    negative = man < 0
    man = abs(man)
    away = direction == ("down" if negative else "up")
    bits = man.bit_length()
    if bits + exp > fmt.emax + 2:
        # Far beyond the range: exponents are unbounded, so nothing is shifted before this test.
        count, unit = 1 << (fmt.precision + 1), fmt.emax - fmt.precision + 1
    else:
        unit = max(bits + exp - fmt.precision, fmt.quantum)
        shift = unit - exp
        if shift <= 0:
            count = man << -shift
        elif shift > bits + 1:
            count = int(away)
        else:
            count = man >> shift
            rest = man - (count << shift)
            half = 1 << (shift - 1)
            if direction == "nearest":
                count += rest > half or (rest == half and count & 1)
            else:
                count += away and rest > 0
    if count >> (fmt.emax + 1 - unit):
        infinite = direction == "nearest" or away
        result = math.inf if infinite else math.ldexp(2.0 - 2.0 ** (1 - fmt.precision), fmt.emax)
    else:
        result = math.ldexp(count, unit)
    return -result if negative and result else result


def round_rational(num: int, den: int, fmt: Format, direction: Direction = "nearest") -> float:
    """Round ``num / den``, den > 0, to a format.

    >>> round_rational(1, 3, FLOAT64) == 1 / 3
    True
    """
    # Two bits more than the significand and a sticky bit decide every case alike.
    shift = max(fmt.precision + 3 - abs(num).bit_length() + den.bit_length(), 0)
    quotient, rest = divmod(abs(num) << shift, den)
    sticky = 2 * quotient + bool(rest)
    return round_dyadic(-sticky if num < 0 else sticky, -shift - 1, fmt, direction)


def midpoint(low: float, high: float, fmt: Format) -> tuple[int, int] | None:
    """The number (num, den) half-way between two neighbours; None where they are none.

    An infinity stands for the power of two that would follow the largest number.
    """
    (a, b), (c, d) = _ratio(low, fmt), _ratio(high, fmt)
    num, den = a * d + c * b, 2 * b * d
    inside = round_rational(num, den, fmt, "down"), round_rational(num, den, fmt, "up")
    return (num, den) if low < high and inside == (low, high) else None


def _ratio(value: float, fmt: Format) -> tuple[int, int]:
    if math.isinf(value):
        return (1 if value > 0 else -1) << (fmt.emax + 1), 1
    return value.as_integer_ratio()
