"""How many threads everybody may use."""

from __future__ import annotations

import os
from collections.abc import Sequence

from refsoft.bench.contender import absent
from refsoft.drivers._threads import set_num_threads


def use(threads: int, libraries: Sequence[str]) -> None:
    """Let our kernels, torch and a JAX that is not imported yet use so many threads."""
    set_num_threads(threads)
    if threads == 1:
        os.environ["XLA_FLAGS"] = (
            "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        )
    if "torch" in libraries and not absent("torch"):
        import torch

        torch.set_num_threads(threads)
