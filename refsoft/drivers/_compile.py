"""How a kernel is compiled: without the GIL, at once for one signature, kept on disk."""

from __future__ import annotations

from typing import Any

from numba import config, njit, types

from refsoft.catalogue._recipe import Recipe
from refsoft.drivers import _sources
from refsoft.drivers._loops import jitable

# By which Numba compiles a text differently; its disk cache does not look at them.
_SETTINGS = (
    config.OPT,
    config.LOOP_VECTORIZE,
    config.SLP_VECTORIZE,
    config.BOUNDSCHECK,
    config.DEBUGINFO_DEFAULT,
)


def given_rows(kind: Any) -> Any:
    """The type of an array of rows that is read."""
    # What may be read only may be written, too: one kernel for both.
    return types.Array(kind, 2, "A", readonly=True)


def result_rows(kind: Any) -> Any:
    """The type of an array of rows that is written."""
    return types.Array(kind, 2, "A")


MASK = given_rows(types.boolean)


def registered(recipe: Recipe) -> int:
    """Let Numba compile the functions of a recipe; the stamp of what they are compiled from."""
    for function in _sources.functions(recipe):
        jitable(function)
    return _sources.stamp(recipe, _SETTINGS)


def compiled(kernel: Any, *arguments: Any) -> Any:
    """The kernel for arguments of these types; it returns an integer.

    Numba's disk cache goes by what the kernel captures. An intrinsic among it
    would be another in each process, so a function that is made in another one
    reaches intrinsics through their module.
    """
    signature = types.int64(*arguments)
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(signature, cache=True, **options)(kernel)
    except RuntimeError:  # no folder to cache in: read-only package, no home
        return njit(signature, **options)(kernel)
