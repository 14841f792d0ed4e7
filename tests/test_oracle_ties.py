"""What balls cannot decide: ties, exact zeros, truths beside a tie by e**-1e30."""

from __future__ import annotations

import importlib
import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from flint import arb, ctx

from refsoft import oracle
from refsoft.oracle._round import FORMATS, round_rational
from refsoft.oracle._symbolic import Symbol, sign
from refsoft.oracle._terms import UndecidedError
from refsoft.oracle._ziv import PrecisionError, precision


def module(name):
    return importlib.import_module(f"refsoft.oracle.{name}")


def exact(name, row, dtype="float64", **params):
    x = np.array([row], dtype=np.float64)
    return oracle.exact(
        module(name), x, None, {k: np.array([[v]]) for k, v in params.items()}, dtype
    )


def pulled(name, row, g, dtype="float64", **params):
    x, g = np.array([row], dtype=np.float64), np.array([g], dtype=np.float64)
    columns = {k: np.array([[float(v)]]) for k, v in params.items()}
    return oracle.exact_vjp(module(name), x, g, None, columns, dtype)


def is_plus_zero(result):
    arrays = (result.value, result.lo, result.hi)
    return all(np.all(a == 0) and not np.any(np.signbit(a)) for a in arrays)


@pytest.mark.parametrize(
    ("dtype", "row", "index", "truth"),
    [
        (
            "float16",
            [3.5] * 3 + [3] * 4 + [2.5] * 2 + [2] * 2 + [1.5] * 18 + [1] * 3 + [0] * 4,
            0,
            Fraction(2187, 8192),
        ),
        ("bfloat16", [3] * 14 + [2] * 6 + [1] * 18 + [0] * 4, 14, Fraction(441, 2**18)),
    ],
)
def test_a_tie_of_ssmax_and_its_neighbourhood(dtype, row, index, truth):
    result = exact("ssmax", row, dtype, s=1.0, b=0.0)
    nearest = round_rational(truth.numerator, truth.denominator, FORMATS[dtype])
    assert result.value[0, index] == nearest
    assert result.lo[0, index] <= float(truth) <= result.hi[0, index]
    # The tie is real: it is in the middle of two neighbours, and a row that leans
    # to either side by less than any precision in reach is rounded to that side.
    up = float(np.nextafter(result.value[0, index], result.value.dtype.type(1)))
    down = float(np.nextafter(result.value[0, index], result.value.dtype.type(0)))
    other = up if float(truth) > nearest else down
    assert Fraction(nearest) + Fraction(other) == 2 * truth


@pytest.mark.parametrize("far", [-1e3, -1e5, -1e30, -1.7e308])
def test_a_far_score_breaks_a_tie(far):
    # Without the third score dx_1 = -dx_0 = 2049/4 = 512.25: half-way between 512, even, and 512.5.
    g = [0.0, 2049.0, 0.0]
    tie = 2049.0 / 4
    without = pulled("softmax", [0.0, 0.0, -math.inf], g, "float16", temperature=1.0)[0]
    assert without.value[0].tolist() == [-512.0, 512.0, 0.0]
    assert without.hi[0, 1] == tie
    beside = pulled("softmax", [0.0, 0.0, far], g, "float16", temperature=1.0)[0]
    assert beside.value[0, :2].tolist() == [-512.0, 512.0]
    # 2051/4 = 512.75 lies between 512.5 and 513, of which the even one is above.
    up = [0.0, 2051.0, 0.0]
    without = pulled("softmax", [0.0, 0.0, -math.inf], up, "float16", temperature=1.0)[0]
    assert without.value[0].tolist() == [-513.0, 513.0, 0.0]
    beside = pulled("softmax", [0.0, 0.0, far], up, "float16", temperature=1.0)[0]
    # With e = exp(far): -dx_0 = 2051/(2+e)^2 and dx_1 = 2051(1+e)/(2+e)^2, both below the tie.
    assert beside.value[0, :2].tolist() == [-512.5, 512.5]


def test_a_log_softmax_leans_away_from_its_tie():
    # y_1 = -(2^17 - 2^8) - log1p(e^-130816): the first part is a tie of bfloat16.
    result = exact("log_softmax", [0.0, -130816.0 - 256.0], "bfloat16", temperature=1.0)
    assert float(result.value[0, 1]) == -131072.0
    row = [0.0, -129.5, -300.0]
    assert float(exact("log_softmax", row, "bfloat16", temperature=1.0).value[0, 1]) == -130.0
    row = [0.0, -128.5]  # even is -128, the logarithm leads away from it
    assert float(exact("log_softmax", row, "bfloat16", temperature=1.0).value[0, 1]) == -129.0
    row = [0.0, -(2.0**100 + 2.0**92)]
    assert float(exact("log_softmax", row, "bfloat16", temperature=1.0).value[0, 1]) == -(
        2.0**100 + 2.0**93
    )


def test_rational_results_of_symax():
    third = exact("symax", [2.0, 8.0], "float32", eta=0.0, p=0.5)
    assert third.value[0].tolist() == [np.float32(1 / 3), np.float32(2 / 3)]
    # sqrt(9)/(sqrt(9) + 4093) = 3/2^12: exact; 2049/4096 is a tie of float16, and 2051/4096.
    for odd in (2049, 2051):
        tie = exact("symax", [2.0 * odd**2, 2.0 * (4096 - odd) ** 2], "float16", eta=0.0, p=0.5)
        assert tie.lo[0, 0] <= odd / 4096 <= tie.hi[0, 0]
        assert tie.value[0, 0] == round_rational(odd, 4096, FORMATS["float16"])
    # The same ratio as eighth roots, and with an irrational companion it is no tie.
    odd = 2051
    row = [3.0 * odd**3, 3.0 * (4096 - odd) ** 3]
    assert exact("symax", row, "float16", eta=0.0, p=0.125).value[0, 0] > 0.5
    squares = exact("symax", [3.0, 3.0, 3.0], "float64", eta=0.0, p=2.0)
    assert squares.value[0].tolist() == [1 / 3] * 3


def test_ties_by_equal_scores():
    # x/m: self_adjust of three equal scores 3(1 + 2^-24) is 1 + 2^-24, a tie of float32.
    score = 3 * (1 + 2.0**-24)
    assert exact("self_adjust", [score] * 3, "float32").value[0].tolist() == [1.0] * 3
    score = 3 * (1 + 3 * 2.0**-24)
    up = 1 + 2.0**-22
    assert exact("self_adjust", [score] * 3, "float32").value[0].tolist() == [up] * 3
    # The far score takes weight away: below the tie.
    below = exact("self_adjust", [score] * 3 + [-1e20], "float32").value[0]
    assert below[:3].tolist() == [1 + 2.0**-23] * 3


def test_softmax_n_at_the_tie_below_the_smallest_subnormal():
    for n, expected in ((2**25 - 1, 0.0), (2**25 - 2, 2.0**-24)):
        assert exact("softmax_n", [0.0], "float16", n=float(n)).value[0, 0] == expected
    assert exact("softmax_n", [0.0, -3e38], "float16", n=2.0**25 - 1).value[0, 0] == 0


PARAMS = {
    "softmax": {"temperature": 0.3},
    "log_softmax": {"temperature": 0.3},
    "ssmax": {"s": 0.7, "b": 0.1},
    "softmax_sink": {"sink": -math.inf},
    "softmax_n": {"n": 0.0},
    "symax": {"eta": 0.0, "p": 0.3},
}


@pytest.mark.parametrize("name", PARAMS)
def test_a_constant_cotangent_of_rows_that_sum_to_one(name):
    rng = np.random.default_rng(8)
    row = rng.normal(size=700)
    dx, gradients = pulled(name, row, np.full(700, 0.3), "float32", **PARAMS[name])
    if name == "log_softmax":
        # Its entries do not sum to a constant: dx = c (1 - n y)/T, 0 for equal scores alone.
        assert np.all(dx.value != 0)
        dx, gradients = pulled(name, [0.7] * 7, [0.3] * 7, "float32", **PARAMS[name])
    assert is_plus_zero(dx)
    for parameter, gradient in gradients.items():
        # deta = -c/Z is no zero, n likewise; the others move a row whose sum stays 1.
        assert is_plus_zero(gradient) == (parameter not in {"eta", "n"})
    cotangent = np.full(len(row), 0.3)
    cotangent[5] = np.nextafter(0.3, 1)
    assert np.all(pulled(name, row, cotangent, **PARAMS[name])[0].lo != 0)


@pytest.mark.parametrize(
    ("name", "g", "params"),
    [
        ("softmax_one", [1.0, -1.0, 0.0], {}),
        ("softmax_one", [1.0, -3.0, 2.0], {}),
        ("self_adjust", [0.0, 0.0, 0.0], {}),
        ("softmax_n", [1.0, -1.0, 0.0], {"n": 3.0}),
        ("softmax_sink", [1.0, -1.0, 0.0], {"sink": 0.4}),
        ("symax", [1.0, -1.0, 0.0], {"eta": 0.7, "p": 0.3}),
    ],
)
def test_sums_that_vanish_over_equal_scores(name, g, params):
    dx, gradients = pulled(name, [0.1, 0.1, 0.1], g, "float32", **params)
    # <g,y> = 0 exactly, and with it the gradient of the offset and of an entry with g = 0.
    assert all(is_plus_zero(gradients[k]) for k in gradients)
    for k, v in enumerate(g):
        assert (dx.lo[0, k] == 0) == (v == 0)


def test_logarithms_that_cancel():
    # dp with scores that are powers of one another: 4 and 2 and 1/2 share their logarithm.
    both = pulled("symax", [4.0, 4.0], [1.0, -1.0], "float64", eta=0.0, p=0.5)[1]["p"]
    assert is_plus_zero(both)
    # eta = 2, p = 1: dp = (l_0 (g_0 - m) + l_1 (g_1 - m))/8 with l = (4 log 4, 2 log 2) and
    # m = (4 g_0 + 2 g_1)/8; over log 2, 8 g_0 + 2 g_1 = 10 m, that is g_1 = 6 g_0.
    zero = pulled("symax", [4.0, 2.0], [1.0, 6.0], "float64", eta=2.0, p=1.0)[1]["p"]
    assert is_plus_zero(zero)
    assert pulled("symax", [4.0, 2.0], [1.0, 7.0], eta=2.0, p=1.0)[1]["p"].lo[0] != 0


@pytest.mark.parametrize(
    ("sum_", "expected"),
    [
        (lambda n: (n(2) ** n(0.5)) * (n(8) ** n(0.5)) - n(4), 0),
        (lambda n: n(12) ** n(0.5) - n(2) * n(3) ** n(0.5), 0),
        (lambda n: n(6).log() - n(2).log() - n(3).log(), 0),
        (lambda n: n(36) ** n(0.25) - n(6) ** n(0.5), 0),
        (lambda n: n(2).exp() * n(-2).exp() - 1, 0),
        (lambda n: (n(3).log() * n(0.5)).exp() - n(3) ** n(0.5), 0),
        (lambda n: n(2) ** n(0.5) + n(3) ** n(0.5) - n(10) ** n(0.5), -1),
        (lambda n: n(1).exp() - n(2.718281828459045), 1),
    ],
)
def test_symbols_decide_identities(sum_, expected):
    assert sign(sum_(lambda v: Symbol.of(float(v)))) == expected
    with precision(200):
        ball = sum_(arb)
        assert ball.contains(0) == (expected == 0)
        assert expected == 0 or (ball > 0) == (expected > 0)


def test_symbols_refuse_what_they_cannot_represent():
    two = Symbol(2)
    with pytest.raises(UndecidedError):
        two.log() * two.log()
    with pytest.raises(UndecidedError):
        two.exp().exp()
    with pytest.raises(ZeroDivisionError):
        two / (two - two)


def out_of_reach():
    """y = 1 + 2^-24 + 0, the zero written so that no theorem here sees it: a tie of float32."""

    def forward(x):
        zero = (x[0].exp() + 1).log() - (x[0].exp() + 1).log()
        return lambda i: 1 if i == 0 else 1 + x[1] + zero

    return SimpleNamespace(forward=forward)


def test_an_undecidable_entry_ends_in_an_error_that_names_it():
    before = ctx.prec
    x = np.array([[0.0, 0.0], [1.0, 2.0**-24]])
    with pytest.raises(PrecisionError, match="row 1, entry 1"):
        oracle.exact(out_of_reach(), x, None, {}, "float32")
    assert ctx.prec == before
    # The same truth away from a tie is no difficulty.
    assert oracle.exact(out_of_reach(), x[:1], None, {}, "float32").value.tolist() == [[1.0, 1.0]]
