"""Sums of exponentials, powers and logarithms of rational numbers, and their sign.

A sum is a dictionary from monomials to rational coefficients,

    Σ c · exp(E) · Π bᵗ · log r      c, E, t rational, b, r positive integers.

Main statements
---------------
A sum is called zero only if no term of its normal form (:func:`normal_form`)
is left, and positive or negative only if a ball says so: nothing below is
needed for a sign to be right. It is needed for a sign to be found:

* Terms with different E are independent over the algebraic numbers
  (Lindemann–Weierstrass).
* Terms with the same E and different logarithms: the integers r are made
  pairwise coprime, so the log r are independent over the rationals by unique
  factorisation, and with 1 over the algebraic numbers by Baker's theorem.
* Terms that differ by powers alone: exponents are dyadic, bases pairwise
  coprime and no squares, integer parts moved into c. Then no quotient of two
  different terms is rational, and real radicals of which no two have a
  rational quotient are independent over the rationals (Besicovitch).

So a form of one of these kinds that is zero has no term left, and the ball of
any other leaves zero at some precision. A form that no theorem covers, and one
that stays too close to zero, ends in :class:`UndecidedError`.

References
----------
A. Baker, Transcendental Number Theory, chapters 1 and 2.
A. S. Besicovitch, On the linear independence of fractional powers of integers,
J. London Math. Soc. 15, 1940.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from math import gcd, isqrt
from typing import Any

from flint import arb, ctx, fmpq

Monomial = tuple[Any, tuple[tuple[int, Any], ...], int]  # (E, ((b, t), ...), r or 0)
Terms = dict[Monomial, Any]

ONE: Monomial = (fmpq(0), (), 0)
PRECISIONS = (128, 512, 2048, 8192)
MAX_BITS = 1 << 20


class UndecidedError(ArithmeticError):
    """The sign is out of reach here; balls of higher precision may still find it."""


def sign_of_terms(terms: Terms, rest: Any) -> int:
    """The sign of a sum plus a ball, None for no ball."""
    if terms.keys() <= {ONE} and rest is None:
        constant = terms.get(ONE, fmpq(0))
        return int(constant > 0) - int(constant < 0)
    normal = False
    before = ctx.prec
    try:
        for precision in PRECISIONS:
            if precision > PRECISIONS[0] and not normal:
                terms, normal = normal_form(terms), True
            if not terms and rest is None:
                return 0
            ctx.prec = precision
            value = ball(terms) + (0 if rest is None else rest)
            if value > 0 or value < 0:
                return 1 if value > 0 else -1
    finally:
        ctx.prec = before
    raise UndecidedError("not zero by any theorem used here, and too close to it")


def ball(terms: Terms) -> Any:
    """The sum in ball arithmetic at the present precision."""
    value = arb(0)
    for (exponent, powers, r), coefficient in terms.items():
        term = arb(coefficient)
        if exponent or powers:
            term *= sum((arb(b).log() * t for b, t in powers), arb(exponent)).exp()
        value += term * arb(r).log() if r else term
    return value


def normal_form(terms: Terms) -> Terms:
    """Equal numbers made equal terms: coprime bases that are no squares, powers in [0, 1)."""
    bases = {b for _, powers, r in terms for b in (*(b for b, _ in powers), r) if b > 1}
    if not bases:
        return terms
    primitive = [_root(b) for b in _coprime(bases)]
    split = {b: [(r, k) for r in primitive if (k := _multiplicity(b, r))] for b in bases}
    result: Terms = {}
    for (exponent, powers, log), given in terms.items():
        coefficient = given
        sums: dict[int, Any] = defaultdict(fmpq)
        for base, power in powers:
            for root, k in split[base]:
                sums[root] += power * k
        radicals = []
        for root, power in sorted(sums.items()):
            if power.q & (power.q - 1):
                raise UndecidedError("a power that is not dyadic")
            whole = int(power.p // power.q)
            if abs(whole) * root.bit_length() > MAX_BITS:
                raise UndecidedError("too many digits")
            coefficient = coefficient * fmpq(root) ** whole
            if power != whole:
                radicals.append((root, power - whole))
        for root, k in split[log] if log > 1 else [(0, 1)]:
            put(result, (exponent, tuple(radicals), root), coefficient * k)
    return result


def _coprime(numbers: set[int]) -> list[int]:
    """Pairwise coprime numbers of which all the given ones are products of powers."""
    base: list[int] = []
    stack = sorted(numbers)
    while stack:
        a = stack.pop()
        for i, c in enumerate(base):
            common = gcd(a, c)
            if common > 1:
                del base[i]
                stack += {common} | {q for q in (a // common, c // common) if q > 1}
                break
        else:
            base.append(a)
    return base


def _root(number: int) -> int:
    while (root := isqrt(number)) ** 2 == number:
        number = root
    return number


def _multiplicity(number: int, factor: int) -> int:
    k = 0
    while number % factor == 0:
        number, k = number // factor, k + 1
    return k


def factored(num: int, den: int, power: Any) -> tuple[tuple[int, Any], ...]:
    """(num/den)**power as powers of its odd parts and of 2."""
    twos = (num & -num).bit_length() - (den & -den).bit_length()
    odd = num // (num & -num), den // (den & -den)
    powers = ((2, twos * power), (odd[0], power), (odd[1], -power))
    return tuple(sorted((b, t) for b, t in powers if b > 1 and t != 0))


def put(terms: Terms, monomial: Monomial, coefficient: Any) -> None:
    """Add a term in place; a coefficient that becomes 0 leaves."""
    if before := terms.pop(monomial, 0):
        coefficient = before + coefficient
    if coefficient != 0:
        terms[monomial] = coefficient


def times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials, of which one may hold a logarithm."""
    if a[2] and b[2]:
        raise UndecidedError("a product of logarithms")
    powers = a[1] or b[1]
    if a[1] and b[1]:
        sums = Counter(dict(a[1]))
        for base, power in b[1]:
            sums[base] += power
        powers = tuple(sorted((base, power) for base, power in sums.items() if power != 0))
    return a[0] + b[0], powers, a[2] or b[2]


def power_of(monomial: Monomial, k: int) -> Monomial:
    """An integer power of a monomial without a logarithm."""
    return monomial[0] * k, tuple((b, t * k) for b, t in monomial[1]), 0
