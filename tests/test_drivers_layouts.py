"""A row is bitwise the same row wherever its entries lie, and whatever lies around them."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import BFLOAT16
from refsoft.drivers import _operands, _slabs
from refsoft.drivers._copies import copied_across

# log_softmax reads its scores again after its weights are written; a parameter varies by row.
VARIANT = rs.log_softmax
RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, 5, 70)).astype(np.float32)
G = RNG.normal(size=X.shape).astype(np.float32)


def forward(x, **keywords):
    return VARIANT(x, temperature=0.7, **keywords)


def transposed(order):
    def lay(x):
        return np.ascontiguousarray(x.transpose(order)).transpose(np.argsort(order))

    return lay


def spaced(x):
    wide = np.full(tuple(3 * n for n in x.shape), np.nan, x.dtype)
    wide[1::3, 1::3, 1::3] = x
    return wide[1::3, 1::3, 1::3]


def rows_apart(x):
    wide = np.full((*x.shape[:2], x.shape[2] + 7), np.nan, x.dtype)
    wide[..., 3:-4] = x
    return wide[..., 3:-4]


def unaligned(x):
    raw = np.zeros(x.nbytes + 1, np.uint8)[1:]
    odd = raw.view(x.dtype).reshape(x.shape)
    odd[...] = x
    return odd


LAYOUTS = {
    "contiguous": lambda x: x,
    "columns": transposed((2, 0, 1)),
    "middle": transposed((0, 2, 1)),
    "Fortran": np.asfortranarray,
    "batch turned": transposed((1, 0, 2)),
    "negative": lambda x: np.ascontiguousarray(x[::-1, ::-1, ::-1])[::-1, ::-1, ::-1],
    "spaced": spaced,
    "rows apart": rows_apart,
    "byte order": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "unaligned": unaligned,
}


@pytest.fixture(params=["blocks", "one row", "all"])
def room(request, monkeypatch):
    """Blocks of a few rows that do not divide the batch, of single rows, or of all rows."""
    size = {"blocks": 4 * 70 * 4, "one row": 1, "all": _slabs.ROOM}[request.param]
    monkeypatch.setattr(_slabs, "ROOM", size)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_where_the_entries_lie_does_not_matter(room, layout):
    lay, v, mask = LAYOUTS[layout], G[::-1], RNG.random(X.shape) < 0.7
    x, g = lay(X), lay(G)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(forward(x), forward(X))
    np.testing.assert_array_equal(
        forward(x, where=lay(mask) if layout != "byte order" else mask), forward(X, where=mask)
    )
    y, lse = forward(x, return_lse=True)
    np.testing.assert_array_equal(lse, forward(X, return_lse=True)[1])
    for given in ({}, {"y": y}):
        dx, gradient = VARIANT.vjp(x, g, temperature=0.7, **given)
        expected, slope = VARIANT.vjp(X, G, temperature=0.7)
        np.testing.assert_array_equal(dx, expected)
        assert gradient == slope
    np.testing.assert_array_equal(
        VARIANT.jvp(x, v, temperature=0.7), VARIANT.jvp(X, v, temperature=0.7)
    )


# Results are in the machine's byte order.
@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "byte order"])
def test_results_go_where_they_are_asked_for(room, layout):
    out = LAYOUTS[layout](np.full(X.shape, np.nan, np.float32))
    assert forward(X, out=out) is out
    np.testing.assert_array_equal(out, forward(X))
    base = out.base if layout in ("spaced", "rows apart") else None
    if base is not None:
        assert np.isnan(base).sum() == base.size - X.size


@pytest.mark.parametrize("axis", [0, 1, (0, 2), (2, 1), (1, 0), None])
@pytest.mark.parametrize("layout", ["contiguous", "columns", "Fortran", "negative"])
def test_any_axes_may_be_a_row(room, axis, layout):
    axes = tuple(range(3)) if axis is None else np.atleast_1d(axis)
    moved = np.moveaxis(X, axes, range(-len(axes), 0))
    batch = moved.shape[: 3 - len(axes)]
    rows = np.ascontiguousarray(moved).reshape(*batch, -1)
    expected = np.moveaxis(forward(rows).reshape(moved.shape), range(-len(axes), 0), axes)
    x, out = LAYOUTS[layout](X), np.full(X.shape, np.nan, np.float32)
    np.testing.assert_array_equal(forward(x, axis=axis), expected)
    forward(x, axis=axis, out=out)
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("shift", [-37, -1, 1, 37, 70])
def test_out_may_overlap_x(room, shift):
    memory = np.empty(X.size + abs(shift), np.float32)
    x, out = memory[max(0, -shift) :][: X.size], memory[max(0, shift) :][: X.size]
    x, out = x.reshape(X.shape), out.reshape(X.shape)
    x[...] = X
    forward(x, out=out)
    np.testing.assert_array_equal(out, forward(X))


@pytest.mark.parametrize("layout", ["contiguous", "columns", "spaced", "rows apart", "negative"])
@pytest.mark.parametrize("masked", [False, True])
def test_out_may_be_x(room, layout, masked):
    mask = RNG.random(X.shape) < 0.7 if masked else None
    x = LAYOUTS[layout](X.copy())
    forward(x, out=x, where=mask)
    np.testing.assert_array_equal(x, forward(X, where=mask))
    x = LAYOUTS[layout](X.copy())
    turned = x.transpose(0, 2, 1)
    np.testing.assert_array_equal(
        forward(turned, out=turned, axis=1), forward(X).transpose(0, 2, 1)
    )


def test_a_mask_may_lie_in_out():
    out = np.zeros((3, 5), np.float32)
    mask = out.view(np.bool_)[:, ::4]
    mask[:, 1:] = True
    visible = mask.copy()
    x = X[0, :3, :5]
    forward(x, out=out, where=mask)
    np.testing.assert_array_equal(out, forward(x, where=visible))


@pytest.mark.parametrize(
    ("given", "result"),
    [("f2", "f4"), ("f4", "f8"), ("f8", "f4"), ("f8", BFLOAT16), (BFLOAT16, "f2"), ("i4", "f4")],
)
def test_a_format_is_converted_by_block(room, given, result):
    x = (8 * X).astype(given)
    wide = np.float64 if np.dtype(given).kind == "i" or "f8" in (given, result) else np.float32
    expected = forward(x.astype(wide)).astype(np.dtype(result))
    if (given, result) == ("f8", BFLOAT16):
        expected = forward(x, dtype=BFLOAT16)
    for lay in (LAYOUTS["contiguous"], LAYOUTS["columns"]):
        np.testing.assert_array_equal(forward(lay(x), dtype=result), expected)


def test_the_gradient_of_a_shared_parameter_is_a_sum_of_sums():
    x, g = RNG.normal(size=(2, 20_000, 3))
    _, each = VARIANT.vjp(x, g, temperature=np.full(len(x), 0.7))
    _, shared = VARIANT.vjp(x, g, temperature=0.7)
    terms = each["temperature"]
    # Two orders of a sum of 20,000 terms differ by at most so many roundings of its parts.
    assert abs(shared["temperature"] - terms.sum()) <= 2.0**-52 * 20_000 * np.abs(terms).sum()
    for threads in (1, 3):
        with rs.set_num_threads(threads):
            assert VARIANT.vjp(x, g, temperature=0.7)[1] == shared


def test_slabs_cover_every_row_once():
    for batch in ((), (1,), (7,), (2, 3), (3, 1, 5), (2, 3, 4), (0,), (2, 0)):
        numbers = np.arange(int(np.prod(batch))).reshape(batch)
        for size in (1, 2, 5, 6, 100):
            seen = [
                (s.start, s.stop, numbers[s.place].ravel()) for s in _operands.slabs(batch, size)
            ]
            assert [n for _, _, part in seen for n in part] == list(range(numbers.size))
            for start, stop, part in seen:
                assert part.tolist() == list(range(start, stop))
                assert stop - start <= size


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("shape", [(16, 16), (17, 33), (5, 100), (9, 30), (64, 48)])
def test_a_transpose_is_copied_by_tiles(dtype, shape):
    m, n = shape
    numbers = np.arange(m * n).reshape(shape).astype(dtype)
    for across in (False, True):
        frame = np.full((n + 3, m + 5) if across else (m + 3, n + 5), -1, dtype)
        # Rows become columns, and columns rows.
        source, target = (
            (numbers, frame[:n, :m].T) if across else (numbers.T.copy().T, frame[:m, :n])
        )
        assert copied_across(source, target)
        np.testing.assert_array_equal(target, numbers)
        assert (frame == -1).sum() == frame.size - m * n
    assert not copied_across(numbers[:, ::2], frame[: n // 2 + n % 2, :m].T)
