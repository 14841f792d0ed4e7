"""Rows of one score, whose results are functions of one number."""

from __future__ import annotations

import ml_dtypes
import mpmath
import numpy as np
import pytest

from refsoft import oracle
from tests.helpers.oracle_rows import columns, exact, module, values


def test_subnormal_results_round_once():
    y = values("softmax_one", [-744.4400719213812])
    with mpmath.workdps(60):
        truth = 1 / (1 + mpmath.exp(mpmath.mpf(744.4400719213812)))
        quanta = truth / mpmath.mpf(2) ** -1074
    assert y == [float(mpmath.nint(quanta)) * 5e-324]
    assert 0.5 < quanta < 1.5


SIGMOIDS = {
    "softmax_one": ({}, lambda v: 1 / (1 + mpmath.exp(-v))),
    "softmax_n": ({"n": 3.0}, lambda v: 1 / (1 + 3 * mpmath.exp(-v))),
    "softmax_sink": ({"sink": 0.5}, lambda v: 1 / (1 + mpmath.exp(mpmath.mpf(0.5) - v))),
    "symax": ({"eta": 3.0, "p": 0.5}, lambda v: mpmath.sqrt(abs(v)) / (3 + mpmath.sqrt(abs(v)))),
    "self_adjust": ({}, lambda v: v),
}


def check_single_scores(name, dtype, step):
    params, formula = SIGMOIDS[name]
    bits = np.arange(0, 2**16, step, dtype=np.uint16)
    x = bits.view(dtype)
    exponent = (1 << 16) - (1 << (ml_dtypes.finfo(dtype).nmant + 1))
    x = x[(bits << 1) & exponent != exponent].reshape(-1, 1)  # neither NaN nor infinite
    result = oracle.exact(module(name), x, None, columns(params, len(x)), dtype)
    info = ml_dtypes.finfo(dtype)
    digits, emin = info.nmant + 1, int(info.minexp)
    with mpmath.workdps(60):
        for score, value in zip(
            x[:, 0].astype(float), result.value[:, 0].astype(float), strict=True
        ):
            truth = formula(mpmath.mpf(score))
            binade = truth._mpf_[2] + truth._mpf_[3] - 1 if truth else emin
            unit = mpmath.mpf(2) ** (max(binade, emin) - digits + 1)
            # mpmath's nint is to nearest even.
            assert value == float(mpmath.nint(truth / unit) * unit), score


@pytest.mark.parametrize("name", SIGMOIDS)
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_every_97th_single_score(name, dtype):
    check_single_scores(name, dtype, 97)


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGMOIDS)
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_every_single_score(name, dtype):
    check_single_scores(name, dtype, 1)


@pytest.mark.parametrize(
    ("name", "expected"), [("softmax", 1.0), ("log_softmax", 0.0), ("ssmax", 1.0)]
)
def test_a_single_score_of_a_normalised_map(name, expected):
    for score in (-1.7e308, -3.25, 0.0, 5e-324, 1.7e308):
        result = exact(name, [score])
        assert [result.value[0, 0], result.lo[0, 0], result.hi[0, 0]] == [expected] * 3
