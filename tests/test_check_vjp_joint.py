"""Losses on the result and on the log-sum-exp: right backwards acquitted, wrong ones named."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from click.testing import CliRunner

import refsoft as rs
from refsoft.cli import main
from tests.helpers.backwards import backward
from tests.test_check_vjp_autodiff import forward as composed
from tests.zoo import controls_forms

NAMES = [name for name, variant in rs.variants.items() if variant.card.lse is not None]


def passed(name):
    return [parameter.name for parameter in rs.variants[name].card.parameters]


def examined(name, vjp, **options):
    chosen = {"passes": passed(name), "quick": True, "max_length": 3, **options}
    fn = getattr(controls_forms, name)
    return rs.check(fn, name, vjp=vjp, lse_cotangent="glse", **chosen)


def of_lse(name, x, params):
    """The gradient of the log-sum-exp, row by row, in the format of the scores."""
    p = {k: np.asarray(v, x.dtype)[..., np.newaxis] for k, v in params.items()}
    one = x.dtype.type(1)
    c = one
    if "temperature" in p:
        c = 1 / p["temperature"]
    elif name == "ssmax":
        c = p["s"] * np.log(x.dtype.type(x.shape[-1])) + p["b"]
    offset = {
        "softmax_one": lambda: np.zeros_like(one),
        "softmax_n": lambda: np.log(p["n"]),
        "softmax_sink": lambda: p["sink"],
    }.get(name, lambda: np.full_like(one, -np.inf))()
    z = np.where(np.isneginf(x) & (c != 0), -np.inf, np.where(np.isneginf(x), 0, x) * c)
    top = np.maximum(z.max(axis=-1, keepdims=True), offset)
    w, own = np.exp(z - top), np.exp(offset - top)
    total = w.sum(axis=-1, keepdims=True) + own
    y = w / total
    mean = np.sum(y * np.where(np.isneginf(x), 0, x), axis=-1)
    slopes = {
        "temperature": lambda: -mean * c[..., 0] ** 2,
        "n": lambda: (np.exp(-top) / total)[..., 0],
        "sink": lambda: (own / total)[..., 0],
        "s": lambda: mean * np.log(x.dtype.type(x.shape[-1])),
        "b": lambda: mean,
    }
    return c * y, {k: slopes[k]() for k in params}


def right(name, factor=1.0, change=None):
    """The closed form; a twin takes ``factor`` times the cotangent, or changes what it adds."""

    def b(x, g, glse, **params):
        dx, slopes = backward(name)(x, g, **rows_of(params, x)) if params else (None, {})
        dx = backward(name)(x, g) if dx is None else dx
        added, more = of_lse(name, x, params)
        h = glse * np.asarray(factor, glse.dtype)
        add = h[..., np.newaxis] * added if change is None else change(h[..., np.newaxis], x)
        dx = (dx + add).astype(x.dtype)
        both = {k: slopes[k] + h * more[k] for k in params}
        shared = {k: v if np.ndim(params[k]) else np.sum(v) for k, v in both.items()}
        return (dx, {k: np.asarray(v, x.dtype) for k, v in shared.items()}) if params else dx

    return b


def rows_of(params, x):
    """Every parameter with a value per row, so that its gradient is not summed."""
    return {k: np.broadcast_to(np.asarray(v, x.dtype), x.shape[:-1]) for k, v in params.items()}


@pytest.mark.parametrize("name", NAMES)
def test_closed_forms(name):
    report = examined(name, right(name), only=["vjp-normal", "vjp-some-minus-inf"])
    assert report.conforms, str(report)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_closed_forms_in_every_class(name):
    # The form scales first: c x must not overflow.
    options = {"max_length": None, "domain": "abs(x)<=1e36"}
    report = examined(name, right(name), only=["vjp"], **options)
    assert report.conforms, str(report)
    assert not report.runs[0].powerless


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("factor", "words"), [(0.0, "lse is ignored"), (-1.0, "lse has the wrong sign")]
)
def test_a_cotangent_that_is_lost_or_subtracted(name, factor, words):
    report = examined(name, right(name, factor), only=["vjp-normal"])
    assert report.exit_code == 1
    assert words in report.diagnosis
    kinds = {f.kind for f in report.findings if f.convicts}
    assert {"vjp-accuracy", *(f"vjp-{p}" for p in passed(name))} <= kinds
    told = [f.diagnosis for f in report.findings if f.kind != "vjp-accuracy"]
    assert all("the cotangent of lse" in sentence for sentence in told)
    assert "vjp(x, g, " in report.findings[0].example.snippet


def test_a_cotangent_that_is_not_weighted():
    vjp = right("softmax_one", change=lambda h, x: np.broadcast_to(h, x.shape))
    report = examined("softmax_one", vjp, only=["vjp-normal"])
    assert "not weighted" in report.diagnosis


def test_a_cotangent_that_is_added_to_g():
    def b(x, g, glse):
        return backward("softmax_one")(x, g + glse[..., np.newaxis])

    report = examined("softmax_one", b, only=["vjp-normal"])
    assert "the cotangent of lse is added to g" in report.diagnosis


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_other_formats(dtype):
    def b(x, g, glse):
        assert glse.dtype == (np.float32 if dtype == "float16" else np.float64)
        wide = [v.astype(glse.dtype) for v in (x, g)]
        top = np.maximum(wide[0].max(axis=-1, keepdims=True), 0)
        w = np.exp(wide[0] - top)
        y = w / (w.sum(axis=-1, keepdims=True) + np.exp(-top))
        e = np.sum(wide[1] * y, axis=-1, keepdims=True) - glse[..., np.newaxis]
        return (y * (wide[1] - e)).astype(x.dtype)

    report = examined("softmax_one", b, dtype=dtype, only=["vjp-normal", "vjp-negative"])
    assert report.conforms, str(report)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lse_cotangent": "glse"}, "without vjp"),
        ({"returns_lse": True, "name": "symax"}, "no log-sum-exp"),
        ({"lse_cotangent": "glse", "vjp": len, "name": "symax"}, "no log-sum-exp"),
        ({"lse_cotangent": "not one", "vjp": len}, "accepted: a keyword"),
    ],
)
def test_options_that_do_not_go_together(options, words):
    name = options.pop("name", "softmax_one")
    with pytest.raises(ValueError, match=words):
        rs.check(getattr(controls_forms, name), name, **options)


SOURCE = """
import numpy as np

def f(x):
    w = np.exp(x - x.max(-1, keepdims=True))
    return w / w.sum(-1, keepdims=True), x.max(-1) + np.log(w.sum(-1))

def b(x, g, h):
    y = f(x)[0]
    return y * (g - (g * y).sum(-1, keepdims=True) + h[..., None])

def wrong(x, g, h):
    return b(x, g, 0 * h)
"""


@pytest.mark.parametrize(("vjp", "status"), [("b", 0), ("wrong", 1)])
def test_on_the_command_line(tmp_path, vjp, status):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    words = ["check", f"{path}:f", "--variant", "softmax", "--returns-lse", "--quick"]
    words += ["--vjp", f"{path}:{vjp}", "--lse-cotangent", "h", "--only", "vjp-normal"]
    done = CliRunner().invoke(main, [*words, "--only", "normal"])
    assert done.exit_code == status, done.output
    assert ("--lse-cotangent h --returns-lse" in done.output) == bool(status)


def test_a_pair_that_is_none():
    options = {"returns_lse": True, "quick": True, "only": ["normal"]}
    report = rs.check(controls_forms.softmax_one, "softmax_one", **options)
    assert report.exit_code == 2
    assert "not (y, lse)" in report.headline


def pair(kind, factor, x, sink):
    """softmax_sink and its log-sum-exp, whose derivative is taken ``factor`` times."""
    from tests.test_check_vjp_autodiff import library

    xp, maximum, make, constant = library(kind)
    sink = make(sink, dtype=x.dtype)[..., None]
    top = constant(maximum(xp.amax(x, -1)[..., None], sink))
    lse = (top + xp.log(xp.exp(x - top).sum(-1)[..., None] + xp.exp(sink - top)))[..., 0]
    y = composed(kind, "softmax_sink", x, sink=sink[..., 0])
    return y, factor * lse + (1 - factor) * constant(lse)


@pytest.mark.peers
@pytest.mark.parametrize("kind", ["torch", "jax"])
@pytest.mark.parametrize(("factor", "status"), [(1, 0), (0, 1)])
def test_what_torch_and_jax_derive(kind, factor, status):
    options = {"array": kind, "passes": ["sink"], "quick": True, "only": ["vjp-normal", "normal"]}
    fn = partial(pair, kind, factor)
    report = rs.check(fn, "softmax_sink", autodiff=True, returns_lse=True, **options)
    assert report.exit_code == status, str(report)
    if status:
        assert "the cotangent of lse is ignored" in report.diagnosis
        assert "(g, glse)" in report.findings[0].example.snippet
