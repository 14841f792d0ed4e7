"""What the CPU kernels do with one row on its way forward, put together from a recipe."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from refsoft.catalogue._primitives import cast, difference
from refsoft.catalogue._recipe import Recipe
from refsoft.drivers._loops import jitable, largest, smallest
from refsoft.drivers._weights import settled, weigh_of

# The weights of a row are found at the scale of its first entries, which saves a pass, unless
# others are so much larger, by some 69 with weights exp(x), that a weight might overflow.
FIRST = 64
LARGE = 2.0**100
# Rows that are taken through each step together, so that a processor works at the next while it
# waits for the sum of one, as long as they stay in its nearest cache.
GROUP, ROOM = 8, 1 << 12


def hasty(recipe: Recipe, parameters: bool = False) -> bool:
    """Whether any large score will do for the scale of a row, not the largest alone.

    ``parameters`` is whether derivatives by parameters are taken.
    """
    # Where results depend on it, or on a small logarithm, it is to be the largest; and where
    # a derivative by a parameter may be of x - m, which is small where x is the largest.
    if recipe.sway or recipe.logarithm:
        return False
    return recipe.offset_alone or not parameters


@jitable
def at_a_time(n: Any) -> Any:
    """How many rows of that length are taken through each step together."""
    return max(1, min(GROUP, ROOM // max(n, 1)))


@cache
def weigher(recipe: Recipe, work: Any, in_haste: bool = False) -> Any:
    """The function ``(x, given, w)`` that writes the weights; returns p, m, total and the pair z.

    ``in_haste`` the scale is that of a large score, not necessarily of the largest.
    """
    (scale, weigh), prepare = steps(recipe, work, in_haste), preparer(recipe)

    @jitable
    def weighed(x: Any, given: Any, w: Any) -> Any:
        p = prepare(x, given)
        m, total, z = weigh(x, scale(x, p), p, w)
        return p, np.float64(m), total, z

    return weighed


@cache
def preparer(recipe: Recipe) -> Any:
    """The function ``(x, given)`` for what the functions of a recipe take as parameters."""
    prepare = recipe.prepare or as_given

    @jitable
    def prepared(x: Any, given: Any) -> Any:
        return prepare(len(x), np.float64(smallest(x)), *given)

    return prepared


@cache
def steps(recipe: Recipe, work: Any, in_haste: bool) -> tuple[Any, Any]:
    """The steps of `weigher`, for who takes several rows through each of them.

    ``(x, p)`` for the scale m, and ``(x, m, p, w)`` that writes weights: it returns the scale that
    they have in the end, their sum and the normaliser, a pair.
    """
    key, shift, offset = recipe.key, recipe.shift, recipe.offset
    weigh_at = weigh_all(recipe, work)

    @jitable
    def scale_of(x: Any, p: Any) -> Any:
        top = largest(key, x, p)
        return cast(shift(top, *p), top)

    @jitable
    def scale(x: Any, p: Any) -> Any:
        return scale_of(x[:FIRST] if in_haste else x, p)

    @jitable
    def weigh(x: Any, m: Any, p: Any, w: Any) -> Any:
        beside = offset(np.float64(m), *p)
        total = weigh_at(x, m, p, w)
        if in_haste and not total[0] < LARGE:
            m = scale_of(x, p)
            beside = offset(np.float64(m), *p)
            total = weigh_at(x, m, p, w)
        return m, settled(total)[0], with_offset(beside, total)

    return scale, weigh


@jitable
def with_offset(offset: Any, total: Any) -> Any:
    """The normaliser, a pair: an offset and a sum that is a pair."""
    near, rest = settled(total)
    z, lost = difference(offset, -near)
    return z, lost + rest if z < np.inf else 0.0


@jitable
def as_given(n: Any, low: Any, *params: Any) -> Any:
    return params


def weigh_all(recipe: Recipe, work: Any) -> Any:
    """`weigh_of`, with code of its own for the usual parameters: constants to LLVM."""
    weigh, usual = weigh_of(recipe, (), work), recipe.usual
    if not usual:
        return weigh
    weigh_usual = weigh_of(recipe, usual, work)

    @jitable
    def weigh_as_usual(x: Any, m: Any, p: Any, w: Any) -> Any:
        return weigh_usual(x, m, (), w) if p == usual else weigh(x, m, p, w)

    return weigh_as_usual


@jitable
def no_logarithm(m: Any, total: Any, *params: Any) -> Any:
    """Stand in for the log_normaliser of a recipe that has none."""
    return math.nan
