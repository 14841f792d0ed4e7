"""Inequalities between named real numbers, decided by z3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sympy as sp
import z3

Formula = Any

_RELATIONS: dict[Any, Callable[[Any, Any], Formula]] = {
    sp.StrictLessThan: lambda a, b: a < b,
    sp.LessThan: lambda a, b: a <= b,
    sp.StrictGreaterThan: lambda a, b: a > b,
    sp.GreaterThan: lambda a, b: a >= b,
    sp.Equality: lambda a, b: a == b,
    sp.Unequality: lambda a, b: a != b,
}
_CONNECTIVES = {sp.And: z3.And, sp.Or: z3.Or, sp.Not: z3.Not, sp.Implies: z3.Implies}


def term(expression: Any) -> Formula:
    """A rational expression of symbols as a z3 term; ValueError if it is not one."""
    if expression.is_Symbol:
        if expression.is_nonnegative or expression.is_nonpositive:
            raise ValueError(f"z3 would not know the sign that SymPy assumes of {expression}")
        return z3.Real(expression.name)
    if expression.is_Rational:
        return z3.Q(int(expression.p), int(expression.q))
    if expression.is_Add:
        return z3.Sum([term(a) for a in expression.args])
    if expression.is_Mul:
        return z3.Product([term(a) for a in expression.args])
    if expression.is_Pow and expression.exp.is_Integer:
        power = z3.Product([term(expression.base)] * abs(int(expression.exp)))
        return power if expression.exp > 0 else 1 / power
    if isinstance(expression, sp.Abs):
        inside = term(expression.args[0])
        return z3.If(inside >= 0, inside, -inside)
    if isinstance(expression, sp.Max | sp.Min):
        first, second = map(term, expression.args)
        larger = first >= second
        return z3.If(larger if isinstance(expression, sp.Max) else z3.Not(larger), first, second)
    raise ValueError(f"not a rational expression: {expression}")


def formula(statement: Any) -> Formula:
    """A statement built of relations and connectives as a z3 formula."""
    if statement in (sp.true, sp.false):
        return z3.BoolVal(statement == sp.true)
    for kind, relation in _RELATIONS.items():
        if isinstance(statement, kind):
            return relation(term(statement.lhs), term(statement.rhs))
    for kind, connective in _CONNECTIVES.items():
        if isinstance(statement, kind):
            return connective(*(formula(a) for a in statement.args))
    raise ValueError(f"not a statement: {statement}")


def denominators(expression: Any) -> Iterator[Any]:
    """What is divided by: z3 leaves the value of a division by zero open."""
    for power in expression.atoms(sp.Pow):
        if power.exp.is_negative:
            yield power.base


def satisfiable(formulas: Iterable[Formula]) -> bool | None:
    """Whether the formulas hold together somewhere; None if z3 cannot tell."""
    solver = z3.SolverFor("QF_NRA")
    solver.set("timeout", 10_000)
    solver.add(*formulas)
    answer = solver.check()
    return None if answer == z3.unknown else bool(answer == z3.sat)
