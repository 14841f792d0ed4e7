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
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from refsoft._arrays import of_torch, to_torch
from refsoft._dtypes import as_dtype
from refsoft._forms import Library
from refsoft._help import docstring
from refsoft._map import Map
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
    """The result. Its derivatives are `_Pull` and `_Push`."""

    @staticmethod
    def forward(of: Map, where: Any, x: Any, *params: Any) -> Any:
        where, x, *given = _arrays(where, x, *params)
        return _tensor(of.result(where, x, given))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.of, where, x, *params = inputs
        ctx.save_for_backward(where, output if ctx.of.starts_from_result else None, x, *params)
        ctx.save_for_forward(where, None, x, *params)

    @staticmethod
    def backward(ctx: Any, g: Any) -> tuple[Any, ...]:
        where, y, x, *params = ctx.saved_tensors
        return None, None, *_Pull.apply(ctx.of, where, y, x, g, *params)

    @staticmethod
    def jvp(ctx: Any, _of: Any, _where: Any, v: Any, *moves: Any) -> Any:
        where, _, x, *params = ctx.saved_tensors
        return _Push.apply(ctx.of, where, x, _or_zero(v, x), *params, *_all_or_zero(moves, params))


class _Pull(_Function):
    """The gradients of x and of the parameters, from a cotangent g; y may help to find them."""

    @staticmethod
    def forward(of: Map, where: Any, y: Any, x: Any, g: Any, *params: Any) -> tuple[Any, ...]:
        where, y, x, g, *given = _arrays(where, y, x, g, *params)
        dx, *gradients = map(_tensor, of.pulled(where, y, x, g, given))
        if dx.is_cuda:  # where they have the format of the arithmetic
            gradients = [a.to(p.dtype) for a, p in zip(gradients, params, strict=True)]
        return dx, *gradients

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: Any) -> None:
        ctx.of, where, _, x, g, *params = inputs
        ctx.save_for_backward(where, x, g, *params)
        ctx.save_for_forward(where, x, g, *params)

    @staticmethod
    def backward(ctx: Any, u: Any, *moves: Any) -> tuple[Any, ...]:
        where, x, g, *params = ctx.saved_tensors
        # <J'g, u> = <g, J u>, which is linear in g.
        by_g = _Push.apply(ctx.of, where, x, u, *params, *moves)
        by_x, *by_params = ctx.of.curvature(_TORCH, where, x, params, g, u, moves)
        return None, None, None, by_x, by_g, *by_params

    @staticmethod
    def jvp(ctx: Any, _of: Any, _where: Any, _y: Any, v: Any, h: Any, *moves: Any) -> Any:
        where, x, g, *params = ctx.saved_tensors
        u, moves = _or_zero(v, x), _all_or_zero(moves, params)
        linear = _Pull.apply(ctx.of, where, None, x, _or_zero(h, g), *params)
        curved = ctx.of.curvature(_TORCH, where, x, params, g, u, moves)
        return tuple(a + b for a, b in zip(linear, curved, strict=True))


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
        by_v, *by_moves = _Pull.apply(ctx.of, where, None, x, g, *params)
        by_x, *by_params = ctx.of.curvature(_TORCH, where, x, params, g, v, moves)
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
) -> torch.Tensor:
    """A variant of x, which torch can differentiate by x and by each parameter.

    Parameters
    ----------
    variant : Variant
        One of the nine, or your own.
    x : Tensor
        On the CPU or a CUDA GPU, of any strides.
    axis, where, dtype, **params
        As in the call of the variant; tensors that require grad among the
        parameters are differentiated by.

    Returns
    -------
    Tensor
        Of the shape of x.

    Raises
    ------
    TypeError
        If ``out`` or ``return_lse`` is given: neither is differentiable.
    RuntimeError
        On the second derivative of a variant that is not one of the nine.
    """
    if out is not None:
        raise TypeError("out is no argument of a differentiable call; accepted: x.detach()")
    if return_lse:
        raise TypeError("return_lse=True is not differentiable; accepted: x.detach()")
    if torch.compiler.is_compiling():
        return torch.compiler.disable(_applied)(variant, x, axis, where, dtype, params)
    return _applied(variant, x, axis, where, dtype, params)


def _applied(
    variant: Variant, x: Any, axis: Any, where: Any, dtype: Any, params: dict[str, Any]
) -> torch.Tensor:
    x = torch.as_tensor(x)
    if not x.is_floating_point():
        x = x.double()
    if x.ndim == 0:
        return _applied(variant, x[None], as_axes(axis, 0) and -1, where, dtype, params)[0]
    axes = tuple(a - x.ndim for a in as_axes(axis, x.ndim))
    tensors = {k: v for k, v in params.items() if not isinstance(v, float | int)}
    fixed = tuple((k, v) for k, v in params.items() if k not in tensors)
    of = Map(variant, axes, as_dtype(x.dtype if dtype is None else dtype), fixed, tuple(tensors))
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


def _function(variant: Variant) -> Callable[..., torch.Tensor]:
    def function(x: Any, /, **keywords: Any) -> torch.Tensor:
        return differentiable(variant, x, **keywords)

    function.__name__ = function.__qualname__ = variant.__name__
    function.__doc__ = docstring(variant.card)
    function.__signature__ = variant.__signature__  # type: ignore[attr-defined]
    return function


softmax = _function(VARIANTS["softmax"])
log_softmax = _function(VARIANTS["log_softmax"])
softmax_one = _function(VARIANTS["softmax_one"])
softmax_n = _function(VARIANTS["softmax_n"])
softmax_sink = _function(VARIANTS["softmax_sink"])
symax = _function(VARIANTS["symax"])
ssmax = _function(VARIANTS["ssmax"])
self_adjust = _function(VARIANTS["self_adjust"])
self_adjust_normalized = _function(VARIANTS["self_adjust_normalized"])
