"""Results of arrays of any shape held to the bounds of our arithmetic on a GPU."""

from __future__ import annotations

import math

import numpy as np

import refsoft as rs
from tests.helpers import exact
from tests.test_cuda_simulated import ARITHMETIC, excess


def result(name, found, x, *, axis=-1, where=True, g=None, v=None, move=0.0, **params):
    """The call as rows, after its result was within the bound, and that of other rows was not."""
    axes = tuple(a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
    batch = tuple(size for d, size in enumerate(x.shape) if d not in axes)

    def rows(a):
        moved = np.moveaxis(np.broadcast_to(a, x.shape), axes, range(-len(axes), 0))
        return np.array(moved).reshape(math.prod(batch), -1)

    def columns(values):
        empty = np.zeros((math.prod(batch), 0))
        return np.column_stack([empty, *(np.broadcast_to(a, batch).ravel() for a in values)])

    operation = "vjp" if g is not None else "jvp" if v is not None else "forward"
    side = {"vjp": g, "jvp": v, "forward": x}[operation]
    given = [params.get(p.name, p.default) for p in rs.variants[name].card.parameters]
    made = {"name": name, "operation": operation, "x": rows(x), "g": rows(side), "y": rows(found)}
    made |= {"where": rows(where), "params": columns(given), "moves": columns([move] * len(given))}
    assert excess(made) <= 1, excess(made)
    assert excess(made | {"y": np.roll(made["y"], 1, axis=0)}) > 1
    return made


def gradient(found, made, key, shape):
    """A parameter's gradient, of all rows that share it, against the sum of their bounds."""
    name, dtype = made["name"], made["x"].dtype
    x, g = (made[part].astype(np.float64) for part in ("x", "g"))
    names = [p.name for p in rs.variants[name].card.parameters]
    columns = {one: made["params"][:, [k]] for k, one in enumerate(names)}
    y, _, slopes = exact.maps(name, x, g, made["where"], columns)
    of_rows = rs.variants[name].definition.vjp_bound(
        x, g, y.astype(np.float64), made["where"], ARITHMETIC[dtype.name], dtype, **columns
    )[1]
    truth, limit = (np.reshape(a[key], (*shape, -1)) for a in (slopes, of_rows))
    # A sum of n numbers is rounded less than n times.
    limit = limit + truth.shape[-1] * 2.0**-24 * np.abs(truth)
    total, most = truth.sum(-1), limit.sum(-1)
    assert (np.abs(np.reshape(found, shape) - total) <= most).all(), (found, total, most)
    assert (np.abs(total) > 10 * most).all(), "0 would be within it"
