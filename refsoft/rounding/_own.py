"""The arithmetic of refsoft's own kernels; docs/bounds.md, section 11."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Literal, get_args

from refsoft._dtypes import as_dtype
from refsoft.rounding._arithmetic import FORMATS, Arithmetic

Device = Literal["cpu", "cuda"]

# Errors of our exponential, logarithm and power in u: derived beside their code, measured in
# tests/test_drivers_exponential.py, test_drivers_logarithm.py.
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
    inverse=2.0**-44,  # in two float32, as is what is multiplied by it
    split=False,
)


def documented(units: float, u: float) -> float:
    """The error in u of a function that errs by so many units in the last place, of up to 2u."""
    return -math.log1p(-2 * units * u) / u


# On a GPU all is of one format, and sums are pairs: few roundings, whatever the length. The
# library's exp and power are documented to 2 and 4 units in the last place in float32, 1 and 2 in
# float64, its logarithm to 1; what a distance d lost is added to the exponential, one rounding
# more, as if e^t were 1 + t: 2 u (d + 1) d u, where nothing beyond a d of 150 or 800 is left.
_U64, _U32 = (FORMATS[name].roundoff for name in ("float64", "float32"))
_CUDA64 = replace(
    _FLOAT64,
    name="refsoft-cuda-float64",
    exp=(documented(1, _U64) + 1, 2.0**-42),
    log=documented(1, _U64),
    log_pair=documented(1, _U64),  # the library's, and nothing beside it
    power=documented(2, _U64),
    block=1,
    split=False,
    inverse=2.0**-53,
    held=2048,
)
_CUDA32 = replace(
    _CUDA64,
    name="refsoft-cuda-float32",
    format="float32",
    exp=(documented(2, _U32) + 1, 2.0**-15),
    log=documented(1, _U32),
    log_pair=documented(1, _U32),
    power=documented(4, _U32),
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
