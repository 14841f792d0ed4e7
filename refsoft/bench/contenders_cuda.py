"""Who is timed on a GPU: our kernels, torch eager and compiled, CuPy."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from refsoft._dtypes import Array
from refsoft.bench.contender import OURS, Contender, Prepared
from refsoft.bench.contenders_torch import RUN, array, prepared, tensor
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import PARAMETERS
from refsoft.bench.torch_work import Tensor, Work
from refsoft.catalogue import VARIANTS


def on_device(a: Array) -> Tensor:
    """A copy on the current device."""
    return tensor(a).cuda()


def contenders(variant: str, op: str) -> list[Contender]:
    """Everybody who is there, ours first."""
    if op == "forward+lse" and VARIANTS[variant].card.lse is None:
        return []
    found = [
        Contender(f"{OURS} {variant}", lambda p: _ours(variant, op, p), variant, OURS),
        Contender(f"torch {variant}", lambda p: _eager(variant, op, p), variant, "torch"),
        Contender(
            f"torch.compile {variant}", lambda p: _compiled(variant, op, p), variant, "torch"
        ),
    ]
    if variant == "softmax" and op == "forward" and find_spec("cupyx"):
        found.append(Contender("cupyx softmax", _cupy, variant, "cupy"))
    return found


def _given(op: str, problem: Problem) -> list[Tensor]:
    arrays = [problem.x] if op.startswith("forward") else [problem.x, problem.g]
    return [on_device(a) for a in arrays]


def _ours(variant: str, op: str, problem: Problem) -> Prepared:
    function, axis = VARIANTS[variant], problem.size.axis
    params: dict[str, Any] = dict(PARAMETERS[variant])
    tensors, out = _given(op, problem), on_device(problem.out)

    def read(result: Any) -> Array:
        return array(result[0] if isinstance(result, tuple) else result)

    if op.startswith("forward"):
        lse = op == "forward+lse"
        return Prepared(
            lambda: function(*tensors, axis=axis, out=out, return_lse=lse, **params),
            lambda: function(*tensors, axis=axis, return_lse=lse, **params),
            read,
        )
    chosen: dict[str, Any] = {"axis": axis, **params}
    if op == "jvp":
        return Prepared(
            lambda: function.jvp(*tensors, out=out, **chosen),
            lambda: function.jvp(*tensors, **chosen),
            read,
        )
    if op.endswith("from y"):
        chosen["y"] = function(tensors[0], axis=axis, **params)
    chosen["wrt"] = "x" if op.startswith("dx") else None
    return Prepared(
        lambda: function.vjp(*tensors, out=out, **chosen),
        lambda: function.vjp(*tensors, **chosen),
        read,
    )


def _eager(variant: str, op: str, problem: Problem) -> Prepared:
    out = on_device(problem.out)
    return prepared(variant, op, _given(op, problem), out, problem.size.axis)


def _compiled(variant: str, op: str, problem: Problem) -> Prepared:
    """The composition fused by torch.compile, which allocates its result."""
    import torch

    tensors = _given(op, problem)
    x, g = tensors[0], tensors[-1]
    y = torch.empty_like(x)
    if op.endswith("from y"):
        prepared(variant, "forward", [x], y, problem.size.axis).into()  # type: ignore[misc]

    torch.compiler.reset()  # or this would be one more form of the last variant's, of which 8 are

    @torch.compile(dynamic=False)  # type: ignore[untyped-decorator]
    def compiled(x: Tensor, g: Tensor, y: Tensor) -> Any:
        new = [torch.empty_like(x) for _ in range(3)]
        given = y if op.endswith("from y") else new[0]
        axis, params = problem.size.axis, PARAMETERS[variant]
        return RUN[op](Work(torch, variant, params, axis, x, g, given, new[1], new[2]))

    def read(result: Any) -> Array:
        return array(result[0] if isinstance(result, tuple) else result)

    return Prepared(None, lambda: compiled(x, g, y), read)


def _cupy(problem: Problem) -> Prepared:
    import cupy
    from cupyx.scipy import special

    x = cupy.from_dlpack(on_device(problem.x))
    return Prepared(None, lambda: special.softmax(x, axis=problem.size.axis), cupy.asnumpy)
