"""The case classes of axes: arrays of two to four axes, the rows along each of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.card import Card
from refsoft.conformance.cases import Case, Plan, parameters
from refsoft.conformance.families import Family

# No two axes of a length: rows along another axis have another shape.
BATCHES = {2: (3,), 3: (2, 4), 4: (2, 3, 4)}
AXES: dict[int, Family] = {
    ndim: Family(
        f"axis-{ndim}d",
        f"rows along each of {ndim} axes",
        lambda s: s.normal(2.0),
        batch,
        group="axis",
    )
    for ndim, batch in BATCHES.items()
}
FRONT, END = 2, 6  # turns of the parameters: one value per row, one for all
SQUARE = Family(
    "axis-square", "two axes of a length: the shape does not tell them apart",
    lambda s: s.normal(2.0), None, group="axis",
)  # fmt: skip


def build(card: Card, dtype: np.dtype[Any], plan: Plan, keyword: str) -> Iterator[Case]:
    """The cases of axes, passed as ``keyword``, counted from either end.

    Where they are counted from the front a parameter has one value per row, in the shape of the
    scores without that axis.
    """
    n = plan.near(5)
    shapes = [(family, (*BATCHES[ndim], n)) for ndim, family in AXES.items()]
    for family, shape in [*shapes, (SQUARE, (n, n))]:
        if not plan.chooses(family):
            continue
        rng = np.random.default_rng([plan.seed, zlib.crc32(family.id.encode()), n])
        x = plan.domain.clip(cast(2.0 * rng.standard_normal(shape), dtype))
        for axis in range(-x.ndim, x.ndim):
            params = parameters(card, plan, FRONT if axis >= 0 else END, shape[:-1])
            yield Case(f"{family.id}/{axis}", family, x, params, extra={keyword: axis}, axis=axis)


def moved(case: Case, values: Array) -> Array:
    """Scores or results with the rows where the function has them."""
    if case.axis is None:
        return values
    return np.ascontiguousarray(np.moveaxis(values, -1, case.axis))


def moved_back(case: Case, y: Array) -> Array:
    """A result of the function with the rows on the last axis."""
    if case.axis is None or y.ndim != case.x.ndim:
        return y
    return np.moveaxis(y, case.axis, -1)


def fits(case: Case) -> bool:
    """Whether the scores have the axis of the case."""
    return case.axis is None or -case.x.ndim <= case.axis < case.x.ndim
