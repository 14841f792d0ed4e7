"""Results and derivatives against what SymPy derives, on rows that are hard for arithmetic.

The bounds are those of docs/bounds.md, quanta of underflow included; of tangents, section 6.9.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import refsoft as rs
from proofs.numeric import mp
from refsoft import rounding
from refsoft.catalogue._tangents import jvp_bound
from tests.helpers.derived import IDS, SETTINGS, derived, parameter_gradient

ROWS = {
    "one score": [0.75],
    "ties": [1.5, 1.5, -2.0],
    "subnormal results in float32": [0.25, -95.0, -100.0],
    "subnormal results in float64": [0.25, -740.0, -744.5],
    "all equal and below 0": [-3.0, -3.0, -3.0],
    "nearly tied": [1.0, 1.0 + 2.0**-20, 0.5],
    "wide": [60.0, -60.0, 0.5],
    "low": [-30.0, -31.0, -29.5],
    "subnormal scores in float32": [2.0**-130, -(2.0**-131), 3 * 2.0**-127],
    "fifteen decades": [256.0, 2.0**-40, -1.0],
}
QUICK = list(ROWS)[:4]
WAYS = [("golden", "float64"), ("plain", "float64"), ("cpu", "float64"), ("cpu", "float32")]
ARITHMETIC = {"float64": "float64", "float32": "float32-tree"}
# By how much another tangent is off, of itself.
OFF = {"float64": 1e-6, "float32": 1e-2}
SYMMETRIC = [
    pytest.param(number, id=IDS[number])
    for number, (_, variant, _, _) in enumerate(SETTINGS)
    if not hasattr(variant.definition, "jvp_bound")
]
COTANGENT = [1.5, -0.75, 0.625]
over_settings = pytest.mark.parametrize(
    ("module", "variant", "parameters", "keywords"), SETTINGS, ids=IDS
)
over_rows = pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[] if k in QUICK else pytest.mark.slow) for k in ROWS]
)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@cache
def exact(number, kind):
    """The entries, dx and the parameters' gradients of a setting at a row."""
    module, _, parameters, keywords = SETTINGS[number]
    row = ROWS[kind]
    g, span = COTANGENT[: len(row)], range(len(row))
    entries, jacobian = derived(module, row, parameters)
    dx = [mp.fsum(mp.mpf(g[a]) * jacobian[a][b] for a in span) for b in span]
    slopes = {k: [parameter_gradient(module, row, g, parameters, k)] for k in keywords}
    return {"y": entries, "dx": dx, **slopes}


def found(variant, keywords, kind, dtype):
    """The same of an implementation, and its bounds."""
    x = np.array([ROWS[kind]], dtype)
    g = np.array([COTANGENT[: x.size]], dtype)
    y = variant(x, **keywords)
    dx, slopes = variant.vjp(x, g, **keywords)
    values = {"y": y[0], "dx": dx[0], **{k: np.atleast_1d(slopes[k]) for k in keywords}}
    return values, bounds_of(variant, keywords, x, g, dtype)


def given(variant, keywords, x, g, dtype):
    """What a bound asks for."""
    wide = rs.variants[variant.card.name].using("golden")(x, dtype="float64", **keywords)
    columns = {name: np.full((1, 1), value) for name, value in keywords.items()}
    arithmetic, where = rounding.PRESETS[ARITHMETIC[dtype]], np.ones(x.shape, bool)
    rows, form = (x.astype(np.float64), g.astype(np.float64), wide), np.dtype(dtype)
    return rows, where, arithmetic, form, columns


def bounds_of(variant, keywords, x, g, dtype):
    """Of the result, and of the gradients of a cotangent."""
    rows, where, arithmetic, form, columns = given(variant, keywords, x, g, dtype)
    own = variant.definition.bound(rows[0], rows[2], where, arithmetic, form, **columns)
    pulled, limits = variant.definition.vjp_bound(*rows, where, arithmetic, form, **columns)
    return {"y": own[0], "dx": pulled[0], **{k: limits[k].ravel() for k in keywords}}


def excess(values, truth, bounds):
    """The largest error over its bound, by output; what is exact needs none."""
    over = {}
    for name, value in values.items():
        error = [float(abs(mp.mpf(float(a)) - b)) for a, b in zip(value, truth[name], strict=True)]
        limit = np.broadcast_to(bounds[name], len(error))
        over[name] = max(
            0.0 if e == 0 else e / max(b, 2.0**-1074) for e, b in zip(error, limit, strict=True)
        )
    return over


@over_rows
@pytest.mark.parametrize(("backend", "dtype"), WAYS)
@over_settings
def test_results_and_gradients_are_the_derived_ones(
    module, variant, parameters, keywords, backend, dtype, kind
):
    number = SETTINGS.index((module, variant, parameters, keywords))
    values, bounds = found(variant.using(backend), keywords, kind, dtype)
    over = excess(values, exact(number, kind), bounds)
    assert set(over) == {"y", "dx", *keywords}
    assert max(over.values()) <= 1, over


def tangent_and_bound(number, kind, backend, dtype):
    """The tangent of a setting at a row, the derived one, and the bound."""
    module, variant, parameters, keywords = SETTINGS[number]
    x = np.array([ROWS[kind]], dtype)
    v = np.array([COTANGENT[: x.size]], dtype)
    jacobian, span = derived(module, ROWS[kind], parameters)[1], range(x.size)
    truth = [mp.fsum(jacobian[a][b] * mp.mpf(float(v[0, b])) for b in span) for a in span]
    found = variant.using(backend).jvp(x, v, **keywords)
    rows, where, arithmetic, form, columns = given(variant, keywords, x, v, dtype)
    bound = jvp_bound(variant.definition, *rows, where, arithmetic, form, **columns)
    return found[0], truth, bound[0]


@over_rows
@pytest.mark.parametrize(("backend", "dtype"), WAYS)
@over_settings
def test_tangents_are_the_derived_ones(module, variant, parameters, keywords, backend, dtype, kind):
    number = SETTINGS.index((module, variant, parameters, keywords))
    found, truth, bound = tangent_and_bound(number, kind, backend, dtype)
    assert excess({"t": found}, {"t": truth}, {"t": bound})["t"] <= 1


@pytest.mark.parametrize("dtype", ARITHMETIC)
@over_settings
def test_the_bounds_convict_another_tangent(module, variant, parameters, keywords, dtype):
    number = SETTINGS.index((module, variant, parameters, keywords))
    found, truth, bound = tangent_and_bound(number, "ties", "cpu", dtype)
    for off in (1 + OFF[dtype], 0.0, -1.0):
        assert excess({"t": found * off}, {"t": truth}, {"t": bound})["t"] > 1, off


@pytest.mark.parametrize("number", SYMMETRIC)
def test_where_the_bound_is_the_gradients_the_jacobian_is_symmetric(number):
    module, _, parameters, _ = SETTINGS[number]
    for row in ROWS.values():
        jacobian, span = derived(module, row, parameters)[1], range(len(row))
        apart = [abs(jacobian[a][b] - jacobian[b][a]) for a in span for b in span]
        assert max(apart) < mp.mpf(10) ** -80


@over_settings
def test_the_bounds_convict_those_of_something_else(module, variant, parameters, keywords):
    number = SETTINGS.index((module, variant, parameters, keywords))
    values, bounds = found(variant.using("golden"), keywords, "ties", "float64")
    for name, value in values.items():
        over = excess({**values, name: value * (1 + 1e-6)}, exact(number, "ties"), bounds)
        assert over[name] > 1, name


def test_four_quanta_convict_a_subnormal_result():
    number, kind = 0, "subnormal results in float64"
    _, variant, _, keywords = SETTINGS[number]
    values, bounds = found(variant.using("golden"), keywords, kind, "float64")
    subnormal = (values["y"] > 0) & (values["y"] < 2.0**-1022)
    assert subnormal.sum() == 2
    moved = np.where(subnormal, values["y"] + 2.0**-1072, values["y"])
    assert excess({"y": moved}, exact(number, kind), bounds)["y"] > 1
