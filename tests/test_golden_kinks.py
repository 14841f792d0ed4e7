"""Subgradients by hand: 0 at a kink, an extreme's share to the first of ties."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from tests.golden.one_row import Golden

E = math.e


def near(got, wanted):
    """Equal to 32 roundings, entry by entry; a written 0 is exactly 0."""
    return np.allclose(got, wanted, rtol=32 * 2.0**-53, atol=0.0)


def consistent(golden, x, params, jacobian):
    """Whether the Jacobian is this one, and vjp and jvp its rows and columns."""
    eye = np.eye(len(x))
    pulled = [golden.vjp(x, g, params)[0] for g in eye]
    pushed = np.transpose([golden.jvp(x, v, params) for v in eye])
    return all(near(a, jacobian) for a in (golden.jacobian(x, params), pulled, pushed))


def symax_at_zero(p):
    """Scores (0, -2) with eta = 1: column 0 is 0, column 1 is -p 2^(p-1) (delta - y)/(1 + 2^p)."""
    steep = -p * 2 ** (p - 1) / (1 + 2**p)
    return [0.0, -2.0], {"eta": 1.0, "p": p}, [[0.0, 0.0], [0.0, steep / (1 + 2**p)]]


def normalized(x, u, own, at_max, at_min):
    """y_i (delta_ik - alpha_k) + alpha_i (own - u_i at_max - (1 - u_i) at_min)/D."""
    weights = [math.exp(a) for a in x]
    alpha = [w / math.fsum(weights) for w in weights]
    width, n = max(*x, 0.0) - min(*x, 0.0), range(len(x))
    moving = [[own[i][k] - u[i] * at_max[k] - (1 - u[i]) * at_min[k] for k in n] for i in n]
    return (
        x,
        {},
        [
            [u[i] * alpha[i] * ((i == k) - alpha[k]) + alpha[i] * moving[i][k] / width for k in n]
            for i in n
        ],
    )


EYE2, EYE3 = np.eye(2).tolist(), np.eye(3).tolist()
CASES = {
    "symax, p = 1": ("symax", *symax_at_zero(1.0)),
    "symax, p = 2": ("symax", *symax_at_zero(2.0)),
    "symax, p = 1/2, where the slope is infinite": ("symax", *symax_at_zero(0.5)),
    "two maxima": (
        "self_adjust_normalized",
        *normalized([2.0, 2.0, -1.0], [1.0, 1.0, 0.0], EYE3, [1, 0, 0], [0, 0, 1]),
    ),
    "two minima": (
        "self_adjust_normalized",
        *normalized([1.0, -1.0, -1.0], [1.0, 0.0, 0.0], EYE3, [1, 0, 0], [0, 1, 0]),
    ),
    "a maximum of 0 does not move": (
        "self_adjust_normalized",
        *normalized([0.0, -1.0], [1.0, 0.0], EYE2, [0, 0], [0, 1]),
    ),
    "a minimum of 0 does not move": (
        "self_adjust_normalized",
        *normalized([0.0, 1.0], [0.0, 1.0], EYE2, [0, 1], [0, 0]),
    ),
    "all positive": (
        "self_adjust_normalized",
        *normalized([1.0, 2.0], [0.5, 1.0], EYE2, [0, 1], [0, 0]),
    ),
    "all negative": (
        "self_adjust_normalized",
        *normalized([-2.0, -1.0], [0.0, 0.5], EYE2, [0, 0], [1, 0]),
    ),
    "alone and positive": ("self_adjust_normalized", [3.0], {}, [[0.0]]),
    "alone and negative": ("self_adjust_normalized", [-3.0], {}, [[0.0]]),
    "self_adjust has none at 0": (
        "self_adjust",
        *([0.0, 1.0], {}),
        [[1 / (1 + E), 0.0], [-E / (1 + E) ** 2, E / (1 + E) + E / (1 + E) ** 2]],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_subgradient(case):
    name, x, params, jacobian = CASES[case]
    assert consistent(Golden(name), x, params, jacobian)


@pytest.mark.parametrize("p", [0.5, 1.0, 3.0])
def test_a_score_of_zero_takes_no_part_in_the_gradient_by_p(p):
    params = {"eta": 0.5, "p": p}
    with_zero = Golden("symax").vjp([0.0, -2.0, 1.5], [7.0, 1.0, -1.0], params)[1]["p"]
    without = Golden("symax").vjp([-2.0, 1.5], [1.0, -1.0], params)[1]["p"]
    # The sums are compensated: a 0 among their terms changes at most their last place.
    assert with_zero == pytest.approx(without, rel=4 * 2.0**-53, abs=0.0)


def test_zero_with_either_sign_is_the_kink():
    for zero in (0.0, -0.0):
        assert Golden("symax").vjp([zero], [1.0], {"eta": 1.0, "p": 1.0})[0] == [0.0]


def wrong(name, change):
    right = Golden(name).module
    names = ("jacobian", "vjp", "jvp")

    def wrap(function):
        return lambda x, *others, **params: function(change(x), *others, **params)

    return Golden(name, SimpleNamespace(**{k: wrap(getattr(right, k)) for k in names}))


@pytest.mark.parametrize("case", ["two maxima", "two minima"])
def test_the_last_of_ties_is_rejected(case):
    # Later scores a little further out, as an argmax that takes the last of ties sees them.
    name, x, params, jacobian = CASES[case]
    tilted = wrong(name, lambda x: x * (1 + 2.0**-50 * np.arange(x.shape[-1])))
    assert not consistent(tilted, x, params, jacobian)


@pytest.mark.parametrize("case", ["symax, p = 1", "symax, p = 1/2, where the slope is infinite"])
def test_a_slope_from_one_side_is_rejected(case):
    name, x, params, jacobian = CASES[case]
    one_sided = wrong(name, lambda x: np.where(x == 0, 1e-300, x))
    assert not consistent(one_sided, x, params, jacobian)


@pytest.mark.parametrize("case", ["a maximum of 0 does not move", "a minimum of 0 does not move"])
def test_an_extreme_of_zero_that_moves_is_rejected(case):
    name, x, params, jacobian = CASES[case]
    sign = 1.0 if max(x) == 0 else -1.0
    moved = wrong(name, lambda x: np.where(x == 0, sign * 1e-300, x))
    assert not consistent(moved, x, params, jacobian)
