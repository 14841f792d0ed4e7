"""The cases that a function is judged on, made from the classes, a format and a seed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array, cast
from refsoft.card import Card, Parameter
from refsoft.conformance.domain import Domain
from refsoft.conformance.families import FAMILIES, TILES, Draw, Family, Scene
from refsoft.conformance.given import Given
from refsoft.conformance.limits import finfo

LENGTHS = {
    "usual": (2, 3, 8, 33, 128, 1000),
    "balanced": (2, 3, 8, 33, 65, 130, 1000, 2049),
    "blocks": tuple(2**k + side for k in range(5, 16) for side in (-1, 0, 1)),
    "edges": (33, 100, 300, 1100),
    "tiles": tuple(4 * tile for tile in TILES),
    "square": (2, 3, 8, 40),
    "short": (3, 7, 64),
    "long": (100_000,),
    "one": (1,),
    "empty": (0, 4),
}
QUICK = {
    **LENGTHS,
    "usual": (2, 3, 40),
    "balanced": (2, 3, 40, 130),
    "blocks": (31, 32, 33, 63, 64, 65, 257),
    "edges": (33, 100),
    "tiles": (128, 256),
    "square": (2, 3, 8),
    "short": (3, 7),
    "long": (20_000,),
}
# Representable in every format: nobody is blamed for rounding a parameter.
SWEEPS: dict[str, tuple[float, ...]] = {
    "temperature": (1.0, 0.5, 2.0, 0.125, 7.0),
    "n": (1.0, 0.0, 4.0, 0.0625, 64.0),
    "sink": (0.0, 3.0, -5.0, 20.0, -40.0),
    "eta": (1.0, 0.0, 0.0625, 100.0),
    "p": (1.0, 2.0, 0.5, 3.0),
    "s": (1.0, 0.4375, -0.5, 0.0, 2.0),
    "b": (0.0, 0.5, -1.0),
}


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


@dataclass(frozen=True, slots=True)
class Plan:
    """Which cases are made.

    Attributes
    ----------
    fixed : dict
        Values of parameters that do not vary.
    swept : tuple of str
        Parameters that take several values, arrays included.
    lengths : tuple of int or None
        In place of those of every class.
    max_length : int or None
    multiple_of : int
        Of which every length is a multiple.
    domain : Domain
    quick : bool
    seed : int
    only, skip : frozenset of str
        Classes.
    """

    fixed: dict[str, float] = field(default_factory=dict)
    swept: tuple[str, ...] = ()
    lengths: tuple[int, ...] | None = None
    max_length: int | None = None
    multiple_of: int = 1
    domain: Domain = field(default_factory=Domain)
    quick: bool = False
    seed: int = 0
    only: frozenset[str] = frozenset()
    skip: frozenset[str] = frozenset()

    def of(self, family: Family) -> tuple[int, ...]:
        """The lengths that a class is made at."""
        lengths = (QUICK if self.quick else LENGTHS)[family.lengths]
        if family.lengths in ("one", "empty"):
            allowed = self.lengths is None or set(lengths) & set(self.lengths)
            whole = all(n % self.multiple_of == 0 for n in lengths)
            return lengths if allowed and whole else ()
        if self.lengths is not None:
            return tuple(n for n in self.lengths if n >= 2)
        longest = self.max_length
        if longest is None:
            return self._multiples(lengths)
        longest -= longest % self.multiple_of
        capped = (longest,) if family.lengths == "long" and longest > 1 else ()
        return self._multiples(lengths) or capped

    def among(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """Lengths up to those of a class, as the plan has them."""
        if self.lengths is not None:
            lengths = tuple(n for n in self.lengths if 2 <= n <= max(lengths))
        return self._multiples(lengths)

    def _multiples(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        m = self.multiple_of
        rounded = dict.fromkeys(-(-n // m) * m for n in lengths)
        return tuple(n for n in rounded if self.max_length is None or n <= self.max_length)

    def near(self, n: int) -> int:
        """The length, of those that were not ruled out, that comes nearest to n."""
        longer = [m for m in self.lengths or () if m >= 2]
        if longer:
            return min(longer, key=lambda m: abs(m - n))
        n = -(-n // self.multiple_of) * self.multiple_of
        return n if self.max_length is None else min(n, self.max_length)

    def chooses(self, family: Family) -> bool:
        """Whether a class is wanted."""
        return (not self.only or family.id in self.only) and family.id not in self.skip

    def scalar(self, parameter: Parameter) -> float | None:
        """The one value of a parameter where it does not vary."""
        if parameter.name in self.swept:
            return (SWEEPS.get(parameter.name) or _sweep(parameter))[0]
        return self.fixed.get(parameter.name, parameter.default)


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
        values = SWEEPS.get(name) or _sweep(parameter)
        index = turn // (1 + 2 * place)
        if batch and turn % 3 == 2:
            count = int(np.prod(batch, dtype=np.int64))
            params[name] = np.resize(np.roll(values, index), count).reshape(batch)
        else:
            params[name] = values[index % len(values)]
    return params


def _sweep(parameter: Parameter) -> tuple[float, ...]:
    """Values for a parameter of a variant from outside the package."""
    candidates = (parameter.default, 1.0, 0.5, 2.0, -1.0)
    return tuple({v: None for v in candidates if v is not None and parameter.contains(v)})


def _power(params: dict[str, Any]) -> float | None:
    return float(np.max(params["p"])) if "p" in params else None


def _centre(card: Card, params: dict[str, Any], n: int) -> Draw:
    """Where a row of n equal scores equals the variant's offset, a logarithm."""
    if "sink" in params:
        offset = np.asarray(params["sink"], np.float64)
    elif card.name == "softmax_one":
        offset = np.zeros(())
    elif "n" in params or "eta" in params:
        weight = np.asarray(params["n" if "n" in params else "eta"], np.float64)
        offset = np.log(np.where(weight > 0, weight, 1.0))
    else:
        return np.zeros(())
    finite = np.where(np.isfinite(offset), offset, 0.0)
    return np.asarray(finite - np.log(n))[..., np.newaxis]
