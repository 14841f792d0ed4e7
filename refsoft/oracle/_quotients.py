"""Exact quotients of sums of exponentials, powers and logarithms, and their arithmetic."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import Any, Self

from flint import arb, fmpq

from refsoft.oracle._terms import ONE, Terms, UndecidedError, ball, power_of, put, times

# A tenth of a second. A tie or zero over more distinct exponents has no known cause but a
# constant factor, which cancels before; balls settle a zero as below every format's quantum.
MAX_PRODUCTS = 1 << 15

_products: dict[tuple[int, ...], tuple[tuple[Quotient, ...], Any]] = {}


class Quotient:
    """An exact number (Σ terms + rest)/Π dens; rest is a ball, or None for 0."""

    __slots__ = ("_sign", "dens", "rest", "terms")

    def __init__(
        self, value: Any = 0, terms: Terms | None = None, rest: Any = None, dens: Any = ()
    ) -> None:
        self.terms: Terms = ({ONE: fmpq(value)} if value != 0 else {}) if terms is None else terms
        self.rest = rest
        self.dens: tuple[Quotient, ...] = dens
        self._sign: int | None = None

    @classmethod
    def of(cls, value: float) -> Self:
        """The exact value of a finite float."""
        return cls(fmpq(*value.as_integer_ratio()))

    @property
    def rational(self) -> Any:
        """The value as a fraction, or None if it is not visibly one."""
        if self.rest is not None or self.dens or not self.terms.keys() <= {ONE}:
            return None
        return self.terms.get(ONE, fmpq(0))

    def __add__(self, other: Any) -> Any:
        other = self._lift(other)
        if other is None:
            return NotImplemented
        if not other.terms and other.rest is None:
            return self
        mine, theirs = Counter(map(id, self.dens)), Counter(map(id, other.dens))
        if mine == theirs:
            large, small = sorted((self, other), key=lambda s: -len(s.terms))
            terms = large.terms.copy()
            for monomial, coefficient in small.terms.items():
                put(terms, monomial, coefficient)
            rests = [s.rest for s in (self, other) if s.rest is not None]
            return type(self)(terms=terms, rest=sum(rests) if rests else None, dens=self.dens)
        missing, added = _take(other.dens, theirs - mine), _take(self.dens, mine - theirs)
        left = type(self)(terms=self.terms, rest=self.rest) * product(missing)
        right = type(self)(terms=other.terms, rest=other.rest) * product(added)
        return (left + right)._over(self.dens + missing)

    def __mul__(self, other: Any) -> Any:
        other = self._lift(other)
        if other is None:
            return NotImplemented
        if len(self.terms) * len(other.terms) > MAX_PRODUCTS:
            raise UndecidedError("too many terms")
        terms: Terms = {}
        for m, a in self.terms.items():
            for k, b in other.terms.items():
                put(terms, times(m, k), a * b)
        rest = None
        if self.rest is not None or other.rest is not None:
            a, b = (arb(0) if s.rest is None else s.rest for s in (self, other))
            rest = a * ball(other.terms) + b * ball(self.terms) + a * b
        return type(self)(
            terms=terms, rest=rest, dens=self.dens + other.dens if terms or rest is not None else ()
        )

    def __truediv__(self, other: Any) -> Any:
        other = self._lift(other)
        if other is None:
            return NotImplemented
        if len(other.terms) == 1 and other.rest is None and not other.dens:
            [(monomial, coefficient)] = other.terms.items()
            if not monomial[2]:
                return self * type(self)(terms={power_of(monomial, -1): 1 / coefficient})
        if not other.terms and other.rest is None:
            raise ZeroDivisionError("division by an exact zero")
        if not self.terms and self.rest is None:
            return self
        below = type(self)(terms=other.terms, rest=other.rest) if other.dens else other
        return (self * product(other.dens))._over((*self.dens, below))

    def _over(self, dens: tuple[Quotient, ...]) -> Self:
        return type(self)(terms=self.terms, rest=self.rest, dens=dens)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Self:
        negative: Self = self * -1
        return negative

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __rtruediv__(self, other: Any) -> Any:
        quotient: Self = type(self)(other) / self
        return quotient

    def _lift(self, value: Any) -> Quotient | None:
        if isinstance(value, Quotient):
            return value
        return type(self)(value) if isinstance(value, int | fmpq) else None


def product(factors: tuple[Quotient, ...]) -> Any:
    """The product, 1 of none; kept, with its factors, since all entries of a row share it."""
    key = tuple(map(id, factors))
    if key not in _products:
        _products[key] = factors, prod(factors)
    return _products[key][1]


def forget_products() -> None:
    """No other row has these factors."""
    _products.clear()


def _take(dens: tuple[Quotient, ...], wanted: Counter[int]) -> tuple[Quotient, ...]:
    left = wanted.copy()
    taken = []
    for den in dens:
        if left[id(den)] > 0:
            left[id(den)] -= 1
            taken.append(den)
    return tuple(taken)
