"""The CUDA kernels in Numba's simulator, on small rows, against extended precision.

Results and gradients are held to the proven bounds of our arithmetic on a GPU; the simulator
computes some of it in float64, which errs less.
"""

from __future__ import annotations

import importlib.util
import math

import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import DTYPES
from refsoft.drivers import plain
from tests.helpers import exact
from tests.helpers.simulated import simulate
from tests.test_drivers_specials import FORWARD, LSE, VJP, agree

PARAMETERS = {
    "softmax": {"temperature": 0.7},
    "log_softmax": {"temperature": 1.9},
    "softmax_n": {"n": 2.5},
    "softmax_sink": {"sink": -1.25},
    "symax": {"eta": 0.5, "p": 1.5},
    "ssmax": {"s": 0.43, "b": 0.25},
}
WIDTHS = {"float64": 2, "float32": 4, "float16": 8, "bfloat16": 8}
ARITHMETIC = {dtype: rounding.own(dtype, "cuda") for dtype in WIDTHS}
# Threads of a row, vectors of a thread, entries of a vector, rows of a block; blocks of a row
# (0: held in registers), tiles of a block, tasks from a stage to the next, blocks in all.
HELD = (4, 1, 4, 2, 0, 1, 0, 1)
TWO_VECTORS = (2, 2, 4, 1, 0, 1, 0, 2)
SINGLE = (4, 5, 1, 1, 0, 1, 0, 2)
ONE_BLOCK = (2, 1, 4, 1, 1, 3, 0, 2)
SEVERAL_BLOCKS = (1, 1, 4, 1, 3, 2, 2, 5)

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(
        importlib.util.find_spec("numba_cuda") is None, reason="numba-cuda is not installed"
    ),
]


def call(name, operation, plan, n, *, dtype="float32", masked=False, rows=2):
    rng = np.random.default_rng(n)
    x, g = rng.standard_normal((2, rows, n)) * [[[3]], [[1]]]
    params = np.array([list(PARAMETERS.get(name, {}).values())] * rows)
    params[1:] *= 1.25  # a parameter for each row
    made = {"name": name, "operation": operation, "plan": plan, "params": params}
    made |= {"x": x.astype(DTYPES[dtype]), "g": g.astype(DTYPES[dtype])}
    if masked:
        made["where"] = rng.random(x.shape) < 0.7
    if operation == "jvp":
        made["moves"] = 0.5 + np.arange(params.size).reshape(params.shape)
    return made


def every_call():
    for name in rs.variants:
        for operation in ("forward", "vjp", "jvp"):
            yield call(name, operation, HELD, 13, rows=3)
            yield call(name, operation, ONE_BLOCK, 17, masked=True)
            yield call(name, operation, SEVERAL_BLOCKS, 19, masked=name == "ssmax")
    for n in (1, 2, 3, 4, 5, 7, 8, 9, 13, 16):
        plan = TWO_VECTORS if n < 14 or n % 4 == 0 else SINGLE
        yield call("softmax_one", "vjp", plan, n)
        yield call("self_adjust_normalized", "jvp", SINGLE, n, masked=n > 4)
    for dtype, width in WIDTHS.items():
        plan = (2, 1, width, 1, 2, 2, 1, 3)
        for name in ("softmax", "symax"):
            yield call(name, "forward", plan, 11, dtype=dtype)
            yield call(name, "vjp", (8, 1, width, 1, 0, 1, 0, 1), 13, dtype=dtype, masked=True)


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return simulate(list(every_call()), tmp_path_factory.mktemp("simulated"))


def excess(made):
    """The largest error over its bound."""
    name, dtype = made["name"], made["x"].dtype
    x, g = made["x"].astype(np.float64), made["g"].astype(np.float64)
    where = made.get("where", np.ones(x.shape, bool))
    keys = PARAMETERS.get(name, {})
    columns = {key: made["params"][:, [k]] for k, key in enumerate(keys)}
    y, dx, slopes = exact.maps(name, x, g, where, columns)
    definition, arithmetic = rs.variants[name].definition, ARITHMETIC[dtype.name]
    found = made["y"].astype(np.float64)
    y64 = y.astype(np.float64)
    if made["operation"] == "forward":
        bound = definition.bound(x, y64, where, arithmetic, dtype, **columns)
        return _worst(found, y, bound, where)
    if made["operation"] == "vjp":
        bound, limits = definition.vjp_bound(x, g, y64, where, arithmetic, dtype, **columns)
        worst = [_worst(found, dx, bound, where)]
        for k, key in enumerate(keys if "gradients" in made else ()):
            gradient = made["gradients"][:, [k]]
            worst.append(_worst(gradient, slopes[key], np.reshape(limits[key], (-1, 1)), True))
        return max(worst)
    # The tangent errs by less than 32 u of sum |J||v|, and of the parameters' part.
    variant = rs.variants[name].using("golden")
    given = {"where": where, **{key: columns[key][:, 0] for key in keys}}
    moves = {key: made["moves"][:, k] for k, key in enumerate(keys)}
    truth = variant.jvp(x, g, dparams=moves, **given)
    jacobian = np.abs(variant.jacobian(x, **given))
    size = (jacobian @ np.abs(g)[..., None]).max(1) + np.abs(truth).max(1, keepdims=True)
    if name == "self_adjust_normalized":
        # Of the parts of J that move with the ends, each up to 1/D, much cancels.
        ends = np.where(where, x, 0)
        width = np.maximum(ends.max(1), 0) - np.minimum(ends.min(1), 0)
        size += (np.abs(g).max(1) / np.where(width > 0, width, 1))[:, None]
    return _worst(found, truth, 32 * 2.0**-24 * np.maximum(size, 0.05), where)


def _worst(found, truth, bound, where):
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(where, np.abs(found - truth.astype(np.longdouble)), 0)
        return float(np.max(np.where(error == 0, 0, error / bound), initial=0))


def label(made):
    return f"{made['name']} {made['operation']} {made['plan']} {made['x'].shape} {made['x'].dtype}"


def test_every_kernel_is_within_its_bound(calls):
    assert len(calls) == 9 * 3 * 3 + 20 + 16
    errors = {label(made): excess(made) for made in calls}
    assert all(error <= 1 for error in errors.values()), {
        key: error for key, error in errors.items() if not error <= 1
    }


def test_hidden_entries_give_nothing(calls):
    masked = [made for made in calls if "where" in made]
    assert len(masked) > 30
    for made in masked:
        hidden = made["y"].astype(np.float64)[~made["where"]]
        log = made["name"] == "log_softmax" and made["operation"] == "forward"
        assert (hidden == (-np.inf if log else 0)).all(), label(made)


@pytest.mark.parametrize("operation", ["forward", "vjp", "jvp"])
def test_the_truth_of_other_scores_is_rejected(calls, operation):
    for made in calls:
        if made["operation"] == operation and made["x"].shape[1] > 5 and operation != "jvp":
            moved = made["x"].astype(np.float64)
            moved[:, :2] += 0.05
            assert excess(made | {"x": moved.astype(made["x"].dtype)}) > 1, label(made)
        elif made["operation"] == operation and made["x"].shape[1] > 5:
            assert excess(made | {"g": made["g"] * made["g"].dtype.type(1.01)}) > 1, label(made)


def special(table, operation):
    for (recipe, params), x, *rest in table:
        name = next(name for name, v in rs.variants.items() if v.definition.RECIPE is recipe)
        made = {"name": name, "operation": operation, "plan": HELD, "params": np.array([params])}
        made["x"] = np.array([x], np.float32)
        if operation == "vjp":
            made["g"] = np.array([rest[0]], np.float32)
        yield made


# Beyond the range of float32 the kernels take the nearest number that is in it.
NARROW = {1e-300, 1e300, 1e308, 1e30}
# And g times a logarithm beside one leaves that range.
HUGE = 2.0**127
# In the simulator the primitives are those of float64: its smallest number, and exp(500).
OF_FLOAT64 = [("symax", (0.0, 1.0), [0, 0]), ("softmax_n", (0.0,), [-1000, -math.inf])]


def test_infinite_extreme_and_missing_scores(tmp_path):
    tables = [(FORWARD, "forward"), (LSE, "forward"), (VJP, "vjp")]
    rows = [
        (case, made)
        for table, o in tables
        for case, made in zip(table, special(table, o), strict=True)
    ]
    rows = [(case, made) for case, made in rows if not NARROW & set(case[0][1])]
    rows = [(case, made) for case, made in rows if HUGE not in made.get("g", np.zeros(1))]
    rows = [
        (case, made) for case, made in rows if (made["name"], case[0][1], case[1]) not in OF_FLOAT64
    ]
    simulate([made for _, made in rows], tmp_path)
    failed = []
    for case, made in rows:
        expected = [(made["y"][0], case[2])]
        if made["operation"] == "vjp":
            expected = [(made["y"][0], case[3]), (made["gradients"][0].astype(np.float32), case[4])]
        elif np.ndim(case[2]) == 0:
            expected = [(made["lse"][0], case[2])]
        for found, wanted in expected:
            try:
                agree(found, wanted, np.float32)
            except AssertionError:
                failed.append((made["name"], case, found))
    assert not failed


def test_tiles_of_nothing_and_of_minus_infinity(tmp_path):
    inf, nan = np.inf, np.nan
    x = np.random.default_rng(0).standard_normal((9, 24)).astype(np.float32)
    x[0, :8] = -inf  # two tiles
    x[1, 4:] = -inf
    x[2] = -inf
    x[3, 7] = nan
    x[4, [0, 20]] = nan, inf
    x[5, 5] = inf
    x[6, 3] = x[6, 17] = -3e38
    x[7, 3] = x[7, 17] = 3e38
    x[8] = 0
    where = np.random.default_rng(1).random(x.shape) < 0.6
    where[0, 8:16], where[2], where[3, 7], where[4, :4] = False, False, False, False
    made = []
    for name in rs.variants:
        params = np.array([list(PARAMETERS.get(name, {}).values())] * len(x))
        cases = [params] + ([params * [0, 0], params * [-1, -1]] if name == "ssmax" else [])
        for values in cases:
            for mask in ({}, {"where": where}):
                one = {"name": name, "plan": SEVERAL_BLOCKS, "params": values, "x": x} | mask
                made += [one | {"operation": "forward"}]
                if name in ("softmax", "symax", "self_adjust_normalized") and not mask:
                    made += [one | {"operation": "vjp", "g": np.ones_like(x)}]
    for one in simulate(made, tmp_path):
        recipe, mask = rs.variants[one["name"]].definition.RECIPE, one.get("where")
        # The plain driver is held to a handwritten table; 64 u covers both.
        if one["operation"] == "forward":
            y, lse = plain.forward(recipe, x, mask, one["params"], True)
            with np.errstate(over="ignore"):
                pairs = [(one["y"], y), (one["lse"], lse.astype(np.float32))]
        else:
            dx, gradients = plain.vjp(recipe, x, one["g"], mask, one["params"])
            same = [
                np.isnan(a) == np.isnan(b)
                for a, b in ((one["y"], dx), (one["gradients"], gradients))
            ]
            assert all(part.all() for part in same), label(one)
            continue
        for found, expected in pairs:
            np.testing.assert_allclose(
                found, expected, rtol=2.0**-18, atol=1e-38, err_msg=label(one)
            )
