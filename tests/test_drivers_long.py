"""Rows too long for buffers are read by block, and give what shorter buffers give."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import DTYPES
from refsoft.drivers import shaped
from tests.test_drivers_twins import PARAMETERS

RNG = np.random.default_rng(9)
# Two blocks and a part, and visible entries that end in a block of their own.
X, G = RNG.normal(size=(2, 3, 2500)) * [[[3]], [[1]]]
MASK = RNG.random(X.shape) < 0.6
MASK[1] = False


CASES = [("log_softmax", "bfloat16", True), ("self_adjust_normalized", "float32", False)]
ALL = [(name, d, m) for name in rs.variants for d in ("bfloat16", "float32") for m in (False, True)]
MORE = [pytest.param(*case, marks=pytest.mark.slow) for case in ALL if case not in CASES]


def given(variant):
    names = [parameter.name for parameter in variant.card.parameters]
    return dict(zip(names, PARAMETERS.get(variant.__name__, ()), strict=True))


def results(variant, x, g, mask):
    """The result, the log-sum-exp if there is one, the gradients and the tangent, as float64."""
    params, lse = given(variant), variant.card.lse is not None
    y = variant(x, where=mask, return_lse=lse, **params)
    dx, slopes = variant.vjp(x, g, where=mask, **params)
    moves = {name: 0.5 + k for k, name in enumerate(params)}
    t = variant.jvp(x, g, dparams=moves, where=mask, **params)
    found = [*(y if lse else [y]), dx, t, *slopes.values()]
    return [np.asarray(values, np.float64) for values in found]


@pytest.mark.parametrize(("name", "dtype", "masked"), [*CASES, *MORE])
def test_blocks_and_buffers_agree(name, dtype, masked, monkeypatch):
    variant = rs.variants[name]
    x, g = X.astype(DTYPES[dtype]), G.astype(DTYPES[dtype])
    if dtype == "float32":
        x, g = np.asfortranarray(x), np.asfortranarray(g)
    mask = MASK if masked else None
    whole = results(variant, x, g, mask)
    monkeypatch.setattr(shaped, "LONG", 100)
    streamed = results(variant, x, g, mask)
    # Weights of a few float32 roundings, and a last one to the format. A gradient is a
    # difference of terms of the size of the largest of its row, at most.
    last = rounding.PRESETS["float32-tree"].u if dtype == "float32" else 2.0**-8
    for a, b in zip(whole, streamed, strict=True):
        finite = np.isfinite(a)
        np.testing.assert_array_equal(b[~finite], a[~finite])
        scale = np.abs(a[finite]) + 2.0**-12 * np.max(np.abs(a[finite]), initial=0.0)
        assert np.all(np.abs(b[finite] - a[finite]) <= 8 * last * scale)
    if masked:
        np.testing.assert_array_equal(streamed[0][~mask], variant.card.rulings.masked)
