"""The error of what a contender returned, on a sample of its rows.

y and dx are measured against the oracle's certified enclosure, and are wrong where no honest
arithmetic of the format explains them: past the proven bound of the loosest preset. Rows longer
than LONGEST, and tangents, are measured against golden, which has an error of its own in float64;
so is all where python-flint is missing. There an error of an eighth of the value is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.bench.problem import Problem
from refsoft.bench.sizes import PARAMETERS
from refsoft.catalogue import VARIANTS
from refsoft.conformance.cases import Case
from refsoft.conformance.families import Family
from refsoft.conformance.gradients.cases import Pull
from refsoft.conformance.gradients.truth import Value, pull_truth, size_of
from refsoft.conformance.judge import FAR, Enclosed, judge
from refsoft.conformance.truth import truth
from refsoft.rounding import presets

ENTRIES = 4096  # of the rows of a sample together
LONGEST = 20_000  # entries of a row that the oracle is asked for
FAMILY = Family("bench", "", lambda scene: scene.normal())


@dataclass(frozen=True, slots=True)
class Error:
    """The largest of a sample.

    Attributes
    ----------
    ulp : float
        In units in the last place of the result's format: of the value itself for y,
        for derivatives of the largest entry of their row, since they cancel.
    wrong : bool
    rows : int
        In the sample.
    truth : str
        ``oracle`` or ``golden``.
    """

    ulp: float
    wrong: bool
    rows: int
    truth: str


class Sample:
    """Some rows of a problem and what is true of them, computed when first asked for."""

    def __init__(self, variant: str, op: str, problem: Problem) -> None:
        self._variant = VARIANTS[variant]
        self._op = op
        self._problem = problem
        self._params: dict[str, Any] = dict(PARAMETERS[variant])

    def error(self, result: Array) -> Error:
        """Of an array of the problem's shape."""
        given = self._rows(result).astype(np.float64)
        true, bound, size = self._truth
        found = judge(true, given, bound, self._problem.format, size=size)
        return Error(float(np.max(found.ulps)), bool(found.beyond.any()), len(given), self._source)

    @cached_property
    def _source(self) -> str:
        exact = self._op != "jvp" and self._problem.size.n <= LONGEST and find_spec("flint")
        return "oracle" if exact else "golden"

    def _rows(self, array: Array) -> Array:
        size = self._problem.size
        rows = array if size.axis else array.T
        count = max(1, min(size.rows, ENTRIES // size.n))
        return np.ascontiguousarray(rows[np.linspace(0, size.rows - 1, count).astype(int)])

    @cached_property
    def _truth(self) -> tuple[Enclosed, Array, Array | None]:
        x, dtype = self._rows(self._problem.x), self._problem.format
        g = None if self._op.startswith("forward") else self._rows(self._problem.g)
        if self._source == "golden":
            return self._of_golden(x, g)
        case = Case("bench", FAMILY, x, dict(self._params))
        loosest = presets(dtype)[-1].flushing()  # some libraries flush subnormals
        if g is None:
            forward = truth(self._variant, case)
            return forward, forward.bound(loosest, dtype), None
        pulled = pull_truth(self._variant, Pull("bench", FAMILY, case, g, None))
        return pulled.dx, pulled.bounds(loosest, dtype)[0], pulled.dx.size

    def _of_golden(self, x: Array, g: Array | None) -> tuple[Enclosed, Array, Array | None]:
        golden, x = self._variant.using("golden"), x.astype(np.float64)
        y = golden(x, **self._params)
        if g is None:
            head, size = y, np.abs(y)
        else:
            g = g.astype(np.float64)
            pull: Any = golden.jvp if self._op == "jvp" else golden.vjp
            head = pull(x, g, **self._params)
            head = head[0] if isinstance(head, tuple) else head
            size = size_of(head, y, g)
        nothing = np.zeros_like(head)
        limit = FAR * np.maximum(size, float(np.finfo(np.float32).tiny))
        return Value(head, nothing, nothing, size), limit, size
