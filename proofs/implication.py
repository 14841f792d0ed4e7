"""What follows from inequalities between real numbers, for all of them, by z3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import sympy as sp

from proofs import explicit as points
from proofs import smt
from proofs.evidence import Evidence, Refuted, Undecided
from proofs.toolkit import Expr

#: Explicit points that a statement is tried at.
POINTS = 25


@dataclass(frozen=True)
class Fact:
    """A named lemma at given arguments.

    Attributes
    ----------
    lemma : str
        Its name; the Notes of the file state it in full.
    requires : tuple of Boolean
        Its hypotheses there, which z3 has to derive.
    gives : Boolean
        What it says there.
    """

    lemma: str
    gives: Expr
    requires: tuple[Expr, ...] = ()


def tangent(power: Expr, t: Expr) -> Fact:
    """The tangent of exp at 0: with power = e^t, power >= 1 + t for every real t."""
    return Fact("the tangent of exp", power >= 1 + t)


@dataclass(frozen=True, kw_only=True)
class Implication:
    """Hypotheses imply a conclusion, whatever real numbers the symbols are.

    Attributes
    ----------
    hypotheses : tuple of Boolean
    conclusion : Boolean
    where : mapping of Symbol to Expr
        What the statement abbreviates, one after the other.
    meanings : mapping of Symbol to Expr
        Symbols that stand for exponentials; z3 knows of them what the facts say.
    facts : tuple of Fact
    """

    name: ClassVar[str] = "z3"
    hypotheses: tuple[Expr, ...]
    conclusion: Expr
    where: Mapping[Expr, Expr] = field(default_factory=dict)
    meanings: Mapping[Expr, Expr] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()

    def establish(self) -> Evidence:
        """Look at explicit points, then show hypotheses satisfiable and the negation not."""
        values = self.explicit()
        self.decide()
        return self._evidence(values)

    def decide(self) -> None:
        """Leave it to z3; raises Refuted with a point, or Undecided."""
        assumed = [smt.formula(h) for h in self._given]
        for fact in self.facts:
            for needed in fact.requires:
                negated = smt.formula(sp.Not(self._plain(needed)))
                if smt.satisfiable([*assumed, negated]) is not False:
                    raise Undecided(f"{fact.lemma} asks for {needed}")
        assumed += [smt.formula(self._plain(fact.gives)) for fact in self.facts]
        for statement in (*self._given, self._claim):
            for divisor in smt.denominators(statement):
                if smt.satisfiable([*assumed, smt.term(divisor) == 0]) is not False:
                    raise Undecided(f"the hypotheses do not exclude {divisor} = 0")
        if smt.satisfiable(assumed) is not True:
            raise Undecided("the hypotheses are not shown to be satisfiable")
        if smt.satisfiable([*assumed, smt.formula(sp.Not(self._claim))]) is not False:
            raise Refuted(self.witness())

    @property
    def _given(self) -> list[Expr]:
        return [self._plain(h) for h in self.hypotheses]

    @property
    def _claim(self) -> Expr:
        return self._plain(self.conclusion)

    def _plain(self, statement: Expr) -> Expr:
        for name, meaning in reversed(list(self.where.items())):
            statement = statement.subs(name, meaning)
        return statement

    def explicit(self) -> int:
        """Try the statement at points that obey the hypotheses, and count them."""
        values = 0
        for point in self._points(POINTS):
            for fact in self.facts:
                if not points.holds(self._plain(fact.gives), point):
                    raise Refuted(f"{fact.lemma} does not say {fact.gives}")
            try:
                if not points.holds(self._claim, point):
                    raise Refuted(points.written(point))
            except ZeroDivisionError as reason:
                raise Undecided("the hypotheses do not exclude a division by 0") from reason
            values += 1
        if not values:
            raise Undecided("no explicit point obeys the hypotheses")
        return values

    def _points(self, wanted: int, *more: Expr) -> Iterator[points.Values]:
        symbols, seed = self._claim.free_symbols, str((self.hypotheses, self.conclusion))
        given = (*self._given, *more)
        return points.points(given, symbols, self.meanings, seed, wanted=wanted)

    def witness(self) -> str:
        """A point that breaks the conclusion, which chance finds."""
        negation = sp.Not(self._claim)
        for point in self._points(1, negation):
            return points.written(point)
        raise Undecided("z3 does not find that the conclusion follows, nor a point where it fails")

    def _evidence(self, values: int) -> Evidence:
        latex = tuple(sp.latex(h) for h in self.hypotheses)
        words = [f"${sp.latex(name)} = {sp.latex(m)}$" for name, m in self.meanings.items()]
        words += [f"${sp.latex(name)} = {sp.latex(m)}$" for name, m in self.where.items()]
        meaning = f"With {', '.join(words)}. " if words else ""
        facts = [f"{fact.lemma}, ${sp.latex(fact.gives)}$" for fact in self.facts]
        used = f" Used: {'; '.join(facts)}." if facts else ""
        assumed = f"Hypotheses: {', '.join(f'${h}$' for h in latex)}; " if latex else "They are "
        text = (
            f"{meaning}{assumed}satisfiable together, and not with the negation of the "
            f"conclusion.{used}"
        )
        statement = sp.srepr(sp.Implies(sp.And(*self._given), self._claim))
        seen = "explicit points obey it"
        return Evidence(sp.latex(self.conclusion), text, values, latex, statement, seen)
