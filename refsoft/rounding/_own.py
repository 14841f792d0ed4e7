"""The arithmetic of refsoft's own kernels; docs/bounds.md, section 11."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from refsoft._dtypes import as_dtype
from refsoft.rounding._arithmetic import FORMATS, Arithmetic

Device = Literal["cpu", "cuda"]

# Errors of our exponential, logarithm and power in u: derived beside their code, measured in
# tests/test_drivers_primitives.py.
EXP, LOG, POWER = 1.75, 1.5, 2.25
# The entries whose sum LLVM may take in any order.
BLOCK = 1024

_FLOAT64 = Arithmetic(
    "refsoft-float64",
    "float64",
    scale_first=False,
    exp=(EXP, 0.0),
    log=LOG,
    power=POWER,
    exact_shift=True,
    block=BLOCK,
)
_COARSER = FORMATS["float32"].roundoff / FORMATS["float64"].roundoff
_FLOAT32 = replace(
    _FLOAT64,
    name="refsoft-float32",
    weights="float32",
    exp=(EXP * _COARSER, 0.0),
)
OWN = {arithmetic.name: arithmetic for arithmetic in (_FLOAT64, _FLOAT32)}


def own(dtype: Any, device: Device = "cpu", kept: Any = None) -> Arithmetic:
    """The arithmetic of the kernels that compute arrays of a dtype.

    ``kept`` is the format of the y that a gradient starts from, if it does.

    Examples
    --------
    >>> own("bfloat16").name
    'refsoft-float32'
    """
    if device != "cpu":
        raise ValueError(f"device={device!r}; accepted: cpu")
    arithmetic = _FLOAT64 if as_dtype(dtype).name == "float64" else _FLOAT32
    return arithmetic if kept is None else replace(arithmetic, storage=as_dtype(kept).name)
