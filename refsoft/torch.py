"""The variants as differentiable functions of torch tensors, on the CPU or a CUDA GPU.

``refsoft.torch.softmax_one(x)`` is computed by the same kernel as ``refsoft.softmax_one``,
its gradients by the kernels of ``vjp`` and ``jvp``. A tensor that requires grad is passed
on to these functions by ``refsoft.softmax_one(x)`` itself.

The first derivatives, backward and forward mode, are ours. The second, of
``create_graph=True`` and ``torch.func.hessian``, are torch's, of the definition as
operations in float64. ``torch.vmap`` and the transforms of ``torch.func`` work; to
``torch.compile`` a call is a break of the graph.

Examples
--------
>>> import torch
>>> import refsoft as rs
>>> x = torch.tensor([[1.0, 2.0], [-3.0, -4.0]])
>>> sink = torch.tensor([0.0, 1.0], requires_grad=True)
>>> y = rs.torch.softmax_sink(x, sink=sink)
>>> y.sum().backward()
>>> sink.grad.shape
torch.Size([2])
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch

from refsoft._arrays import of_torch, to_torch
from refsoft._call import Names
from refsoft._dtypes import as_dtype
from refsoft._forms import Library
from refsoft._map import Map, named
from refsoft._validate import as_axes
from refsoft.catalogue import VARIANTS
from refsoft.variant import Variant

_TORCH = Library(torch, torch.detach, torch.func, torch.Tensor.to, torch.float64)


class _Function(torch.autograd.Function):  # type: ignore[misc]
    """What ours have in common: axes that `vmap` adds come first, in every operand."""

    @classmethod
    def vmap(cls, info: Any, in_dims: Any, *operands: Any) -> tuple[Any, int]:
        def batched(operand: Any, dim: int | None) -> Any:
            if not isinstance(operand, torch.Tensor):
                return operand
            if dim is None:
                return operand.expand(info.batch_size, *operand.shape)
            return operand.movedim(dim, 0)

        return cls.apply(*map(batched, operands, in_dims)), 0


class _Result(_Function):
    """The result, and its log-sum-exp if asked for. Derivatives are `_Pull` and `_Push`."""

    @staticmethod
    def forward(of: Map, where: Any, x: Any, *params: Any) -> Any:
        where, x, *given = _arrays(where, x, *params)
        found = of.result(where, x, given)
        return tuple(map(_tensor, found)) if of.lse else _tensor(found)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.of, where, x, *params = inputs
        y = output[0] if ctx.of.lse else output
        ctx.save_for_backward(where, y if ctx.of.starts_from_result else None, x, *params)
        ctx.save_for_forward(where, None, x, *params)

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any = None) -> tuple[Any, ...]:
        where, y, x, *params = ctx.saved_tensors
        needed = zip(ctx.of.every, ctx.needs_input_grad[2:], strict=True)
        wrt = tuple(name for name, need in needed if need)
        found = dict(zip(wrt, _Pull.apply(ctx.of, wrt, where, y, x, g, h, *params), strict=True))
        return None, None, *map(found.get, ctx.of.every)

    @staticmethod
    def jvp(ctx: Any, _of: Any, _where: Any, v: Any, *moves: Any) -> Any:
        where, _, x, *params = ctx.saved_tensors
        v, moves = _or_zero(v, x), _all_or_zero(moves, params)
        t = _Push.apply(ctx.of, where, x, v, *params, *moves)
        if not ctx.of.lse:
            return t
        return t, ctx.of.log_sum_moved(_TORCH, where, x, params, v, moves).to(t.dtype)


class _Pull(_Function):
    """The gradients by the names of ``wrt``; y may help to find them.

    g is the cotangent of the result, h that of the log-sum-exp or None.
    """

    @staticmethod
    def forward(
        of: Map, wrt: Names, where: Any, y: Any, x: Any, g: Any, h: Any, *params: Any
    ) -> tuple[Any, ...]:
        formats = dict(zip(of.every, (x.dtype, *(p.dtype for p in params)), strict=True))
        where, y, x, g, h, *given = _arrays(where, y, x, g, h, *params)
        found = map(_tensor, of.pulled(where, y, x, g, h, given, wrt))
        pairs = zip(wrt, found, strict=True)
        # On a GPU those of parameters have the format of the arithmetic.
        return tuple(a.to(formats[name]) if a.is_cuda else a for name, a in pairs)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: Any) -> None:
        ctx.of, ctx.wrt, where, _, *points = inputs
        ctx.save_for_backward(where, *points)
        ctx.save_for_forward(where, *points)

    @staticmethod
    def backward(ctx: Any, *moved: Any) -> tuple[Any, ...]:
        where, x, g, h, *params = ctx.saved_tensors
        found = dict(zip(ctx.wrt, moved, strict=True))
        u, *moves = _all_or_zero(map(found.get, ctx.of.every), (x, *params))
        # <J'g, u> = <g, J u>, which is linear in g.
        by_g = _Push.apply(ctx.of, where, x, u, *params, *moves)
        by_h = None
        if h is not None:
            by_h = ctx.of.log_sum_moved(_TORCH, where, x, params, u, moves).to(h.dtype)
        by_x, *by_params = ctx.of.curvature(_TORCH, where, x, params, g, h, u, moves)
        return None, None, None, None, by_x, by_g, by_h, *by_params

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        where, x, g, h, *params = ctx.saved_tensors
        v, dg, dh, *moves = tangents[4:]
        u, *moves = _all_or_zero((v, *moves), (x, *params))
        dg, dh = _or_zero(dg, g), None if h is None else _or_zero(dh, h)
        linear = _Pull.apply(ctx.of, ctx.wrt, where, None, x, dg, dh, *params)
        curved = ctx.of.curvature(_TORCH, where, x, params, g, h, u, moves)
        by_name = dict(zip(ctx.of.every, curved, strict=True))
        return tuple(a + by_name[name] for name, a in zip(ctx.wrt, linear, strict=True))


class _Push(_Function):
    """The tangent of the result, from a tangent v of x and those of the parameters."""

    @staticmethod
    def forward(of: Map, where: Any, x: Any, v: Any, *both: Any) -> Any:
        where, x, v, *given = _arrays(where, x, v, *both)
        half = len(given) // 2
        return _tensor(of.pushed(where, x, v, given[:half], given[half:]))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: Any) -> None:
        ctx.of = inputs[0]
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def backward(ctx: Any, g: Any) -> tuple[Any, ...]:
        where, x, v, *both = ctx.saved_tensors
        params, moves = both[: len(both) // 2], both[len(both) // 2 :]
        by_v, *by_moves = _Pull.apply(ctx.of, ctx.of.every, where, None, x, g, None, *params)
        by_x, *by_params = ctx.of.curvature(_TORCH, where, x, params, g, None, v, moves)
        return None, None, by_x, by_v, *by_params, *by_moves


# torch asks for it at every call, and to find it takes a fifth of a small one.
for _ours in (_Result, _Pull, _Push):
    _forward: Any = _ours.forward
    _forward.__signature__ = inspect.signature(_forward)


def _arrays(*tensors: Any) -> list[Any]:
    """What the kernels read: NumPy arrays, or the tensors themselves on a GPU."""
    return [t.detach() if _on_gpu(t) else t if t is None else of_torch(t, "x") for t in tensors]


def _tensor(result: Any) -> torch.Tensor:
    return result if isinstance(result, torch.Tensor) else to_torch(result)


def _on_gpu(tensor: Any) -> bool:
    return tensor is not None and tensor.is_cuda


def _or_zero(tangent: Any, of: Any) -> Any:
    return torch.zeros_like(of) if tangent is None else tangent


def _all_or_zero(tangents: Any, of: Any) -> tuple[Any, ...]:
    return tuple(_or_zero(t, value) for t, value in zip(tangents, of, strict=True))


def differentiable(
    variant: Variant,
    x: Any,
    /,
    *,
    axis: Any = -1,
    where: Any = None,
    out: Any = None,
    dtype: Any = None,
    return_lse: bool = False,
    **params: Any,
) -> Any:
    """A variant of x, which torch can differentiate by x and by each parameter.

    Parameters
    ----------
    variant : Variant
        One of the nine, or your own.
    x : Tensor
        On the CPU or a CUDA GPU, of any strides.
    axis, where, dtype, return_lse, **params
        As in the call of the variant; tensors that require grad among the
        parameters are differentiated by.

    Returns
    -------
    Tensor, or two
        Of the shape of x; with ``return_lse`` its log-sum-exp, too, of the shape of a batch.

    Raises
    ------
    TypeError
        If ``out`` is given, which is not differentiable.
    RuntimeError
        On the second derivative of a variant that is not one of the nine.
    """
    if out is not None:
        raise TypeError("out is no argument of a differentiable call; accepted: x.detach()")
    if return_lse:
        variant._needs_lse()
        if isinstance(x, torch.Tensor) and x.is_cuda:
            raise TypeError(
                "return_lse=True is differentiated on the CPU alone; accepted: x.detach()"
            )
    apply = torch.compiler.disable(_applied) if torch.compiler.is_compiling() else _applied
    return apply(variant, x, axis, where, dtype, return_lse, params)


def _applied(
    variant: Variant,
    x: Any,
    axis: Any,
    where: Any,
    dtype: Any,
    lse: bool,
    params: dict[str, Any],
) -> Any:
    x = torch.as_tensor(x)
    if not x.is_floating_point():
        x = x.double()
    if x.ndim == 0:
        as_axes(axis, 0)
        found = _applied(variant, x[None], -1, where, dtype, lse, params)
        return (found[0][0], found[1]) if lse else found[0]
    axes = as_axes(axis, x.ndim)
    result = as_dtype(x.dtype if dtype is None else dtype)
    of, tensors = Map.of(variant, x.ndim, axes, result, lse, params)
    columns = [_leading(value, x.ndim - len(axes), x) for value in tensors.values()]
    where = None if where is None or where is True else _leading(where, x.ndim, x)
    return _Result.apply(of, where, x, *columns)


def _leading(value: Any, ndim: int, x: torch.Tensor) -> torch.Tensor:
    """The tensor of a value, with leading axes of length 1 up to ndim, beside x."""
    if isinstance(value, torch.Tensor):
        tensor = value
    else:
        tensor = torch.as_tensor(np.asarray(value))  # a list of numbers is float64 there
        if x.is_cuda and tensor.is_floating_point() and x.dtype != torch.float64:
            tensor = tensor.float()
    tensor = tensor.to(x.device) if x.is_cuda else tensor
    return tensor.reshape((1,) * (ndim - tensor.ndim) + tuple(tensor.shape))


softmax = named(VARIANTS["softmax"], differentiable)
log_softmax = named(VARIANTS["log_softmax"], differentiable)
softmax_one = named(VARIANTS["softmax_one"], differentiable)
softmax_n = named(VARIANTS["softmax_n"], differentiable)
softmax_sink = named(VARIANTS["softmax_sink"], differentiable)
symax = named(VARIANTS["symax"], differentiable)
ssmax = named(VARIANTS["ssmax"], differentiable)
self_adjust = named(VARIANTS["self_adjust"], differentiable)
self_adjust_normalized = named(VARIANTS["self_adjust_normalized"], differentiable)
