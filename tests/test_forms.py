"""The forms that torch and JAX differentiate, and what they give of it, against golden."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import _forms

pytestmark = pytest.mark.peers
ROWS = {
    "zeros": [0.0, 0.0, 0.0],
    "ties": [2.0, 2.0, 1.0, -3.0, -3.0],
    "signs": [-2.0, 0.0, 3.0, 0.5],
    "low": [-600.0, -601.0, -602.5],
    "high": [800.0, 799.0, 3.0],
    "huge": [1e300, -1e300, 1e299],
    "tiny": [1e-100, 2e-100, 0.0],
    "minus": [1.0, -np.inf, 0.5, -2.0],
    "single": [0.7],
    "negative": [-1.0, -2.0, -2.0],
}
PARAMETERS = {
    "softmax": [{"temperature": 0.7}],
    "log_softmax": [{"temperature": 0.7}],
    "softmax_n": [{"n": 0.0}, {"n": 2.0}],
    "softmax_sink": [{"sink": -0.5}, {"sink": 50.0}],
    "symax": [{"eta": e, "p": p} for e, p in ((1.0, 1.0), (0.0, 2.0), (0.5, 0.5), (2.0, 3.0))],
    "ssmax": [{"s": 0.43, "b": 0.0}, {"s": -0.3, "b": 1.0}],
}


def cases():
    for name in rs.variants:
        for params in PARAMETERS.get(name, [{}]):
            for label, row in ROWS.items():
                # An infinite score has no result in symax.
                if (name, label) != ("symax", "minus"):
                    text = ",".join(map(str, params.values()))
                    yield pytest.param(name, params, row, id=f"{name}-{text}-{label}")


def derived(name, params, row, g):
    """The result of a form, and its gradients by torch."""
    torch = pytest.importorskip("torch")
    from refsoft.torch import _TORCH

    x = torch.tensor([row], dtype=torch.float64)
    columns = [torch.full((1, 1), value, dtype=torch.float64) for value in params.values()]
    y, pull = torch.func.vjp(
        lambda x, *p: _forms.FORMS[name](_TORCH, x, torch.ones_like(x) > 0, *p), x, *columns
    )
    return [part.numpy().ravel() for part in (y, *pull(torch.tensor(g)))]


def agrees(name, params, row):
    x = np.array([row])
    # Where log_softmax is -inf it has no gradient that is a number.
    g = np.where(np.isinf(x), 0.0, np.random.default_rng(3).normal(size=x.shape))
    golden = rs.variants[name].using("golden")
    y = np.where(np.isinf(golden(x, **params)), 0.0, golden(x, **params))
    dx, gradients = golden.vjp(x, g, **params)
    found = derived(name, params, row, g)
    size = max((abs(score) for score in row if abs(score) < 1000), default=1.0)
    if name == "log_softmax":
        found[0] = np.where(np.isinf(x[0]), 0.0, found[0])
    for ours, expected in zip(found, (y, dx, *gradients.values()), strict=True):
        # Some twenty roundings of the largest, and those of a logit, p log x or x / T, some 1000
        # at most: an entry moves by as much, and the gradient of a parameter by that times x.
        slack = 1000 * np.finfo(float).eps * max(1.0, np.abs(expected).max(), size)
        np.testing.assert_allclose(ours, np.ravel(expected), rtol=0, atol=slack)


@pytest.mark.parametrize(("name", "params", "row"), list(cases()))
def test_a_form_and_its_derivative_are_golden(name, params, row):
    agrees(name, params, row)


@pytest.mark.parametrize(
    ("name", "neighbour", "row"),
    [
        ("softmax_one", "self_adjust", "signs"),
        ("self_adjust_normalized", "self_adjust", "ties"),
        ("self_adjust", "softmax_one", "minus"),
    ],
)
def test_the_form_of_a_neighbour_would_be_seen(name, neighbour, row, monkeypatch):
    monkeypatch.setitem(_forms.FORMS, name, _forms.FORMS[neighbour])
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        agrees(name, {}, ROWS[row])
