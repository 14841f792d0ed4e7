"""Exact arithmetic in which a definition tells a value from a tie that it equals.

Evaluated in balls, a definition cannot do that at any precision. Evaluated in
:class:`Symbol`, its value is a quotient of sums of exponentials, powers and
logarithms, and the sign of (value − t) is the sign of one such sum: see
``_terms.py`` for what is proved about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flint import arb, fmpq

from refsoft.oracle._quotients import Quotient, forget_products, product
from refsoft.oracle._terms import (
    MAX_BITS,
    ONE,
    Monomial,
    Terms,
    UndecidedError,
    ball,
    factored,
    put,
    sign_of_terms,
)

_cut: int | None = None


@contextmanager
def cut_off(bits: int | None) -> Iterator[None]:
    """Keep exponentials and powers below 2**-bits as balls: they rarely decide, and are many."""
    global _cut  # noqa: PLW0603
    before, _cut = _cut, bits
    forget_products()
    try:
        yield
    finally:
        _cut = before
        forget_products()


class Symbol(Quotient):
    """A quotient with its sign, its exponential, its powers and its logarithm."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ()

    def __abs__(self) -> Symbol:
        return -self if self < 0 else self

    def __eq__(self, other: object) -> bool:
        return sign(self - other) == 0

    def __lt__(self, other: Any) -> bool:
        return sign(self - other) < 0

    def __gt__(self, other: Any) -> bool:
        return sign(self - other) > 0

    def exp(self) -> Symbol:
        """The exponential of a rational number plus rational multiples of logarithms."""
        if self.dens or self.rest is not None:
            raise UndecidedError("exp of a number that is not rational")
        exponent, powers = fmpq(0), defaultdict[int, Any](fmpq)
        for (e, p, r), coefficient in self.terms.items():
            if e or p:
                raise UndecidedError("exp of a number that is not rational")
            if r:
                powers[r] += coefficient
            else:
                exponent = coefficient
        return _leaf((exponent, tuple(sorted(powers.items())), 0))

    def __pow__(self, other: Any) -> Symbol:
        lifted = self._lift(other)
        base, power = self.rational, None if lifted is None else lifted.rational
        if base is None or power is None or base < 0:
            raise UndecidedError("a power of a number that is not rational")
        if base == 0 or base == 1:
            return self
        num, den = int(base.p), int(base.q)
        size = max(num.bit_length(), den.bit_length())
        if power.q == 1 and abs(power) * size <= MAX_BITS:
            return Symbol(base ** int(power.p))
        return _leaf((fmpq(0), factored(num, den, power), 0))

    def log(self) -> Any:
        """The logarithm; a sum of logarithms where the number is a single term."""
        if len(self.terms) > 1 or self.rest is not None or self.dens:
            return LogSum(Symbol(0), 1, self)
        [((exponent, powers, r), coefficient)] = self.terms.items()
        if r or coefficient < 0:
            raise UndecidedError("log of a logarithm")
        terms: Terms = {}
        put(terms, ONE, exponent)
        factors = factored(int(coefficient.p), int(coefficient.q), fmpq(1))
        for base, power in (*powers, *factors):
            put(terms, (fmpq(0), (), base), power)
        return Symbol(terms=terms)

    def log1p(self) -> Any:
        """log(1 + self)."""
        return (1 + self).log()


class LogSum:
    """A rational number plus or minus the logarithm of a Symbol."""

    def __init__(self, offset: Symbol, factor: int, argument: Symbol) -> None:
        self.offset, self.factor, self.argument = offset, factor, argument

    def __neg__(self) -> LogSum:
        return LogSum(-self.offset, -self.factor, self.argument)

    def __add__(self, other: Any) -> LogSum:
        if self.offset._lift(other) is None:
            return self._refuse(other)
        return LogSum(self.offset + other, self.factor, self.argument)

    __radd__ = __add__

    def __sub__(self, other: Any) -> LogSum:
        return self.__add__(-other)

    def _refuse(self, other: Any) -> LogSum:
        raise UndecidedError(f"the logarithm of a sum beside {other}")

    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _refuse


def sign(value: Quotient | LogSum, point: Any = 0) -> int:
    """The sign of value − point, point rational.

    Raises
    ------
    UndecidedError
    """
    if isinstance(value, LogSum):
        # offset ± log A > t  iff  exp(±(t - offset)) is less (greater) than A
        other = ((point - value.offset) * value.factor).exp()
        return value.factor * sign(value.argument - other)
    below = 1
    for den in value.dens:
        if den._sign is None:
            den._sign = sign(den)
        below *= den._sign
    above = Symbol(terms=value.terms, rest=value.rest)
    if point != 0:
        above = above - product(value.dens) * point
    return below * sign_of_terms(above.terms, above.rest)


def _leaf(monomial: Monomial) -> Symbol:
    if _cut is not None and monomial != ONE:
        value = ball({monomial: fmpq(1)})
        if value < arb(2) ** -_cut:
            return Symbol(terms={}, rest=value)
    return Symbol(terms={monomial: fmpq(1)})
