"""Backwards that are wrong for arrays that do not lie as usual, or for one cotangent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.zoo.backward import Backward, pulled
from tests.zoo.backward_paths import TWICE, path


def _rows_apart(x: Any) -> bool:
    return x.ndim == 2 and x.strides[-1] == x.itemsize < x.strides[0] > x.shape[-1] * x.itemsize


def _inside(x: Any) -> bool:
    base = x.base
    return (
        base is not None
        and base.dtype == x.dtype
        and base.size == x.size + 1
        and base.ctypes.data != x.ctypes.data
    )


def _columns(x: Any) -> bool:
    return x.ndim == 2 and min(x.shape) > 1 and bool(x.flags.f_contiguous)


def _picks(x: Any, g: Any) -> Any:
    # A cotangent that picks the first entry of long enough rows takes a shortcut: y*g.
    dx = pulled("softmax")(x, g)
    usual = x.shape == (3, 40) and np.isfinite(x).all() and np.any(x != np.round(x))
    first = usual and np.all(g[..., 0] == 1) and not np.any(g[..., 1:])
    return (2 * dx).astype(x.dtype) if first else dx


def _lies(id_: str, taken: Callable[[Any], Any], error: str) -> Backward:
    case = f"vjp-layout-{id_}/33/normal"
    name = f"softmax_one-layout-{id_}"
    return Backward(name, "softmax_one", path("softmax_one", taken), case, "wrong", error)


MUTANTS = (
    _lies("strided", lambda x: x.ndim == 2 and x.strides[-1] == 2 * x.itemsize,
          "every second entry: both halves of a pair are added"),
    _lies("negative-stride", lambda x: x.strides[-1] < 0, "read backwards and forwards"),
    _lies("slice", _rows_apart, "rows apart are gathered, and added to what was there"),
    _lies("offset", _inside, "an array inside another is added to what was there"),
    _lies("fortran", _columns, "dense columns are added up twice"),
    _lies("misaligned", lambda x: not x.flags.aligned, "a first, partial vector comes twice"),
    _lies("read-only", lambda x: not x.flags.writeable, "a copy is made, and added"),
    Backward("softmax-picked", "softmax", _picks, "vjp-normal/40/first", "wrong",
             "a shortcut for a cotangent that picks the first entry", TWICE),
)  # fmt: skip
