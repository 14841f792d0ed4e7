"""torch's own functions, and what a user composes of them for the other variants.

Compositions work in place, in memory that is there, and take the passes that
they need and no more: of the forms that were tried these are the fastest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft._dtypes import BFLOAT16, Array
from refsoft.bench.contender import Contender, Prepared
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import PARAMETERS
from refsoft.bench.torch_backward import vjp, vjp_from_y
from refsoft.bench.torch_forward import forward, forward_lse
from refsoft.bench.torch_tangents import jvp
from refsoft.bench.torch_work import Tensor, Work

TWO = ("softmax", "log_softmax")
RUN: dict[str, Callable[[Work], Any]] = {
    "forward": lambda work: forward(work, work.out),
    "forward+lse": lambda work: forward_lse(work, work.out),
    "dx": lambda work: vjp(work, slopes=False),
    "dx from y": lambda work: vjp_from_y(work, slopes=False),
    "vjp": vjp,
    "vjp from y": vjp_from_y,
    "jvp": jvp,
}


def contender(variant: str, op: str) -> Contender | None:
    """The function of torch, or the composition."""
    if op == "forward+lse" and variant == "symax":
        return None
    name = f"torch.{variant}" if variant in TWO else f"torch composition of {variant}"

    def prepare(problem: Problem) -> Prepared:
        given = [problem.x] if op.startswith("forward") else [problem.x, problem.g]
        tensors = [tensor(a) for a in given]
        return prepared(variant, op, tensors, tensor(problem.out), problem.size.axis)

    return Contender(name, prepare, variant, "torch")


def prepared(variant: str, op: str, tensors: list[Tensor], out: Tensor, dim: int) -> Prepared:
    """The contender on tensors x, or x and g, of any device."""
    import torch

    y = torch.zeros_like(out) if len(tensors) > 1 else out
    work = Work(
        torch=torch,
        variant=variant,
        params=PARAMETERS[variant],
        dim=dim,
        x=tensors[0],
        g=tensors[-1],
        y=y,
        scratch=out if variant in TWO else torch.zeros_like(out),
        out=out,
    )
    if op.endswith("from y"):
        forward(work, y)
    return Prepared(
        lambda: RUN[op](work),
        lambda: RUN[op](_with_own_memory(work, op)),
        lambda result: array(result[0] if isinstance(result, tuple) else result),
    )


def _with_own_memory(work: Work, op: str) -> Work:
    """The same with new memory for all that is written, shared where it was."""
    new = {id(t): work.torch.empty_like(t) for t in (work.out, work.scratch, work.y)}
    y = work.y if op.endswith("from y") else new[id(work.y)]
    return replace(work, y=y, scratch=new[id(work.scratch)], out=new[id(work.out)])


def tensor(a: Array) -> Tensor:
    """The array as a tensor that shares its memory."""
    import torch

    if a.dtype == BFLOAT16:
        return torch.from_numpy(a.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(a)


def array(t: Tensor) -> Array:
    """The tensor as an array."""
    import torch

    t = t.detach().cpu()
    short = t.dtype == torch.bfloat16
    found: Array = t.view(torch.int16).numpy().view(BFLOAT16) if short else t.numpy()
    return found
