"""What was measured, as data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

from refsoft._dtypes import as_dtype
from refsoft.bench import SCHEMA
from refsoft.bench.contender import OURS
from refsoft.bench.sizes import SEED, Size
from refsoft.bench.statistics import Spread, ratio
from refsoft.conformance.whole import strict


@dataclass(frozen=True, slots=True)
class Entry:
    """Times and error of one contender.

    Attributes
    ----------
    name, library, variant : str
    into, fresh : Spread or None
        Into memory that is there; into memory of its own.
    ulp : float or None
        The largest error of the sample; see :class:`refsoft.bench.accuracy.Error`.
    wrong : bool
        Past what honest arithmetic explains.
    truth : str
        What the error is measured against, ``oracle`` or ``golden``.
    refused : str
        Why nothing was measured; empty if it was.
    """

    name: str
    library: str
    variant: str
    into: Spread | None = None
    fresh: Spread | None = None
    ulp: float | None = None
    wrong: bool = False
    truth: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Contenders that were timed in turns on the same arrays.

    Attributes
    ----------
    op, dtype : str
    size : Size
    copy : Spread or None
        The copy of the scores, or for derivatives the sum of two arrays: the same bytes.
    entries : tuple of Entry
        Ours first.
    """

    op: str
    dtype: str
    size: Size
    copy: Spread | None
    entries: tuple[Entry, ...]

    def bandwidth(self, spread: Spread) -> float:
        """Bytes that the operation has to read and write, in GB/s."""
        arrays = 2 if self.op.startswith("forward") else 3
        bytes_ = arrays * self.size.entries * as_dtype(self.dtype).itemsize
        return bytes_ / spread.median / 1e9

    def entry(self, name: str) -> Entry:
        """The one of that name."""
        return next(entry for entry in self.entries if entry.name == name)


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours beside another's."""

    group: Group
    ours: Entry
    other: Entry

    @property
    def into(self) -> float | None:
        """The ratio of medians, outputs preallocated on both sides."""
        return ratio(self.ours.into, self.other.into)

    @property
    def fresh(self) -> float | None:
        """The ratio of medians where both allocate."""
        return ratio(self.ours.fresh, self.other.fresh)

    @property
    def worst(self) -> float:
        """By which pairs are ordered."""
        found = self.into if self.into is not None else self.fresh
        return float("inf") if found is None else found


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement: ``value`` is to be at most ``bar``."""

    what: str
    value: float
    bar: float
    goal: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.value <= self.bar


@dataclass(frozen=True, slots=True)
class Peak:
    """Bytes that one call takes beside its arrays; None where it cannot be called so."""

    name: str
    op: str
    dtype: str
    size: Size
    into: int | None
    fresh: int | None


@dataclass(slots=True)
class Record:
    """A run of the benchmark."""

    machine: dict[str, Any]
    versions: dict[str, str]
    threads: int
    budget: float
    absent: tuple[str, ...] = ()
    groups: list[Group] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    peaks: list[Peak] = field(default_factory=list)

    def text(self) -> str:
        """As strict JSON, a line for every group, row and peak."""
        head = {
            "schema": SCHEMA,
            "machine": self.machine,
            "versions": self.versions,
            "threads": self.threads,
            "budget": self.budget,
            "seed": SEED,
            "absent": list(self.absent),
        }
        lists = {
            "groups": [_plain(group) for group in self.groups],
            "bar": [{**_plain(row), "met": row.met} for row in self.rows],
            "peaks": [_plain(peak) for peak in self.peaks],
        }
        parts = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
        for key, items in lists.items():
            lines = ",\n".join(json.dumps(strict(item), allow_nan=False) for item in items)
            parts.append(f"{json.dumps(key)}: [\n{lines}\n]" if lines else f"{json.dumps(key)}: []")
        return "{" + ",\n".join(parts) + "}\n"


def pairs(groups: list[Group]) -> list[Pair]:
    """Ours beside everybody else's, the worst ratio first; who was not timed comes last."""
    found = [
        Pair(group, ours, other)
        for group in groups
        for ours, other in product(group.entries, group.entries)
        if ours.library == OURS and other.library != OURS
    ]
    timed = [p for p in found if p.worst != float("inf")]
    return sorted(timed, key=lambda p: -p.worst) + [p for p in found if p.worst == float("inf")]


def _plain(item: Group | Row | Peak) -> dict[str, Any]:
    plain = asdict(item)
    if "size" in plain:
        plain.update(plain.pop("size"))
    return plain
