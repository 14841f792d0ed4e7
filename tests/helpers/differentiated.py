"""Scores and parameters to differentiate at under torch and JAX."""

from __future__ import annotations

import numpy as np

import refsoft as rs

RNG = np.random.default_rng(11)
X = RNG.normal(size=(2, 3, 5))
MASK = RNG.random(X.shape) < 0.7
# One value for each row of a batch, or one for all: inside their domains, and p on both sides of 1.
PARAMETERS = {
    "softmax": {"temperature": [0.7, 1.5, 1.0]},
    "log_softmax": {"temperature": 0.7},
    "softmax_n": {"n": [[0.5], [2.0]]},
    "softmax_sink": {"sink": [-0.5, 0.4, 2.0]},
    "symax": {"eta": [0.5, 1.0, 2.0], "p": [[1.3], [0.8]]},
    "ssmax": {"s": [0.43, 1.0, -0.2], "b": 0.1},
}


def leaves(torch, name, dtype="float64"):
    """Scores and parameters that require grad."""
    given = {"x": X, **PARAMETERS.get(name, {})}
    kind = getattr(torch, dtype)
    return {key: torch.tensor(value, dtype=kind).requires_grad_() for key, value in given.items()}


def function(torch, name, axis=-1, where=None):
    """The variant as a function of tensors; masked entries, where it may be -inf, are 0."""
    names = list(PARAMETERS.get(name, {}))

    def f(x, *params):
        y = rs.variants[name](x, axis=axis, where=where, **dict(zip(names, params, strict=True)))
        return y if where is None else torch.where(where, y, 0.0)

    return f
