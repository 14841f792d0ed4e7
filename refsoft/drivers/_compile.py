"""How a kernel is compiled: without the GIL, at once for one signature, kept on disk."""

from __future__ import annotations

from typing import Any

from numba import njit, types


def compiled(kernel: Any, *arguments: Any) -> Any:
    """The kernel for arguments of these types; it returns an integer."""
    signature = types.int64(*arguments)
    options = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(signature, cache=True, **options)(kernel)
    except RuntimeError:  # no folder to cache in: read-only package, no home
        return njit(signature, **options)(kernel)
