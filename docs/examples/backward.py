"""A backward of softmax_one that is right, and one that misses a term: both fit ``--vjp``.

    refsoft check docs/examples/backward.py:forward --variant softmax_one --vjp TARGET

with ``docs/examples/backward.py:right`` or ``docs/examples/backward.py:careless`` for TARGET.
"""

from __future__ import annotations

import numpy as np


def forward(x: np.ndarray) -> np.ndarray:
    """softmax_one."""
    top = np.maximum(np.max(x, axis=-1, keepdims=True, initial=-np.inf), 0)
    weights = np.exp(x - top)
    return weights / (np.exp(-top) + weights.sum(axis=-1, keepdims=True))


def right(x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Right: dx = y*(g - <g,y>)."""
    y = forward(x)
    return y * (g - np.sum(g * y, axis=-1, keepdims=True))


def careless(x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Wrong: dx = y*g, as if the sum did not depend on x."""
    return forward(x) * g
