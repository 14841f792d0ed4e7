"""Every argument that is refused is named, with its value and what is accepted."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs

X = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]])


@pytest.mark.parametrize(
    "x",
    [
        np.array([1 + 2j]),
        np.array([object()]),
        np.array(["a"]),
        np.array([b"a"]),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        np.array([1.0], dtype=np.longdouble),
        "text",
        None,
    ],
    ids=lambda x: type(x).__name__ + str(getattr(x, "dtype", "")),
)
def test_unsupported_x_is_a_type_error_that_names_x(x):
    for call in (rs.softmax, rs.softmax.lse, rs.softmax.jacobian, rs.softmax.exact):
        with pytest.raises(TypeError, match=r"\bx\b.*(accepted|pass)"):
            call(x)
    with pytest.raises(TypeError, match=r"\bg\b.*(accepted|pass)"):
        rs.softmax.vjp([1.0], x)


@pytest.mark.parametrize(
    ("keywords", "error", "words"),
    [
        ({"dim": -1}, TypeError, ["dim", "axis"]),
        ({"nope": 1}, TypeError, ["nope", "eta", "axis"]),
        ({"axis": 2}, ValueError, ["axis=2", "-2 to 1"]),
        ({"axis": 1.0}, TypeError, ["axis=1.0", "an int"]),
        ({"axis": (0, 0)}, ValueError, ["axis=(0, 0)", "once"]),
        ({"dtype": "float80"}, TypeError, ["dtype='float80'", "bfloat16"]),
        ({"dtype": np.int32}, TypeError, ["int32", "bfloat16"]),
        ({"where": np.ones(3)}, TypeError, ["where", "float64", "bool"]),
        ({"where": np.ones(4, bool)}, ValueError, ["where", "(4,)", "(2, 3)"]),
        ({"out": np.zeros((2, 2))}, ValueError, ["out", "(2, 2)", "(2, 3)"]),
        ({"out": [1.0]}, TypeError, ["out", "list"]),
        ({"out": np.zeros((2, 3), np.float32), "dtype": "float64"}, TypeError, ["out", "float32"]),
        ({"eta": -1.0}, ValueError, ["eta=-1", "[0, inf)"]),
        ({"eta": np.nan}, ValueError, ["eta=nan", "[0, inf)"]),
        ({"eta": np.ones(3)}, ValueError, ["eta", "(3,)", "(2,)"]),
        ({"eta": "1"}, TypeError, ["eta"]),
        ({"p": 0.0}, ValueError, ["p=0", "(0, inf)"]),
        ({"return_lse": True}, TypeError, ["symax", "log-sum-exp"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_refused_keyword_is_named_with_its_value_and_what_is_accepted(keywords, error, words):
    with pytest.raises(error) as caught:
        rs.symax(X, **keywords)
    for word in words:
        assert word in str(caught.value)


def test_read_only_out_is_refused():
    out = np.zeros(X.shape)
    out.flags.writeable = False
    with pytest.raises(ValueError, match=r"out is read-only.*writeable"):
        rs.softmax(X, out=out)


def test_an_unknown_backend_is_named():
    with pytest.raises(ValueError, match="backend='gpu'; accepted: auto, golden, plain, cpu"):
        rs.softmax.using("gpu")


def test_parameters_and_options_are_keyword_only():
    with pytest.raises(TypeError, match="positional"):
        rs.softmax(X, 0)


def test_unknown_tangent_is_refused():
    with pytest.raises(TypeError, match=r"dparams names 'zeta'; accepted: eta, p"):
        rs.symax.jvp(X, X, dparams={"zeta": 1.0})


def test_cotangent_must_broadcast_to_x():
    with pytest.raises(ValueError, match=r"g has shape \(2, 2\)"):
        rs.softmax.vjp(X, np.ones((2, 2)))


@pytest.mark.parametrize("name", rs.variants)
def test_signature_and_help_come_from_the_card(name):
    import inspect

    variant = rs.variants[name]
    names = list(inspect.signature(variant).parameters)
    assert names[0] == "x"
    assert names[1:-5] == [p.name for p in variant.card.parameters]
    assert names[-5:] == ["axis", "where", "out", "dtype", "return_lse"]
    assert variant.card.formula in variant.__doc__
    assert variant.card.formula in repr(variant)
    assert variant._repr_latex_().startswith("$")
