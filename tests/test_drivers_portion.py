"""Results that are products with a part of the normaliser, from scores of every size."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import refsoft as rs
from proofs.rounding_parts import u
from proofs.rounding_split import PRODUCT
from refsoft import rounding
from refsoft._dtypes import as_dtype, cast
from refsoft.catalogue import _primitives as primitives
from refsoft.drivers import _portion, simd  # noqa: F401, the latter registers the primitives
from tests.helpers import reach

LARGEST = {"float32": 127, "float64": 1023, "bfloat16": 127, "float16": 15}
SMALLEST = {"float32": -149, "float64": -1074, "bfloat16": -133, "float16": -24}
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def rows(dtype, n):
    """Around 0, about a number of that size, of two sizes, and 20 about one."""
    rng, top, low = np.random.default_rng(n), LARGEST[dtype], SMALLEST[dtype]
    edges = (top, top - 1, top // 2, 28, 27, 26, 12, 4, 0, -8, low // 2, low + 24, low + 1, low)
    for exponent in (e for e in edges if e <= top):
        size, x = 2.0 ** (exponent - 1), rng.standard_normal((6, n))
        small = np.abs(x) * 2.0**-8
        for kind in (
            x * size / 4,
            size / 2 * (1 - small),
            -size / 2 * (1 + small),
            np.where(rng.random(x.shape) < 0.5, x, x * size / 4),
            size / 2 + 20 * x,
            20 * x - size / 2,
        ):
            yield cast(kind, as_dtype(dtype))


@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize("name", ["self_adjust", "self_adjust_normalized", "log_softmax"])
def test_scores_of_every_size_keep_to_the_bound(name, dtype):
    variant, used = rs.variants[name], 0.0
    for n in (1, 2, 17):
        for x in rows(dtype, n):
            used = max(used, reach.forward(variant, x, {})[1])
    assert 0.2 < used <= 1


@pytest.mark.parametrize("dtype", LARGEST)
@pytest.mark.parametrize("name", ["softmax", "ssmax", "log_softmax"])
def test_the_part_of_an_only_entry_is_1(name, dtype):
    x = cast(np.random.default_rng(0).uniform(-3, 3, (2000, 1)), as_dtype(dtype))
    whole = 0.0 if name == "log_softmax" else 1.0
    assert np.all(rs.variants[name](x) == whole)


@njit(error_model="numpy")
def _portion_of(w, z, a):
    return primitives.portion(w, z, a)


def test_a_score_beyond_near_would_overflow_in_float32():
    w, z, near = np.float32(2.0**100), (2.0**100, 0.0), np.float32(_portion.NEAR)
    assert _portion_of(w, z, near) == near
    assert not np.isfinite(_portion_of(w, z, 4 * near))
    assert _portion_of(np.float64(w), z, np.float64(4 * near)) == 4 * near


def test_what_the_product_has_lost_is_in_the_result():
    rng = np.random.default_rng(0)
    w, a, z = (rng.uniform(1, 2, 2000).astype(np.float32) for _ in range(3))
    exact = w.astype(np.float64) * a / z
    found = np.array([_portion_of(w[k], (float(z[k]), 0.0), a[k]) for k in range(len(z))])
    unit = 2.0**-24 * np.exp2(np.frexp(exact)[1])
    assert np.max(np.abs(found - exact) / unit) <= 0.5 + 2.0**-19
    assert np.max(np.abs(w * a / z - exact) / unit) > 0.75  # the same, rounded each time


def test_the_bound_charges_the_proved_error_of_such_a_product():
    assert rounding.own("float32").inverse == PRODUCT.subs(u, 2.0**-24)
