"""The arithmetics that a function can declare; docs/bounds.md, section 8."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from refsoft._dtypes import as_dtype
from refsoft.rounding._arithmetic import FORMATS, Arithmetic

_FLOAT64 = Arithmetic("float64", "float64")
# A weight errs by one unit in the last place of float32 at most, and is kept in it; all else is
# float64, distances from the largest score among it.
_COARSER = FORMATS["float32"].roundoff / FORMATS["float64"].roundoff
_ACCURATE = replace(
    _FLOAT64,
    name="float32-accurate",
    scale_first=False,
    weights="float32",
    exp=(2.0 * _COARSER, 0.0),
    power=_COARSER,  # and as much for keeping it
)
_FLOAT32 = Arithmetic("float32-tree", "float32", tree=True, scale_first=False)
_FAST = replace(
    _FLOAT32,
    name="float32-fast-exp",
    tree=False,
    scale_first=True,
    exp=(4.0, 1.25),
    power=8.0,
    division=4.0,
)

# The library computes in float32 and rounds.
_EAGER = Arithmetic("float16-eager", "float16", exp=(1.01, 0.0), log=1.01, power=1.01)

# From the tightest to the loosest of each dtype; each allows what those before it allow.
PRESETS: dict[str, Arithmetic] = {
    preset.name: preset
    for preset in (
        _FLOAT64,
        _ACCURATE,
        _FLOAT32,
        replace(_FLOAT32, name="float32-sequential", tree=False),
        replace(_FLOAT32, name="float32-scale-first", tree=False, scale_first=True),
        _FAST,
        replace(_FAST, name="float16-storage", storage="float16"),
        replace(_FAST, name="bfloat16-storage", storage="bfloat16"),
        _EAGER,
        replace(_EAGER, name="bfloat16-eager", format="bfloat16"),
    )
}

_DEFAULTS = {
    "float64": "float64",
    "float32": "float32-scale-first",
    "float16": "float16-storage",
    "bfloat16": "bfloat16-storage",
}


def default(dtype: Any) -> Arithmetic:
    """What is assumed of a function of that dtype that declares nothing.

    Examples
    --------
    >>> default("bfloat16").name
    'bfloat16-storage'
    """
    return PRESETS[_DEFAULTS[as_dtype(dtype).name]]


def presets(dtype: Any) -> tuple[Arithmetic, ...]:
    """The presets that apply to a dtype, from the tightest to the loosest.

    Examples
    --------
    >>> [preset.name for preset in presets("float32")][:3]
    ['float64', 'float32-accurate', 'float32-tree']
    """
    name = as_dtype(dtype).name
    own = {"float16": {"float16"}, "bfloat16": {"bfloat16"}}.get(name, set())
    half = {"float16", "bfloat16"}
    return tuple(p for p in PRESETS.values() if not ({p.storage, p.format} & half) - own)
