"""What a method of proof returns, and explicit values of symbolic expressions.

``establish`` of a method returns the :class:`Evidence`, raises :class:`Refuted` with
a witness where the statement is false, and :class:`Undecided` where the method can
tell neither. A falsified twin counts as rejected only by :class:`Refuted`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import sympy as sp

from proofs.numeric import DIGITS, Number, Point, mp
from proofs.parts import at
from proofs.toolkit import Expr, g, v, x

#: The longest row of which every index is taken, and how many tuples of them at most.
ALL, MANY = 5, 30


class Refuted(Exception):  # noqa: N818 - an outcome, not an error
    """The statement is false; the message is the witness."""


class Undecided(Exception):  # noqa: N818 - an outcome, not an error
    """The method proves neither the statement nor its negation."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What has been established.

    Attributes
    ----------
    formula : str
        The statement in LaTeX.
    text : str
        How it was decided, in Markdown.
    values : int
        How many values were compared with the definition.
    hypotheses : tuple of str
        In LaTeX.
    srepr : str
        The statement for SymPy to read back; ``x``, ``g`` and ``v`` are its rows.
    compared : str
        What the values show.
    """

    formula: str
    text: str
    values: int
    hypotheses: tuple[str, ...] = ()
    srepr: str = ""
    compared: str = f"values agree with the definition in mpmath to {DIGITS} digits"


class Method(Protocol):
    """A statement together with the way to decide it."""

    name: ClassVar[str]

    def establish(self) -> Evidence:
        """The evidence; raises Refuted or Undecided."""
        ...


def number(
    expression: Expr, point: Point, indices: tuple[Expr, ...], chosen: tuple[Expr, ...]
) -> Number:
    """The value of an expression at an explicit point, to 90 digits."""
    names = {name.name: name for name in expression.free_symbols if name.is_Symbol}
    values = {
        names[name]: sp.Rational(value.numerator, value.denominator)
        for name, value in point.parameters.items()
        if name in names
    }
    rows = {
        base: tuple(sp.Rational(value.numerator, value.denominator) for value in row)
        for base, row in ((x, point.x), (g, point.g), (v, point.v))
    }
    exact = at(expression, point.n, rows, {**values, **dict(zip(indices, chosen, strict=True))})
    return mp.mpf(str(sp.N(exact, 90)))


def places(
    points: tuple[Point, ...], indices: tuple[Expr, ...], *, distinct: bool = False
) -> Iterator[tuple[Point, tuple[Expr, ...]]]:
    """Every point with every value of the free indices; in long rows three values of each."""
    for point in points:
        few = point.n ** len(indices) <= MANY and point.n <= ALL
        span = range(1, point.n + 1) if few else (1, point.n // 2, point.n - 1)
        for chosen in itertools.product(span, repeat=len(indices)):
            if not distinct or len(set(chosen)) == len(chosen):
                yield point, tuple(sp.Integer(m) for m in chosen)


def where(point: Point, indices: tuple[Expr, ...], chosen: tuple[Expr, ...]) -> str:
    """The place in words, for a witness."""
    named = (f"{index} = {value}" for index, value in zip(indices, chosen, strict=True))
    return ", ".join([f"n = {point.n}", *named])


def pair(left: Number, right: Number) -> str:
    """Two values that should have been equal."""
    return f"{mp.nstr(left, 6)} against {mp.nstr(right, 6)}"


def related(relation: str, left: Expr, right: Expr) -> str:
    """Two sides for SymPy to read back, which may not merge them into ``true``."""
    return f"{relation}({sp.srepr(left)}, {sp.srepr(right)}, evaluate=False)"


def meanings(statistics: Mapping[Expr, Expr]) -> str:
    """What the names of the parts of a row stand for."""
    return ", ".join(
        f"${sp.latex(name)} = {sp.latex(meaning)}$"
        for name, meaning in statistics.items()
        if name != meaning
    )
