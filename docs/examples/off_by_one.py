"""The off-by-one softmax: as it was published, and corrected.

    refsoft check docs/examples/off_by_one.py:published --variant softmax_one
    refsoft check docs/examples/off_by_one.py:corrected --variant softmax_one

The published form, of github.com/kyegomez/AttentionIsOFFByOne, subtracts the
maximum from the scores and leaves the 1 as it is. The rows then sum to at
least one half: the function can never be quiet, which is what the 1 is for.
"""

from __future__ import annotations

import numpy as np


def published(x: np.ndarray) -> np.ndarray:
    """Wrong: exp(x - m) / (1 + sum(exp(x - m)))."""
    weights = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return weights / (1 + np.sum(weights, axis=-1, keepdims=True))


def corrected(x: np.ndarray) -> np.ndarray:
    """Right: the 1 is a score of 0 and is scaled with the others."""
    top = np.maximum(np.max(x, axis=-1, keepdims=True, initial=-np.inf), 0)
    weights = np.exp(x - top)
    return weights / (np.exp(-top) + np.sum(weights, axis=-1, keepdims=True))
