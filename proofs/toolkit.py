"""The symbols of a row of symbolic length, and the reductions that are safe on them.

Definitions
-----------
``n`` is the length, ``x[1], ..., x[n]`` the scores, ``g`` a cotangent, ``v`` a tangent;
``i``, ``k`` and ``ell`` are free indices in 1, ..., n; ``j`` is the bound index of every sum.

Notes
-----
SymPy is trusted with rational functions, and with derivatives of single terms.
What it does wrongly or not at all on sums of symbolic length is done here:

- An ``Idx`` index is refused: ``Sum(x[Idx('j', n)], ...)`` evaluates to n x_j
  once n becomes a number.
- A sum gets the bound index ``j`` whatever it was called, so that equal sums
  compare equal.
- A limit in a score of the row is never taken; :func:`proofs.parts.abstract` first names the
  parts of the row, see :class:`proofs.methods.Limit`.
- A sum directly of a sum becomes one sum with two limits; it is refused.
- ``sign`` is 0 at 0 in SymPy, which hides a kink; :func:`proofs.parts.at` refuses to go there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp
from sympy.utilities.iterables import multiset_partitions

Expr = Any

n = sp.Symbol("n", integer=True, positive=True)
i, j, k, ell = sp.symbols("i j k l", integer=True)
delta = sp.KroneckerDelta(i, k)
x = sp.IndexedBase("x", real=True)
g = sp.IndexedBase("g", real=True)
v = sp.IndexedBase("v", real=True)


def total(term: Expr, index: Expr = j, length: Expr = n) -> Expr:
    """The sum of a term over the row."""
    return sp.Sum(term, (index, 1, length))


def derivative(expression: Expr, variable: Expr) -> Expr:
    """The derivative, on the branch where every free index is in range, and off every kink."""
    found = in_range(expression.diff(variable).doit())
    # The derivative of a sign is 0 but at 0, where SymPy has a delta function.
    return found.replace(lambda e: isinstance(e, sp.DiracDelta), lambda _: sp.S.Zero)


def in_range(expression: Expr) -> Expr:
    """Every Piecewise decided by 1 <= i, k, l <= n; ValueError if one is not."""
    implied = [sp.And(index >= 1, index <= n) for index in (i, k, ell)]

    def decide(piecewise: Expr) -> Expr:
        value, condition = piecewise.args[0]
        if condition not in implied:
            raise ValueError(f"1 <= i, k, l <= n does not decide {condition}")
        return value

    return expression.replace(lambda e: isinstance(e, sp.Piecewise), decide)


def scores(expression: Expr, new: Any, base: Expr = x) -> Expr:
    """Every score x[m] replaced by new(m), inside sums too."""
    return expression.replace(
        lambda e: isinstance(e, sp.Indexed) and e.base == base, lambda e: new(e.indices[0])
    )


def normal(expression: Expr) -> Expr:
    """Sums split into single terms, free of constant factors, with the bound index j.

    ``|a b|^p`` becomes ``|a|^p |b|^p`` and ``e^(a+b)`` becomes ``e^a e^b``, so that
    factors can leave the sums; ``|a|^(p-1)`` becomes ``|a|^p / |a|``, for a != 0; the
    logarithm of a product of positive factors becomes a sum; the square of a sign is 1.
    """
    if expression.has(sp.Idx):
        raise ValueError("an Idx loses its range in substitutions; use an integer Symbol")
    if j in expression.free_symbols:
        raise ValueError("j is the bound index of sums and may not stand free")
    expression = expression.replace(
        lambda e: isinstance(e, sp.Abs) and e.args[0].is_Mul,
        lambda e: sp.Mul(*(sp.Abs(factor) for factor in e.args[0].args)),
    )
    expression = expression.replace(
        lambda e: isinstance(e, sp.exp), lambda e: sp.exp(sp.expand(e.args[0]))
    )
    # SymPy keeps |u|^(p-1) whole because of u = 0, where the expression has no value anyway.
    expression = expression.replace(
        lambda e: e.is_Pow and isinstance(e.base, sp.Abs) and e.exp.is_Add,
        lambda e: sp.Mul(*(e.base**part for part in e.exp.args)),
    )
    expression = expression.replace(
        lambda e: e.is_Pow and isinstance(e.base, sp.sign) and e.exp.is_Integer,
        lambda e: e.base ** (e.exp % 2),
    )
    expression = sp.expand_power_base(sp.expand_power_exp(expression))
    expression = expression.replace(lambda e: isinstance(e, sp.Sum), _split_sum)
    return expression.replace(
        lambda e: isinstance(e, sp.log) and all(map(_positive, sp.Mul.make_args(e.args[0]))),
        lambda e: sp.Add(*map(sp.log, sp.Mul.make_args(e.args[0]))),
    )


def _positive(expression: Expr) -> bool:
    if expression.is_Pow and expression.exp.is_real:
        return _positive(expression.base)
    return bool(
        expression.function.is_positive
        if isinstance(expression, sp.Sum)
        else expression.is_positive
    )


def bounds(whole: Expr) -> tuple[Expr, Expr, Expr]:
    """Index, first and last value of a sum; ValueError if it is a sum of a sum."""
    if len(whole.limits) != 1:
        raise ValueError(f"SymPy has merged two sums into one: {whole}")
    index, low, high = whole.limits[0]
    return index, low, high


def _split_sum(whole: Expr) -> Expr:
    index, low, high = bounds(whole)
    # A divisor that does not depend on the index would only be multiplied out.
    divisors = {
        power: sp.Dummy()
        for power in whole.function.atoms(sp.Pow)
        if power.exp.is_negative and power.base.is_Add and index not in power.free_symbols
    }
    names = {name: power for power, name in divisors.items()}
    result = sp.Integer(0)
    function = whole.function.xreplace(divisors).replace(
        lambda e: e.is_Pow and e.base.is_Add and e.exp.is_Integer and index in e.free_symbols,
        sp.expand_multinomial,
    )
    for term in sp.Add.make_args(sp.expand(function, multinomial=False)):
        outside, inside = term.xreplace(names).as_independent(index, as_Add=False)
        if any(index in inner.free_symbols for inner in inside.atoms(sp.Sum)):
            raise ValueError(f"a sum inside depends on the index {index} of the sum around it")
        deltas = inside.atoms(sp.KroneckerDelta)
        if deltas:
            picks = deltas.pop()
            (other,) = set(picks.args) - {index}
            result += outside * (inside / picks).subs(index, other)
        elif inside == 1:
            result += outside * (high - low + 1)
        else:
            result += outside * sp.Sum(inside.subs(index, j), (j, low, high))
    return result


def cases(
    expression: Expr, apart: tuple[tuple[Expr, Expr], ...] = ()
) -> Iterator[tuple[str, Expr]]:
    """The expression for each way in which the indices that it asks about can be equal.

    Parameters
    ----------
    expression : Expr
        It asks by Kronecker deltas of free indices.
    apart : tuple of pairs
        Indices that are known to differ.
    """
    deltas = expression.atoms(sp.KroneckerDelta)
    indices = sorted({index for one in deltas for index in one.args}, key=str)
    if not indices:
        yield "", expression
        return
    for blocks in multiset_partitions(indices):
        if any(one in block and other in block for block in blocks for one, other in apart):
            continue
        # Equal indices get one name; deltas of different names are 0.
        same = {index: block[0] for block in blocks for index in block}
        case = expression.subs(same, simultaneous=True)
        yield (
            _how(blocks),
            case.replace(lambda e: isinstance(e, sp.KroneckerDelta), lambda _: sp.Integer(0)),
        )


def _how(blocks: list[list[Expr]]) -> str:
    parts = [" = ".join(map(str, block)) for block in blocks]
    if len(parts) > 2:
        return ",\\ ".join(parts) + r" \text{ all different}"
    return r" \ne ".join(sorted(parts, key=len, reverse=True))


def vanishes(expression: Expr) -> bool:
    """Whether the expression is 0 as a rational function of its terms and sums."""
    reduced = normal(expression)
    reduced = reduced.xreplace({whole: sp.Dummy() for whole in reduced.atoms(sp.Sum)})
    return bool(sp.cancel(sp.together(reduced)) == 0)
