"""A masked entry is no part of the row, whatever stands behind the mask."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import refsoft as rs
from tests.golden import definition
from tests.golden.one_row import Golden
from tests.golden.rows import NAMES, PARAMETERS
from tests.golden.terms import FORWARD, JACOBIAN, PULLED, U, absolute, absolute_by_parameter

POISONS = (0.0, 1e30, -1e30, np.inf, -np.inf, np.nan)
MASKED = {name: rs.variants[name].card.rulings.masked for name in NAMES}
CHOSEN = {"symax": {"eta": 0.3, "p": 1.7}, "ssmax": {"s": 0.43, "b": 0.2}}


def rows():
    rng = np.random.default_rng(4)
    for n, kept in ((2, 1), (5, 3), (8, 5)):
        where = np.isin(np.arange(n), rng.permutation(n)[:kept])
        yield rng.standard_normal((3, n)), where


def parameters(name):
    return CHOSEN.get(name, PARAMETERS[name])


def everything(golden, x, g, v, params, where):
    """Every result of a row, in one list of arrays."""
    dx, gradients = golden.vjp(x, g, params, where)
    dparams = dict.fromkeys(params, 0.7)
    return [
        golden.forward(x, params, where),
        golden.jacobian(x, params, where),
        dx,
        golden.jvp(x, v, params, dparams, where),
        *gradients.values(),
        *([golden.lse(x, params, where)] if rs.variants[golden.name].card.lse else []),
    ]


def leaks(golden):
    """Whether any result depends on what is behind the mask, in scores, g or v."""
    for (x, g, v), where in rows():
        poisoned = [
            everything(
                golden,
                *(np.where(where, a, poison) for a in (x, g, v)),
                parameters(golden.name),
                where,
            )
            for poison in POISONS
        ]
        for results in zip(*poisoned, strict=True):
            if any(not np.array_equal(results[0], other) for other in results[1:]):
                return True
    return False


def departs(golden):
    """Whether a masked row is not the row of its visible entries alone.

    Twice the bound of each result: both rows are computed, and the masked zeros may change the
    order of the sums. Masked entries are exactly the card's value, their gradients exactly 0.
    """
    name, params, unit = golden.name, parameters(golden.name), float(2 * U)
    for (x, g, v), where in rows():
        whole = everything(golden, x, g, v, params, where)
        short = everything(golden, x[where], g[where], v[where], params, None)
        if not exactly_hidden(whole, where, MASKED[name]):
            return True
        columns = definition.columns(name, x[where], params)
        by = definition.parameter_columns(name, x[where], params)
        terms_by = absolute_by_parameter(name, x[where], params, by)
        size = np.array(absolute(name, x[where], columns), dtype=float).T
        by_size = [np.array(column, dtype=float) for column in terms_by.values()]
        pushed = size @ abs(v[where]) + 0.7 * sum(by_size, np.zeros(len(size)))
        bounds = [
            FORWARD * abs(short[0]),
            JACOBIAN * size,
            PULLED * (size.T @ abs(g[where])),
            PULLED * pushed,
            *(PULLED * (column @ abs(g[where])) for column in by_size),
            *([10 * (abs(short[-1]) + 2 * abs(x[where]).max())] if "lse" in kinds(name) else []),
        ]
        whole[1] = whole[1][:, where]
        seen = [a[where] if np.ndim(a) else a for a in whole]
        if any(
            np.any(abs(a - b) > unit * bound)
            for a, b, bound in zip(seen, short, bounds, strict=True)
        ):
            return True
    return False


def kinds(name):
    return ("lse",) if rs.variants[name].card.lse else ()


def exactly_hidden(whole, where, masked):
    y, jacobian, dx, t = whole[:4]
    gradients = (jacobian[~where], jacobian[:, ~where], dx[~where], t[~where])
    return np.all(y[~where] == masked) and not any(np.any(a) for a in gradients)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_leaks(name):
    assert not leaks(Golden(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_masked_row_is_its_visible_entries(name):
    assert not departs(Golden(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_without_a_visible_entry(name):
    params, where = PARAMETERS[name], np.zeros(3, dtype=bool)
    for poison in POISONS:
        x = np.full(3, poison)
        y, jacobian, dx, t, *rest = everything(Golden(name), x, x, x, params, where)
        assert np.all(y == MASKED[name])
        assert not np.any(jacobian)
        assert not np.any(dx)
        assert not np.any(t)
        assert not np.any(rest[: len(params)])


def test_a_row_without_a_visible_entry_and_without_an_offset():
    where = np.zeros(3, dtype=bool)
    for name, params in (("softmax_n", {"n": 0.0}), ("symax", {"eta": 0.0, "p": 1.0})):
        gradients = Golden(name).vjp([0.0, 1.0, 2.0], [1.0, 1.0, 1.0], params, where)[1]
        assert all(np.all(gradient == 0) for gradient in gradients.values())


def test_the_log_normaliser_of_nothing_is_that_of_the_offset():
    nothing = np.array([False])
    empty = {
        name: Golden(name).lse([1.0], PARAMETERS[name], nothing) for name in ("softmax", "ssmax")
    }
    assert empty == {"softmax": -np.inf, "ssmax": -np.inf}
    assert Golden("softmax_one").lse([1.0], {}, nothing) == 0
    assert Golden("softmax_n").lse([1.0], {"n": 5.0}, nothing) == np.log(5.0)
    assert Golden("softmax_n").lse([1.0], {"n": 0.0}, nothing) == -np.inf
    assert Golden("softmax_sink").lse([1.0], {"sink": -3.0}, nothing) == -3


@pytest.mark.parametrize("name", NAMES)
def test_a_row_of_length_zero(name):
    y, jacobian, dx, t, *_ = everything(Golden(name), [], [], [], PARAMETERS[name], None)
    assert [a.shape for a in (y, jacobian, dx, t)] == [(0,), (0, 0), (0,), (0,)]


def twin(name, change):
    """Golden with every function called on changed scores and mask."""
    right = Golden(name).module

    def wrap(function):
        def wrapped(x, *others, **params):
            at = next(i for i, a in enumerate(others) if a.dtype == bool)
            x, where = change(x, others[at])
            return getattr(right, function)(x, *others[:at], where, *others[at + 1 :], **params)

        return wrapped

    names = ("forward", "lse", "jacobian", "vjp", "jvp")
    return Golden(name, SimpleNamespace(**{k: wrap(k) for k in names if hasattr(right, k)}))


# A score of -inf is no mask where it moves the span or the length, or has a result of its own.
NOT_EXPONENTIAL = ("log_softmax", "symax", "ssmax", "self_adjust_normalized")
NOT_MASKS = [(name, fill) for name in NOT_EXPONENTIAL for fill in (-np.inf, -1e9)]
NOT_MASKS += [(name, 0.0) for name in NAMES if name != "symax"]


@pytest.mark.parametrize(("name", "fill"), NOT_MASKS)
def test_a_mask_made_into_a_score_is_rejected(name, fill):
    everywhere = np.ones_like
    assert departs(twin(name, lambda x, where: (np.where(where, x, fill), everywhere(where))))


@pytest.mark.parametrize("name", NAMES)
def test_no_mask_at_all_is_rejected(name):
    assert leaks(twin(name, lambda x, where: (x, np.ones_like(where))))


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_by_multiplication_is_rejected(name):
    assert leaks(twin(name, lambda x, where: (x * where, np.ones_like(where))))
