"""Two Triton kernels, interpreted: one block per row, and a row in blocks with a running sum."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

BLOCK = 64


@triton.jit
def _one(x, y, n, BLOCK: tl.constexpr):
    columns = tl.arange(0, BLOCK)
    at = tl.program_id(0) * n + columns
    scores = tl.load(x + at, mask=columns < n, other=-float("inf")).to(tl.float32)
    top = tl.maximum(tl.max(scores, axis=0), 0.0)
    weights = tl.exp(scores - top)
    tl.store(y + at, weights / (tl.exp(-top) + tl.sum(weights, axis=0)), mask=columns < n)


@triton.jit
def _sink(x, sinks, y, n, BLOCK: tl.constexpr):
    row, columns = tl.program_id(0), tl.arange(0, BLOCK)
    # The sink is the first score: as the running maximum, with a weight of 1.
    top = tl.load(sinks + row)
    total = 1.0
    for start in range(0, n, BLOCK):
        inside = start + columns < n
        at = row * n + start + columns
        scores = tl.load(x + at, mask=inside, other=-float("inf")).to(tl.float32)
        above = tl.maximum(top, tl.max(scores, axis=0))
        shift = tl.where(above == -float("inf"), 0.0, above)
        total = total * tl.exp(top - shift) + tl.sum(tl.exp(scores - shift), axis=0)
        top = above
    shift = tl.where(top == -float("inf"), 0.0, top)
    for start in range(0, n, BLOCK):
        inside = start + columns < n
        at = row * n + start + columns
        scores = tl.load(x + at, mask=inside, other=-float("inf")).to(tl.float32)
        tl.store(y + at, tl.exp(scores - shift) / total, mask=inside)


def softmax_one(x: torch.Tensor) -> torch.Tensor:
    rows, y = x.contiguous(), torch.empty_like(x, memory_format=torch.contiguous_format)
    n = x.shape[-1]
    if x.numel():
        _one[(x.numel() // n,)](rows, y, n, BLOCK=triton.next_power_of_2(n))
    return y


def softmax_sink(x: torch.Tensor, sink: torch.Tensor | float) -> torch.Tensor:
    rows, y = x.contiguous(), torch.empty_like(x, memory_format=torch.contiguous_format)
    n = x.shape[-1]
    if x.numel():
        sinks = torch.as_tensor(sink, dtype=torch.float32).expand(x.shape[:-1]).contiguous()
        _sink[(x.numel() // n,)](rows, sinks, y, n, BLOCK=BLOCK)
    return y
