"""The tables of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from refsoft.bench.record import Entry, Group, Pair, Peak, Record, Row, pairs
from refsoft.bench.statistics import Spread

Cells = tuple[str, ...]
HEAD: Cells = (
    "ours", "against", "operation", "format", "size", "ours", "quartiles", "theirs", "quartiles",
    "ratio", "allocating", "ratio", "copy", "ulp", "their ulp",
)  # fmt: skip
MOVED: Cells = ("function", "operation", "format", "size", "form", "GB/s", "of the copy's")


def tables(record: Record) -> Iterator[list[Cells]]:
    """Every table that there is something for, its heading first."""
    if record.groups:
        yield [HEAD, *(_pair(pair) for pair in pairs(record.groups))]
        alone = [group for group in record.groups if not pairs([group])]
        if alone:
            head: Cells = (
                "function",
                "operation",
                "format",
                "size",
                "time",
                "quartiles",
                "copy",
                "ulp",
            )
            yield [head, *(_alone(group, e) for group in alone for e in group.entries)]
    if record.machine["device"] == "cuda":
        yield [MOVED, *(row for group in record.groups for row in _moved(group))]
    if record.peaks:
        peaks: Cells = ("function", "operation", "format", "size", "extra memory", "allocating")
        yield [peaks, *(_peak(found) for found in record.peaks)]
    if record.rows:
        yield [("requirement", "found", "bar", "goal", ""), *(_row(row) for row in record.rows)]


def _pair(pair: Pair) -> Cells:
    group, ours, other = pair.group, pair.ours, pair.other
    cell = (ours.name, other.name, group.op, group.dtype, repr(group.size))
    if other.refused or ours.refused:
        return (*cell, f"not timed: {ours.refused or other.refused}", *[""] * 9)
    return (
        *cell, *_time(ours.into), *_time(other.into), times(pair.into),
        f"{_time(ours.fresh)[0]} {_time(other.fresh)[0]}".strip(), times(pair.fresh),
        _time(group.copy)[0], ulp(ours), ulp(other),
    )  # fmt: skip


def _moved(group: Group) -> Iterator[Cells]:
    """The bandwidth of everybody, the copy's first."""
    cell = (group.op, group.dtype, repr(group.size))
    copy = group.bandwidth(group.copy) if group.copy else float("nan")
    yield ("copy", *cell, "", f"{copy:.0f}", "")
    for entry in group.entries:
        for form, found in (("into", entry.into), ("fresh", entry.fresh)):
            if found is not None:
                moved = group.bandwidth(found)
                yield (entry.name, *cell, form, f"{moved:.0f}", f"{moved / copy:.0%}")


def _alone(group: Group, entry: Entry) -> Cells:
    cell = (entry.name, group.op, group.dtype, repr(group.size))
    return (*cell, *_time(entry.into or entry.fresh), _time(group.copy)[0], ulp(entry))


def _peak(peak: Peak) -> Cells:
    return (peak.name, peak.op, peak.dtype, repr(peak.size), size(peak.into), size(peak.fresh))


def _row(row: Row) -> Cells:
    unit = f" {row.unit}" if row.unit else ""
    found = f"{row.value:.3g}{unit}"
    return (row.what, found, f"{row.bar:g}", f"{row.goal:.2g}", "met" if row.met else "not met")


def _time(spread: Spread | None) -> tuple[str, str]:
    if spread is None:
        return "", ""
    return seconds(spread.median), f"{seconds(spread.low)} to {seconds(spread.high)}"


def seconds(time: float) -> str:
    """A time with its unit.

    Examples
    --------
    >>> seconds(0.0123), seconds(4.5e-6)
    ('12.3 ms', '4.50 us')
    """
    unit, factor = next((u for u in (("s", 1.0), ("ms", 1e3)) if time * u[1] >= 1), ("us", 1e6))
    return f"{time * factor:#.3g} {unit}".replace(". ", " ")


def size(count: int | None) -> str:
    """Bytes as MiB; empty for None.

    Examples
    --------
    >>> size(3 * 2**20), size(None)
    ('3.00 MiB', '')
    """
    return "" if count is None else f"{count / 2**20:.2f} MiB"


def times(ratio: float | None) -> str:
    """A ratio; empty for None."""
    return "" if ratio is None else f"{ratio:.2f}"


def ulp(entry: Entry) -> str:
    """An error; ``wrong`` beside one that no honest arithmetic explains, ~ if against golden."""
    if entry.ulp is None:
        return ""
    about = "~" if entry.truth == "golden" else ""
    return f"{about}{entry.ulp:.3g}{' wrong' if entry.wrong else ''}"


def lined_up(rows: Sequence[Cells]) -> Iterator[str]:
    """The table as lines, columns that are empty throughout left out."""
    kept = [i for i in range(len(rows[0])) if any(row[i] for row in rows[1:])]
    columns = [[row[i] for row in rows] for i in kept]
    # A cell that says why the rest of its row is empty does not widen its column.
    widths = [max(len(c) for c in column if not c.startswith("not timed")) for column in columns]
    for cells in zip(*columns, strict=True):
        yield "  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()
