"""The four floating-point formats and a cast that rounds once."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
DTYPES: dict[str, np.dtype[Any]] = {
    "float64": np.dtype(np.float64),
    "float32": np.dtype(np.float32),
    "float16": np.dtype(np.float16),
    "bfloat16": BFLOAT16,
}


def as_dtype(dtype: object, argument: str = "dtype") -> np.dtype[Any]:
    """One of the four formats, from a name, a NumPy dtype or a scalar type."""
    accepted = ", ".join(DTYPES)
    if type(dtype).__module__ == "torch":
        dtype = str(dtype).removeprefix("torch.")
    try:
        named = DTYPES.get(dtype, dtype) if isinstance(dtype, str) else dtype
        found = np.dtype(named).newbyteorder("=")  # type: ignore[call-overload]
    except TypeError:
        raise TypeError(f"{argument}={dtype!r} is no dtype; accepted: {accepted}") from None
    if found not in DTYPES.values():
        raise TypeError(f"{argument}={dtype!r} is not supported; accepted: {accepted}")
    return found  # type: ignore[no-any-return]


def working(first: np.dtype[Any], *others: np.dtype[Any]) -> np.dtype[Any]:
    """The format of all of them, or else float32 or float64, whichever holds them."""
    if all(dtype == first for dtype in others):
        return first
    wide = any(dtype.kind in "iub" or dtype.itemsize == 8 for dtype in (first, *others))
    return DTYPES["float64" if wide else "float32"]


def cast(values: Array, dtype: np.dtype[Any]) -> Array:
    """Round to ``dtype`` once, to nearest even.

    NumPy's own casts round once except float64 to bfloat16, which passes
    through float32. There the intermediate is rounded to odd, which keeps
    enough to make the second rounding the right one.
    """
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if values.dtype != np.float64 or dtype != BFLOAT16:
            return values.astype(dtype, copy=False)
        near = values.astype(np.float32)
        back = near.astype(np.float64)
        bits = near.view(np.uint32).copy()
        # Step towards zero where rounding went away from it, then set the last bit.
        inexact = (back != values) & np.isfinite(values)
        bits[inexact & (np.abs(back) > np.abs(values))] -= np.uint32(1)
        bits[inexact] |= np.uint32(1)
        return bits.view(np.float32).astype(dtype)
