"""Gradients of the log-sum-exp, and of losses on it and on the result, by identities."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import oracle
from refsoft.oracle import LSE, Joint

PARAMS = {
    "softmax": {"temperature": 3.0},
    "log_softmax": {"temperature": 0.75},
    "softmax_one": {},
    "softmax_n": {"n": 5.0},
    "softmax_sink": {"sink": -1.5},
    "ssmax": {"s": 0.5, "b": 2.0},
    "self_adjust": {},
    "self_adjust_normalized": {},
}
X = np.array([[0.5, -3.0, 2.25, 2.0], [-40.0, -41.0, -39.5, -80.0], [0.0, 0.0, 0.0, 0.0]])
G = np.array([[1.0, 0.25, -3.0, 0.5], [2.0, 2.0, 2.0, 2.0], [1.0, 0.0, 0.0, -2.0]])


def joint(name, cotangent, g=G, x=X, module=None):
    variant = rs.variants[name]
    columns = {k: np.full((len(x), 1), v) for k, v in PARAMS[name].items()}
    columns[LSE] = np.broadcast_to(np.asarray(cotangent, float).reshape(-1, 1), (len(x), 1))
    made = Joint(module or variant.oracle_module)
    dx, slopes = oracle.enclose_vjp(made, x, g, None, columns)
    return dx.head, {k: v.head for k, v in slopes.items()}


def test_every_variant_with_a_log_sum_exp_is_here():
    assert set(PARAMS) == {name for name, v in rs.variants.items() if v.card.lse is not None}


@pytest.mark.parametrize("name", PARAMS)
def test_its_gradient_is_that_of_differences(name):
    """Against central differences, whose error is h^2/6 times the third derivative."""
    variant = rs.variants[name].using("golden")
    dx, slopes = joint(name, 1.0, 0 * G)
    h, params = 2.0**-14, PARAMS[name]
    # Rounding of lse, at most 100, over 2h; and h^2 times a third derivative of at most 100.
    reach = 100 * 2.0**-52 / h + 100 * h**2
    for k in range(X.shape[1]):
        step = h * (np.arange(X.shape[1]) == k)
        found = (variant.lse(X + step, **params) - variant.lse(X - step, **params)) / (2 * h)
        assert np.all(np.abs(found - dx[:, k]) <= reach)
    for key, value in params.items():
        up, down = (variant.lse(X, **{**params, key: value + s}) for s in (h, -h))
        scale = 1 + np.abs(X).max(axis=1) ** 3
        assert np.all(np.abs((up - down) / (2 * h) - slopes[key]) <= reach * scale)


@pytest.mark.parametrize("name", PARAMS)
def test_both_add(name):
    of_y, slopes_y = joint(name, 0.0)
    of_lse, slopes_lse = joint(name, 1.0, 0 * G)
    cotangent = np.array([[-2.0], [0.5], [3.0]])
    both, slopes = joint(name, cotangent)
    # Each of the four is rounded once, so are the product and the sums here.
    few = 4 * 2.0**-53
    added = cotangent * of_lse
    assert np.all(np.abs(both - of_y - added) <= few * (np.abs(of_y) + np.abs(added)))
    for key in PARAMS[name]:
        more = cotangent[:, 0] * slopes_lse[key]
        size = np.abs(slopes_y[key]) + np.abs(more)
        assert np.all(np.abs(slopes[key] - slopes_y[key] - more) <= few * size)
    assert not slopes[LSE].any()


def test_what_cancels_is_exactly_0():
    # y (1 - y + l) with y = 1/2 and l = -1/2, and the offset's own (l - <g,y>) y_s with l = 1/2.
    x, g = np.zeros((1, 1)), np.ones((1, 1))
    assert joint("softmax_one", -0.5, g, x)[0] == 0.0
    sink = rs.variants["softmax_sink"].oracle_module
    columns = {"sink": np.zeros((1, 1)), LSE: np.full((1, 1), 0.5)}
    assert oracle.enclose_vjp(Joint(sink), x, g, None, columns)[1]["sink"].head == 0.0


def test_beside_minus_inf_it_is_the_limit():
    x, g = np.array([[-np.inf, 1.0]]), np.array([[3.0, 2.0]])
    dx, slopes = joint("softmax", 6.0, g, x)
    assert dx.tolist() == [[0.0, 2.0]]
    assert slopes["temperature"] == pytest.approx(-6.0 / 9, rel=2.0**-51)


def test_a_row_without_a_result_is_nan():
    dx, slopes = joint("softmax", 1.0, np.ones((1, 2)), np.full((1, 2), -np.inf))
    assert np.isnan(dx).all()
    assert np.isnan(slopes["temperature"]).all()
    quiet, _ = joint("softmax_one", 1.0, np.ones((1, 2)), np.full((1, 2), -np.inf))
    assert not quiet.any()


def test_where_all_is_minus_inf_the_sink_has_it_all():
    x, sink = np.full((1, 2), -np.inf), rs.variants["softmax_sink"].oracle_module
    columns = {"sink": np.full((1, 1), -5.0), LSE: np.full((1, 1), 1.25)}
    dx, slopes = oracle.enclose_vjp(Joint(sink), x, np.ones((1, 2)), None, columns)
    assert not dx.head.any()
    assert slopes["sink"].head == 1.25


def test_a_twin_that_forgets_the_factor_is_told():
    class Twin:
        vjp = staticmethod(rs.variants["softmax"].oracle_module.vjp)

        @staticmethod
        def lse_gradient(x, temperature):
            entry, slopes = rs.variants["softmax"].oracle_module.lse_gradient(x, temperature)
            return lambda k: entry(k) * temperature, slopes

    right, wrong = (joint("softmax", 1.0, 0 * G, module=m)[0] for m in (None, Twin))
    assert not np.allclose(right, wrong)
