r"""softmax_one as a Triton kernel, one program per row: with the 1 unscaled, and right.

    TRITON_INTERPRET=1 refsoft check docs/examples/triton_softmax_one.py:published \
        --variant softmax_one --array torch --max-length 4096 --quick
    ... does not conform to softmax_one in float32 on n <= 4096 (wrong, special):
    subtracts the maximum but leaves the 1 unscaled

    TRITON_INTERPRET=1 refsoft check docs/examples/triton_softmax_one.py:corrected \
        --variant softmax_one --array torch --max-length 4096 --quick
    ... conforms to softmax_one on n <= 4096: float32 at float32-tree

TRITON_INTERPRET=1 runs the kernel on the CPU, in NumPy. On a GPU leave it out
and add --device cuda.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl


@triton.jit
def kernel(x, y, n, BLOCK: tl.constexpr, SCALED: tl.constexpr):
    """One row: the scores, their largest, the weights, the sum."""
    columns = tl.arange(0, BLOCK)
    inside = columns < n
    row = tl.program_id(0).to(tl.int64) * n
    scores = tl.load(x + row + columns, mask=inside, other=-float("inf")).to(tl.float32)
    top = tl.max(scores, axis=0)
    one = 1.0
    if SCALED:
        top = tl.maximum(top, 0.0)
        one = tl.exp(-top)
    weights = tl.exp(scores - top)
    tl.store(y + row + columns, weights / (one + tl.sum(weights, axis=0)), mask=inside)


def launch(x: torch.Tensor, scaled: bool) -> torch.Tensor:
    """Run the kernel over the last axis."""
    x = x.contiguous()
    y = torch.empty_like(x)
    n = x.shape[-1]
    if x.numel():
        block = triton.next_power_of_2(n)
        kernel[(x.numel() // n,)](x, y, n, BLOCK=block, SCALED=scaled)
    return y


def published(x: torch.Tensor) -> torch.Tensor:
    """Wrong: exp(x - m) / (1 + sum(exp(x - m)))."""
    return launch(x, scaled=False)


def corrected(x: torch.Tensor) -> torch.Tensor:
    """Right: the 1 is scaled with the others."""
    return launch(x, scaled=True)
