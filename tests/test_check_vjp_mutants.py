"""Wrong backwards are convicted, and the mistake has a name."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from tests.helpers.backwards import backward
from tests.zoo import controls_forms as forms


def dot(a, b):
    return np.sum(a * b, axis=-1, keepdims=True)


def plain(x):
    w = np.exp(x - x.max(axis=-1, keepdims=True))
    return w / w.sum(axis=-1, keepdims=True)


def per_row(x, g, sink):
    own = np.broadcast_to(np.asarray(sink, x.dtype), x.shape[:-1])
    return backward("softmax_sink")(x, g, sink=own)


def slope(name, parameter, change):
    """The right backward with the gradient of one parameter changed."""

    def b(x, g, **params):
        dx, slopes = backward(name)(x, g, **params)
        changed = change(slopes[parameter], x, params)
        return dx, {**slopes, parameter: np.asarray(changed, x.dtype)}

    return b


def no_corrections(x, g):
    a = plain(x)
    low = np.minimum(x.min(axis=-1, keepdims=True), 0)
    width = np.maximum(x.max(axis=-1, keepdims=True), 0) - low
    width = np.where(width > 0, width, 1)
    w = g * (x - low) / width
    return a * (w - dot(w, a)) + g * a / width


def leaking(x, g, mask=None):
    dx = backward("softmax_one")(x, g, mask)
    return dx if mask is None else np.where(mask, dx, g)


MUTANTS = {
    "no mean": ("softmax_one", lambda x, g: forms.softmax_one(x) * g, "<g,y> is missing"),
    "a plus": (
        "softmax_one",
        lambda x, g: forms.softmax_one(x) * (g + dot(g, forms.softmax_one(x))),
        "adds the term <g,y>",
    ),
    "minus": ("softmax_one", lambda x, g: -backward("softmax_one")(x, g), "wrong sign"),
    "zero": ("softmax_one", lambda x, _: np.zeros_like(x), "dx is 0"),
    "softmax's Jacobian": (
        "softmax_one",
        lambda x, g: forms.softmax_one(x) * (g - dot(g, plain(x))),
        "softmax's Jacobian",
    ),
    "softmax's y": (
        "softmax_one",
        lambda x, g: plain(x) * (g - dot(g, plain(x))),
        "y is that of another forward",
    ),
    "mean in float16": (
        "softmax_one",
        lambda x, g: (
            forms.softmax_one(x)
            * (g - dot(g, forms.softmax_one(x)).astype(np.float16).astype(np.float32))
        ),
        "<g,y> in float16",
    ),
    "no corrections": ("self_adjust_normalized", no_corrections, "corrections at the smallest"),
    "sink's sign": (
        "softmax_sink",
        slope("softmax_sink", "sink", lambda d, *_: -d),
        "the gradient of sink has the wrong sign",
    ),
    "sink is 0": ("softmax_sink", slope("softmax_sink", "sink", lambda d, *_: 0 * d), "is 0"),
    "sink for each row": ("softmax_sink", per_row, "not summed over the rows that share it"),
    "sink of all rows": (
        "softmax_sink",
        slope("softmax_sink", "sink", lambda d, *_: d.sum()),
        "summed over rows that have their own value",
    ),
    "eta twice": ("symax", slope("symax", "eta", lambda d, *_: 2 * d), "eta is twice too large"),
    "s without ln n": (
        "ssmax",
        slope("ssmax", "s", lambda d, x, _: d / np.log(x.shape[-1])),
        "misses the factor ln n",
    ),
    "T once": (
        "softmax",
        slope("softmax", "temperature", lambda d, _, p: d * p["temperature"]),
        "misses one factor 1/T",
    ),
    "n as its logarithm": (
        "softmax_n",
        slope("softmax_n", "n", lambda d, _, p: d * p["n"]),
        "is that of ln n",
    ),
}


@pytest.mark.parametrize("mistake", MUTANTS)
def test_convicted_and_named(mistake):
    name, b, words = MUTANTS[mistake]
    passes = [parameter.name for parameter in rs.variants[name].card.parameters]
    chosen = ["vjp-normal", "vjp-negative", "vjp-ties"]
    fn = getattr(forms, name)
    report = rs.check(fn, name, vjp=b, passes=passes, quick=True, only=chosen)
    assert report.exit_code == 1
    assert words in report.diagnosis
    example = next(f.example for f in report.findings if f.convicts)
    assert "g = np.array" in example.snippet
    assert example.given != example.right


def test_a_gradient_that_is_not_returned():
    def b(x, g, sink):
        return backward("softmax_sink")(x, g, sink=sink)[0]

    options = {"passes": ["sink"], "quick": True, "only": ["vjp-normal"]}
    report = rs.check(forms.softmax_sink, "softmax_sink", vjp=b, **options)
    assert [f.kind for f in report.findings] == ["vjp-sink-missing"]


def test_a_gradient_at_masked_entries():
    options = {"mask_keyword": "mask", "quick": True, "only": ["vjp-mask-random"]}
    report = rs.check(forms.softmax_one, "softmax_one", vjp=leaking, **options)
    assert "vjp-masked" in {f.kind for f in report.findings if f.convicts}


def test_nan_beside_minus_inf_is_special():
    def b(x, g):
        y = plain(x)
        return y * (g * x - dot(g * x, y)) + g * y

    report = rs.check(
        forms.self_adjust, "self_adjust", vjp=b, quick=True, only=["vjp-some-minus-inf"]
    )
    found = {f.kind: f.severity for f in report.findings if f.convicts}
    assert found == {"vjp-minus-inf": "special"}


def test_ones_show_the_law_of_the_row_sum():
    def b(x, g):
        return plain(x) * g

    report = rs.check(forms.softmax, "softmax", vjp=b, quick=True, only=["vjp-normal"])
    assert any("a cotangent of ones gives 0" in law for f in report.findings for law in f.laws)


def test_a_backward_that_always_raises_is_not_judged():
    def b(x, g):
        raise RuntimeError("no backward here")

    options = {"quick": True, "only": ["vjp-normal"]}
    report = rs.check(forms.softmax_one, "softmax_one", vjp=b, **options)
    assert report.exit_code == 2
    assert "no backward here" in report.headline


def test_a_snippet_does_not_take_the_backward_for_a_parameter():
    def wrong(x, g, s, b):
        dx, slopes = backward("ssmax")(x, g, s=s, b=b)
        return -dx, slopes

    options = {"passes": ["s", "b"], "quick": True, "only": ["vjp-normal"]}
    report = rs.check(forms.ssmax, "ssmax", vjp=wrong, **options)
    lines = report.findings[0].example.snippet.split("\n")
    assert lines[-1].startswith("vjp(x, g, s=")
    assert sum(line.startswith("vjp = ") for line in lines) == 1
