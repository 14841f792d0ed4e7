"""The arithmetic of refsoft's own kernels; docs/bounds.md, section 11."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

from refsoft._dtypes import as_dtype
from refsoft.rounding._arithmetic import FORMATS, Arithmetic

Device = Literal["cpu", "cuda"]

# Errors of our exponential, logarithm and power in u: derived beside their code, measured in
# tests/test_drivers_primitives.py.
EXP, CLOSE, LOG, POWER = 1.5, 1.25, 1.5, 2.25
# A logarithm that is a pair.
LOG_PAIR = 2.0**-11
# The entries whose sum LLVM may take in any order.
BLOCK = 1024

_FLOAT64 = Arithmetic(
    "refsoft-float64",
    "float64",
    scale_first=False,
    exp=(CLOSE, 0.0),
    log=LOG,
    power=POWER,
    exact_shift=True,
    block=BLOCK,
    split=True,
    log_pair=LOG_PAIR,
)
_COARSER = FORMATS["float32"].roundoff / FORMATS["float64"].roundoff
_FLOAT32 = replace(
    _FLOAT64,
    name="refsoft-float32",
    weights="float32",
    exp=(EXP * _COARSER, 0.0),
    inverse=2.0**-46,  # in two float32
    split=False,
)
# On a GPU all is of one format, and sums are pairs: few roundings, whatever the length. The
# library's exp and power are documented to 2 and 4 units in the last place in float32, 1 and 2 in
# float64, its logarithm to 1; what a distance lost is added to the exponential, one rounding more.
_CUDA64 = replace(
    _FLOAT64,
    name="refsoft-cuda-float64",
    exp=(3.0, 2.0**-50),
    log=2.0,
    log_pair=2.0,  # the library's, and nothing beside it
    power=4.0,
    block=1,
    split=False,
    inverse=2.0**-53,
    held=2048,
)
_CUDA32 = replace(
    _CUDA64,
    name="refsoft-cuda-float32",
    format="float32",
    exp=(5.0, 2.0**-21),
    power=8.0,
    inverse=2.0**-24,
)
OWN = {arithmetic.name: arithmetic for arithmetic in (_FLOAT64, _FLOAT32, _CUDA64, _CUDA32)}


def own(dtype: Any, device: Device = "cpu", kept: Any = None) -> Arithmetic:
    """The arithmetic of the kernels that compute arrays of a dtype.

    ``kept`` is the format of the y that a gradient starts from, if it does.

    Examples
    --------
    >>> own("bfloat16").name
    'refsoft-float32'
    """
    if device not in get_args(Device):
        raise ValueError(f"device={device!r}; accepted: {', '.join(get_args(Device))}")
    wide, narrow = (_FLOAT64, _FLOAT32) if device == "cpu" else (_CUDA64, _CUDA32)
    arithmetic = wide if as_dtype(dtype).name == "float64" else narrow
    return arithmetic if kept is None else replace(arithmetic, storage=as_dtype(kept).name)
