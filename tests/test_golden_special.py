"""Scores that are not numbers: NaN, the infinities, and rows of them, by hand for each variant."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

import refsoft as rs
from tests.golden.one_row import Golden
from tests.golden.rows import NAMES, PARAMETERS

INF, NAN, LN3 = math.inf, math.nan, math.log(3.0)
NAN2, NAN3 = [NAN] * 2, [NAN] * 3
QUIET = {"n": 0.0}
ONLY = {"sink": -INF}
B = {"s": 0.0, "b": 1.0}
REVERSED = {"s": 0.0, "b": -1.0}
UNIFORM = {"s": 0.0, "b": 0.0}

# Variant, parameters (None: the defaults), row, result.
TABLE = [
    # One -inf is its limit.
    ("softmax", None, [-INF, 0.0, LN3], [0.0, 0.25, 0.75]),
    ("softmax", {"temperature": 2.0}, [-INF, 0.0, 2 * LN3], [0.0, 0.25, 0.75]),
    ("log_softmax", None, [-INF, 0.0, LN3], [-INF, math.log(0.25), math.log(0.75)]),
    ("softmax_one", None, [-INF, 0.0, LN3], [0.0, 0.2, 0.6]),
    ("softmax_n", {"n": 4.0}, [-INF, 0.0, LN3], [0.0, 0.125, 0.375]),
    ("softmax_n", QUIET, [-INF, 0.0, LN3], [0.0, 0.25, 0.75]),
    ("softmax_sink", {"sink": 2 * math.log(2)}, [-INF, 0.0, LN3], [0.0, 0.125, 0.375]),
    ("softmax_sink", ONLY, [-INF, 0.0, LN3], [0.0, 0.25, 0.75]),
    ("ssmax", B, [-INF, 0.0, LN3], [0.0, 0.25, 0.75]),
    ("ssmax", UNIFORM, [-INF, 0.0, LN3], [1 / 3, 1 / 3, 1 / 3]),
    ("ssmax", UNIFORM, [-INF, -INF, LN3], [1 / 3, 1 / 3, 1 / 3]),
    ("ssmax", REVERSED, [-INF, 0.0, LN3], [1.0, 0.0, 0.0]),
    ("ssmax", REVERSED, [-INF, -INF, LN3], NAN3),
    ("self_adjust", None, [-INF, 0.0, LN3], [0.0, 0.0, 0.75 * LN3]),
    ("self_adjust_normalized", None, [-INF, -1.0, -1.0 + LN3], [0.0, 0.25, 0.75]),
    ("symax", None, [-INF, 0.0, 1.0], NAN3),
    # Nothing but -inf: 0 beside an offset, else without a result, for every length.
    ("softmax", None, [-INF], [NAN]),
    ("softmax", None, [-INF, -INF], NAN2),
    ("log_softmax", None, [-INF], [NAN]),
    ("log_softmax", None, [-INF, -INF], NAN2),
    ("softmax_one", None, [-INF, -INF], [0.0, 0.0]),
    ("softmax_n", None, [-INF, -INF], [0.0, 0.0]),
    ("softmax_n", QUIET, [-INF, -INF], NAN2),
    ("softmax_sink", {"sink": -700.0}, [-INF, -INF], [0.0, 0.0]),
    ("softmax_sink", ONLY, [-INF], [NAN]),
    ("ssmax", None, [-INF], [NAN]),
    ("ssmax", B, [-INF, -INF], NAN2),
    ("ssmax", UNIFORM, [-INF, -INF], NAN2),
    ("ssmax", REVERSED, [-INF], [NAN]),
    ("self_adjust", None, [-INF, -INF], NAN2),
    ("self_adjust_normalized", None, [-INF, -INF], NAN2),
    ("symax", None, [-INF, -INF], NAN2),
    # A true 0/0 is a zero row; a row of one.
    ("symax", {"eta": 0.0, "p": 1.0}, [0.0, 0.0], [0.0, 0.0]),
    ("symax", {"eta": 0.0, "p": 0.5}, [-7.0], [1.0]),
    ("self_adjust_normalized", None, [0.0, 0.0], [0.0, 0.0]),
    ("self_adjust_normalized", None, [3.0], [1.0]),
    ("self_adjust_normalized", None, [-3.0], [0.0]),
    ("softmax", None, [-1e300], [1.0]),
    ("log_softmax", None, [-1e300], [0.0]),
    ("ssmax", None, [-1e300], [1.0]),
]
TABLE += [(name, None, [1.0, NAN, 2.0], NAN3) for name in NAMES]
TABLE += [(name, None, [1.0, INF, 2.0], NAN3) for name in NAMES]
TABLE += [(name, None, [-INF, NAN, INF], NAN3) for name in NAMES]
TABLE += [
    ("ssmax", params, [1.0, bad], NAN2) for params in (UNIFORM, REVERSED) for bad in (INF, NAN)
]

LSE = [
    ("softmax", None, [-INF, 0.0, LN3], 2 * math.log(2)),
    ("softmax", None, [-INF, -INF], -INF),
    ("softmax", None, [INF, -INF], INF),
    ("softmax", None, [NAN, INF], NAN),
    ("log_softmax", None, [INF, INF], INF),
    ("softmax_one", None, [-INF, -INF], 0.0),
    ("softmax_n", {"n": 4.0}, [-INF], 2 * math.log(2)),
    ("softmax_sink", {"sink": -3.0}, [-INF, -INF], -3.0),
    ("ssmax", UNIFORM, [-INF, INF], math.log(2)),
    ("ssmax", REVERSED, [-INF, 0.0], INF),
    ("ssmax", REVERSED, [INF, 5.0], -5.0),
    ("self_adjust", None, [-INF, 0.0, LN3], 2 * math.log(2)),
    ("self_adjust_normalized", None, [NAN, 0.0], NAN),
]


def near(got, wanted):
    """Equal to 8 roundings: up to 4 of the scores as written here, 4 of the result."""
    return np.allclose(got, wanted, rtol=8 * 2.0**-53, atol=0.0, equal_nan=True)


def agrees(golden, params, x, wanted):
    return near(golden.forward(x, params or PARAMETERS[golden.name]), wanted)


@pytest.mark.parametrize(("name", "params", "x", "wanted"), TABLE)
def test_table(name, params, x, wanted):
    assert agrees(Golden(name), params, x, wanted)


@pytest.mark.parametrize(("name", "params", "x", "wanted"), LSE)
def test_table_of_log_normalisers(name, params, x, wanted):
    assert near(Golden(name).lse(x, params or PARAMETERS[name]), wanted)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [NAN, INF])
def test_a_row_without_a_result_has_no_gradient(name, bad):
    golden, params, x, g = (
        Golden(name),
        PARAMETERS[name],
        [1.0, bad, -INF, 5.0],
        [1.0, -2.0, 3.0, 0.5],
    )
    where = np.array([True, True, True, False])
    dx, gradients = golden.vjp(x, g, params, where)
    derivatives = [dx, golden.jvp(x, g, params, None, where), golden.jacobian(x, params, where)]
    for derivative in derivatives:
        visible = np.ix_(*[where] * derivative.ndim)
        assert np.all(np.isnan(derivative[visible]))
        assert np.isnan(derivative).sum() == where.sum() ** derivative.ndim
    assert all(math.isnan(gradient) for gradient in gradients.values())


def limit(golden, params):
    """Whether every result at -inf is that at -1e300, where the limit has long been reached."""
    g, v = [1.0, -2.0, 3.0], [0.5, 4.0, -1.0]
    at, near_by = ([low, 0.5, -1.5] for low in (-INF, -1e300))
    dx, gradients = golden.vjp(at, g, params)
    wanted_dx, wanted_gradients = golden.vjp(near_by, g, params)
    return (
        np.array_equal(golden.forward(at, params), golden.forward(near_by, params))
        and np.array_equal(golden.jacobian(at, params), golden.jacobian(near_by, params))
        and np.array_equal(golden.jvp(at, v, params), golden.jvp(near_by, v, params))
        and np.array_equal(dx, wanted_dx)
        and gradients == wanted_gradients
    )


HAS_LIMIT = [(n, PARAMETERS[n]) for n in NAMES if n not in ("symax", "log_softmax")]
HAS_LIMIT += [("ssmax", REVERSED), ("softmax_sink", ONLY), ("softmax_n", QUIET)]


@pytest.mark.parametrize(("name", "params"), HAS_LIMIT)
def test_results_and_gradients_at_minus_infinity_are_the_limit(name, params):
    assert limit(Golden(name), params)


def test_log_softmax_at_minus_infinity():
    golden, params, x = Golden("log_softmax"), {"temperature": 2.0}, [-INF, 0.0, 2 * LN3]
    jacobian = [[0.5, -0.125, -0.375], [0.0, 0.375, -0.375], [0.0, -0.125, 0.125]]
    assert near(golden.jacobian(x, params), jacobian)
    dx, gradients = golden.vjp(x, [1.0, 0.0, 0.0], params)
    assert near(dx, [0.5, -0.125, -0.375])
    # The entry x/T - log Z at -inf grows without end as 1/T falls, unless nobody asks for it.
    assert gradients["temperature"] == INF
    assert golden.jvp(x, [0.0] * 3, params, {"temperature": 1.0})[0] == INF
    assert math.isfinite(golden.vjp(x, [0.0, 1.0, 2.0], params)[1]["temperature"])


def test_zero_rows_have_zero_gradients():
    for name, params in (("symax", {"eta": 0.0, "p": 1.5}), ("self_adjust_normalized", {})):
        golden = Golden(name)
        dx, gradients = golden.vjp([0.0, 0.0], [1.0, -2.0], params)
        assert not np.any([*dx, *gradients.values()])
        assert not np.any(golden.jacobian([0.0, 0.0], params))
        assert not np.any(golden.jvp([0.0, 0.0], [1.0, -2.0], params, dict.fromkeys(params, 1.0)))


@pytest.mark.parametrize("name", NAMES)
def test_the_public_object_gives_the_same(name):
    variant = rs.variants[name].using("golden")
    for own, params, x, wanted in TABLE:
        if own == name:
            assert near(variant(x, **(params or {})), wanted)


def forwards(forward):
    return SimpleNamespace(forward=forward)


TWINS = {
    "NaN taken for 0": ("softmax", lambda m, x, w, **p: np.nan_to_num(m.forward(x, w, **p))),
    "-inf times 0": ("self_adjust", lambda _m, x, _w: x * np.exp(x) / np.exp(x).sum()),
    "a score of -inf masked": (
        "ssmax",
        lambda m, x, w, **p: m.forward(x, w & (x > -INF), **p),
    ),
    "+inf at its limit": (
        "softmax_one",
        lambda m, x, w, **p: np.where(x == INF, 1.0, np.nan_to_num(m.forward(x, w, **p))),
    ),
    "-inf as a large number in the span": (
        "self_adjust_normalized",
        lambda m, x, w: m.forward(np.maximum(x, -50.0), w),
    ),
}


@pytest.mark.parametrize("twin", TWINS)
def test_a_wrong_special_value_is_rejected(twin):
    name, forward = TWINS[twin]
    right = Golden(name).module
    wrong = Golden(name, forwards(lambda x, where, **p: forward(right, x, where, **p)))
    assert not all(agrees(wrong, params, x, y) for own, params, x, y in TABLE if own == name)


@pytest.mark.parametrize(("name", "params"), HAS_LIMIT)
def test_gradients_that_are_nan_or_the_identity_at_minus_infinity_are_rejected(name, params):
    right = Golden(name).module
    kept = {k: getattr(right, k) for k in ("forward", "jacobian", "vjp", "jvp")}

    def vjp(x, g, where, **p):
        dx, gradients = right.vjp(x, g, where, **p)
        return np.where(np.isinf(x), g, dx), gradients

    assert not limit(Golden(name, SimpleNamespace(**kept | {"vjp": vjp})), params)
