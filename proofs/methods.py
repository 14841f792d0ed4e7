"""Proof by reduction of sums of symbolic length, by a limit, and refutation by a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from proofs import smt
from proofs.evidence import (
    Evidence,
    Refuted,
    Undecided,
    meanings,
    number,
    pair,
    places,
    related,
    where,
)
from proofs.numeric import DIGITS, Number, Point, agree, mp
from proofs.parts import abstract, at
from proofs.toolkit import Expr, cases, i, normal, vanishes, x

#: An independent value: of a point and the free indices (the first entry being 1).
Sample = Callable[..., Number]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """``left = right`` for every length, by reducing the difference to 0.

    Attributes
    ----------
    subject : str
        LaTeX of what both sides are.
    left, right : Expr
        ``left`` is derived from the definition.
    sample : callable
        ``sample(point, *indices)``, the same number without SymPy.
    points : tuple of Point
    indices : tuple of Symbol
        The free indices.
    names : tuple of mappings
        What the page abbreviates, and how, one after the other.
    apart : tuple of pairs
        Indices that differ from each other.
    """

    name: ClassVar[str] = "symbolic identity"
    subject: str
    left: Expr
    right: Expr
    sample: Sample
    points: tuple[Point, ...]
    indices: tuple[Expr, ...] = (i,)
    names: tuple[Mapping[Expr, Expr], ...] = ()
    apart: tuple[tuple[Expr, Expr], ...] = ()

    def establish(self) -> Evidence:
        """Compare both sides with the sample at explicit rows, then reduce each case."""
        values = 0
        for point, chosen in places(self.points, self.indices):
            value_of = dict(zip(self.indices, chosen, strict=True))
            if any(
                value_of.get(one, one) == value_of.get(other, other) for one, other in self.apart
            ):
                continue
            left, right = (
                number(side, point, self.indices, chosen) for side in (self.left, self.right)
            )
            if not agree(left, right):
                raise Refuted(f"{where(point, self.indices, chosen)}: {pair(left, right)}")
            if not agree(left, self.sample(point, *chosen)):
                place = where(point, self.indices, chosen)
                raise Refuted(f"the definition itself gives another value at {place}")
            values += 2
        split = list(cases(normal(self.left - self.right), self.apart))
        open_cases = [name for name, case in split if not vanishes(case)]
        if open_cases:
            raise Undecided(f"the difference does not reduce to 0 {open_cases}")
        named = [f"${name}$" for name, _ in split if name]
        if len(named) > 5:
            named = [f"each of the {len(named)} ways in which the indices can be equal"]
        text = f"The difference of both sides reduces to 0{' for ' * bool(named)}"
        text += f"{' and for '.join(named)}."
        sides = [sp.latex(self._written(side)) for side in (self.left, self.right)]
        # An index of one letter has braces in SymPy's LaTeX.
        plain = {side: re.sub(r"_\{(\w)\}", r"_\1", side) for side in sides}
        sides = [side for side in plain if plain[side] != self.subject] or sides[:1]
        lines = " \\\\ &= ".join(sides)
        formula = rf"\begin{{aligned}}{self.subject} &= {lines}\end{{aligned}}"
        return Evidence(formula, text, values, srepr=related("Equality", self.left, self.right))

    def _written(self, side: Expr) -> Expr:
        for names in self.names:
            side = side.xreplace(names)
        return side


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit in one named part of the row, which no other part contains.

    The expression has to be a rational function of the parts; its limit is its
    value there, once the divisor is shown not to vanish.

    Attributes
    ----------
    subject : str
        LaTeX of the limit.
    expression, value : Expr
        Of scores, sums and parameters.
    statistics : mapping of Symbol to Expr
        The parts of the row.
    variable : Symbol
        The part that tends to 0 or to infinity, from the positive side.
    near, far : callable
        ``near(point, *indices)``, the expression without SymPy, and the same so far
        out that it is within 1e-50 of the limit.
    points : tuple of Point
    hypotheses : tuple of Boolean
        Between the parts.
    direction : int
        1 where the variable tends to 0, -1 where it tends to infinity.
    indices : tuple of Symbol
        The free indices, distinct from each other.
    at : Expr
        What it tends to, where that is neither 0 nor infinity.
    """

    name: ClassVar[str] = "limit"
    subject: str
    expression: Expr
    value: Expr
    statistics: Mapping[Expr, Expr]
    variable: Expr
    near: Sample
    far: Sample
    points: tuple[Point, ...]
    hypotheses: tuple[Expr, ...] = ()
    direction: int = 1
    indices: tuple[Expr, ...] = (i,)
    at: Expr = sp.S.Zero

    def establish(self) -> Evidence:
        """Take the limit of a rational function of the variable, then look far out."""
        function = abstract(self.expression, self.statistics)
        near = sp.cancel(function.subs(self.variable, self.at + self.variable**self.direction))
        if not near.is_rational_function(*self.statistics):
            raise Undecided(f"not a rational function of the parts: {function}")
        above, below = (part.subs(self.variable, 0) for part in sp.fraction(near))
        hypotheses = [smt.formula(h) for h in self.hypotheses]
        if smt.satisfiable(hypotheses) is not True:
            raise Undecided("the hypotheses are not shown to be satisfiable")
        claimed = abstract(self.value, self.statistics)
        values = 0
        for point, chosen in places(self.points, self.indices, distinct=True):
            place, here = where(point, self.indices, chosen), (point, self.indices, chosen)
            if not agree(number(self.expression, *here), self.near(point, *chosen)):
                raise Refuted(f"the definition itself gives another value at {place}")
            far, value = self.far(point, *chosen), number(self.value, *here)
            if abs(far - value) > mp.mpf(10) ** -DIGITS:
                raise Refuted(f"{place}: {pair(far, value)}")
            values += 2
        if smt.satisfiable([*hypotheses, smt.term(below) == 0]) is not False:
            raise Undecided(f"the hypotheses do not exclude that {below} = 0")
        if sp.cancel(above / below - claimed) != 0:
            raise Undecided(f"the limit is {above / below}, not {claimed}")
        target = sp.latex(self.at) if self.direction > 0 else r"\infty"
        formula = (
            rf"{self.subject} = \lim_{{{sp.latex(self.variable)} \to {target}}} "
            rf"{sp.latex(function)} = {sp.latex(self.value)}"
        )
        latex = tuple(sp.latex(h) for h in self.hypotheses)
        assumed = f", where {', '.join(f'${h}$' for h in latex)}" if latex else ""
        text = f"With {meanings(self.statistics)}{assumed}."
        end = self.at if self.direction > 0 else sp.oo
        taken = sp.Limit(function, self.variable, end, "-" if end is sp.oo else "+")
        return Evidence(formula, text, values, latex, related("Equality", taken, claimed))


@dataclass(frozen=True, kw_only=True)
class Counterexample:
    """An explicit row at which two expressions, claimed equal, have different exact values.

    Attributes
    ----------
    left, right : Expr
    left_name, right_name : str
        Their LaTeX.
    row : tuple of Expr
        The scores.
    values : mapping of Symbol to Expr
        Parameters and indices.
    sample : callable
        ``sample()``, both values without SymPy.
    """

    name: ClassVar[str] = "counterexample"
    left: Expr
    right: Expr
    left_name: str
    right_name: str
    row: tuple[Expr, ...]
    values: Mapping[Expr, Expr]
    sample: Callable[[], tuple[Number, Number]]

    def establish(self) -> Evidence:
        """Evaluate both sides exactly; they have to be rational and to differ."""
        left, right = (
            sp.simplify(at(side, len(self.row), {x: self.row}, self.values))
            for side in (self.left, self.right)
        )
        if not (left.is_Rational and right.is_Rational):
            raise Undecided(f"{left} and {right} are not both rational")
        if left == right:
            raise Refuted(f"both sides are {left}")
        for exact, sample in zip((left, right), self.sample(), strict=True):
            if not agree(mp.mpf(exact.p) / exact.q, sample):
                raise Refuted("the definition itself gives another value")
        where = ", ".join(
            f"{sp.latex(name)} = {sp.latex(value)}" for name, value in self.values.items()
        )
        row = ", ".join(sp.latex(v) for v in self.row)
        formula = (
            rf"n = {len(self.row)},\ x = ({row}){',' if where else ''}\ {where}:\qquad "
            rf"{self.left_name} = {sp.latex(left)} \ne {sp.latex(right)} = {self.right_name}"
        )
        differ = related("Unequality", self.left, self.right)
        return Evidence(formula, "Both values are exact.", 2, srepr=differ)
