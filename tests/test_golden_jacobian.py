"""Golden's Jacobian is the derivative of the definition, entry by entry."""

from __future__ import annotations

from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
from mpmath import mpf

from tests.golden import definition
from tests.golden.one_row import Golden
from tests.golden.rows import NAMES, smooth
from tests.golden.terms import JACOBIAN, U, absolute, excess, quanta


def worst(golden, rows):
    """The largest error over (JACOBIAN roundings of the entry's terms, plus quanta)."""
    found, name = mpf(0), golden.name
    for x, params in rows:
        truth = definition.columns(name, x, params)
        terms, least = absolute(name, x, truth), quanta(name, x, params)
        computed = golden.jacobian(x, params).T
        for got, wanted, term in zip(computed.flat, chain(*truth), chain(*terms), strict=True):
            found = max(found, excess(got, wanted, JACOBIAN * U * term + least))
        if found > 1:
            break
    return found


@pytest.mark.parametrize("name", NAMES)
def test_jacobian(name):
    assert worst(Golden(name), smooth(name)) <= 1


def twin(name, change):
    """Golden with its Jacobian changed by a function of it, the result and the scores."""
    right = Golden(name).module

    def jacobian(x, where, **params):
        matrix = right.jacobian(x, where, **params)
        return change(matrix, right.forward(x, where, **params), x)

    return Golden(name, SimpleNamespace(jacobian=jacobian))


def _own(matrix, diagonal):
    return np.where(np.eye(matrix.shape[-1], dtype=bool), diagonal[:, :, None], matrix)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_off_by_a_few_units_is_rejected(name):
    wrong = twin(name, lambda matrix, _y, _x: matrix * (1 + 2.0**-46))
    assert worst(wrong, smooth(name)) > 1


# The other Jacobians are symmetric.
@pytest.mark.parametrize("name", ["log_softmax", "symax", "self_adjust", "self_adjust_normalized"])
def test_the_transpose_is_rejected(name):
    wrong = twin(name, lambda matrix, _y, _x: np.swapaxes(matrix, 1, 2))
    assert worst(wrong, smooth(name)) > 1


@pytest.mark.parametrize("name", ["softmax_one", "softmax_n", "softmax_sink"])
def test_one_minus_a_rounded_result_is_rejected(name):
    wrong = twin(name, lambda matrix, y, _x: _own(matrix, y * (1 - y)))
    assert worst(wrong, smooth(name)) > 1


def test_symax_without_the_sign_is_rejected():
    wrong = twin("symax", lambda matrix, _y, x: matrix * np.sign(x)[:, None, :])
    assert worst(wrong, smooth("symax")) > 1


@pytest.mark.parametrize(
    ("name", "neighbour"), [("softmax", "softmax_one"), ("self_adjust", "softmax")]
)
def test_the_jacobian_of_a_neighbour_is_rejected(name, neighbour):
    other = Golden(neighbour).module
    extra = {"temperature": np.ones((1, 1))} if neighbour == "softmax" else {}
    wrong = SimpleNamespace(jacobian=lambda x, where, **_: other.jacobian(x, where, **extra))
    assert worst(Golden(name, wrong), smooth(name)) > 1
