"""What SymPy derives of each variant, at explicit rows and 90 digits."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import sympy as sp

import refsoft as rs
from proofs import (
    log_softmax,
    self_adjust,
    self_adjust_normalized,
    softmax,
    softmax_n,
    softmax_one,
    softmax_sink,
    ssmax,
    symax,
)
from proofs.evidence import number
from proofs.numeric import Point
from proofs.toolkit import derivative, g, i, k, normal, total, x

RNG = np.random.default_rng(20)
# Multiples of 1/16: the exact derivative and float64 see the same numbers.
ROWS = [
    [m / 16 if m else 1.0 for m in RNG.integers(-128, 129, size=length).tolist()]
    for length in (1, 2, 3, 5, 5)
]
ROWS += [[-30.0, -31.0, -29.5], [40.0, 39.0, 1.0], [2.0, 2.0, 2.0, 2.0], [0.0625, -8.0]]
SETTINGS = [
    (softmax, rs.softmax, {"T": 1.0}, {"temperature": 1.0}),
    (softmax, rs.softmax, {"T": 0.375}, {"temperature": 0.375}),
    (log_softmax, rs.log_softmax, {"T": 0.375}, {"temperature": 0.375}),
    (softmax_one, rs.softmax_one, {}, {}),
    (self_adjust, rs.self_adjust, {}, {}),
    (self_adjust_normalized, rs.self_adjust_normalized, {}, {}),
    (softmax_n, rs.softmax_n, {"nu": 4.0}, {"n": 4.0}),
    (softmax_n, rs.softmax_n, {"nu": 0.375}, {"n": 0.375}),
    (softmax_sink, rs.softmax_sink, {"s": 0.625}, {"sink": 0.625}),
    (softmax_sink, rs.softmax_sink, {"s": 3.0}, {"sink": 3.0}),
    (ssmax, rs.ssmax, {"s": 0.4375, "b": 0.25}, {"s": 0.4375, "b": 0.25}),
    (symax, rs.symax, {"eta": 1.0, "p": 1.0}, {"eta": 1.0, "p": 1.0}),
    (symax, rs.symax, {"eta": 0.625, "p": 2.5}, {"eta": 0.625, "p": 2.5}),
    (symax, rs.symax, {"eta": 3.0, "p": 0.75}, {"eta": 3.0, "p": 0.75}),
]
IDS = [
    "-".join([variant.card.name, *map(str, keywords.values())])
    for _, variant, _, keywords in SETTINGS
]


def derived(module, row, parameters):
    """The entries and the Jacobian of SymPy's derivation, as mpmath numbers."""
    return _derived(module, tuple(row), tuple(parameters.items()))


@cache
def _derived(module, row, parameters):
    point, ends = _point(row, (), parameters), {}
    places, entry = [sp.Integer(m) for m in range(1, len(row) + 1)], module.y(i)
    if module is self_adjust_normalized:
        # One of the three cases; tied extremes count by the first, as the catalogue has it.
        case = module.CASES[0 if min(row) < 0 < max(row) else 1 if min(row) > 0 else 2][2]
        ends = {module.m: row.index(min(row)) + 1, module.M: row.index(max(row)) + 1}
        entry = entry.subs(case)
    entries = [number(entry.subs(ends), point, (i,), (m,)) for m in places]
    slope = derivative(entry, x[k]).subs(ends)
    return entries, [[number(slope, point, (i, k), (a, b)) for b in places] for a in places]


def parameter_gradient(module, row, cotangent, parameters, keyword):
    """The derivative of <g, y> by a parameter, of the name that the variant gives it."""
    slope = _parameter_slope(module, keyword)
    return number(slope, _point(row, cotangent, tuple(parameters.items())), (), ())


@cache
def _parameter_slope(module, keyword):
    symbol = getattr(module, "SYMBOLS", {}).get(keyword, sp.Symbol(keyword))
    (symbol,) = [s for s in module.y(i).free_symbols if s.name == symbol.name]
    return normal(derivative(total(g[i] * module.y(i), i), symbol))


def _point(row, cotangent, parameters):
    values = {name: Fraction(value) for name, value in parameters}
    return Point(tuple(map(Fraction, row)), tuple(map(Fraction, cotangent)), values)
