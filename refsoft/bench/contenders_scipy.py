"""SciPy's softmax and log_softmax."""

from __future__ import annotations

import numpy as np

from refsoft.bench.contender import Contender, Prepared
from refsoft.bench.contenders_numpy import MOST, MOST_SHORT
from refsoft.bench.problem import Problem


def contender(variant: str, op: str) -> Contender | None:
    """SciPy's function of that name; it always allocates."""
    if op != "forward" or variant not in ("softmax", "log_softmax"):
        return None
    from scipy import special

    function = getattr(special, variant)

    def prepare(problem: Problem) -> Prepared:
        x, axis = problem.x, problem.size.axis
        return Prepared(None, lambda: function(x, axis=axis), np.asarray)

    return Contender(f"scipy.special.{variant}", prepare, variant, "scipy", MOST, MOST_SHORT)
