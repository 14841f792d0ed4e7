"""The softmax of torch.

refsoft check docs/examples/torch_softmax.py:softmax --variant softmax --array torch
"""

from __future__ import annotations

import torch


def softmax(x: torch.Tensor) -> torch.Tensor:
    """Along the last axis."""
    return torch.softmax(x, dim=-1)
