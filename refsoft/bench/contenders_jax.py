"""JAX's softmax and log_softmax, compiled, and what JAX derives from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refsoft.bench.contender import Contender, Prepared
from refsoft.bench.problem import Problem


def contender(variant: str, op: str) -> Contender | None:
    """JAX's function of that name; it always allocates."""
    if variant not in ("softmax", "log_softmax") or op not in ("forward", "dx", "jvp"):
        return None
    import jax

    function = getattr(jax.nn, variant)

    def prepare(problem: Problem) -> Prepared:
        axis = problem.size.axis

        def forward(x: Any) -> Any:
            return function(x, axis=axis)

        with jax.enable_x64(True):  # float64 stays float64
            arrays = [jax.numpy.asarray(problem.x)]
            if op != "forward":
                arrays.append(jax.numpy.asarray(problem.g))
            compiled = jax.jit(_operation(jax, op, forward)).lower(*arrays).compile()
        return Prepared(None, lambda: compiled(*arrays).block_until_ready(), np.asarray)

    return Contender(f"jax.nn.{variant}", prepare, variant, "jax")


def _operation(jax: Any, op: str, forward: Callable[[Any], Any]) -> Callable[..., Any]:
    if op == "dx":
        return lambda x, g: jax.vjp(forward, x)[1](g)[0]
    if op == "jvp":
        return lambda x, v: jax.jvp(forward, (x,), (v,))[1]
    return forward
