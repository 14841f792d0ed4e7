"""Honest gradients stay within the bound of their arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import as_dtype, cast
from tests.helpers import exact, honest
from tests.helpers.machine import Machine
from tests.helpers.rows import PARAMETERS, columns, masks, rows

NATIVE = [("float64", "float64")]
NATIVE += [(name, "float32") for name in rounding.PRESETS if name.startswith("float32")]
NATIVE += [("float16-storage", "float16"), ("bfloat16-storage", "bfloat16")]
NATIVE += [("float16-eager", "float16"), ("bfloat16-eager", "bfloat16")]

pytestmark = [
    pytest.mark.skipif(not exact.EXTENDED, reason="long double is no longer than double"),
    # The machine's underflows and overflows are the point.
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]


def cotangents(x, dtype):
    rng = np.random.default_rng(5)
    for g in (rng.standard_normal(x.shape), np.ones(x.shape)):  # dx of the latter cancels
        yield cast(g, as_dtype(dtype)).astype(np.float64)


def ratios(name, preset, dtype, kind, x, signs=None):
    """Per output (dx and each parameter): the largest error over bound, and who had it."""
    arithmetic = rounding.PRESETS[preset]
    machine = Machine(arithmetic, signs)
    worst = {}
    for params in PARAMETERS[name]:
        given = columns(params, len(x))
        for where in masks(x):
            for g in cotangents(x, dtype):
                y, dx, gradients = exact.maps(name, x, g, where, given)
                y = y.astype(np.float64)
                bound = rs.variants[name].definition.vjp_bound
                limit, limits = bound(x, g, y, where, arithmetic, dtype, **given)
                pairs = {"dx": (dx, limit)}
                pairs |= {key: (gradients[key][:, 0], limits[key]) for key in gradients}
                for style in honest.styles(name, arithmetic):
                    got, slopes = honest.vjp(name, machine, x, g, where, given, style)
                    values = {"dx": got} | {key: value[:, 0] for key, value in slopes.items()}
                    for key, (truth, most) in pairs.items():
                        value = cast(machine.keep(values[key]), as_dtype(dtype))
                        error = np.abs(value.astype(exact.LONG) - truth)
                        assert not np.isnan(error).any(), (kind, params, style, key)
                        ratio = float(np.max(error / np.maximum(most, 1e-4900 * exact.LONG(1))))
                        if ratio >= worst.get(key, (0, None))[0]:
                            worst[key] = ratio, (kind, params, style)
    return worst


def worst(name, preset, dtype):
    found = {}
    for kind, x in rows(dtype).items():
        coarse = preset in ("float32-fast-exp", "float32-accurate")
        adverse = coarse and kind in ("short", "near", "wide")
        for signs in (None, _mixed) if adverse else (None,):
            for key, pair in ratios(name, preset, dtype, kind, x, signs).items():
                found[key] = max(found.get(key, (0.0, None)), pair, key=lambda it: it[0])
    return found


def _mixed(t):
    return np.where(np.sin(1e4 * t) > 0, 1.0, -1.0)


@pytest.mark.parametrize(("preset", "dtype"), NATIVE)
@pytest.mark.parametrize("name", rs.variants)
def test_honest_gradients_are_within_and_use_a_twentieth(name, preset, dtype):
    for key, (ratio, witness) in worst(name, preset, dtype).items():
        assert ratio <= 1, (key, witness)
        assert ratio >= 0.05, key


@pytest.mark.parametrize(("preset", "dtype"), [("float32-tree", "float64"), ("float64", "float32")])
@pytest.mark.parametrize("name", rs.variants)
def test_another_format_for_the_result_than_for_the_work(name, preset, dtype):
    for key, (ratio, witness) in worst(name, preset, dtype).items():
        assert ratio <= 1, (key, witness)


@pytest.mark.parametrize("name", rs.variants)
def test_gradients_from_a_rounded_y_are_convicted_where_y_is_declared_exact(name):
    """What bfloat16 storage allows, float32 does not: dx and every parameter gradient."""
    loose, declared = rounding.PRESETS["bfloat16-storage"], rounding.PRESETS["float32-fast-exp"]
    x = rows("float32")["middle"]
    g = next(cotangents(x, "float32"))
    where = np.ones(x.shape, dtype=bool)
    params = PARAMETERS[name][1 if name == "softmax_sink" else -1]
    given = columns(params, len(x))
    y, dx, gradients = exact.maps(name, x, g, where, given)
    limit, limits = rs.variants[name].definition.vjp_bound(
        x, g, y.astype(np.float64), where, declared, "float32", **given
    )
    got, slopes = honest.vjp(name, Machine(loose), x, g, where, given, "lse")
    if name == "symax":  # dx reads y through <g, y> alone
        got, slopes = honest.vjp(name, Machine(loose), x, g, where, given, "scale")
    assert np.any(np.abs(got - dx) > 2 * limit)
    for key, limit in limits.items():
        assert np.any(np.abs(slopes[key] - gradients[key])[:, 0] > 2 * limit), key
