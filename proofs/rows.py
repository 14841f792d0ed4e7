"""The same map on another row: with one more score, with two exchanged, with one that stands out.

All of it is for maps that see the row through sums of terms of one score each.
"""

from __future__ import annotations

import sympy as sp

from proofs.toolkit import Expr, bounds, i, k, n, x


def _of_one_score(whole: Expr) -> Expr:
    """The index of a sum over the row; ValueError if a term has more than its own score."""
    index, low, high = bounds(whole)
    terms = whole.function.xreplace({x[index]: sp.Dummy()})
    if (low, high) != (1, n) or index in terms.free_symbols or terms.atoms(sp.Indexed):
        raise ValueError(f"not a sum of terms of one score each over the row: {whole}")
    return index


def prepended(expression: Expr, first: Expr) -> Expr:
    """The expression for the row of n + 1 scores that has one more before x_1.

    A free index keeps naming an entry of x: x_i is entry i + 1 of the new row.
    """

    def one_more(whole: Expr) -> Expr:
        return whole.function.subs(x[_of_one_score(whole)], first) + whole

    return expression.replace(lambda e: isinstance(e, sp.Sum), one_more)


def swapped(expression: Expr) -> Expr:
    """The expression for the row in which x_i and x_k have changed places, i != k.

    The sums stay: addition is commutative and associative.
    """
    sums = {whole: sp.Dummy() for whole in expression.atoms(sp.Sum)}
    for whole in sums:
        _of_one_score(whole)
    moved = expression.xreplace(sums).xreplace({x[i]: x[k], x[k]: x[i]})
    return moved.xreplace({name: whole for whole, name in sums.items()})


def spiked(expression: Expr, own: Expr, others: Expr) -> Expr:
    """The expression for a row in which x_i is one score and the n - 1 others are another."""

    def two_kinds(whole: Expr) -> Expr:
        score = x[_of_one_score(whole)]
        return whole.function.subs(score, own) + (n - 1) * whole.function.subs(score, others)

    return expression.replace(lambda e: isinstance(e, sp.Sum), two_kinds).subs(x[i], own)
