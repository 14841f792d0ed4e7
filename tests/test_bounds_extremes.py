"""Bounds of gradients at the ends of the formats: tiny, huge and infinite scores, large g."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import oracle, rounding
from refsoft._dtypes import as_dtype, cast
from tests.helpers import exact, honest
from tests.helpers.machine import Machine
from tests.helpers.rows import PARAMETERS, columns

# The machine's underflows and overflows are the point.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NAME = "self_adjust_normalized"
SCORES = np.array(
    [[0.3, -1.7, 2.1, 0.9, -0.2], [1.0, 2.5, 0.4, 3.0, 1.7], [-1.0, -2.5, -0.3, -0.4, -1.7]]
)
COTANGENT = np.array([0.6, -1.3, 0.8, 1.1, -0.7]) * np.ones((3, 1))


def scores(dtype):
    limits = rounding.FORMATS[dtype]
    found = {
        "ordinary": SCORES,
        "tiny": 2e3 * limits.normal * SCORES,
        "huge": limits.largest / 8 * SCORES,
        "beside -inf": np.where(np.arange(5) == 3, -np.inf, SCORES),
        "far apart": np.where(np.arange(5) == 1, -limits.largest / 2, SCORES),
    }
    return {kind: cast(x, as_dtype(dtype)) for kind, x in found.items()}


def cotangents(dtype):
    for scale in (1.0, rounding.FORMATS[dtype].largest / 1.4):
        yield cast(scale * COTANGENT, as_dtype(dtype))


def truth(name, x, g, given):
    module = rs.variants[name].oracle_module
    y = oracle.enclose(module, x, None, given).head
    dx, slopes = oracle.enclose_vjp(module, x, g, None, given)
    return y, {"dx": dx} | slopes


def bounds(name, x, g, y, arithmetic, dtype, given):
    bound = rs.variants[name].definition.vjp_bound
    wide = x.astype(np.float64), g.astype(np.float64), y, np.ones(x.shape, bool)
    dx, slopes = bound(*wide, arithmetic, dtype, **given)
    return {"dx": dx} | {key: limit[:, None] for key, limit in slopes.items()}


def beyond_nearest(name, dtype, kind, g, scale=1.0):
    """Outputs whose nearest number of the format is further from them than the bound."""
    x = scores(dtype)[kind]
    given = columns(PARAMETERS[name][0], len(x))
    y, found = truth(name, x, g, given)
    most = bounds(name, x, g, y, rounding.PRESETS["float64"], dtype, given)
    for key, exact_ in found.items():
        head, tail = (v.reshape(len(x), -1) for v in (exact_.head, exact_.tail))
        nearest = cast(head, as_dtype(dtype)).astype(np.float64)
        finite = np.isfinite(nearest)
        error = np.where(finite, np.abs((nearest - head) - tail), 0.0)
        if np.any(error > scale * most[key]):
            yield key


@pytest.mark.parametrize("dtype", rounding.FORMATS)
@pytest.mark.parametrize("name", rs.variants)
def test_the_nearest_number_is_within_the_bound(name, dtype):
    for kind in scores(dtype):
        for g in cotangents(dtype):
            assert list(beyond_nearest(name, dtype, kind, g)) == [], (kind, g)
    ordinary = next(cotangents(dtype))
    short = 1e-3 if dtype == "float64" else 0.4  # of float64 the bound is many roundings
    assert any(list(beyond_nearest(name, dtype, kind, ordinary, short)) for kind in scores(dtype))


@pytest.mark.parametrize("name", ["softmax", "self_adjust", NAME])
def test_where_the_evaluation_overflows_there_is_no_bound(name):
    given, arithmetic = columns(PARAMETERS[name][0], 3), rounding.PRESETS["float64"]
    g = list(cotangents("float64"))[1]
    limit = bounds(name, SCORES, g, SCORES, arithmetic, "float64", given)["dx"]
    assert np.any(np.isinf(limit))
    quiet = bounds(name, SCORES, g / 8, SCORES, arithmetic, "float64", given)["dx"]
    assert np.all(quiet < 1e-12 * np.max(g))


def test_places_beside_minus_infinity_move_no_more():
    """The gradient is that of softmax there, and so is its bound, but for a few roundings."""
    x, g = scores("float64")["beside -inf"], COTANGENT
    given = columns({"temperature": 1.0}, 3)
    for preset, dtype in (("float64", "float32"), ("float32-tree", "float32")):
        arithmetic = rounding.PRESETS[preset]
        y = truth("softmax", x, g, given)[0]
        ours = bounds(NAME, x, g, y, arithmetic, dtype, {})["dx"]
        softmax = bounds("softmax", x, g, y, arithmetic, dtype, given)["dx"]
        assert np.all(softmax <= ours)
        assert np.all(ours <= 8 * softmax)


@pytest.mark.skipif(not exact.EXTENDED, reason="long double is no longer than double")
@pytest.mark.parametrize("preset", [p for p in rounding.PRESETS if p.startswith("float32")])
@pytest.mark.parametrize("order", honest.ORDERS)
def test_every_order_of_products_and_quotients_is_within_the_bound(preset, order):
    arithmetic, used = rounding.PRESETS[preset], []
    machine, where = Machine(arithmetic), np.ones((1, 30), bool)
    rng = np.random.default_rng(3)
    for exponent in range(-120, 128, 6):
        for size in (1.0, 2.0**-60):
            x, g = rng.standard_normal((2, 1, 30))
            x[:, ::3] = np.max(x)  # or one weight alone would count in large scores
            x, g = machine.round(2.0 ** (exponent - 2) * x), machine.round(size * g)
            y, dx, _ = exact.maps(NAME, x, g, where, {})
            got = cast(honest.normalized_vjp(machine, x, g, where, order), as_dtype("float32"))
            most = bounds(NAME, x, g, y.astype(np.float64), arithmetic, "float32", {})["dx"]
            assert not np.isnan(most).any()
            used.append(np.max(np.abs(got - dx) / most))
            assert used[-1] <= 1, (exponent, size)
    assert np.max(used) >= 0.1
