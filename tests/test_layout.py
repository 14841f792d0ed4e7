"""The same rows, whatever the shape, the axis, the strides and the format around them."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import BFLOAT16, DTYPES

VARIANTS = list(rs.variants.values())
RNG = np.random.default_rng(7)
X = RNG.normal(size=(3, 4, 5))


def by_row(variant, x, **params):
    """The forward map applied to one 1-D row at a time."""
    rows = x.reshape(-1, x.shape[-1])
    return np.stack([variant(row, **params) for row in rows]).reshape(x.shape)


@pytest.fixture(params=VARIANTS, ids=lambda v: v.__name__)
def variant(request):
    return request.param


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_an_axis_is_the_last_axis_moved(variant, axis):
    expected = np.moveaxis(by_row(variant, np.moveaxis(X, axis, -1)), -1, axis)
    np.testing.assert_array_equal(variant(X, axis=axis), expected)


def test_several_axes_are_one_row(variant):
    rows = np.moveaxis(X, 1, 0).reshape(4, 15)
    expected = np.moveaxis(by_row(variant, rows).reshape(4, 3, 5), 0, 1)
    np.testing.assert_array_equal(variant(X, axis=(0, 2)), expected)
    np.testing.assert_array_equal(variant(X, axis=None), variant(X.ravel()).reshape(X.shape))


def test_the_order_of_axes_is_the_order_of_a_row():
    # sparse ties and positional maps would differ; here the gradient of a tie shows it.
    x = np.array([[2.0, 1.0], [2.0, 0.0]])
    first, _ = rs.self_adjust_normalized.vjp(x, [[1.0, 0.0], [0.0, 0.0]], axis=(0, 1))
    other, _ = rs.self_adjust_normalized.vjp(x.T, [[1.0, 0.0], [0.0, 0.0]], axis=(1, 0))
    np.testing.assert_array_equal(first, other.T)


def test_memory_layout_does_not_matter(variant, tmp_path):
    expected = variant(X)
    padded = np.zeros((3, 4, 10))
    padded[..., ::2] = X
    mapped = np.memmap(tmp_path / "x", dtype=np.float64, mode="w+", shape=X.shape)
    mapped[...] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    for x in (
        np.asfortranarray(X),
        padded[..., ::2],
        X[::-1, :, ::-1].copy()[::-1, :, ::-1],
        X.astype(">f8"),
        mapped,
        read_only,
        X.tolist(),
    ):
        np.testing.assert_array_equal(variant(x), expected)


def test_the_input_is_never_modified(variant):
    x, g = X.copy(), X[::-1].copy()
    mask = X > 0
    y = variant(x, where=mask)
    variant.vjp(x, g, where=mask)
    variant.jvp(x, g, where=mask)
    variant.jacobian(x, where=mask)
    assert not np.shares_memory(y, x)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(g, X[::-1])


def test_out_is_filled_and_returned_and_may_overlap_x(variant):
    expected = variant(X)
    out = np.full(X.shape, np.nan)
    assert variant(X, out=out) is out
    np.testing.assert_array_equal(out, expected)
    buffer = np.empty(X.size + 3)
    x = buffer[:-3].reshape(X.shape)
    x[...] = X
    shifted = buffer[3:].reshape(X.shape)
    variant(x, out=shifted)
    np.testing.assert_array_equal(shifted, expected)
    fortran = np.empty(X.shape, order="F")
    np.testing.assert_array_equal(variant(X, out=fortran), expected)


def test_a_scalar_is_a_row_of_one(variant):
    y = variant(2.0)
    assert np.ndim(y) == 0
    assert isinstance(y, np.float64)
    np.testing.assert_array_equal(y, variant([2.0])[0])
    dx, _ = variant.vjp(2.0, 1.0)
    assert np.ndim(dx) == 0
    assert variant.jacobian(2.0).shape == (1, 1)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 3)])
def test_zero_size(variant, shape):
    x = np.empty(shape)
    assert variant(x).shape == shape
    dx, gradients = variant.vjp(x, x)
    assert dx.shape == shape
    assert all(np.shape(gradient) == () and gradient == 0 for gradient in gradients.values())
    assert variant.jvp(x, x).shape == shape
    assert variant.jacobian(x).shape == (*shape, shape[-1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_each_format_goes_in_and_comes_out(variant, dtype):
    x = X.astype(DTYPES[dtype])
    assert variant(x).dtype == DTYPES[dtype]
    assert variant.jacobian(x).dtype == DTYPES[dtype]
    assert variant(X, dtype=dtype).dtype == DTYPES[dtype]


# A format of 16 bits is computed in float32, by the same code of the recipe: that is compiled
# here for a variant without parameters and for one with them, and for all in -m slow.
SHORT, COMPILED = ("float16", "bfloat16"), ("softmax_one", "log_softmax")


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        pytest.param(name, dtype, marks=[pytest.mark.slow] if slow else [])
        for name in rs.variants
        for dtype in DTYPES
        for slow in [dtype in SHORT and name not in COMPILED]
    ],
)
def test_gradients_and_tangents_have_the_format_of_x(name, dtype):
    variant, x = rs.variants[name], X.astype(DTYPES[dtype])
    assert variant.vjp(x, x)[0].dtype == DTYPES[dtype]
    assert variant.jvp(x, x).dtype == DTYPES[dtype]


def test_integers_and_booleans_become_float64(variant):
    x = np.array([[1, 0, 2], [3, 1, 1]])
    assert variant(x).dtype == np.float64
    np.testing.assert_array_equal(variant(x), variant(x.astype(np.float64)))
    np.testing.assert_array_equal(variant(x > 0), variant((x > 0).astype(np.float64)))


def test_dtype_is_of_the_result_and_x_is_not_rounded_to_it():
    # 1 + 2^-30 and 1 differ in float64 only; 2^30 times their difference is 1.
    x = 2.0**30 * np.array([1.0, 1.0 + 2.0**-30])
    y = rs.softmax(x, dtype="bfloat16")
    assert y.dtype == BFLOAT16
    assert y[0] < y[1]


def test_an_infinite_shift_of_the_row_is_not_lost():
    x = np.array([1e30, -1e30])
    np.testing.assert_array_equal(rs.softmax(x), [1.0, 0.0])


class TestParameters:
    """A parameter is a scalar or one value per row, and so is its gradient."""

    @pytest.mark.parametrize("shape", [(), (4,), (3, 4), (3, 1), (1, 4), (1, 1)])
    def test_a_parameter_broadcasts_against_the_batch(self, shape):
        eta = RNG.uniform(0.5, 2.0, size=shape)
        full = np.broadcast_to(eta, (3, 4))
        expected = [[rs.symax(X[i, j], eta=full[i, j]) for j in range(4)] for i in range(3)]
        np.testing.assert_array_equal(rs.symax(X, eta=eta), expected)

    @pytest.mark.parametrize("shape", [(), (4,), (3, 4), (3, 1), (1, 4), (1, 1)])
    def test_its_gradient_has_its_shape_and_sums_over_the_rows_that_share_it(self, shape):
        eta = RNG.uniform(0.5, 2.0, size=shape)
        g = RNG.integers(-3, 4, size=X.shape)
        full = np.broadcast_to(eta, (3, 4))
        _, each = rs.symax.vjp(X, g, eta=full)
        _, summed = rs.symax.vjp(X, g, eta=eta)
        assert np.shape(summed["eta"]) == shape
        lead = tuple(range(2 - len(shape)))
        kept = tuple(2 - len(shape) + i for i, size in enumerate(shape) if size == 1)
        expected = each["eta"].sum(axis=lead + kept).reshape(shape)
        # Two orders of the same sum of 12 terms differ by at most 11 roundings of its absolute sum.
        slack = 11 * np.finfo(float).eps * np.abs(each["eta"]).sum()
        np.testing.assert_allclose(summed["eta"], expected, rtol=0, atol=slack)

    def test_the_batch_is_x_without_its_axis(self):
        eta = RNG.uniform(0.5, 2.0, size=(4, 5))
        expected = np.moveaxis(rs.symax(np.moveaxis(X, 0, -1), eta=eta), -1, 0)
        np.testing.assert_array_equal(rs.symax(X, axis=0, eta=eta), expected)

    def test_a_required_parameter_is_asked_for(self):
        from refsoft._validate import Layout, as_parameters
        from refsoft.card import Card, Parameter

        card = Card("toy", "", "", "", "", "", "", "", (Parameter("k", None, "how many"),))
        with pytest.raises(TypeError, match="toy needs k: how many, in"):
            as_parameters(card, {}, Layout.of((3,), -1))


def test_lse_has_one_value_per_row():
    for variant in VARIANTS:
        if variant.card.lse is None:
            continue
        y, lse = variant(X, axis=1, return_lse=True)
        assert lse.shape == (3, 5)
        np.testing.assert_array_equal(y, variant(X, axis=1))
        np.testing.assert_array_equal(lse, variant.lse(X, axis=1))


def test_where_broadcasts_to_x(variant):
    mask = np.array([True, False, True, True, False])
    full = np.broadcast_to(mask, X.shape)
    np.testing.assert_array_equal(variant(X, where=mask), variant(X, where=full))
    np.testing.assert_array_equal(variant(X, where=True), variant(X))


def test_a_masked_entry_is_not_there(variant):
    mask = np.array([True, False, True, True, False])
    for poison in (np.nan, np.inf, -np.inf, 1e30):
        x = np.where(mask, X, poison)
        y = variant(x, where=mask)
        np.testing.assert_array_equal(y[..., mask], variant(X[..., mask]))
        np.testing.assert_array_equal(y[..., ~mask], variant.card.rulings.masked)
        dx, gradients = variant.vjp(x, np.where(mask, X[::-1], poison), where=mask)
        seen, expected = variant.vjp(X[..., mask], X[::-1][..., mask])
        np.testing.assert_array_equal(dx[..., mask], seen)
        np.testing.assert_array_equal(dx[..., ~mask], 0.0)
        assert gradients == expected
