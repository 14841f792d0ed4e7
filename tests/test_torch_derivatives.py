"""Every variant differentiated by torch, twice, both ways, beside difference quotients."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import _forms
from refsoft._map import Map
from tests.helpers.differentiated import MASK, PARAMETERS, function, leaves

pytestmark = [
    pytest.mark.peers,
    # torch's own, of the first derivative in forward mode.
    pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def torch():
    return pytest.importorskip("torch")


def checks(torch, name, **keywords):
    f, inputs = function(torch, name, **keywords), tuple(leaves(torch, name).values())
    # The errors of the kernels are some 1e-15, those of the difference quotients some 1e-9.
    assert torch.autograd.gradcheck(f, inputs, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, inputs, check_fwd_over_rev=True)


@pytest.mark.parametrize("name", rs.variants)
def test_derivatives(torch, name):
    checks(torch, name)


@pytest.mark.parametrize("name", rs.variants)
def test_derivatives_under_a_mask(torch, name):
    checks(torch, name, where=torch.tensor(MASK))


@pytest.mark.parametrize("axis", [1, (2, 0), None])
def test_derivatives_along_another_axis(torch, axis):
    f = function(torch, "symax", axis=axis)
    x = leaves(torch, "symax")["x"]
    params = [torch.tensor(v, dtype=torch.float64).requires_grad_() for v in (0.8, 1.3)]
    assert torch.autograd.gradcheck(f, (x, *params))
    assert torch.autograd.gradgradcheck(f, (x, *params))


def test_a_backward_that_forgets_the_parameter_is_seen(torch, monkeypatch):
    def forgetful(self, where, y, x, g, h, params, wrt):
        dx, *gradients = right(self, where, y, x, g, h, params, wrt)
        return dx, *(np.zeros_like(gradient) for gradient in gradients)

    right = Map.pulled
    monkeypatch.setattr(Map, "pulled", forgetful)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        checks(torch, "softmax_sink")


def test_a_second_derivative_of_the_neighbour_is_seen(torch, monkeypatch):
    monkeypatch.setitem(_forms.FORMS, "softmax_one", _forms.self_adjust)
    inputs = tuple(leaves(torch, "softmax_one").values())
    f = function(torch, "softmax_one")
    assert torch.autograd.gradcheck(f, inputs)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradgradcheck(f, inputs)


def both(torch, name, where=None):
    """The variant and its log-sum-exp as a function of tensors."""
    names = list(PARAMETERS.get(name, {}))

    def f(x, *params):
        given = dict(zip(names, params, strict=True))
        y, lse = rs.variants[name](x, where=where, return_lse=True, **given)
        return y if where is None else torch.where(where, y, 0.0), lse

    return f


LSE = [name for name, variant in rs.variants.items() if variant.card.lse is not None]


USUAL = {"softmax", "softmax_n"}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in USUAL else pytest.mark.slow) for n in LSE]
)
def test_derivatives_of_both_results(torch, name, masked):
    where = torch.tensor(MASK | (np.arange(5) == 0)) if masked else None
    f, inputs = both(torch, name, where), tuple(leaves(torch, name).values())
    assert torch.autograd.gradcheck(f, inputs, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(f, inputs, check_fwd_over_rev=True)


def test_a_backward_that_forgets_the_log_sum_exp_is_seen(torch, monkeypatch):
    def forgetful(self, where, y, x, g, _h, params, wrt):
        return right(self, where, y, x, g, None, params, wrt)

    right = Map.pulled
    monkeypatch.setattr(Map, "pulled", forgetful)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(both(torch, "softmax"), tuple(leaves(torch, "softmax").values()))
