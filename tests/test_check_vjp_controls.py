"""Honest backwards are acquitted: closed forms, from x, from y, from the log-sum-exp."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance.gradients.sources import NEEDS_X
from tests.helpers.backwards import backward
from tests.zoo import controls_forms

LEAN = {"quick": True, "only": ["vjp"]}
NAMES = list(rs.variants)


def passed(name):
    return [parameter.name for parameter in rs.variants[name].card.parameters]


def examined(name, vjp, **options):
    chosen = {"passes": passed(name), **LEAN, **options}
    return rs.check(getattr(controls_forms, name), name, vjp=vjp, **chosen)


FEW = [
    *("vjp-normal", "vjp-ties", "vjp-negative", "vjp-scales", "vjp-subnormal", "vjp-huge"),
    *("vjp-one", "vjp-some-minus-inf", "vjp-nan", "vjp-batch-3d", "vjp-mask-random"),
]


@pytest.mark.parametrize("name", NAMES)
def test_closed_forms_in_float32(name):
    report = examined(name, backward(name), mask_keyword="mask", only=FEW)
    assert report.conforms, str(report)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_closed_forms_in_every_class(name):
    report = examined(name, backward(name), mask_keyword="mask")
    assert report.conforms, str(report)
    assert not {"gradients", *passed(name)} & set(report.not_tested)
    assert report.runs[0].tightest in ("float32-tree", "float32-sequential", "float32-scale-first")
    assert not report.runs[0].powerless


@pytest.mark.parametrize("name", ["softmax_sink", "symax"])
def test_closed_forms_in_float64(name):
    report = examined(name, backward(name), dtype="float64", only=["vjp-normal", "vjp-negative"])
    assert report.conforms, str(report)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_golden_cast(name, dtype):
    variant = rs.variants[name].using("golden")

    def b(x, g, **params):
        wide = {k: np.asarray(v, np.float64) for k, v in params.items()}
        dx, slopes = variant.vjp(x.astype(np.float64), g.astype(np.float64), **wide)
        return dx.astype(x.dtype), {k: np.asarray(v, x.dtype) for k, v in slopes.items()}

    chosen = ["vjp-normal", "vjp-ties", "vjp-subnormal", "vjp-some-minus-inf", "vjp-one"]
    report = examined(name, b, dtype=dtype, only=chosen)
    assert report.conforms, str(report)


def from_y(name):
    """The closed forms of the results that tell their gradients."""

    def b(y, g):
        if name == "log_softmax":
            return g - np.exp(y) * np.sum(g, axis=-1, keepdims=True)
        return y * (g - np.sum(g * y, axis=-1, keepdims=True))

    return b


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmax_one", "softmax_sink"])
def test_from_the_result(name):
    kept = {"only": ["vjp-normal", "vjp-negative", "vjp-subnormal", "vjp-wide"], "passes": ()}
    report = examined(name, from_y(name), vjp_from="y", **kept)
    assert report.conforms, str(report)


@pytest.mark.parametrize("name", ["softmax", "softmax_one"])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_from_the_log_sum_exp(name, dtype):
    def b(x, lse, g):
        wide = [v.astype(np.float32) for v in (x, g)]
        y = np.exp(wide[0] - lse[..., np.newaxis])
        dx = y * (wide[1] - np.sum(wide[1] * y, axis=-1, keepdims=True))
        return dx.astype(x.dtype)

    chosen = ["vjp-normal", "vjp-negative", "vjp-scales", "vjp-some-minus-inf"]
    report = examined(name, b, vjp_from="x,lse", dtype=dtype, passes=(), only=chosen)
    assert report.conforms, str(report)


@pytest.mark.parametrize("name", NEEDS_X)
def test_a_result_that_does_not_tell_its_gradient_is_refused(name):
    with pytest.raises(ValueError, match="needs x"):
        examined(name, backward(name), vjp_from="y")


def test_from_the_log_sum_exp_where_there_is_none():
    with pytest.raises(ValueError, match="no log-sum-exp"):
        examined("symax", backward("symax"), vjp_from="x,lse")


def test_a_parameter_without_a_gradient_is_said_to_be_untested():
    def b(x, g, sink):
        return backward("softmax_sink")(x, g, sink=sink)[0], {"sink": None}

    report = examined("softmax_sink", b, only=["vjp-normal"])
    assert report.conforms
    assert "the gradient of sink" in report.not_tested


NAME = "self_adjust_normalized"


def tied(x, g):
    """At ties of an extreme the correction is shared, as some frameworks do it."""
    a = np.exp(x - x.max(axis=-1, keepdims=True))
    a = a / a.sum(axis=-1, keepdims=True)
    low = np.minimum(x.min(axis=-1, keepdims=True), 0)
    high = np.maximum(x.max(axis=-1, keepdims=True), 0)
    width = np.where(high > low, high - low, 1)
    u = (x - low) / width
    w = g * u
    dx = a * (w - np.sum(w * a, axis=-1, keepdims=True)) + g * a / width
    for end, moves, part in ((low, low < 0, 1 - u), (high, high > 0, u)):
        share = (x == end) / np.maximum(np.sum(x == end, axis=-1, keepdims=True), 1)
        whole = np.sum(g * a * part, axis=-1, keepdims=True) / width
        dx = dx - np.where(moves, share * whole, 0)
    return dx.astype(x.dtype)


def test_any_subgradient_is_acceptable_at_ties():
    chosen = ["vjp-ties", "vjp-equal", "vjp-normal"]
    report = examined(NAME, tied, only=chosen)
    assert report.conforms, str(report)


def test_what_is_no_subgradient_is_not():
    def b(x, g):
        dx = tied(x, g)
        tops = x == x.max(axis=-1, keepdims=True)
        return np.where(tops, dx + x.dtype.type(3), dx)

    report = examined(NAME, b, only=["vjp-ties"])
    assert report.exit_code == 1


def test_tied_entries_share_the_whole():
    def b(x, g):
        dx = tied(x, g)
        tops = (x == x.max(axis=-1, keepdims=True)) & (x > 0)
        # Each of them alone is a subgradient: the truth takes all of it off the first.
        return np.where(tops & (np.cumsum(tops, axis=-1) == 1), backward(NAME)(x, g), dx)

    report = examined(NAME, b, only=["vjp-ties"])
    assert report.exit_code == 1


def log_softmax(x, g, endless):
    """``endless`` times the limit at scores of -inf, without their cotangents if that is 0."""
    lost = np.isneginf(x)
    g = np.where(lost & (endless == 0), 0, g)
    y = np.exp(x - x.max(axis=-1, keepdims=True))
    y = y / y.sum(axis=-1, keepdims=True)
    dx = g - y * np.sum(g, axis=-1, keepdims=True)
    return np.where(lost, g * endless, dx).astype(x.dtype)


@pytest.mark.parametrize(("endless", "status"), [(1.0, 0), (0.0, 0), (0.5, 1), (-1.0, 1)])
def test_a_result_of_minus_inf_is_a_limit_or_a_constant(endless, status):
    def b(x, g):
        return log_softmax(x, g, endless)

    report = examined("log_softmax", b, passes=(), only=["vjp-some-minus-inf"])
    assert report.exit_code == status, str(report)


@pytest.mark.parametrize(("subnormals", "status"), [("flush", 0), ("gradual", 1)])
def test_scores_below_the_normal_range_may_be_read_as_0(subnormals, status):
    def b(x, g, **params):
        read = np.where(np.abs(x) < np.finfo(x.dtype).tiny, x.dtype.type(0), x)
        return backward("symax")(read, g, **params)

    chosen = ["vjp-tiny-scores", "vjp-subnormal"]
    report = examined("symax", b, only=chosen, subnormals=subnormals)
    assert report.exit_code == status, str(report)
