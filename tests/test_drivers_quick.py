"""Small arrays take a shorter way to the same kernels: the same results, and the same refusals."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import refsoft as rs
from refsoft.drivers.quick import Quick

RNG = np.random.default_rng(7)
FORMATS = (np.float64, np.float32, np.float16, ml_dtypes.bfloat16)


def quick(name):
    variant = rs.variants[name]
    return Quick(variant.card.parameters, variant.definition.RECIPE)


def shaped(variant, x, **params):
    """The way of all other calls: a mask that hides nothing is one of these."""
    return variant(x, where=np.ones(x.shape, bool), **params)


@pytest.mark.parametrize("name", rs.variants)
def test_results_are_those_of_the_other_way(name):
    variant = rs.variants[name]
    for dtype in FORMATS if name in ("softmax_one", "symax") else (np.float32,):
        for shape in ((7,), (3, 5), (2, 3, 17), (1, 1)):
            x = RNG.normal(0, 3, shape).astype(dtype)
            found = quick(name).forward(x, None, {})
            assert found is not None
            assert found.dtype == x.dtype
            assert np.array_equal(found, shaped(variant, x))


def test_parameters_that_are_numbers_are_taken_in_any_order():
    x = RNG.normal(0, 3, (3, 5))
    found = quick("symax").forward(x, None, {"p": 3.0, "eta": 0.25})
    assert np.array_equal(found, shaped(rs.symax, x, eta=0.25, p=3.0))
    assert not np.array_equal(found, rs.symax(x))


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_result_goes_into_out_also_where_the_scores_are(dtype):
    x = RNG.normal(0, 3, (4, 9)).astype(dtype)
    expected, out = rs.softmax_one(x), np.empty_like(x)
    assert rs.softmax_one(x, out=out) is out
    assert np.array_equal(out, expected)
    assert rs.softmax_one(x, out=x) is x
    assert np.array_equal(x, expected)


def test_an_out_that_overlaps_the_scores_does_not_spoil_them():
    memory = RNG.normal(0, 3, 13)
    x, out = memory[:12].reshape(3, 4), memory[1:].reshape(3, 4)
    expected = rs.softmax_one(x.copy())
    assert quick("softmax_one").forward(x, out, {}) is None
    assert np.array_equal(rs.softmax_one(x, out=out), expected)


SMALL = np.ones((2, 3), np.float32)


@pytest.mark.parametrize(
    ("x", "out", "params"),
    [
        (np.float32(1.0)[()] * np.ones(()), None, {}),
        (np.ones((0, 3)), None, {}),
        (np.ones((3, 0)), None, {}),
        (np.ones((1 << 9, 1 << 9)), None, {}),
        (np.ones((3, 4)).T, None, {}),
        (np.ones((2, 3), np.int64), None, {}),
        (SMALL.astype(">f4"), None, {}),
        (SMALL, np.empty((2, 3), np.float64), {}),
        (SMALL, np.empty((3, 2), np.float32), {}),
        (SMALL, np.empty((3, 2), np.float32).T, {}),
        (SMALL, [[1.0, 1.0, 1.0]], {}),
        (SMALL, None, {"temperature": 2}),
        (SMALL, None, {"temperature": np.ones(2)}),
        (SMALL, None, {"temperature": -1.0}),
        (SMALL, None, {"temperature": np.nan}),
        (SMALL, None, {"heat": 1.0}),
    ],
)
def test_any_other_call_is_left_to_the_other_way(x, out, params):
    assert quick("softmax").forward(x, out, params) is None


def test_what_may_not_be_written_is_not():
    out = np.empty((2, 3), np.float32)
    out.flags.writeable = False
    assert quick("softmax").forward(SMALL, out, {}) is None
    with pytest.raises(ValueError, match="out is read-only"):
        rs.softmax(SMALL, out=out)


def test_errors_are_those_of_the_other_way():
    with pytest.raises(ValueError, match="temperature=-1; accepted"):
        rs.softmax(SMALL, temperature=-1.0)
    with pytest.raises(TypeError, match="takes no dim"):
        rs.softmax(SMALL, dim=-1)
