"""Honest results stay within the bound of their arithmetic, and use a tenth of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import as_dtype, cast
from tests.helpers import exact, honest
from tests.helpers.machine import Machine
from tests.helpers.rows import PARAMETERS, columns, masks, rows

SIGNS = {
    "library": None,
    "up at the top": lambda t: np.where(t > -0.05, 1.0, -1.0),
    "down at the top": lambda t: np.where(t > -0.05, -1.0, 1.0),
    "mixed": lambda t: np.where(np.sin(1e4 * t) > 0, 1.0, -1.0),
}
NATIVE = [("float64", "float64")]
NATIVE += [(name, "float32") for name in rounding.PRESETS if name.startswith("float32")]
NATIVE += [("float16-storage", "float16"), ("bfloat16-storage", "bfloat16")]
NATIVE += [("float16-eager", "float16"), ("bfloat16-eager", "bfloat16")]
CROSSED = [("float32-tree", "float64"), ("float32-scale-first", "float64"), ("float64", "float32")]
CROSSED += [("float32-fast-exp", "float16"), ("float64", "bfloat16")]

pytestmark = [
    pytest.mark.skipif(not exact.EXTENDED, reason="long double is no longer than double"),
    # The machine's underflows and overflows are the point.
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]


def excess(name, preset, dtype, kind, x, signs=None):
    """The largest error over bound, over parameters, masks and styles; and who had it."""
    arithmetic = rounding.PRESETS[preset]
    machine = Machine(arithmetic, signs)
    worst = (0.0, None)
    for params in PARAMETERS[name]:
        given = columns(params, len(x))
        for where in masks(x):
            truth, _, _ = exact.maps(name, x, x, where, given)
            bound = rs.variants[name].definition.bound(
                x, truth.astype(np.float64), where, arithmetic, dtype, **given
            )
            for style in honest.styles(name, arithmetic):
                y = honest.forward(name, machine, x, where, given, style)
                y = cast(machine.keep(y), as_dtype(dtype)).astype(exact.LONG)
                # Both -inf at masked entries of log_softmax.
                error = np.where(y == truth, 0, np.abs(y - truth))
                assert not np.isnan(error).any(), (kind, params, style)
                ratio = np.max(error / np.maximum(bound, 1e-4900 * exact.LONG(1)))
                worst = max(worst, (float(ratio), (kind, params, style)), key=lambda pair: pair[0])
    return worst


def searched(preset, dtype, long=False):
    """Rows, each with the signs of the library's errors; the worst signs where they show."""
    for kind, x in rows(dtype, long).items():
        adverse = preset.startswith("float32") and kind in ("one", "short", "near", "wide")
        for sign in SIGNS if adverse else ("library",):
            yield (kind, sign), x, SIGNS[sign]


@pytest.mark.parametrize(("preset", "dtype"), NATIVE)
@pytest.mark.parametrize("name", rs.variants)
def test_honest_results_are_within_and_use_a_tenth(name, preset, dtype):
    found = [excess(name, preset, dtype, *case) for case in searched(preset, dtype)]
    ratio, witness = max(found, key=lambda pair: pair[0])
    assert ratio <= 1, witness
    assert ratio >= 0.1


@pytest.mark.parametrize(("preset", "dtype"), CROSSED)
@pytest.mark.parametrize("name", rs.variants)
def test_another_format_for_the_result_than_for_the_work(name, preset, dtype):
    for kind, x in rows(dtype).items():
        ratio, witness = excess(name, preset, dtype, kind, x)
        assert ratio <= 1, witness


@pytest.mark.parametrize(("preset", "dtype"), NATIVE[1:5] + NATIVE[6:8])
@pytest.mark.parametrize("name", ["softmax_one", "log_softmax", "symax"])
def test_long_rows(name, preset, dtype):
    for kind in ("long", "long drift"):
        ratio, witness = excess(name, preset, dtype, kind, rows(dtype, long=True)[kind])
        assert ratio <= 1, witness


TWINS = {
    "sums in float16 under float32": (
        "softmax_one",
        "float32-fast-exp",
        "float16-storage",
        "drift",
    ),
    "sequential under tree": ("softmax", "float32-tree", "float32-sequential", "drift"),
    "a sum in float32 under sums in float64": (
        "softmax_one",
        "float32-accurate",
        "float32-sequential",
        "drift",
    ),
    "a rounded distance under an accurate one": (
        "softmax",
        "float32-accurate",
        "float32-tree",
        "wide",
    ),
    "scaled first under shifted first": (
        "softmax",
        "float32-sequential",
        "float32-scale-first",
        "offset",
    ),
    "float32 under float64": ("ssmax", "float64", "float32-tree", "wide"),
    "bfloat16 throughout under bfloat16 storage": (
        "self_adjust",
        "bfloat16-storage",
        "bfloat16-eager",
        "middle",
    ),
}


@pytest.mark.parametrize("twin", TWINS)
def test_a_looser_arithmetic_than_declared_is_convicted(twin):
    name, declared, computed, kind = TWINS[twin]
    looser = rounding.PRESETS[computed]
    if "float16" in twin.split(" under")[0]:
        looser = replace(looser, format="float16", exp=(1.0, 0.0))
    dtype = "bfloat16" if "bfloat16" in declared else "float32"
    machine = Machine(looser)
    x = rows(dtype)[kind]
    convicted = []
    for params in PARAMETERS[name]:
        given, where = columns(params, len(x)), np.ones(x.shape, dtype=bool)
        truth = exact.maps(name, x, x, where, given)[0]
        bound = rs.variants[name].definition.bound(
            x, truth.astype(np.float64), where, rounding.PRESETS[declared], dtype, **given
        )
        y = honest.forward(name, machine, x, where, given, honest.styles(name, looser)[-2:][0])
        convicted.append(np.any(np.abs(y - truth) > 2 * bound))
    assert any(convicted)


@pytest.mark.parametrize("preset", ["float32-scale-first", "bfloat16-storage", "bfloat16-eager"])
def test_a_softmax_without_the_one_is_convicted(preset):
    dtype = "float32" if preset.startswith("float32") else "bfloat16"
    x = rows(dtype)["middle"][:, :5]
    where = np.ones(x.shape, dtype=bool)
    truth = exact.maps("softmax_one", x, x, where, {})[0].astype(np.float64)
    bound = rs.softmax_one.definition.bound(x, truth, where, rounding.PRESETS[preset], dtype)
    wrong = exact.softmax(x.astype(exact.LONG), where)[0]
    assert np.any(np.abs(wrong - truth) > 2 * bound)
