"""The Jacobian that SymPy derives, at 50 digits, and the golden one in float64.

The bound, u = 2^-53, from the standard model alone. Each exponent carries an
absolute error of at most e = u (|x_i/T| + |m| + |x_i/T - m|) <= 4 u X, X = max |x/T|,
whatever number m of the row (or 0) is subtracted, the sink being one more score; exp and
each power cost at most 2 u, an offset that is multiplied by exp(-m) u more. ssmax: with
the factor f = s log n + b in the place of 1/T, which is known up to 4 u (|s log n| + |b|).
symax: a power |x|^p of a scaled magnitude costs at most t = u (2 p + 4 + 2 p X), X the
largest |log| of the magnitudes and of eta^(1/p), whether by pow or by exp and log. So
each term has a relative error of t (4 u X + 3 u for exp), an entry y_i one of
d = 2 t + (n + 3) u by the sum and the division, the factor F of J_ik = F (delta_ik - y)
one of f = d + t + 6 u, and

    |error of J_ik| <= |F| ((f + 2 u) |delta_ik - y| + d y).

self_adjust: J_ik = a_i delta_ik + x_i a_i (delta_ik - a_k), a softmax, and with both parts

    |error of J_ik| <= a_i ((f + 2 u) (delta_ik + |x_i| |delta_ik - a_k|) + d |x_i| a_k).

self_adjust_normalized: place and 1 - place cost 3 u each, a product or a division 1 u more;
J_ik = a_i (u_i (delta_ik - a_k) + moved/D), and the sizes of what is moved add up.

The inputs here keep d below 1e-13, so that its square is covered by taking the bound
1.001 times, and every term above 1e-40, far from underflow.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
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
from proofs.numeric import Point, mp
from proofs.toolkit import derivative, i, k, x

U = 2.0**-53
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
    point = Point(tuple(map(Fraction, row)), (), {name: Fraction(v) for name, v in parameters})
    places, entry = [sp.Integer(m) for m in range(1, len(row) + 1)], module.y(i)
    if module is self_adjust_normalized:
        # One of the three cases; tied extremes count by the first, as the catalogue has it.
        case = module.CASES[0 if min(row) < 0 < max(row) else 1 if min(row) > 0 else 2][2]
        ends = {module.m: row.index(min(row)) + 1, module.M: row.index(max(row)) + 1}
        entry = entry.subs(case)
    else:
        ends = {}
    entries = [number(entry.subs(ends), point, (i,), (m,)) for m in places]
    slope = derivative(entry, x[k]).subs(ends)
    return entries, [[number(slope, point, (i, k), (a, b)) for b in places] for a in places]


def bounds(module, row, parameters, y):
    """The bound of the module's docstring for each entry of the Jacobian."""
    n, identity, lost = len(row), np.eye(len(row)), 0.0
    if module is symax:
        p, eta = parameters["p"], parameters["eta"]
        size = np.abs(row)
        term = U * (2 * p + 4 + 2 * p * np.abs(np.log([*size, eta ** (1 / p)])).max())
        factor = p * size ** (p - 1) / (eta + (size**p).sum())
        factors, entries = np.tile(factor, (n, 1)), np.tile(y[:, None], (1, n))
    else:
        scale, factor_error = 1 / parameters.get("T", 1.0), 0.0
        if module is ssmax:
            scale = parameters["s"] * np.log(n) + parameters["b"]
            factor_error = 4 * (abs(parameters["s"]) * np.log(n) + abs(parameters["b"]))
            lost = factor_error / scale
        largest = max(np.abs(row).max() * scale, abs(parameters.get("s", 0.0)))
        term = U * (4 * largest + 3 + 2 * factor_error * np.abs(row).max())
        # log_softmax has F = 1/T, and exp(y) in the place of y.
        y, factor = (np.exp(y), np.ones(n)) if module is log_softmax else (y, y)
        factors, entries = np.tile(factor[:, None] * scale, (1, n)), np.tile(y, (n, 1))
    d = 2 * term + (n + 3) * U
    assert d < 1e-13
    f = d + term + (6 + lost) * U
    if module is self_adjust:
        weights = y / row
        own = (f + 2 * U) * (identity + np.abs(row)[:, None] * np.abs(identity - weights))
        return 1.001 * weights[:, None] * (own + d * np.abs(row)[:, None] * weights)
    if module is self_adjust_normalized:
        low, high = min(0.0, *row), max(0.0, *row)
        weights = np.exp(row - row.max()) / np.exp(row - row.max()).sum()
        place = (row - low)[:, None] / (high - low)
        moved = identity.copy()
        moved[:, row.argmax()] += place[:, 0] * (high > 0)
        moved[:, row.argmin()] += (1 - place[:, 0]) * (low < 0)
        own = place * ((f + 6 * U) * np.abs(identity - weights) + d * weights)
        return 1.001 * weights[:, None] * (own + (f + 8 * U) * moved / (high - low))
    return 1.001 * factors * ((f + 2 * U) * np.abs(identity - entries) + d * entries)


def worst(module, other, parameters, keywords, row):
    """The largest |golden - derived| over its bound."""
    entries, exact = derived(module, row, parameters)
    golden = other.using("golden").jacobian(np.array(row), **keywords)
    limit = bounds(module, np.array(row), parameters, np.array([float(v) for v in entries]))
    error = [
        [float(abs(mp.mpf(golden[a, b]) - exact[a][b])) for b in range(len(row))]
        for a in range(len(row))
    ]
    # What is derived has 90 digits; where it is 0, so is the bound.
    return float((np.array(error) / (limit + 1e-80)).max())


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize(("module", "variant", "parameters", "keywords"), SETTINGS, ids=IDS)
def test_golden_has_the_derived_jacobian(module, variant, parameters, keywords, row):
    assert worst(module, variant, parameters, keywords, row) <= 1


@pytest.mark.parametrize("row", ROWS[1:5], ids=str)
@pytest.mark.parametrize(("module", "variant", "parameters", "keywords"), SETTINGS, ids=IDS)
def test_the_bound_convicts_wrong_jacobians(module, variant, parameters, keywords, row):
    neighbour = rs.variants[variant.card.neighbour]
    assert worst(module, neighbour, parameters, {}, row) > 1
    for name, value in keywords.items():
        off = {**keywords, name: value * (1 + 2.0**-32)}
        assert worst(module, variant, parameters, off, row) > 1
    nudged = [row[0] * (1 + 2.0**-32), *row[1:]]
    entries, _ = derived(module, row, parameters)
    limit = bounds(module, np.array(row), parameters, np.array([float(v) for v in entries]))
    golden = variant.using("golden")
    moved = golden.jacobian(np.array(nudged), **keywords) - golden.jacobian(
        np.array(row), **keywords
    )
    assert (np.abs(moved) > limit).any()
