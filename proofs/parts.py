"""Expressions in named parts of a row, and their exact values at explicit rows."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from proofs.toolkit import Expr, bounds, n, normal


def abstract(expression: Expr, statistics: Mapping[Expr, Expr]) -> Expr:
    """The expression in named parts of the row; ValueError if something of the row is left.

    Parameters
    ----------
    expression : Expr
        In scores, sums and parameters.
    statistics : mapping of Symbol to Expr
        What each name stands for: a term of the row, a parameter, or a sum of
        the row less some terms (the sum is then eliminated).

    Examples
    --------
    >>> from proofs.toolkit import i, j, total, x
    >>> a, rest = sp.symbols("a C", real=True)
    >>> whole = total(sp.exp(x[j]))
    >>> abstract(sp.exp(x[i]) / whole, {rest: whole - sp.exp(x[i]), a: sp.exp(x[i])})
    a/(C + a)
    """
    expression = normal(expression)
    products, exponentials, terms = {}, {}, {}
    for name, meaning in statistics.items():
        value = normal(meaning)
        sums = value.atoms(sp.Sum)
        if value.is_number:
            continue  # a name for a number is for the hypotheses
        if sums:
            (whole,) = sums
            others = value.xreplace({whole: sp.Integer(0)})
            expression = expression.xreplace({whole: (name - others) / value.coeff(whole)})
        elif isinstance(value, sp.exp):
            exponentials[value] = name
        elif value.is_Mul and value.atoms(sp.exp):
            # One factor is replaced; where the product is complete, the others cancel.
            head = next(factor for factor in value.args if isinstance(factor, sp.exp))
            products[head] = name * head / value
        else:
            terms[value] = name
    expression = expression.xreplace(products)
    for value, name in exponentials.items():
        expression = _powers(expression, value, name)
    expression = expression.xreplace(terms)
    left = expression.free_symbols - set(statistics) - {n}
    if left or expression.atoms(sp.Indexed, sp.Sum):
        raise ValueError(f"the statistics do not cover {expression}")
    return expression


def _powers(expression: Expr, value: Expr, name: Expr) -> Expr:
    """The exponential and its whole powers, e^(2u) too, by its name."""

    def count(e: Expr) -> Expr:
        return sp.cancel(e.args[0] / value.args[0]) if isinstance(e, sp.exp) else sp.nan

    return expression.replace(lambda e: count(e).is_Integer, lambda e: name ** count(e))


def at(
    expression: Expr,
    length: int,
    rows: Mapping[Expr, tuple[Expr, ...]],
    values: Mapping[Expr, Expr],
) -> Expr:
    """The exact value at an explicit length, row and parameters.

    Parameters
    ----------
    expression : Expr
    length : int
        The value of n.
    rows : mapping of IndexedBase to tuple
        The row of each base, from its first entry.
    values : mapping of Symbol to Expr
        The parameters and the free indices.
    """
    if expression.has(sp.Idx):
        raise ValueError("an Idx loses its range in substitutions; use an integer Symbol")
    entries = {
        base[index]: value for base, row in rows.items() for index, value in enumerate(row, 1)
    }
    expression = expression.replace(
        lambda e: isinstance(e, sp.Sum), lambda e: _written_out(e.subs(n, length))
    ).subs({n: length, **{name: v for name, v in values.items() if name.is_integer}})
    for kink in expression.atoms(sp.sign):
        if kink.args[0].xreplace(entries) == 0:
            raise ValueError(f"{kink} is evaluated on its kink")
    return expression.xreplace({**entries, **values})


def _written_out(whole: Expr) -> Expr:
    index, low, high = bounds(whole)
    return sp.Add(*(whole.function.subs(index, m) for m in range(int(low), int(high) + 1)))
