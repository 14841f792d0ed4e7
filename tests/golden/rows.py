"""Rows and parameters: ordinary ones, and those on which a textbook form fails."""

from __future__ import annotations

import math

import numpy as np

PARAMETERS = {
    "softmax": {"temperature": 1.0},
    "log_softmax": {"temperature": 1.0},
    "softmax_one": {},
    "softmax_n": {"n": 1.0},
    "softmax_sink": {"sink": 0.0},
    "symax": {"eta": 1.0, "p": 1.0},
    "ssmax": {"s": 1.0, "b": 0.0},
    "self_adjust": {},
    "self_adjust_normalized": {},
}
NAMES = tuple(PARAMETERS)


def _ordinary():
    rng = np.random.default_rng(20)
    yield from (rng.standard_normal(n) for n in (1, 2, 3, 5))
    yield from (rng.standard_normal(4) * scale for scale in (1e-3, 30.0, 300.0, 1e5))
    yield from (rng.standard_normal(4) + offset for offset in (1e8, -1e8))
    yield from (
        [1e30, -1e30, 3.0],
        [1.7e308, -1.7e308, 1.6e308],
        [-1.7e308, 1.0, 0.5],
        [-1e3, -1001.5, -999.25],
        [-740.0, -745.0, -708.0],
        [20.0, 0.1, -0.4],
        [40.0, 1.5, -1.0],
        [700.0, 0.25, -3.0],
        [745.5, 1.0, 2.0],
        [5e-324, -1.5e-323, 1e-310],
        [1e-200, -3e-200],
        [-0.5, -0.25, -0.75],
        [-2.0],
        [1e-300, 1.0],
        [5e-295, -4e227],
    )


def _temperatures():
    wide = [1.7e308, -1.7e308, 1.5e308, 1e308]
    yield from ((wide, {"temperature": t}) for t in (1e300, 1e308, 1.7e308))
    yield [1e-300, -2e-300, 0.0], {"temperature": 1e-300}
    yield [1.0, 1.0 - 1e-16, 0.5], {"temperature": 1e-16}
    yield [5e-324, -1e-323], {"temperature": 5e-324}
    yield from (([3.0, -1.0, 2.5, -4000.0], {"temperature": t}) for t in (0.1, 7.3, 1e300, 6.0))


def _offsets():
    rows = ([1.0, -2.0, 0.5], [-700.0, -705.0], [-800.0, -803.0], [705.0, 700.0], [30.0, 0.0])
    for n in (0.0, 5e-324, 1e-300, 0.3, 4.0, 1e17, 1e300, 1.7e308):
        yield from ((row, {"n": n}) for row in rows)


def _sinks():
    rows = ([1.0, -2.0, 0.5], [1e8, 1e8 + 1], [-1e300, -1e300], [1e300, 0.0], [-50.0, 3.0])
    for sink in (-math.inf, -1e300, -745.0, -3.0, 40.0, 1e8, 1e300):
        yield from ((row, {"sink": sink}) for row in rows)


def _powers():
    rows = [[3e38, 2e38, 1e38], [1e308, -1e308, 1.7e308], [1e200, -2e200], [1.5, -2.5, 0.3]]
    rows += [[1e-162, 2e-162], [1e-300, 1e300], [1e-310, 3e-310, 2.0]]
    shapes = [(1.0, 0.5), (1.0, 2.0), (1e-9, 3.0), (0.0, 1.0), (1e-300, 2.0), (5e-324, 1.5)]
    shapes += [(1e300, 2.0), (1e300, 0.5), (2.0, 0.1), (3.0, 7.25), (1.0, 300.0), (1e-5, 40.0)]
    for eta, p in shapes:
        yield from ((row, {"eta": eta, "p": p}) for row in rows)


def _scales():
    rows = [[-2.0, -2.5, 3.0], [1.7e308, 1e308, -1.7e308], [1.0, 1.0 - 1e-16, 0.5], [5.0]]
    rows += [[1e-299, -2e-299, 0.0], [2e2, -1e2, 1.9e2], [6e-211, -3e-219, -6e199]]
    scales = [(0.43, 0.0), (-1.5, 0.0), (0.0, 0.0), (2.0, -2.0 * math.log(3)), (0.0, 1.0)]
    scales += [(1e300, 0.0), (-1e300, 3.0), (1.7e308, 0.0), (1e-300, 0.0), (7.0, -3.0)]
    scales += [(1.6e210, 0.0)]
    for s, b in scales:
        yield from ((row, {"s": s, "b": b}) for row in rows)


_OWN = {
    "softmax": _temperatures,
    "log_softmax": _temperatures,
    "softmax_n": _offsets,
    "softmax_sink": _sinks,
    "symax": _powers,
    "ssmax": _scales,
}


def cases(name):
    """Pairs (row, parameters)."""
    yield from ((np.asarray(row), PARAMETERS[name]) for row in _ordinary())
    if name in _OWN:
        yield from ((np.array(row), params) for row, params in _OWN[name]())


def smooth(name):
    """Those of the cases at which the map is differentiable in scores and parameters."""
    for x, params in cases(name):
        tied = name == "self_adjust_normalized" and len({*x, 0.0}) <= len(x)
        if not tied and not math.isinf(params.get("sink", 0.0)):
            yield x, params
