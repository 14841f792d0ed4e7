"""What a torch composition works on, and what several of them share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

Tensor = Any


@dataclass(slots=True)
class Work:
    """Tensors of one shape, rows along ``dim``, and the parameters.

    Attributes
    ----------
    torch : module
    variant : str
    x, g : tensor
        The scores; the cotangent or the tangent.
    y, scratch, out : tensor
        The result where it is given or wanted, memory to use, where to write.
    """

    torch: Any
    variant: str
    params: dict[str, float]
    dim: int
    x: Tensor
    g: Tensor
    y: Tensor
    scratch: Tensor
    out: Tensor

    def total(self, w: Tensor) -> Tensor:
        """The sum of every row."""
        return w.sum(self.dim, keepdim=True)

    @property
    def virtual(self) -> float:
        """The score whose weight is the offset."""
        if self.variant == "softmax_n":
            return math.log(self.params["n"])
        return self.params.get("sink", 0.0)

    @property
    def length(self) -> int:
        """Of a row."""
        return int(self.x.shape[self.dim])

    @property
    def scale(self) -> float:
        """By which ssmax multiplies the scores."""
        return self.params["s"] * math.log(self.length) + self.params["b"]

    def ends(self) -> tuple[Tensor, Tensor]:
        """min(x, 0) and max(x, 0) of every row."""
        low, high = self.x.amin(self.dim, keepdim=True), self.x.amax(self.dim, keepdim=True)
        return low.clamp_(max=0), high.clamp_(min=0)
