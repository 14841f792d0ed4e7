"""Numbers at 50 digits and more, by a path that shares no code with the derivations.

A variant's file writes its definition a second time, in mpmath; values, sums and
difference quotients of that are what every symbolic result is held against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from inspect import signature
from typing import Any

from mpmath import MPContext

Number = Any
Row = list[Number]

#: A context of its own: the precision of nobody else is touched.
mp = MPContext()
mp.dps = 160

DIGITS = 50
_AGREE = mp.mpf(10) ** -DIGITS
_ZERO = mp.mpf(10) ** -70
_STEP = mp.mpf(10) ** -40

_SCORES = ("-7/3", "5/4", "-2/7", "11/8", "3/5", "-5/6", "9/5", "-1/4")
_COTANGENT = ("3/2", "-4/3", "5/7", "-1/9", "8/5", "-2/3", "7/4", "1/6")
_TANGENT = ("-2/5", "7/6", "-9/7", "1/3", "4/9", "5/8", "-3/4", "-8/7")


@dataclass(frozen=True, slots=True)
class Point:
    """An explicit row: scores, cotangent, parameters, tangent, all rational and not 0."""

    x: tuple[Fraction, ...]
    g: tuple[Fraction, ...]
    parameters: Mapping[str, Fraction]
    v: tuple[Fraction, ...] = ()

    @property
    def n(self) -> int:
        """The length."""
        return len(self.x)

    @property
    def scores(self) -> Row:
        """The scores as mpmath numbers."""
        return [_number(v) for v in self.x]

    @property
    def cotangent(self) -> Row:
        """The cotangent as mpmath numbers."""
        return [_number(v) for v in self.g]

    @property
    def tangent(self) -> Row:
        """The tangent as mpmath numbers."""
        return [_number(v) for v in self.v]

    def number(self, name: str) -> Number:
        """A parameter as an mpmath number."""
        return _number(self.parameters[name])


def _number(value: Fraction) -> Number:
    return mp.mpf(value.numerator) / value.denominator


def points(**parameters: str) -> tuple[Point, ...]:
    """Rows of length 1, 2, 3, 5 and 8 with the given parameters (``T="3/2"``)."""
    values = {name: Fraction(text) for name, text in parameters.items()}
    x, g, v = (tuple(map(Fraction, texts)) for texts in (_SCORES, _COTANGENT, _TANGENT))
    return tuple(Point(x[:m], g[:m], values, v[:m]) for m in (1, 2, 3, 5, 8))


def slope(f: Callable[[Number], Number], at: Number) -> Number:
    """The derivative by a central difference with step h = 1e-40.

    Its error is h^2/6 times a third derivative plus 1e-160/h of rounding: below
    1e-75 for the definitions here, whose third derivatives stay below 1e3.
    """
    return (f(at + _STEP) - f(at - _STEP)) / (2 * _STEP)


def partial(f: Callable[[Row], Number], row: Row, index: int) -> Number:
    """The partial derivative by the entry of that index, the first being 1."""
    m = index - 1
    return slope(lambda v: f([*row[:m], v, *row[m + 1 :]]), row[m])


def agree(a: Number, b: Number) -> bool:
    """Whether two numbers share 50 digits, or are both 0 up to the error of :func:`slope`."""
    size = max(abs(a), abs(b))
    return bool(size <= _ZERO or abs(a - b) <= _AGREE * size)


def dot(a: Row, b: Row) -> Number:
    """The sum of products."""
    return mp.fsum(u * v for u, v in zip(a, b, strict=True))


@dataclass(frozen=True, slots=True)
class Samples:
    """Values of a variant at explicit points, from its definition in mpmath.

    Attributes
    ----------
    value : callable
        ``value(x, **parameters)``, the whole row; a point gives it the parameters
        that it takes.
    """

    value: Callable[..., Row]

    def row(self, point: Point, scores: Row | None = None, **parameters: Number) -> Row:
        """All entries, of other scores or with other parameters where they are given."""
        wanted = list(signature(self.value).parameters)[1:]
        known = {name: point.number(name) for name in wanted if name not in parameters}
        return self.value(point.scores if scores is None else scores, **known, **parameters)

    def shifted(self, point: Point, by: Number) -> Row:
        """All entries of the scores that are moved by the same number."""
        return self.row(point, [score + by for score in point.scores])

    def scaled(self, point: Point, by: Number, **parameters: Number) -> Row:
        """All entries of the scores times the same number."""
        return self.row(point, [score * by for score in point.scores], **parameters)

    def entry(self, point: Point, m: int) -> Number:
        """One entry."""
        return self.row(point)[m - 1]

    def sum(self, point: Point) -> Number:
        """The sum of the row."""
        return mp.fsum(self.row(point))

    def jacobian(self, point: Point, m: int, by: int) -> Number:
        """The derivative of an entry by a score."""
        return partial(lambda row: self.row(point, row)[m - 1], point.scores, by)

    def vjp(self, point: Point, by: int) -> Number:
        """The derivative of <g, y> by a score."""
        return partial(lambda row: dot(point.cotangent, self.row(point, row)), point.scores, by)

    def jvp(self, point: Point, m: int) -> Number:
        """The derivative of an entry along the tangent."""
        return slope(lambda t: self._along(point, t)[m - 1], mp.zero)

    def quadratic(self, point: Point) -> Number:
        """The derivative of <v, y> along the tangent v."""
        return slope(lambda t: dot(point.tangent, self._along(point, t)), mp.zero)

    def curvature(self, point: Point, m: int) -> Number:
        """The second derivative of an entry along the tangent."""
        return slope(lambda t: slope(lambda r: self._along(point, t + r)[m - 1], mp.zero), mp.zero)

    def _along(self, point: Point, t: Number) -> Row:
        moved = zip(point.scores, point.tangent, strict=True)
        return self.row(point, [score + t * direction for score, direction in moved])

    def hessian(self, point: Point, m: int, by: int, then: int) -> Number:
        """The second derivative of an entry by two scores."""

        def inner(row: Row) -> Number:
            return partial(lambda r: self.row(point, r)[m - 1], row, by)

        return partial(inner, point.scores, then)

    def jacobian_sums(self, point: Point) -> tuple[Row, Row]:
        """The sums of the Jacobian's rows, and those of its columns."""
        span = range(1, point.n + 1)
        full = [[self.jacobian(point, m, by) for by in span] for m in span]
        return [mp.fsum(row) for row in full], [mp.fsum(c) for c in zip(*full, strict=True)]

    def absolute_row(self, point: Point, m: int) -> Number:
        """The sum of |dy_m/dx_k| over k."""
        return mp.fsum(abs(self.jacobian(point, m, by)) for by in range(1, point.n + 1))

    def absolute_column(self, point: Point, by: int) -> Number:
        """The sum of |dy_i/dx_by| over i."""
        return mp.fsum(abs(self.jacobian(point, m, by)) for m in range(1, point.n + 1))

    def entry_slope(self, name: str) -> Callable[[Point, int], Number]:
        """The derivative of an entry by a parameter, as a function of point and index."""

        def at(point: Point, m: int) -> Number:
            return slope(lambda v: self.row(point, **{name: v})[m - 1], point.number(name))

        return at

    def gradient(self, name: str) -> Callable[[Point], Number]:
        """The derivative of <g, y> by a parameter, as a function of the point."""

        def at(point: Point) -> Number:
            return slope(
                lambda v: dot(point.cotangent, self.row(point, **{name: v})), point.number(name)
            )

        return at
