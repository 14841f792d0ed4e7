"""The limits of the four formats."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np


def finfo(dtype: np.dtype[Any]) -> Any:
    """NumPy's finfo, of bfloat16 too."""
    return ml_dtypes.finfo(dtype)  # type: ignore[no-untyped-call]
