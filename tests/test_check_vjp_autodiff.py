"""What torch and JAX derive from right forwards is acquitted; from wrong ones it is not."""

from __future__ import annotations

from functools import partial

import pytest

import refsoft as rs
from tests.zoo.controls_peers import jax_composed, torch_composed

pytestmark = pytest.mark.peers

FEW = ["vjp-normal", "vjp-negative", "vjp-ties", "vjp-some-minus-inf"]
NAMES = list(rs.variants)


def library(kind):
    if kind == "torch":
        torch = pytest.importorskip("torch")
        return torch, torch.maximum, partial(torch.as_tensor), lambda v: v.detach()
    jnp = pytest.importorskip("jax.numpy")
    from jax import lax

    return jnp, jnp.maximum, jnp.asarray, lax.stop_gradient


def largest(xp, x):
    return xp.amax(x, -1)[..., None]


def weights(kind, x, where=None):
    """The exponentials above the largest, which is constant, and that."""
    xp, _, _, constant = library(kind)
    top = constant(largest(xp, x))
    return xp.exp(x - top), top


def own_log_softmax(kind):
    if kind == "torch":
        return partial(library(kind)[0].log_softmax, dim=-1)
    from jax import nn

    return nn.log_softmax


def forward(kind, name, x, **params):
    """A composition whose gradient has no NaN: no infinity enters a product."""
    xp, maximum, make, constant = library(kind)
    p = {k: make(v, dtype=x.dtype)[..., None] for k, v in params.items()}
    if name == "symax":
        size = xp.abs(x)
        power = xp.where(size > 0, xp.where(size > 0, size, size + 1) ** p["p"], 0 * size)
        return power / (p["eta"] + power.sum(-1)[..., None])
    if name == "log_softmax":
        return own_log_softmax(kind)(x / p["temperature"])
    finite = xp.where(xp.isinf(x), xp.zeros_like(x), x)
    if name == "softmax":
        alive = ~xp.isinf(x)
        safe = xp.where(alive, finite - constant(largest(xp, x)), xp.zeros_like(x))
        z = xp.where(alive, safe / p["temperature"], xp.full_like(x, -float("inf")))
        w = xp.exp(z)
        total = w.sum(-1)[..., None]
        return w / total
    if name == "ssmax":
        n = make(float(x.shape[-1]), dtype=x.dtype)
        c = p["s"] * xp.log(n) + p["b"]
        z = c * finite
        w = xp.exp(z - constant(largest(xp, z)))
        return w / w.sum(-1)[..., None]
    top = constant(largest(xp, x))
    if name == "softmax_sink":
        top = constant(maximum(top, p["sink"]))
    elif name in ("softmax_one", "softmax_n"):
        top = constant(maximum(top, xp.zeros_like(top)))
    w = xp.exp(x - top)
    offset = {"softmax_one": xp.exp(-top)}
    if name == "softmax_n":
        offset[name] = p["n"] * xp.exp(-top)
    if name == "softmax_sink":
        offset[name] = xp.exp(p["sink"] - top)
    y = w / (w.sum(-1)[..., None] + offset.get(name, 0))
    if name == "self_adjust":
        return finite * y
    if name == "self_adjust_normalized":
        low, high = xp.amin(x, -1)[..., None], largest(xp, x)
        low = xp.where(low < 0, low, xp.zeros_like(low))
        high = xp.where(high > 0, high, xp.zeros_like(high))
        return (x - low) / (high - low) * y
    return y


def examined(kind, name, fn, only):
    passes = [parameter.name for parameter in rs.variants[name].card.parameters]
    return rs.check(fn, name, array=kind, autodiff=True, passes=passes, quick=True, only=only)


@pytest.mark.parametrize("kind", ["torch", "jax"])
@pytest.mark.parametrize("name", NAMES)
def test_right_compositions(kind, name):
    few = FEW if name not in ("ssmax", "self_adjust_normalized", "symax") else FEW[:3]
    report = examined(kind, name, partial(forward, kind, name), few)
    assert report.conforms, str(report)
    assert "gradients" not in report.not_tested


def through_a_logarithm(kind, x, n):
    """A virtual score of log n: at n = 0 its derivative is 0 times infinity."""
    xp, _, make, _ = library(kind)
    composed = {"torch": torch_composed, "jax": jax_composed}[kind]
    return composed(x, "softmax_sink", sink=xp.log(make(n, dtype=x.dtype)))


def hiding(kind, x):
    """Right at a score of -inf, by which its derivative multiplies 0."""
    xp, _, _, _ = library(kind)
    y = {"torch": torch_composed, "jax": jax_composed}[kind](x, "softmax_n", n=0.0)
    return xp.where((x == -float("inf")) & (y == 0), xp.zeros_like(x), x * y)


@pytest.mark.parametrize("kind", ["torch", "jax"])
@pytest.mark.parametrize(
    ("name", "naive", "passes", "chosen"),
    [
        ("softmax_n", through_a_logarithm, ["n"], "normal"),
        ("self_adjust", hiding, [], "some-minus-inf"),
    ],
)
def test_a_right_forward_with_a_derivative_of_nan(kind, name, naive, passes, chosen):
    options = {"array": kind, "passes": passes, "quick": True}
    fn = partial(naive, kind)
    assert rs.check(fn, name, only=[chosen], **options).conforms
    report = rs.check(fn, name, autodiff=True, only=[f"vjp-{chosen}"], **options)
    assert report.exit_code == 1
    assert "a branch that where hides, or a logarithm or a root of 0" in report.diagnosis


@pytest.mark.parametrize("kind", ["torch", "jax"])
def test_a_forward_that_hides_a_term_from_the_derivative(kind):
    def fn(x):
        xp, _, _, constant = library(kind)
        w, top = weights(kind, x)
        return w / constant(xp.exp(-top) + w.sum(-1)[..., None])

    report = examined(kind, "softmax_one", fn, ["vjp-normal"])
    assert report.exit_code == 1
    assert "the term <g,y> is missing" in report.diagnosis
    snippet = report.findings[0].example.snippet
    assert ("torch.autograd.grad(f(x), [x], g)" if kind == "torch" else "jax.vjp(") in snippet
