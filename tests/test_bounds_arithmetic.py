"""Presets, sums and the edges of the bounds; and the truth that they are tested against."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import refsoft as rs
from refsoft import rounding
from tests.helpers import exact
from tests.helpers.rows import PARAMETERS, columns, rows

DTYPES = ("float64", "float32", "float16", "bfloat16")


def pairwise_height(n):
    """Additions on the longest path of NumPy's pairwise sum of n terms."""
    if n < 8:
        return max(n - 1, 0)
    if n <= 128:
        return (n // 8 - 1) + 3 + n % 8
    half = n // 2 - (n // 2) % 8
    return 1 + max(pairwise_height(half), pairwise_height(n - half))


def test_tree_covers_numpys_pairwise_sum():
    tree = rounding.PRESETS["float32-tree"]
    for n in [*range(1, 1500), 4095, 100_000, 100_007, 10**6 - 1]:
        assert pairwise_height(n) <= tree.height(np.float64(n), n)


def test_tree_is_below_sequential_and_counts_what_is_not_zero():
    tree, sequential = rounding.PRESETS["float32-tree"], rounding.PRESETS["float32-sequential"]
    assert tree.height(np.float64(1024), 1024) == 28
    assert sequential.height(np.float64(1024), 1024) == 1023
    assert tree.height(np.float64(3), 1024) == 2


def test_presets_of_a_dtype():
    names = {dtype: [p.name for p in rounding.presets(dtype)] for dtype in DTYPES}
    common = ["float64", "float32-accurate", "float32-tree", "float32-sequential"]
    common += ["float32-scale-first", "float32-fast-exp"]
    assert names["float64"] == names["float32"] == common
    assert names["float16"] == [*common, "float16-storage", "float16-eager"]
    assert names["bfloat16"] == [*common, "bfloat16-storage", "bfloat16-eager"]
    assert all(rounding.default(dtype) in rounding.presets(dtype) for dtype in DTYPES)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", rs.variants)
def test_each_preset_allows_what_the_one_before_allows(name, dtype):
    # Below 2^26 over the temperature: as far as it is so.
    far = 2.0**24 - 2 * np.arange(10.0) * [[1], [0]]
    found = rows(dtype) | ({"far": far} if dtype in ("float32", "float64") else {})
    for x in found.values():
        given, where = columns(PARAMETERS[name][-1], len(x)), np.ones(x.shape, dtype=bool)
        g = np.cos(np.arange(x.size)).reshape(x.shape)
        y = exact.maps(name, x, g, where, given)[0].astype(np.float64)
        last, last_dx, last_slopes = np.zeros(x.shape), np.zeros(x.shape), {}
        module = rs.variants[name].definition
        for preset in rounding.presets(dtype):
            bound = module.bound(x, y, where, preset, dtype, **given)
            dx, slopes = module.vjp_bound(x, g, y, where, preset, dtype, **given)
            # Up to the rounding of the bounds themselves.
            assert np.all(bound * (1 + 1e-12) >= last)
            assert np.all(dx * (1 + 1e-12) >= last_dx)
            for key, slope in last_slopes.items():
                assert np.all(slopes[key] * (1 + 1e-12) >= slope)
            last, last_dx = bound, dx
            # float64 may measure the scores of a moment from 0.
            last_slopes = {} if preset.name == "float64" else slopes


@pytest.mark.parametrize(
    ("value", "format_", "error"),
    [
        (1.0, "float32", 0.0),
        (0.1, "float32", 0.1 * 2.0**-24),
        (0.1, "float64", 0.0),
        (257.0, "bfloat16", 257.0 / 256),
        (256.0, "bfloat16", 0.0),
        (-np.inf, "float32", 0.0),
        (1e-5, "float16", 2.0**-25),
        (2.0**-26, "float16", 2.0**-26),
    ],
)
def test_a_parameter_costs_its_rounding(value, format_, error):
    arithmetic = rounding.Arithmetic("any", format_)
    assert arithmetic.parameter_error(np.array([[value]])) == error


def test_a_parameter_that_may_be_read_as_0_has_no_bound():
    tiny, column = 2.0**-26, np.full((1, 1), 1.0)
    x, g = np.array([[0.5, -0.25]]), np.array([[1.0, 2.0]])
    where, eager = np.ones(x.shape, bool), rounding.PRESETS["float16-eager"]
    assert np.isinf(eager.parameter_reading(np.array([tiny]))).all()
    assert np.isinf(eager.flushing().parameter_reading(np.array([2.0**-20]))).all()
    assert eager.parameter_reading(np.array([2.0**-20])) == 0
    y = rs.softmax_n(x, n=tiny)
    given = (x, y, where, eager, "float16")
    assert np.isinf(rs.softmax_n.definition.bound(*given, n=tiny * column)).all()
    assert np.isfinite(rs.softmax_n.definition.bound(*given, n=column)).all()
    symax = rs.symax.definition.vjp_bound(
        x, g, y, where, eager, "float16", eta=tiny * column, p=column
    )
    assert np.isinf(symax[0]).all()


def test_numpys_exp_and_log_are_within_what_is_assumed():
    """In float32, against its own float64: 2^-29 of what is measured."""
    rng = np.random.default_rng(0)
    below, above = (
        rng.uniform(*ends, 2_000_000).astype(np.float32) for ends in ((-87, 0), (0, 16))
    )
    arithmetic = rounding.PRESETS["float32-tree"]
    for function, x, most in (
        (np.exp, below, arithmetic.exp[0]),
        (np.log, np.exp(above), arithmetic.log),
    ):
        exact = function(x.astype(np.float64))
        near = np.abs(exact) > 0
        used = np.max(np.abs(np.log(function(x)[near] / exact[near]))) / arithmetic.u
        assert 2 < used <= most


@pytest.mark.parametrize("name", rs.variants)
def test_masked_and_infinite_entries(name):
    x = np.array([[0.5, np.nan, -1.0, 3.0], [1.0, -np.inf, 2.0, 0.0], [np.nan] * 4])
    where = np.array([[True, False, True, True], [True] * 4, [False] * 4])
    given = columns(PARAMETERS[name][0], 3)
    y = np.where(where, 0.25, -np.inf if name == "log_softmax" else 0.0)
    for preset in rounding.presets("float32"):
        module = rs.variants[name].definition
        bound = module.bound(x, y, where, preset, "float32", **given)
        dx, slopes = module.vjp_bound(x, x, y, where, preset, "float32", **given)
        assert not np.isnan(bound).any()
        assert not np.isnan(dx).any()
        assert np.all(bound[~where] == 0)
        assert np.all(dx[~where] == 0)
        assert np.all(np.isfinite(bound[0]))
        assert not any(np.isnan(slope).any() for slope in slopes.values())


def test_the_gradient_at_a_score_of_minus_infinity_is_rounded_where_it_is_not_zero():
    """log_softmax: dx = g/T there, in float32 g * fl(1/T)."""
    x, g = np.array([[-np.inf, 1.0, 0.5]]), np.array([[3.0, -2.0, 1.0]])
    where, temperature = np.ones((1, 3), dtype=bool), np.full((1, 1), 1.9)
    with np.errstate(divide="ignore"):
        y = np.log(exact.softmax(x / temperature, where)[0]).astype(np.float64)
    error = np.abs(np.float64(np.float32(3.0) * (np.float32(1) / np.float32(1.9))) - 3 / 1.9)
    bound = rs.log_softmax.definition.vjp_bound
    arithmetic = rounding.PRESETS["float32-tree"]
    dx = bound(x, g, y, where, arithmetic, "float32", temperature=temperature)[0]
    assert error <= dx[0, 0] <= 10 * error
    softmax = rs.softmax.definition.vjp_bound
    dx = softmax(x, g, y, where, arithmetic, "float32", temperature=temperature)[0]
    assert dx[0, 0] < 2.0**-148


def test_a_row_of_zeros_has_no_error_where_it_is_zero():
    x, where = np.zeros((1, 3)), np.ones((1, 3), dtype=bool)
    arithmetic = rounding.default("float32")
    zero = {"eta": np.zeros((1, 1)), "p": np.ones((1, 1))}
    assert np.all(rs.symax.definition.bound(x, x, where, arithmetic, "float32", **zero) == 0)
    normalized = rs.self_adjust_normalized.definition
    assert np.all(normalized.bound(x, x, where, arithmetic, "float32") == 0)


def test_flushing_allows_what_is_below_the_normal_numbers_and_no_more():
    x, where = np.array([[0.0, -90.0, -20.0]]), np.ones((1, 3), dtype=bool)
    y = exact.maps("softmax_one", x, x, where, {})[0].astype(np.float64)
    plain = rounding.default("float32")
    gradual = rs.softmax_one.definition.bound(x, y, where, plain, "float32")
    flushed = rs.softmax_one.definition.bound(x, y, where, plain.flushing(), "float32")
    assert gradual[0, 1] < y[0, 1] < flushed[0, 1]
    np.testing.assert_allclose(flushed[0, 2], gradual[0, 2], rtol=1e-9)


def _definition(name, x, p):
    exp, log = mpmath.exp, mpmath.log
    if name == "symax":
        z = p["eta"] + sum(abs(t) ** p["p"] for t in x)
        return [abs(t) ** p["p"] / z for t in x]
    c = 1 / p.get("temperature", mpmath.mpf(1))
    if name == "ssmax":
        c = p["s"] * log(len(x)) + p["b"]
    offset = {"softmax_one": 1, "softmax_n": p.get("n")}.get(name, 0)
    z = sum(exp(c * t) for t in x) + (exp(p["sink"]) if "sink" in p else offset)
    a = [exp(c * t) / z for t in x]
    low, high = min(*x, 0), max(*x, 0)
    return {
        "log_softmax": lambda: [log(v) for v in a],
        "self_adjust": lambda: [t * v for t, v in zip(x, a, strict=True)],
        "self_adjust_normalized": lambda: [
            (t - low) / (high - low) * v for t, v in zip(x, a, strict=True)
        ],
    }.get(name, lambda: a)()


@pytest.mark.skipif(not exact.EXTENDED, reason="long double is no longer than double")
@pytest.mark.parametrize(
    ("name", "params"), [(name, params) for name in rs.variants for params in PARAMETERS[name]]
)
def test_the_truth_is_the_definition_and_its_derivatives(name, params):
    """50 digits and difference quotients, against long double; 2^-58 is 64 of its roundings."""
    x, g = [0.75, -2.5, 4.25, 1.125], [0.5, -1.0, 2.0, 0.25]
    where = np.ones((1, 4), dtype=bool)
    y, dx, gradients = exact.maps(name, np.array([x]), np.array([g]), where, columns(params, 1))
    # A one-sided derivative, at eta = 0, is left out.
    inner = [key for key in gradients if params[key] != 0 or key != "eta"]
    arguments = [mpmath.mpf(t) for t in [*x, *(params[key] for key in inner)]]

    def results(arguments):
        given = params | dict(zip(inner, arguments[4:], strict=True))
        given = {key: mpmath.mpf(value) for key, value in given.items()}
        return _definition(name, arguments[:4], given)

    def derivative(i):
        def pulled(t):
            moved = [t if k == i else a for k, a in enumerate(arguments)]
            return sum(a * b for a, b in zip(g, results(moved), strict=True))

        return mpmath.diff(pulled, arguments[i])

    with mpmath.workdps(50):
        true = results(arguments) + [derivative(i) for i in range(len(arguments))]
        got = [*y[0], *dx[0], *(gradients[key][0, 0] for key in inner)]
        for value, expected in zip(got, true, strict=True):
            head = float(value)
            whole = mpmath.mpf(head) + mpmath.mpf(float(value - np.longdouble(head)))
            assert abs(whole - expected) <= mpmath.mpf(2) ** -58 * (abs(expected) + 1)
