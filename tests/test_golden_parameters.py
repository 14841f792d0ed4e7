"""Golden's parameter gradients are the derivative of <g, y> by each parameter."""

from __future__ import annotations

from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from tests.golden import definition
from tests.golden.one_row import Golden
from tests.golden.rows import PARAMETERS, smooth
from tests.golden.terms import PULLED, U, absolute_by_parameter, excess, quanta

PAIRS = [(name, k) for name, params in PARAMETERS.items() for k in params]


def worst(golden, parameter, rows):
    """The error over PULLED roundings of sum_i |g_i||dy_i/dp|."""
    found, name = mpf(0), golden.name
    for x, params in rows:
        columns = definition.parameter_columns(name, x, params)
        terms = absolute_by_parameter(name, x, params, columns)[parameter]
        g = np.random.default_rng(len(x)).standard_normal(len(x))
        exact = [mpf(float(a)) for a in g]
        truth = mpmath.fsum(a * b for a, b in zip(exact, columns[parameter], strict=True))
        size = mpmath.fsum(abs(a) * b for a, b in zip(exact, terms, strict=True))
        allowed = PULLED * U * size + quanta(name, x, params) * len(x) * (1 + max(map(abs, exact)))
        found = max(found, excess(golden.vjp(x, g, params)[1][parameter], truth, allowed))
        if found > 1:
            break
    return found


@pytest.mark.parametrize(("name", "parameter"), PAIRS)
def test_parameter_gradient(name, parameter):
    assert worst(Golden(name), parameter, smooth(name)) <= 1


@pytest.mark.parametrize(("name", "parameter"), PAIRS)
@pytest.mark.parametrize("by", [0.0, -1.0, 1 + 2.0**-45])
def test_zero_minus_and_slightly_wrong_are_rejected(name, parameter, by):
    right = Golden(name).module

    def vjp(x, g, where, **params):
        dx, gradients = right.vjp(x, g, where, **params)
        return dx, gradients | {parameter: gradients[parameter] * by}

    assert worst(Golden(name, SimpleNamespace(vjp=vjp)), parameter, smooth(name)) > 1


def test_the_gradient_of_the_logarithm_of_a_parameter_is_rejected():
    right = Golden("softmax_n").module

    def vjp(x, g, where, n):
        dx, gradients = right.vjp(x, g, where, n=n)
        return dx, {"n": gradients["n"] * n[:, 0]}

    assert worst(Golden("softmax_n", SimpleNamespace(vjp=vjp)), "n", smooth("softmax_n")) > 1


def test_every_variant_reports_exactly_its_parameters():
    for name, params in PARAMETERS.items():
        assert Golden(name).vjp([1.0, 2.0], [1.0, 0.0], params)[1].keys() == params.keys()
