"""softmax_one as kyegomez/AttentionIsOFFByOne published and benchmarked it.

It subtracts the maximum and leaves the 1 unscaled, so it is another function.
"""

from __future__ import annotations

from typing import Any

from refsoft.bench.contender import Contender, Prepared
from refsoft.bench.problem import Problem


def contender() -> Contender:
    """The function as published, which always allocates."""
    from refsoft.bench.contenders_torch import array, tensor

    def prepare(problem: Problem) -> Prepared:
        x, dim = tensor(problem.x), problem.size.axis
        return Prepared(None, lambda: softmax_one(x, dim), array)

    return Contender("softmax_one as published", prepare, "softmax_one", "published")


def softmax_one(x: Any, dim: int) -> Any:
    """Exponentials of x less its maximum, over 1 and their sum."""
    w = (x - x.max(dim=dim, keepdim=True).values).exp()
    return w / (1 + w.sum(dim=dim, keepdim=True))
