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

import numpy as np
import pytest

import refsoft as rs
from proofs import log_softmax, self_adjust, self_adjust_normalized, ssmax, symax
from proofs.numeric import mp
from tests.helpers.derived import IDS, ROWS, SETTINGS, derived

U = 2.0**-53


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
