r"""softmax_sink as an autograd.Function: its sink's gradient without a factor, and right.

    refsoft check docs/examples/torch_function.py:careless \
        --variant softmax_sink --pass sink --array torch --autodiff
    refsoft check docs/examples/torch_function.py:softmax_sink \
        --variant softmax_sink --pass sink --array torch --autodiff

The sink is one more score, whose own result is dropped: d y_i/d sink = -y_i y_sink.
"""

from __future__ import annotations

from typing import Any

import torch


class SoftmaxSink(torch.autograd.Function):
    """Right: the sink's gradient is that of a score."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, sink: torch.Tensor) -> torch.Tensor:
        """A softmax over the scores and the sink, without the sink's result."""
        column = sink[..., None].expand(*x.shape[:-1], 1)
        y = torch.softmax(torch.cat([x, column], dim=-1), dim=-1)
        ctx.save_for_backward(y, sink)
        return y[..., :-1].clone()

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The gradients of x and of the sink."""
        y, sink = ctx.saved_tensors
        y, own = y[..., :-1], y[..., -1]
        mean = (g * y).sum(dim=-1)
        return y * (g - mean[..., None]), (-mean * own).sum_to_size(sink.shape)


class Careless(SoftmaxSink):
    """Wrong: the sink's gradient is not weighed by the sink's own result."""

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The gradients of x and of the sink."""
        y, sink = ctx.saved_tensors
        y = y[..., :-1]
        mean = (g * y).sum(dim=-1)
        return y * (g - mean[..., None]), (-mean).sum_to_size(sink.shape)


def softmax_sink(x: torch.Tensor, sink: Any) -> torch.Tensor:
    """Right, forward and backward."""
    return SoftmaxSink.apply(x, torch.as_tensor(sink, dtype=x.dtype))


def careless(x: torch.Tensor, sink: Any) -> torch.Tensor:
    """Right forward, wrong backward."""
    return Careless.apply(x, torch.as_tensor(sink, dtype=x.dtype))
