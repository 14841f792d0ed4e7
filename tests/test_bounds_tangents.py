"""Honest tangents stay within the bound of their arithmetic; docs/bounds.md, section 6.9."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import as_dtype, cast
from refsoft.catalogue._tangents import jvp_bound
from tests.helpers import exact, honest, tangents
from tests.helpers.machine import Machine
from tests.helpers.rows import PARAMETERS, columns, masks, rows
from tests.test_bounds_gradients import NATIVE, cotangents

pytestmark = [
    pytest.mark.skipif(not exact.EXTENDED, reason="long double is no longer than double"),
    # The machine's underflows and overflows are the point.
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]


def worst(name, preset, dtype):
    """The largest error over its bound, and what had it."""
    found = 0.0, None
    for kind, x in rows(dtype).items():
        for params in PARAMETERS[name]:
            given = columns(params, len(x))
            for where in masks(x):
                for v in cotangents(x, dtype):
                    case = name, preset, dtype, x, v, where, given
                    for ratio, witness in ratios(*case):
                        found = max(found, (ratio, (kind, params, *witness)), key=lambda it: it[0])
    return found


def ratios(name, preset, dtype, x, v, where, given):
    arithmetic = rounding.PRESETS[preset]
    machine, variant = Machine(arithmetic), rs.variants[name]
    y = exact.maps(name, x, v, where, given)[0].astype(np.float64)
    truth = tangents.truth(name, x, v, where, given)
    limit = jvp_bound(variant.definition, x, v, y, where, arithmetic, dtype, **given)
    for style in honest.styles(name, arithmetic):
        for order in tangents.ORDERS:
            value = tangents.jvp(name, machine, x, v, where, given, style, order)
            value = cast(machine.keep(value), as_dtype(dtype))
            error = np.abs(value.astype(exact.LONG) - truth)
            assert not np.isnan(error).any(), (name, style, order)
            yield float(np.max(error / np.maximum(limit, 1e-4900 * exact.LONG(1)))), (style, order)


@pytest.mark.parametrize(("preset", "dtype"), NATIVE)
@pytest.mark.parametrize("name", tangents.NAMES)
def test_honest_tangents_are_within_and_use_a_twentieth(name, preset, dtype):
    ratio, witness = worst(name, preset, dtype)
    assert ratio <= 1, witness
    assert ratio >= 0.05, witness


@pytest.mark.parametrize(("preset", "dtype"), [("float32-tree", "float64"), ("float64", "float32")])
@pytest.mark.parametrize("name", tangents.NAMES)
def test_another_format_for_the_result_than_for_the_work(name, preset, dtype):
    ratio, witness = worst(name, preset, dtype)
    assert ratio <= 1, witness


@pytest.mark.parametrize("name", tangents.NAMES)
def test_the_tangent_of_a_rounded_y_is_convicted_where_y_is_declared_exact(name):
    x = rows("float32")["middle"]
    v, where = next(cotangents(x, "float32")), np.ones(x.shape, bool)
    given = columns(PARAMETERS[name][-1], len(x))
    y = exact.maps(name, x, v, where, given)[0].astype(np.float64)
    truth = tangents.truth(name, x, v, where, given)
    declared = rounding.PRESETS["float32-fast-exp"]
    limit = jvp_bound(rs.variants[name].definition, x, v, y, where, declared, "float32", **given)
    machine = Machine(rounding.PRESETS["bfloat16-storage"])
    found = tangents.jvp(name, machine, x, v, where, given, "lse", "after")
    assert np.any(np.abs(found - truth) > 2 * limit)


@pytest.mark.parametrize("name", tangents.NAMES)
def test_the_exact_tangent_is_a_difference_of_the_exact_map(name):
    """The twin of the tests: what they compare with is J v, and Jᵀ v is not."""
    rng, where = np.random.default_rng(8), np.ones((4, 6), bool)
    x, v = rng.standard_normal((2, 4, 6))
    given, step = columns(PARAMETERS[name][-1], 4), exact.LONG(2) ** -21
    up, down = (
        exact.maps(name, x + s * step * v.astype(exact.LONG), v, where, given)[0] for s in (1, -1)
    )
    slope, truth = (up - down) / (2 * step), tangents.truth(name, x, v, where, given)
    assert np.max(np.abs(slope - truth)) < 1e-9
    assert np.max(np.abs(slope - exact.maps(name, x, v, where, given)[1])) > 1e-3
