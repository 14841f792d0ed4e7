"""Exact arithmetic in which a definition tells a value from a tie that it equals.

Evaluated in balls, a definition cannot do that at any precision. Evaluated in
:class:`Symbol`, its value is a quotient of sums of exponentials, powers and
logarithms, and the sign of (value − t) is the sign of one such sum: see
``_terms.py`` for what is proved about it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

from flint import arb, fmpq

from refsoft.oracle._terms import (
    MAX_BITS,
    ONE,
    Monomial,
    Terms,
    UndecidedError,
    ball,
    factored,
    power_of,
    put,
    sign_of_terms,
    times,
)

# A tenth of a second. A tie or zero over more distinct exponents has no known cause but a
# constant factor, which cancels before; balls settle a zero as below every format's quantum.
MAX_PRODUCTS = 1 << 15

_cut: int | None = None
_products: dict[tuple[int, ...], tuple[tuple[Symbol, ...], Symbol]] = {}


@contextmanager
def cut_off(bits: int | None) -> Iterator[None]:
    """Keep exponentials and powers below 2**-bits as balls: they rarely decide, and are many."""
    global _cut  # noqa: PLW0603
    before, _cut = _cut, bits
    _products.clear()
    try:
        yield
    finally:
        _cut = before
        _products.clear()


class Symbol:
    """An exact number (Σ terms + rest)/Π dens; rest is a ball, or None for 0."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_sign", "dens", "rest", "terms")

    def __init__(
        self, value: Any = 0, terms: Terms | None = None, rest: Any = None, dens: Any = ()
    ) -> None:
        self.terms: Terms = ({ONE: fmpq(value)} if value != 0 else {}) if terms is None else terms
        self.rest = rest
        self.dens: tuple[Symbol, ...] = dens
        self._sign: int | None = None

    @classmethod
    def of(cls, value: float) -> Symbol:
        """The exact value of a finite float."""
        return cls(fmpq(*value.as_integer_ratio()))

    @property
    def rational(self) -> Any:
        """The value as a fraction, or None if it is not visibly one."""
        if self.rest is not None or self.dens or not self.terms.keys() <= {ONE}:
            return None
        return self.terms.get(ONE, fmpq(0))

    def __add__(self, other: Any) -> Any:
        other = _lift(other)
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
            return Symbol(terms=terms, rest=sum(rests) if rests else None, dens=self.dens)
        missing, added = _take(other.dens, theirs - mine), _take(self.dens, mine - theirs)
        left = Symbol(terms=self.terms, rest=self.rest) * _product(missing)
        right = Symbol(terms=other.terms, rest=other.rest) * _product(added)
        return (left + right)._over(self.dens + missing)

    def __mul__(self, other: Any) -> Any:
        other = _lift(other)
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
        return Symbol(
            terms=terms, rest=rest, dens=self.dens + other.dens if terms or rest is not None else ()
        )

    def __truediv__(self, other: Any) -> Any:
        other = _lift(other)
        if other is None:
            return NotImplemented
        if len(other.terms) == 1 and other.rest is None and not other.dens:
            [(monomial, coefficient)] = other.terms.items()
            if not monomial[2]:
                return self * Symbol(terms={power_of(monomial, -1): 1 / coefficient})
        if not other.terms and other.rest is None:
            raise ZeroDivisionError("division by an exact zero")
        if not self.terms and self.rest is None:
            return self
        below = Symbol(terms=other.terms, rest=other.rest) if other.dens else other
        return (self * _product(other.dens))._over((*self.dens, below))

    def _over(self, dens: tuple[Symbol, ...]) -> Symbol:
        return Symbol(terms=self.terms, rest=self.rest, dens=dens)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Symbol:
        negative: Symbol = self * -1
        return negative

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __rtruediv__(self, other: Any) -> Any:
        quotient: Symbol = Symbol(other) / self
        return quotient

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
        lifted = _lift(other)
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
        if _lift(other) is None:
            return self._refuse(other)
        return LogSum(self.offset + other, self.factor, self.argument)

    __radd__ = __add__

    def __sub__(self, other: Any) -> LogSum:
        return self.__add__(-other)

    def _refuse(self, other: Any) -> LogSum:
        raise UndecidedError(f"the logarithm of a sum beside {other}")

    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = _refuse


def sign(value: Symbol | LogSum, point: Any = 0) -> int:
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
        above = above - _product(value.dens) * point
    return below * sign_of_terms(above.terms, above.rest)


def _leaf(monomial: Monomial) -> Symbol:
    if _cut is not None and monomial != ONE:
        value = ball({monomial: fmpq(1)})
        if value < arb(2) ** -_cut:
            return Symbol(terms={}, rest=value)
    return Symbol(terms={monomial: fmpq(1)})


def _product(factors: tuple[Symbol, ...]) -> Symbol:
    """The product; kept, with its factors, since all entries of a row share it."""
    key = tuple(map(id, factors))
    if key not in _products:
        _products[key] = factors, prod(factors, start=Symbol(1))
    return _products[key][1]


def _take(dens: tuple[Symbol, ...], wanted: Counter[int]) -> tuple[Symbol, ...]:
    left = wanted.copy()
    taken = []
    for den in dens:
        if left[id(den)] > 0:
            left[id(den)] -= 1
            taken.append(den)
    return tuple(taken)


def _lift(value: Any) -> Symbol | None:
    if isinstance(value, Symbol):
        return value
    return Symbol(value) if isinstance(value, int | fmpq) else None
