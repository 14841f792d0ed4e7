"""Proof by induction: on how a sum is put together, or on the length of a list.

:class:`StructuralInduction` is about numbers, whose cases z3 decides; :class:`Induction` takes
whatever methods decide its base and its step.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import sympy as sp

from proofs import explicit
from proofs.evidence import Evidence, Method, Refuted, Undecided
from proofs.implication import Implication
from proofs.toolkit import Expr

#: Lengths at which the statement is tried, and how often each.
LENGTHS, TIMES = (1, 2, 3, 5, 8), 6
#: Objects among which a false statement's counterexample is looked for.
SEARCH = 600


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way to put an object together.

    Attributes
    ----------
    name : str
        In words.
    result : tuple of Expr
        The state of the new object.
    parts : tuple of tuple of Symbol
        The states of the objects that it is made of, of which the claim is assumed.
    given : tuple of Boolean
        What is known of whatever is new.
    """

    name: str
    result: tuple[Expr, ...]
    parts: tuple[tuple[Expr, ...], ...] = ()
    given: tuple[Expr, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StructuralInduction:
    """A claim about the state of every object that the cases can put together.

    Attributes
    ----------
    state : tuple of Symbol
        What is kept of an object.
    claim : Boolean
        Of the state and of what is fixed.
    cases : tuple of Case
        Those without parts are the base, the others the step.
    fixed : tuple of Boolean
        Of the parameters, which are the same throughout.
    meanings : mapping of Symbol to Expr
        Symbols that stand for exponentials; z3 knows of them what is given.
    """

    name: ClassVar[str] = "induction"
    state: tuple[Expr, ...]
    claim: Expr
    cases: tuple[Case, ...]
    fixed: tuple[Expr, ...] = ()
    meanings: Mapping[Expr, Expr] = field(default_factory=dict)

    def establish(self) -> Evidence:
        """Try explicit objects, then discharge every case by z3."""
        values = self._explicit()
        words = []
        for case in self.cases:
            try:
                self._discharged(case).establish()
            except (Refuted, Undecided) as reason:
                self._search()
                raise Undecided(f"{case.name} is not discharged: {reason}") from reason
            known = [*case.given, *self.fixed]
            if case.parts:
                assumed = " and ".join(
                    f"$({', '.join(map(sp.latex, part))})$" for part in case.parts
                )
                words.append(f"{case.name}, from the claim of {assumed}")
            else:
                words.append(case.name)
            words[-1] += f"{',' * bool(case.parts)} gives ${sp.latex(sp.Tuple(*case.result))}$"
            if known:
                words[-1] += f" where {', '.join(f'${sp.latex(h)}$' for h in known)}"
        latex = tuple(
            sp.latex(h)
            for h in dict.fromkeys(h for c in self.cases for h in (*self.fixed, *c.given))
        )
        state = ", ".join(map(sp.latex, self.state))
        text = f"Induction on how $({state})$ is put together. {'. '.join(map(_capital, words))}."
        steps = (self._discharged(case) for case in self.cases)
        statement = sp.And(*(sp.Implies(sp.And(*s.hypotheses), s.conclusion) for s in steps))
        seen = "objects put together by chance obey it"
        return Evidence(sp.latex(self.claim), text, values, latex, sp.srepr(statement), seen)

    def _discharged(self, case: Case) -> Implication:
        assumed = [self.claim.subs(dict(zip(self.state, part, strict=True))) for part in case.parts]
        return Implication(
            hypotheses=tuple(
                h for whole in (*self.fixed, *assumed, *case.given) for h in sp.And.make_args(whole)
            ),
            conclusion=self.claim.subs(
                dict(zip(self.state, case.result, strict=True)), simultaneous=True
            ),
        )

    def _explicit(self) -> int:
        values = 0
        for size, found in self._objects(LENGTHS * TIMES):
            self._try(size, found)
            values += 1
        if not values:
            raise Undecided("no explicit object obeys the hypotheses")
        return values

    def _search(self) -> None:
        for size, found in self._objects((1, 2, 2, 3) * (SEARCH // 4)):
            self._try(size, found)

    def _try(self, size: int, found: explicit.Values) -> None:
        if not explicit.holds(self.claim, found):
            raise Refuted(f"of {size} made: {explicit.written(found)}")

    def _objects(self, sizes: tuple[int, ...]) -> Iterator[tuple[int, explicit.Values]]:
        chance = random.Random(str((self.claim, self.cases)))  # noqa: S311 - not secrets
        asked = self.claim.free_symbols - set(self.state)
        for size in sizes:
            fixed = explicit.drawn(self.fixed, asked, self._named(asked, *self.fixed), chance, {})
            if fixed is not None and (state := self._built(size, fixed, chance)) is not None:
                yield size, {**fixed, **dict(zip(self.state, state, strict=True))}

    def _built(
        self, size: int, fixed: explicit.Values, chance: random.Random
    ) -> tuple[object, ...] | None:
        case = chance.choice([c for c in self.cases if bool(c.parts) == (size > 1)])
        known = dict(fixed)
        if len(case.parts) == 1:
            sizes = [size - 1]
        elif case.parts:
            first = chance.randrange(1, size)
            sizes = [first, size - first]
        else:
            sizes = []
        for part, smaller in zip(case.parts, sizes, strict=True):
            inner = self._built(smaller, fixed, chance)
            if inner is None:
                return None
            known |= dict(zip(part, inner, strict=True))
        new = set().union(*(r.free_symbols for r in case.result))
        meanings = self._named(new, *case.given)
        point = explicit.drawn(case.given, new, meanings, chance, known)
        return None if point is None else tuple(explicit.value(r, point) for r in case.result)

    def _named(self, symbols: set[Expr], *statements: Expr) -> dict[Expr, Expr]:
        used = symbols.union(*(s.free_symbols for s in statements))
        return {name: meaning for name, meaning in self.meanings.items() if name in used}


@dataclass(frozen=True, kw_only=True)
class Induction:
    """A statement about lists of every length, from that of the empty one and the step.

    Attributes
    ----------
    statement : str
        What holds of every length, in LaTeX.
    base, step : Method
        The statement for length 0; and for one entry more, with the statement used.
    """

    name: ClassVar[str] = "induction"
    statement: str
    base: Method
    step: Method

    def establish(self) -> Evidence:
        """Establish the base and the step."""
        base, step = self.base.establish(), self.step.establish()
        text = (
            f"Base:\n\n$${base.formula}$$\n\n{base.text} Step:\n\n$${step.formula}$$\n\n"
            f"{step.text} By induction it holds of every length."
        )
        statement = f"And({base.srepr}, {step.srepr})"
        values = base.values + step.values
        assumed = (*base.hypotheses, *step.hypotheses)
        return Evidence(self.statement, text, values, assumed, statement)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
