"""The cases that a function is judged on, made from the classes, a format and a seed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array, cast
from refsoft.card import Card
from refsoft.conformance.families import FAMILIES, Family
from refsoft.conformance.given import Given
from refsoft.conformance.limits import finfo
from refsoft.conformance.plan import Plan as Plan
from refsoft.conformance.plan import sweep
from refsoft.conformance.scene import Draw, Scene


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One input and the parameters that go with it.

    Attributes
    ----------
    id : str
        ``class/length`` and, where a class visits a length twice, ``/number``.
    family : Family
    x : ndarray
        Of any shape; the rows lie on the last axis.
    params : dict
        The truth's parameters: floats, or float64 arrays of the batch's shape.
    where : ndarray of bool or None
        Visible entries, of the shape of x; None for all.
    extra : dict
        What the function is called with on account of the class: its mask, its axis.
    axis : int or None
        Where the function finds the rows; None for the last axis.
    layout : str
        How the array lies in memory; empty for a contiguous copy.
    given : Given or None
        What is known of it without an oracle.
    """

    id: str
    family: Family
    x: Array
    params: dict[str, Any]
    where: NDArray[np.bool_] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    axis: int | None = None
    layout: str = ""
    given: Given | None = None

    @property
    def known(self) -> Given | None:
        """What is given, unless this case was made from the one that it is given of."""
        it = self.given
        same = it and (it.x is self.x and it.params is self.params and it.where is self.where)
        return it if same else None

    @property
    def rows(self) -> Array:
        """The scores as (rows, n)."""
        return self.x.reshape(int(np.prod(self.x.shape[:-1], dtype=np.int64)), self.x.shape[-1])

    @property
    def visible(self) -> NDArray[np.bool_]:
        """Visible entries as (rows, n)."""
        if self.where is None:
            return np.ones(self.rows.shape, bool)
        return self.where.reshape(self.rows.shape)

    def columns(self) -> dict[str, Draw]:
        """Every parameter as a float64 column with one entry per row."""
        batch = self.x.shape[:-1]
        return {
            name: np.broadcast_to(np.asarray(value, np.float64), batch).reshape(-1, 1).copy()
            for name, value in self.params.items()
        }


def build(card: Card, dtype: np.dtype[Any], plan: Plan) -> Iterator[Case]:
    """The cases of a plan, the same at every call, each independent of the others chosen."""
    for family in FAMILIES:
        if not plan.chooses(family):
            continue
        for number, n in enumerate(plan.of(family)):
            case = _case(card, dtype, plan, family, n, number)
            if case is not None:
                yield case


def _case(
    card: Card, dtype: np.dtype[Any], plan: Plan, family: Family, n: int, number: int
) -> Case | None:
    rng = np.random.default_rng([plan.seed, zlib.crc32(family.id.encode()), n])
    batch = (n,) if family.batch is None else family.batch
    shape = (0, 4) if family.lengths == "empty" and n else (*batch, n)
    params = parameters(card, plan, zlib.crc32(family.id.encode()) + number, shape[:-1])
    limits = finfo(dtype)
    scene = Scene(rng, shape, limits, _centre(card, params, max(n, 1)), _power(params))
    with np.errstate(over="ignore"):
        drawn = family.draw(scene) if 0 not in shape else np.zeros(shape)
    largest = float(limits.max)
    finite = np.clip(drawn, -largest, largest)
    x = plan.domain.clip(cast(np.where(np.isfinite(drawn), finite, drawn), dtype))
    if not np.all(plan.domain.admits(x)):
        return None
    return Case(f"{family.id}/{n}", family, x, params)


def parameters(card: Card, plan: Plan, turn: int, batch: tuple[int, ...]) -> dict[str, Any]:
    """The values of the parameters in a turn: the fixed, the swept, the defaults.

    Every third turn gives one value per row, of the batch's shape, as learned parameters are given.
    """
    params: dict[str, Any] = {}
    for place, parameter in enumerate(card.parameters):
        name = parameter.name
        if name not in plan.swept:
            params[name] = plan.fixed.get(name, parameter.default)
            continue
        values = sweep(parameter)
        index = turn // (1 + 2 * place)
        if batch and turn % 3 == 2:
            count = int(np.prod(batch, dtype=np.int64))
            params[name] = np.resize(np.roll(values, index), count).reshape(batch)
        else:
            params[name] = values[index % len(values)]
    return params


def _power(params: dict[str, Any]) -> float | None:
    return float(np.max(params["p"])) if "p" in params else None


def _centre(card: Card, params: dict[str, Any], n: int) -> Draw:
    """Where a row of n equal scores equals the variant's offset, a logarithm; 1 without one."""
    if "sink" in params:
        offset = np.asarray(params["sink"], np.float64)
    elif card.name == "softmax_one":
        offset = np.zeros(())
    elif "n" in params or "eta" in params:
        weight = np.asarray(params["n" if "n" in params else "eta"], np.float64)
        offset = np.log(np.where(weight > 0, weight, 1.0))
    else:
        return np.ones(())
    finite = np.where(np.isfinite(offset), offset, 0.0)
    return np.asarray(finite - np.log(n))[..., np.newaxis]
