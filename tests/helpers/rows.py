"""Rows on which rounding errors are large, or bounds are small."""

from __future__ import annotations

import numpy as np

from refsoft._dtypes import as_dtype, cast

PARAMETERS = {
    "softmax": ({"temperature": 1.0}, {"temperature": 0.7}),
    "log_softmax": ({"temperature": 1.0}, {"temperature": 0.3}),
    "softmax_one": ({},),
    "softmax_n": ({"n": 1.0}, {"n": 4.7}, {"n": 0.01}),
    "softmax_sink": ({"sink": 0.0}, {"sink": 3.1}, {"sink": -6.0}),
    "symax": (
        {"eta": 1.0, "p": 1.0},
        {"eta": 0.0, "p": 1.0},
        {"eta": 0.3, "p": 2.3},
        {"eta": 40.0, "p": 0.6},
    ),
    "ssmax": ({"s": 0.43, "b": 0.0}, {"s": -0.7, "b": 0.2}, {"s": 1.0, "b": 0.0}),
    "self_adjust": ({},),
    "self_adjust_normalized": ({},),
}


def rows(dtype, long=False):
    """Scores by kind, each (rows, n), all of them numbers of the dtype."""
    rng = np.random.default_rng(20)
    normal = rng.standard_normal
    found = {
        "one": np.array([[0.0], [1.0], [-3.0], [40.0]]),
        "short": normal((30, 2)),
        "near": 1 + 0.01 * normal((30, 3)),
        "middle": 3 * normal((10, 17)),
        "wide": rng.uniform(-80, 0, (10, 33)),
        "offset": 1000 + 2 * normal((10, 20)),
        "below": -30 + normal((10, 20)),
        "equal": np.ones((4, 1)) * np.linspace(0.1, 0.7, 7)[:, None].T,
        "zeros": np.zeros((1, 9)),
        "outlier": np.where(np.arange(30) == 3, 25.0, normal((5, 30))),
        "subnormal": np.where(np.arange(20) == 0, 0.0, rng.uniform(-104, -86, (5, 20))),
        "faint": np.where(np.arange(20) == 0, 0.0, rng.uniform(-17, -9, (5, 20))),
        # Equal terms are rounded the same way each time: the sum drifts.
        "drift": np.where(np.arange(400) == 0, 0.0, np.linspace(-2, -0.1, 12)[:, None]),
    }
    if long:
        found["long"] = normal((1, 100_000))
        found["long drift"] = np.where(np.arange(30_000) == 0, 0.0, np.linspace(-2, -1, 4)[:, None])
    # Of float32 at least, so that a float32 function judged in float64 reads what it is given.
    return {kind: cast(x, as_dtype(dtype)).astype(np.float64) for kind, x in found.items()}


def columns(params, count):
    return {key: np.full((count, 1), value) for key, value in params.items()}


def masks(x):
    """All visible; and every third entry masked, in rows long enough."""
    yield np.ones(x.shape, dtype=bool)
    if 3 < x.shape[1] < 40:
        yield np.arange(x.shape[1]) % 3 != 1 + np.zeros(x.shape)
