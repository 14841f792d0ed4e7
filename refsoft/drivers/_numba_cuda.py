"""The one file that imports numba.cuda, and what the CUDA kernels are written with.

Under ``NUMBA_ENABLE_CUDASIM=1`` kernels run in Numba's simulator: Python threads, whose
functions are called as they are, and without warp shuffles or compiler intrinsics.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

if importlib.util.find_spec("numba_cuda") is None:
    raise ImportError("CUDA arrays need numba-cuda and a GPU; install refsoft[cuda]")

from numba import cuda as _cuda

SIMULATED = bool(_cuda.config.ENABLE_CUDASIM)
INLINED = {"forceinline": True}  # a call that stays a call goes through local memory

if SIMULATED:
    from numba.cuda.simulator import kernel as _simulator

    class _Simulated:
        """numba.cuda as the running kernel sees it, in every module and not the kernel's alone."""

        def __getattr__(self, name: str) -> Any:
            return getattr(_simulator._get_kernel_context() or _cuda, name)

    cuda: Any = _Simulated()
else:
    from numba.cuda import types as types
    from numba.cuda.extending import intrinsic as intrinsic
    from numba.cuda.extending import overload as overload
    from numba.cuda.extending import register_jitable

    cuda = _cuda


@cache
def jitable(function: Any) -> Any:
    """Let kernels call a function; the simulator runs it as it is."""
    return function if SIMULATED else register_jitable(**INLINED)(function)


def compiled(threads: int) -> Any:
    """The decorator of a kernel for blocks of that many threads."""
    return _cuda.jit if SIMULATED else _cuda.jit(launch_bounds=bounds(threads))


def bounds(threads: int) -> tuple[int, int]:
    """The bounds of a launch: one block on a processor is enough, rather than registers spilled."""
    return threads, 1
