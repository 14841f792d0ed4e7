"""symax, summed without keeping the dimension as it was published, and corrected.

    refsoft check docs/examples/symax_keepdims.py:published --variant symax
    refsoft check docs/examples/symax_keepdims.py:corrected --variant symax

The published form, of github.com/xnought/symax, sums over the last axis and
drops it. The sums then divide along the last axis: silently wrong where there
are as many rows as entries, an error elsewhere, and right for a single row.
"""

from __future__ import annotations

import numpy as np


def published(x: np.ndarray) -> np.ndarray:
    """Wrong: the row sums lie along the wrong axis."""
    magnitudes = np.abs(x)
    return magnitudes / (1 + np.sum(magnitudes, axis=-1))


def corrected(x: np.ndarray) -> np.ndarray:
    """Right: the dimension is kept, and magnitudes are scaled so that no sum overflows."""
    magnitudes = np.abs(x)
    largest = np.max(magnitudes, axis=-1, keepdims=True, initial=1)
    # Scaling by a power of two is exact.
    down = np.exp2(-np.floor(np.log2(largest)))
    magnitudes = magnitudes * down
    return magnitudes / (down + np.sum(magnitudes, axis=-1, keepdims=True))
