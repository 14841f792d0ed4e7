"""`ulp_bound` of our own kernels: no row passes it, and some row reaches a quarter of it."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import refsoft as rs
from refsoft._dtypes import as_dtype, cast
from refsoft.conformance import cases, search
from refsoft.conformance.hunt import hunt
from refsoft.conformance.plan import Plan
from tests.helpers import reach
from tests.helpers.rows import PARAMETERS

DTYPES = ("float32", "float64", "float16", "bfloat16")
USUAL = [
    pytest.param(name, dtype, marks=[] if usual else pytest.mark.slow)
    for name in rs.variants
    for dtype in DTYPES
    for usual in [
        name == "softmax_one" or (name, dtype) in (("symax", "float64"), ("ssmax", "float32"))
    ]
]
EVERY = [(name, dtype) for name in rs.variants for dtype in DTYPES]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def cases_of(variant, dtype, longest):
    """The finite rows of the checker's classes, each with parameters of its own."""
    plan = Plan(swept=swept(variant), quick=True, max_length=longest)
    for case in cases.build(variant.card, as_dtype(dtype), plan):
        numbers = all(np.ndim(value) == 0 for value in case.params.values())
        if case.family.level == "accuracy" and numbers:
            yield case.id, case.rows, case.params


def swept(variant):
    return tuple(parameter.name for parameter in variant.card.parameters)


def crumbs(dtype, n):
    """A weight of 1 and others of half its last place and a little, which rounds up each time."""
    x = np.full((3, n), -53 * np.log(2) + 1e-3)
    x[np.arange(3), [0, n // 2, n - 1]] = 0.0
    return cast(x, as_dtype(dtype))


def edges(dtype):
    """Offsets that dominate, scores that are large, results that are subnormal, spread rows."""
    low = float(np.log(np.finfo(np.float64 if dtype == "float64" else np.float32).tiny))
    rng = np.random.default_rng(3)
    for x in (
        rng.uniform(1.1 * low, 0, (20, 30)) * (np.arange(30) > 0),
        -40 + rng.standard_normal((20, 30)),
        4000 + 200 * rng.standard_normal((20, 30)),
        1e4 + 10 * rng.standard_normal((20, 30)),
        1e4 * rng.standard_normal((20, 30)),
    ):
        yield cast(x, as_dtype(dtype))


@pytest.mark.parametrize(
    ("name", "dtype", "longest"),
    [
        ("softmax_one", "float32", 3),
        *(pytest.param(*case, 1000, marks=pytest.mark.slow) for case in EVERY),
    ],
)
def test_no_row_of_the_checkers_classes_passes_it(name, dtype, longest):
    variant = rs.variants[name]
    for label, x, params in cases_of(variant, dtype, longest):
        assert reach.forward(variant, x, params)[1] <= 1, (label, params)


@pytest.mark.parametrize(("name", "dtype"), USUAL)
def test_no_adverse_row_passes_it_and_one_reaches_a_quarter(name, dtype):
    variant = rs.variants[name]
    used = 0.0
    for params in PARAMETERS[name]:
        for n in (1, 2, 3, 6, 31):
            count = max(1000 // n, 8)
            x = np.concatenate([reach.scores(name, dtype, count, n), crumbs(dtype, n)])
            normal, any_ = reach.forward(variant, x, params)
            assert any_ <= 1, (n, params)
            used = max(used, normal)
        for x in edges(dtype):
            assert reach.forward(variant, x, params)[1] <= 1, params
    assert used >= 0.25


@pytest.mark.parametrize("sign", [1, -1])
def test_the_coefficient_of_ssmax_is_a_pair(sign):
    """s log(n), rounded to one number, moves a result by as much for every unit of distance."""
    logs = mpmath.log(mpmath.mpf(3))
    tried = np.random.default_rng(0).uniform(0.5, 2, 300)
    s = max(tried, key=lambda s: abs(float(s * np.log(3.0) - mpmath.mpf(s) * logs)) / s)
    below = np.random.default_rng(1).uniform(690, 705, (40, 1)) / (s * np.log(3.0))
    x = sign * np.hstack([np.zeros((40, 2)), -below])
    given = {"s": float(sign * s), "b": 0.0}
    assert reach.forward(rs.ssmax, x, given)[1] <= 1
    rounded = rs.ssmax(x, s=0.0, b=float(sign * s * np.log(3.0)))
    assert reach.forward(rs.ssmax, x, given, y=rounded)[0] > 1


def climbed(variant, dtype, batches, seconds):
    """The most of the bound that hill climbing reaches on short rows."""
    space = search.Space(variant.card, as_dtype(dtype), Plan(swept=swept(variant)))
    worst = 0.0

    def attempt(drawn):
        nonlocal worst
        x, params = drawn
        if any(np.ndim(value) for value in params.values()):
            return 0.0
        used = float(reach.forward(variant, x, params)[1])
        worst = max(worst, used)
        return used

    drawn = search._batches(space, space.lengths)
    hunt(drawn, attempt, 0, batches=batches, seconds=seconds)
    return worst


@pytest.mark.parametrize("name", ["softmax_one", "symax"])
def test_a_search_does_not_pass_it(name):
    assert 0.2 <= climbed(rs.variants[name], "float32", 30, 600.0) <= 1


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype"), EVERY)
def test_a_long_search_does_not_pass_it(name, dtype):
    assert climbed(rs.variants[name], dtype, 600, 60.0) <= 1


@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("softmax_one", 20_000),
        *(pytest.param(name, 10**6, marks=pytest.mark.slow) for name in rs.variants),
    ],
)
def test_long_rows(name, n):
    for dtype in ("float32", "float64"):
        x = reach.scores(name, dtype, 1, n)
        assert reach.forward(rs.variants[name], x, PARAMETERS[name][-1])[1] <= 1


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", rs.variants)
def test_every_score_of_a_short_format(name, dtype):
    every = np.arange(2**16, dtype=np.uint16).view(as_dtype(dtype))
    every = every[np.isfinite(every.astype(np.float32))]
    x = np.stack([np.zeros_like(every), every], axis=1)
    for params in PARAMETERS[name]:
        assert reach.forward(rs.variants[name], x, params)[1] <= 1


def rounded_difference(x, axis=-1):
    """softmax, the difference from the largest rounded to float32: what two-sum is for."""
    w = np.exp((x - x.max(axis, keepdims=True)).astype(np.float64))
    return (w / w.sum(axis, keepdims=True)).astype(np.float32)


def narrow_sum(x):
    """softmax, summed from left to right in float32."""
    w = np.exp(x - x.max(-1, keepdims=True))
    return w / np.add.accumulate(w, axis=-1)[:, -1:]


@pytest.mark.parametrize(("twin", "n"), [(rounded_difference, 40), (narrow_sum, 2000)])
def test_an_error_more_than_ours_passes_it(twin, n):
    rng = np.random.default_rng(0)
    x = rng.uniform(-80, 0, (20, n)) if n == 40 else rng.uniform(-1, 0, (20, n))
    x = (0.3 + x).astype(np.float32)
    assert reach.forward(rs.softmax, x, {})[1] <= 1
    assert reach.forward(rs.softmax, x, {}, y=twin(x))[1] > 1


@pytest.mark.parametrize("name", ["softmax_one", "log_softmax", "symax"])
def test_a_quarter_of_it_is_passed(name):
    variant, params = rs.variants[name], PARAMETERS[name][0]
    x = reach.scores(name, "float32", 20, 60)
    bound = variant.ulp_bound(60, "float32", **params)
    assert reach.forward(variant, x, params, bound=bound / 4.1)[0] > 1


def test_masked_entries_do_not_count():
    x = reach.scores("softmax_one", "float64", 30, 20)
    where = np.arange(20) % 4 == 0
    error = rs.softmax_one.ulp_error(rs.softmax_one(x, where=where), x, where=where)[1]
    assert (
        error.max()
        <= rs.softmax_one.ulp_bound(5, "float64")
        < rs.softmax_one.ulp_bound(20, "float64")
    )


def test_what_it_depends_on():
    for dtype, most in (("float32", 6), ("float16", 0.51), ("bfloat16", 0.501)):
        found = [rs.softmax.ulp_bound(n, dtype) for n in (2, 1000, 10**6)]
        assert 0.5 < min(found) <= max(found) < min(most, min(found) * 1.01)
    assert rs.symax.ulp_bound(10**6, "float32") < 0.51 < rs.symax.ulp_bound(3, "float32", p=1.5)
    # A coefficient s log(n) + b that cancels is known less well.
    near = -0.43 * np.log(40) + 1e-12
    assert rs.ssmax.ulp_bound(40, "float32", s=0.43, b=near) > 2 * rs.ssmax.ulp_bound(40, "float32")
    assert rs.ssmax.ulp_bound(1, "float64") < rs.ssmax.ulp_bound(2, "float64")
    assert rs.softmax_n.ulp_bound(5, "float64", n=2.0) > 0


def test_what_is_refused():
    with pytest.raises(ValueError, match="n=-1"):
        rs.softmax.ulp_bound(-1, "float32")
    with pytest.raises(TypeError):
        rs.softmax.ulp_bound(2.5, "float32")
    with pytest.raises(ValueError, match="temperature"):
        rs.softmax.ulp_bound(2, "float32", temperature=-1.0)
    with pytest.raises(ValueError, match="device='tpu'"):
        rs.softmax.ulp_bound(2, "float32", device="tpu")
    with pytest.raises(TypeError, match="int32"):
        rs.softmax.ulp_bound(2, "int32")
