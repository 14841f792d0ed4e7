"""Gradients of losses on the result and on the log-sum-exp, against the oracle's joint form.

The bound is that of docs/bounds.md, section 6.8: four times that of dx and |h| times that of
the log-sum-exp's gradient, and the final rounding.
"""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import oracle, rounding
from refsoft._dtypes import DTYPES
from refsoft.drivers import shaped
from refsoft.oracle import LSE, Joint
from tests.test_oracle_joint import PARAMS

RNG = np.random.default_rng(17)
X, G = RNG.normal(size=(2, 5, 33)) * [[[3]], [[1]]]
X[1] -= 40
X[2] += 500
H = np.array([1.0, -2.0, 0.5, 0.0, 30.0])
MASK = RNG.random(X.shape) < 0.6
MASK[3] = False
PROPORTIONAL = [name for name in PARAMS if rs.variants[name].definition.RECIPE.proportional]
over_names = pytest.mark.parametrize("name", PARAMS)


def excess(name, found, x, g, h, where=None, y=None):
    """The largest error over the bound, of dx and of every parameter's gradient in a row."""
    variant, columns = (
        rs.variants[name],
        {k: np.full((len(x), 1), v) for k, v in PARAMS[name].items()},
    )
    seen = np.ones(x.shape, bool) if where is None else where
    joint = columns | {LSE: np.broadcast_to(np.reshape(h, (-1, 1)), (len(x), 1)).astype(float)}
    truth, slopes = oracle.enclose_vjp(Joint(variant.oracle_module), x, g, where, joint)
    arithmetic = rounding.own(x.dtype, "cpu", None if y is None else y.dtype)
    wide = x.astype(np.float64)
    exact = variant.using("golden")(wide, where=where, **PARAMS[name])
    of_g = variant.definition.vjp_bound(
        wide, g.astype(np.float64), exact, seen, arithmetic, x.dtype, **columns
    )
    of_h = variant.definition.lse_bound(wide, exact, seen, arithmetic, x.dtype, **columns)
    size = np.abs(joint[LSE])
    last = rounding.FORMATS[x.dtype.name]
    bound = 4 * (of_g[0] + size * of_h[0]) + np.abs(truth.head) * last.roundoff + 4 * last.subnormal
    dx, gradients = found
    worst = [np.max(np.abs(dx.astype(np.float64) - truth.head) / bound)]
    for key, value in gradients.items():
        limit = 4 * (of_g[1][key] + size[:, 0] * of_h[1][key]) + 2.0**-1000
        worst.append(np.max(np.abs(value - slopes[key].head) / limit))
    return max(worst)


def per_row(name):
    return {key: np.full(len(X), value) for key, value in PARAMS[name].items()}


@pytest.mark.parametrize("backend", ["golden", "plain"])
@over_names
def test_gradients_of_both(name, backend):
    variant = rs.variants[name].using(backend)
    found = variant.vjp(X, G, lse_cotangent=H, **per_row(name))
    assert excess(name, found, X, G, H) <= 1
    for wrong in (0.99 * H, 0 * H):
        off = variant.vjp(X, G, lse_cotangent=wrong, **per_row(name))
        assert excess(name, off, X, G, H) > 1


FEW = {"softmax", "softmax_n"}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "dtype",
    [
        "float32",
        pytest.param("float64", marks=pytest.mark.slow),
        pytest.param("bfloat16", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in FEW else pytest.mark.slow) for n in PARAMS]
)
def test_gradients_of_both_by_kernels(name, dtype, masked, monkeypatch):
    variant, where = rs.variants[name], MASK if masked else None
    x, g = X.astype(DTYPES[dtype]), G.astype(DTYPES[dtype])
    given = {"lse_cotangent": H, "where": where, **per_row(name)}
    y = variant(x, where=where, **PARAMS[name])
    for length in (1 << 13, 10):
        monkeypatch.setattr(shaped, "LONG", length)
        assert excess(name, variant.vjp(x, g, **given), x, g, H, where) <= 1
        found = variant.vjp(x, g, y=y, **given)
        assert excess(name, found, x, g, H, where, y) <= 1
        alone = variant.vjp(x, g, y=y, wrt="x", **given)
        assert excess(name, alone, x, g, H, where, y) <= 1
    off = variant.vjp(x, g, **given | {"lse_cotangent": 1.1 * H})
    assert excess(name, off, x, g, H, where) > 1


def test_one_cotangent_for_all_rows():
    dx, _ = rs.softmax.vjp(X, G, lse_cotangent=2.0)
    np.testing.assert_array_equal(dx, rs.softmax.vjp(X, G, lse_cotangent=np.full(len(X), 2.0))[0])


def test_a_cotangent_of_0_changes_nothing():
    dx, gradients = rs.softmax.vjp(X, G, lse_cotangent=0.0)
    expected, slopes = rs.softmax.vjp(X, G)
    np.testing.assert_array_equal(dx, expected)
    assert gradients == slopes


def test_what_is_refused():
    with pytest.raises(TypeError, match="symax has no log-sum-exp; accepted: lse_cotangent=None"):
        rs.symax.vjp(X, G, lse_cotangent=1.0)
    with pytest.raises(ValueError, match=r"lse_cotangent has shape \(3,\)"):
        rs.softmax.vjp(X, G, lse_cotangent=[1.0, 2.0, 3.0])
