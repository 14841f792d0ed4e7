"""Golden's vjp is the transposed Jacobian times g, its jvp the Jacobian times v."""

from __future__ import annotations

from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from tests.golden import definition
from tests.golden.one_row import Golden
from tests.golden.rows import NAMES, smooth
from tests.golden.terms import (
    JACOBIAN,
    PULLED,
    U,
    absolute,
    absolute_by_parameter,
    excess,
    quanta,
)


def vectors(x, seed=0):
    rng = np.random.default_rng([seed, len(x)])
    return rng.standard_normal(len(x)) * 10.0 ** rng.uniform(-4, 4, len(x))


def exact(a):
    return [mpf(float(b)) for b in a]


def dot(a, b):
    return mpmath.fsum(p * q for p, q in zip(a, b, strict=True))


def sizes(a):
    return [abs(b) for b in a]


def worst_pulled(golden, rows):
    """The error of each dx_k over PULLED roundings of sum_i |J_ik||g_i|."""
    found, name = mpf(0), golden.name
    for x, params in rows:
        truth, g = definition.columns(name, x, params), exact(vectors(x))
        dx, _ = golden.vjp(x, vectors(x), params)
        least = quanta(name, x, params) * len(x) * (1 + max(sizes(g)))
        for got, column, terms in zip(dx, truth, absolute(name, x, truth), strict=True):
            allowed = PULLED * U * dot(terms, sizes(g)) + least
            found = max(found, excess(got, dot(column, g), allowed))
        if found > 1:
            break
    return found


def worst_pushed(golden, rows):
    """The error of each t_i over PULLED roundings of sum_k |J_ik||v_k| + |dy_i/dp||dp|."""
    found, name = mpf(0), golden.name
    for x, params in rows:
        truth, by = (
            definition.columns(name, x, params),
            definition.parameter_columns(name, x, params),
        )
        terms, terms_by = absolute(name, x, truth), absolute_by_parameter(name, x, params, by)
        v, dparams = exact(vectors(x)), {k: 0.7 - 1.9 * i for i, k in enumerate(params)}
        directions = v + exact(dparams.values())
        least = quanta(name, x, params) * len(x) * (1 + max(sizes(directions)))
        computed = golden.jvp(x, vectors(x), params, dparams)
        rows_of = (
            zip(*truth, *by.values(), strict=True),
            zip(*terms, *terms_by.values(), strict=True),
        )
        for got, row, term in zip(computed, *rows_of, strict=True):
            allowed = PULLED * U * dot(term, sizes(directions)) + least
            found = max(found, excess(got, dot(row, directions), allowed))
        if found > 1:
            break
    return found


def worst_mismatch(golden, rows):
    """<g, Jv> against <J^T g, v>, and both against the Jacobian, over their bounds' sum.

    Where scores are ordinary numbers: the bound is (2 PULLED + 8) U sum |g_i||J_ik||v_k| for
    the two products, (JACOBIAN + PULLED + 8) U for each against the matrix, the sums in
    float64 of at most 8 terms.
    """
    found = 0.0
    for x, params in rows:
        g, v, j = vectors(x), vectors(x, 1), golden.jacobian(x, params)
        (dx, _), t = golden.vjp(x, g, params), golden.jvp(x, v, params)
        size = np.array(
            [[float(a) for a in row] for row in absolute_matrix(golden.name, x, params)]
        )
        unit, each = float(U), JACOBIAN + PULLED + 8
        bilinear = abs(g) @ size @ abs(v)
        found = max(
            found,
            ratio(g @ t - dx @ v, (2 * PULLED + 8) * unit * bilinear),
            ratio(j.T @ g - dx, each * unit * (size.T @ abs(g))),
            ratio(j @ v - t, each * unit * (size @ abs(v))),
        )
    return found


def ratio(error, allowed):
    """The largest quotient, 0/0 being 0."""
    error, allowed = np.atleast_1d(np.abs(error)), np.atleast_1d(allowed)
    at = error != 0
    return max(error[at] / allowed[at], default=0.0)


def absolute_matrix(name, x, params):
    return zip(*absolute(name, x, definition.columns(name, x, params)), strict=True)


def ordinary(name):
    rng = np.random.default_rng(8)
    chosen = {"symax": {"eta": 0.3, "p": 1.7}, "ssmax": {"s": 0.43, "b": 0.2}}
    chosen |= {k: {"temperature": 0.6} for k in ("softmax", "log_softmax")}
    chosen |= {"softmax_n": {"n": 2.5}, "softmax_sink": {"sink": 1.5}}
    for _ in range(12):
        n = rng.integers(1, 8)
        yield rng.standard_normal(n) * rng.choice([0.1, 1, 8]), chosen.get(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_vjp(name):
    assert worst_pulled(Golden(name), smooth(name)) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_jvp_with_parameter_tangents(name):
    assert worst_pushed(Golden(name), smooth(name)) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_vjp_jvp_and_jacobian_are_one_matrix(name):
    assert worst_mismatch(Golden(name), ordinary(name)) <= 1


def twin(name, **changed):
    right = Golden(name).module
    kept = {k: getattr(right, k) for k in ("jacobian", "vjp", "jvp")}
    return Golden(name, SimpleNamespace(**(kept | changed)))


def _uncentred(module):
    """dx with the mean of g left out."""

    def vjp(x, g, where, **params):
        diagonal = np.diagonal(module.jacobian(x, where, **params), axis1=1, axis2=2)
        return diagonal * g, module.vjp(x, g, where, **params)[1]

    return vjp


def _relative(function, by):
    """The function with its first result off by a factor."""

    def changed(*args, **params):
        found = function(*args, **params)
        return (found[0] * by, found[1]) if isinstance(found, tuple) else found * by

    return changed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("by", [0.0, -1.0, 1 + 2.0**-45])
def test_zero_minus_and_slightly_wrong_are_rejected(name, by):
    module = Golden(name).module
    assert worst_pulled(twin(name, vjp=_relative(module.vjp, by)), smooth(name)) > 1
    assert worst_pushed(twin(name, jvp=_relative(module.jvp, by)), smooth(name)) > 1
    assert worst_mismatch(twin(name, vjp=_relative(module.vjp, by)), ordinary(name)) > 1
    assert worst_mismatch(twin(name, jvp=_relative(module.jvp, by)), ordinary(name)) > 1


@pytest.mark.parametrize("name", NAMES)
def test_a_diagonal_jacobian_is_rejected(name):
    wrong = twin(name, vjp=_uncentred(Golden(name).module))
    assert worst_pulled(wrong, smooth(name)) > 1
    assert worst_mismatch(wrong, ordinary(name)) > 1


def test_a_mean_that_cancels_is_rejected():
    def vjp(x, g, where):
        y = Golden("softmax_one").module.forward(x, where)
        return y * (g - (g * y).sum(axis=-1, keepdims=True)), {}

    assert worst_pulled(twin("softmax_one", vjp=vjp), smooth("softmax_one")) > 1
