"""Golden's forward map and log-normaliser are the definition, to a few units in the last place."""

from __future__ import annotations

from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import refsoft as rs
from tests.golden import definition
from tests.golden.one_row import Golden
from tests.golden.rows import NAMES, PARAMETERS, cases
from tests.golden.terms import FORWARD, QUANTUM, U, excess

WITH_LSE = [name for name in NAMES if rs.variants[name].card.lse]


def quantum(name, x):
    """A score multiplies a weight that may have underflowed."""
    return [2 * QUANTUM * (max(1.0, abs(a)) if name == "self_adjust" else 1.0) for a in x]


def worst(golden, rows):
    """The largest error over (FORWARD roundings of |y|, plus quanta)."""
    found = mpf(0)
    for x, params in rows:
        y, truth = golden.forward(x, params), definition.forward(golden.name, x, params)
        for got, wanted, q in zip(y, truth, quantum(golden.name, x), strict=True):
            found = max(found, excess(got, wanted, FORWARD * U * abs(wanted) + q))
    return found


def worst_lse(golden, rows):
    """The largest error over 10 roundings of the terms m and log Z, |log Z| <= |lse| + |m|."""
    found = mpf(0)
    for x, params in rows:
        truth = definition.lse(golden.name, x, params)
        m = abs(_shift(golden.name, x, params))
        # n exp(-m) is 1 only to 6 roundings where m = log n is rounded.
        offset = 6 if golden.name == "softmax_n" and params["n"] != 1 else 0
        allowed = U * (10 * (m + abs(truth)) + offset) + QUANTUM
        found = max(found, excess(golden.lse(x, params), truth, allowed))
    return found


def _shift(name, x, params):
    with mpmath.workdps(50):
        x, p = definition.exact(x, params)
        scale = 1 / p.get("temperature", mpf(1))
        if name == "ssmax":
            scale = p["s"] * mpmath.log(len(x)) + p["b"]
        virtual = {"softmax_one": mpf(0), "softmax_sink": p.get("sink")}.get(name)
        if name == "softmax_n" and p["n"]:
            virtual = mpmath.log(p["n"])
        return max([scale * a for a in x] + ([] if virtual is None else [virtual]))


def wide_rows(name):
    rng = np.random.default_rng(3)
    yield rng.standard_normal(700) * 5, PARAMETERS[name]
    for _ in range(60):
        n = rng.integers(1, 8)
        yield rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-320, 308, n), PARAMETERS[name]
        yield rng.standard_normal(n) * 10.0 ** rng.uniform(-2, 3), PARAMETERS[name]


@pytest.mark.parametrize("name", NAMES)
def test_forward_on_rows_where_textbook_forms_fail(name):
    assert worst(Golden(name), cases(name)) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_forward_on_rows_of_every_magnitude(name):
    assert worst(Golden(name), wide_rows(name)) <= 1


@pytest.mark.parametrize("name", WITH_LSE)
def test_lse(name):
    assert worst_lse(Golden(name), [*cases(name), *wide_rows(name)]) <= 1


@pytest.mark.parametrize("p", [600.0, 5e3, 1e6])
def test_symax_at_powers_that_are_squared_up(p):
    # A power above 512 is squared up from one below; every squaring doubles the relative error.
    doubled = 2.0 ** max(0, np.ceil(np.log2(p / 256)))
    for x in ([1.5, -1.4999, 1.0], [0.7, 0.70001], [1e-3, 1e-3 * (1 + 1e-9)]):
        params = {"eta": 0.0, "p": p}
        truth = definition.forward("symax", x, params)
        for got, wanted in zip(Golden("symax").forward(x, params), truth, strict=True):
            assert excess(got, wanted, doubled * FORWARD * U * abs(wanted) + QUANTUM) <= 1


def _weights(z):
    return np.exp(z - z.max(axis=-1, keepdims=True))


def _share(w, offset=0.0):
    return w / (offset + w.sum(axis=-1, keepdims=True))


TWINS = {
    "softmax: the difference is rounded": (
        "softmax",
        lambda x, _where, temperature: _share(_weights(x / temperature)),
    ),
    "log_softmax: the logarithm of a rounded result": (
        "log_softmax",
        lambda x, _where, temperature: np.log(_share(_weights(x / temperature))),
    ),
    "softmax_one: the 1 is not scaled": (
        "softmax_one",
        lambda x, _where: _share(_weights(x), 1.0),
    ),
    "softmax_n: the textbook": ("softmax_n", lambda x, _where, n: _share(np.exp(x), n)),
    "softmax_sink: the sink left out of the shift": (
        "softmax_sink",
        lambda x, _where, sink: _share(_weights(x), np.exp(sink - x.max(axis=-1, keepdims=True))),
    ),
    "symax: the textbook": (
        "symax",
        lambda x, _where, eta, p: _share(np.abs(x) ** p, eta),
    ),
    "ssmax: scaled before shifted": (
        "ssmax",
        lambda x, _where, s, b: _share(_weights((s * np.log(x.shape[-1]) + b) * x)),
    ),
    "self_adjust: softmax": ("self_adjust", lambda x, _where: _share(_weights(x))),
    "self_adjust_normalized: the span overflows": (
        "self_adjust_normalized",
        lambda x, _where: (x - np.minimum(x.min(), 0)) / np.ptp([*x[0], 0.0]) * _share(_weights(x)),
    ),
}


@pytest.mark.parametrize("twin", TWINS)
def test_a_textbook_form_is_rejected(twin):
    name, forward = TWINS[twin]
    assert worst(Golden(name, SimpleNamespace(forward=forward)), cases(name)) > 1


@pytest.mark.parametrize("name", NAMES)
def test_one_entry_off_by_twenty_roundings_is_rejected(name):
    right = Golden(name)

    def forward(x, where, **params):
        y = right.module.forward(x, where, **params)
        return np.where(np.arange(x.shape[-1]) == 0, y * (1 + 2.0**-48), y)

    assert worst(Golden(name, SimpleNamespace(forward=forward)), cases(name)) > 1


def test_a_log_normaliser_that_loses_small_sums_is_rejected():
    def lse(x, _where):
        return np.log(1 + np.exp(x).sum(axis=-1))

    assert worst_lse(Golden("softmax_one", SimpleNamespace(lse=lse)), cases("softmax_one")) > 1
