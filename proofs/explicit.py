"""Statements about real numbers at explicit points: rational ones, and exponentials of these.

The values are taken by a path of its own, which shares no code with z3.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.numeric import Number, mp
from proofs.toolkit import Expr

Values = dict[Expr, Any]

#: Numbers at which bounds are tight or break: ends, small and large ones.
_POOL = "0 1 -1 1/256 1/16 1/4 1/2 3/4 1/3 5/4 3/2 2 3 8 -1/2 -3/2 17 129"
POOL = tuple(map(Fraction, _POOL.split()))
#: How far a value at 160 digits can be off.
_NIL = mp.mpf(10) ** -100
_TRIES, _DRAWS = 100, 40

_ORDER: dict[Any, Callable[[Number, Number], bool]] = {
    sp.LessThan: lambda a, b: a <= b,
    sp.GreaterThan: lambda a, b: a >= b,
    sp.StrictLessThan: lambda a, b: a < b,
    sp.StrictGreaterThan: lambda a, b: a > b,
    sp.Equality: lambda a, b: a == b,
    sp.Unequality: lambda a, b: a != b,
}


def value(expression: Expr, values: Values) -> Any:
    """The value of a term: a Fraction, or an mpmath number where an exponential is in it."""
    if expression.is_Symbol:
        return values[expression]
    if expression.is_Rational:
        return Fraction(int(expression.p), int(expression.q))
    parts = _alike([value(part, values) for part in expression.args])
    if expression.is_Add:
        return sum(parts[1:], parts[0])
    if expression.is_Mul:
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        return product
    if isinstance(expression, sp.exp):
        return mp.exp(_wide(parts[0]))
    if isinstance(expression, sp.log):
        return mp.log(_wide(parts[0]))
    if expression.is_Pow and expression.exp.is_Integer:
        return parts[0] ** int(expression.exp)
    if isinstance(expression, sp.Abs):
        return abs(parts[0])
    if isinstance(expression, sp.Max):
        return max(parts)
    if isinstance(expression, sp.Min):
        return min(parts)
    raise ValueError(f"no value of {expression}")


def _alike(numbers: list[Any]) -> list[Any]:
    """Fractions, or mpmath numbers if one of them is."""
    exact = all(isinstance(number, Fraction) for number in numbers)
    return numbers if exact else [_wide(number) for number in numbers]


def _wide(number: Any) -> Number:
    return mp.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else number


def holds(statement: Expr, values: Values) -> bool:
    """Whether a statement holds there."""
    if statement in (sp.true, sp.false):
        return bool(statement)
    for kind, order in _ORDER.items():
        if isinstance(statement, kind):
            left, right = _alike([value(side, values) for side in (statement.lhs, statement.rhs)])
            difference = left - right
            # An equality of irrational numbers is one to all digits but the last.
            near = not isinstance(difference, Fraction) and abs(difference) < _NIL
            return order(0 if near else difference, 0)
    parts = (holds(part, values) for part in statement.args)
    if isinstance(statement, sp.And):
        return all(parts)
    if isinstance(statement, sp.Or):
        return any(parts)
    if isinstance(statement, sp.Not):
        return not next(parts)
    if isinstance(statement, sp.Implies):
        return not next(parts) or next(parts)
    raise ValueError(f"not a statement: {statement}")


def points(
    hypotheses: Sequence[Expr],
    symbols: Iterable[Expr],
    meanings: Mapping[Expr, Expr],
    seed: str,
    *,
    wanted: int,
) -> Iterator[Values]:
    """Points that obey the hypotheses, drawn by chance from a seed; maybe fewer than wanted.

    Parameters
    ----------
    hypotheses : sequence of Boolean
    symbols : iterable of Symbol
        Those that get a value, besides those of the hypotheses.
    meanings : mapping of Symbol to Expr
        Symbols that stand for an expression in the others.
    seed : str
    wanted : int
    """
    chance, found = random.Random(seed), 0  # noqa: S311 - points, not secrets
    for _ in range(_TRIES * wanted):
        point = drawn(hypotheses, symbols, meanings, chance, {})
        if point is not None:
            found += 1
            yield point
        if found == wanted:
            return


def drawn(
    hypotheses: Sequence[Expr],
    symbols: Iterable[Expr],
    meanings: Mapping[Expr, Expr],
    chance: random.Random,
    known: Values,
) -> Values | None:
    """One point that obeys the hypotheses and extends what is known; None if chance finds none."""
    asked = set(symbols).union(*(h.free_symbols for h in hypotheses))
    asked = asked.union(*(m.free_symbols for m in meanings.values())) - set(meanings) - set(known)
    given = (h.args for h in hypotheses if isinstance(h, sp.Equality))
    named = {name: value(number, {}) for name, number in given if number.is_Rational}
    values, pending = {**known, **named}, list(hypotheses)
    asked -= set(named)
    for name in sorted(asked, key=_first_units):
        for _ in range(_DRAWS):
            trial = {**values, name: _candidate(values, chance)}
            for symbol, meaning in meanings.items():
                if symbol not in trial and meaning.free_symbols <= set(trial):
                    trial[symbol] = value(meaning, trial)
            ready = [h for h in pending if h.free_symbols <= set(trial)]
            if all(_holds_or_divides_by_zero(h, trial) for h in ready):
                break
        else:
            return None
        values = trial
        pending = [h for h in pending if h not in ready]
    return values


def _first_units(name: Expr) -> tuple[bool, str]:
    """Factors, whose names are capitals, before what they bound."""
    return (not str(name)[0].isupper(), str(name))


def _holds_or_divides_by_zero(statement: Expr, values: Values) -> bool:
    try:
        return holds(statement, values)
    except ZeroDivisionError:
        return False


def _candidate(values: Values, chance: random.Random) -> Fraction:
    """A number of the pool, or one that the numbers drawn so far suggest: bounds meet there."""
    known = [v for v in values.values() if isinstance(v, Fraction)]
    if not known or chance.random() < 0.4:
        return chance.choice(POOL)
    first, second = chance.choice(known), chance.choice(known)
    if chance.random() < 0.75:
        move = chance.choice((operator.add, operator.sub, operator.mul))
        return Fraction(move(first, second))
    return chance.choice((first, -first, 1 / first if first else first))


def written(values: Values) -> str:
    """A point in words."""
    return ", ".join(f"${sp.latex(name)} = {_number(v)}$" for name, v in values.items())


def _number(number: Any) -> str:
    if not isinstance(number, Fraction):
        return str(mp.nstr(number, 6))
    return f"{number.numerator}" + f"/{number.denominator}" * (number.denominator != 1)
