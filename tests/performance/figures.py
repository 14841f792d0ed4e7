"""What the tables and plots are made of: the groups of a record, by what they are of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from refsoft.bench.sizes import PARAMETERS, Size

Data = dict[str, Any]
OURS = "refsoft"


def size(group: Data) -> str:
    """As the command line names it."""
    return repr(Size(group["rows"], group["n"], group["axis"]))


def by_size(data: Data, variant: str) -> list[Data]:
    """The groups of a variant's forward in float32, from few entries to many."""
    found = [
        group
        for group in own(data, variant)
        if (group["op"], group["dtype"], group["axis"]) == ("forward", "float32", -1)
    ]
    return sorted(found, key=lambda g: (g["rows"] * g["n"], g["n"]))


def own(data: Data, variant: str) -> Iterator[Data]:
    """The groups of one variant alone."""
    for group in data["groups"]:
        if {e["variant"] for e in group["entries"]} == {variant}:
            yield group


def mixed(data: Data) -> list[Data]:
    """The groups in which variants stand beside each other."""
    return [g for g in data["groups"] if len({e["variant"] for e in g["entries"]}) > 1]


def of(group: Data, library: str) -> Data | None:
    """The entry of a library."""
    return next((e for e in group["entries"] if e["library"] == library), None)


def ratio(group: Data, library: str = "torch", form: str = "into") -> float | None:
    """Our median over a library's."""
    ours, theirs = of(group, OURS), of(group, library)
    if not (ours and theirs and ours[form] and theirs[form]):
        return None
    return float(ours[form]["median"] / theirs[form]["median"])


def entries(data: Data) -> Iterator[tuple[Data, Data, Data]]:
    """Every entry that is not ours, with its group and ours of the same variant."""
    for variant in PARAMETERS:
        for group in own(data, variant):
            ours = of(group, OURS)
            for other in group["entries"]:
                if ours and other is not ours:
                    yield group, ours, other
