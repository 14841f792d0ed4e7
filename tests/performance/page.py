"""docs/performance.md from what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from refsoft.bench.show import seconds
from refsoft.bench.sizes import OPERATIONS, PARAMETERS, SCALE, SQUARE
from refsoft.bench.statistics import geometric_mean
from tests.performance.figures import Data, by_size, entries, mixed, of, own, ratio, size
from tests.performance.plots import PLOTS, alternative

HEAD = """\
# How fast are the kernels, and at what error?

Written by `python -m tests.performance render` from [performance.json](performance.json), which
`refsoft bench --preset page --json docs/performance.json` measured: {model}, {cores} cores,
Python {python}, {threads} threads for everybody who can be told, with {versions}.{absent}

- A time is the median of calls that were timed in turns in one process, with a pause before each
  so that nobody's idle threads take a core from the next; beside it stand the quartiles.
- A ratio is our median over theirs: below 1 we are faster. Results are written into memory that
  is there on both sides, and where a library cannot do that the ratio is of two allocating calls.
- torch's own functions are `softmax`, `log_softmax` and their backward; for the other seven it is
  a composition in place, as a user would write it. *copy* moves the same bytes and does nothing
  else: for derivatives it adds two arrays.
- An error is the largest of a sample of rows, in units in the last place of the result,
  against the oracle; with ~ against golden, for rows longer than 20,000 and for tangents. That of a
  derivative is in units of its row's largest entry. **wrong** is an error that no honest
  arithmetic of the format explains.
- The scores are standard normal numbers times {scale:g}; the parameters are {parameters}.
"""


def page(data: Data) -> str:
    """The page."""
    return "\n".join(_parts(data)).rstrip() + "\n"


def _parts(data: Data) -> Iterator[str]:
    machine = data["machine"]
    yield HEAD.format(
        **machine,
        threads=data["threads"],
        versions=", ".join(f"{name} {v}" for name, v in sorted(data["versions"].items())),
        absent=f" Absent: {', '.join(data['absent'])}." if data["absent"] else "",
        scale=SCALE,
        parameters=", ".join(
            f"{p}={value:g} of {name}" for name, ps in PARAMETERS.items() for p, value in ps.items()
        ),
    )
    yield from _bar(data)
    yield from _sizes(data)
    yield from _others(data)
    yield from _off_by_one(data)
    yield from _pairs(data)


def _bar(data: Data) -> Iterator[str]:
    if not data["bar"]:
        return
    met = sum(row["met"] for row in data["bar"])
    yield "## The bar\n"
    yield f"What is asked of the kernels and what was found: {met} of {len(data['bar'])} are met.\n"
    yield "| what | found | bar | goal | |"
    yield "|---|---:|---:|---:|---|"
    for row in data["bar"]:
        unit = f" {row['unit']}" if row["unit"] else ""
        verdict = "met" if row["met"] else "**not met**"
        found = row["value"] if isinstance(row["value"], str) else f"{row['value']:.3g}"
        yield f"| {row['what']} | {found}{unit} | {row['bar']:g} | {row['goal']:.2g} | {verdict} |"
    yield ""


def _sizes(data: Data) -> Iterator[str]:
    yield "## Forward in float32 by size\n"
    for plot in PLOTS:
        yield f"![{alternative(plot, data)}](figures/performance-{plot}.svg)\n"
    yield "The ratio to torch, and where both allocate in brackets:\n"
    sizes = [size(group) for group in by_size(data, "softmax")]
    yield "| variant | " + " | ".join(sizes) + " | geometric mean |"
    yield "|---|" + "---:|" * (len(sizes) + 1)
    for variant in PARAMETERS:
        groups = {size(group): group for group in by_size(data, variant)}
        found = [r for g in groups.values() if (r := ratio(g)) is not None]
        mean = f"{geometric_mean(found):.2f}" if found else ""
        cells = [_ratios(groups[s]) if s in groups else "" for s in sizes]
        yield f"| {variant} | " + " | ".join(cells) + f" | {mean} |"
    yield ""
    yield "softmax itself:\n"
    yield from _times(by_size(data, "softmax"), lambda group: size(group))


def _ratios(group: Data) -> str:
    into, fresh = ratio(group), ratio(group, form="fresh")
    return (f"{into:.2f}" if into else "") + (f" ({fresh:.2f})" if fresh else "")


def _times(groups: list[Data], label) -> Iterator[str]:
    names = list(dict.fromkeys(e["name"] for group in groups for e in group["entries"]))
    yield "| | " + " | ".join(names) + " | copy |"
    yield "|---|" + "---:|" * (len(names) + 1)
    for group in groups:
        known = {e["name"]: e for e in group["entries"]}
        cells = [_cell(known.get(name)) for name in names]
        yield f"| {label(group)} | " + " | ".join(cells) + f" | {_time(group['copy'])} |"
    yield ""


def _cell(entry: Data | None) -> str:
    if entry is None:
        return ""
    spread = entry["into"] or entry["fresh"]
    if spread is None:
        return _text(entry["refused"])
    quartiles = f"{seconds(spread['low'])} to {seconds(spread['high'])}"
    return f"{seconds(spread['median'])} ({quartiles}), {_ulp(entry)} ULP"


def _text(words: str) -> str:
    return words.replace("|", r"\|")


def _time(spread: Data | None) -> str:
    return "" if spread is None else seconds(spread["median"])


def _ulp(entry: Data) -> str:
    if entry["ulp"] is None:
        return "-"
    value = entry["ulp"] if isinstance(entry["ulp"], str) else f"{entry['ulp']:.3g}"
    about = "~" if entry["truth"] == "golden" else ""
    return f"{about}{value}{' **wrong**' if entry['wrong'] else ''}"


def _others(data: Data) -> Iterator[str]:
    yield f"## Operations, formats and the other axis, {SQUARE}\n"
    yield "The ratio to torch, and our error and theirs in ULP:\n"
    measured = {g["op"] for g in data["groups"]} - {"forward"}
    columns = [
        *((op, "float32", -1) for op in OPERATIONS if op in measured),
        *(("forward", dtype, -1) for dtype in ("float64", "bfloat16", "float16")),
        ("forward", "float32", 0),
    ]
    yield "| variant | " + " | ".join(_heading(column) for column in columns) + " |"
    yield "|---|" + "---:|" * len(columns)
    for variant in PARAMETERS:
        groups = {
            (g["op"], g["dtype"], g["axis"]): g
            for g in own(data, variant)
            if (g["rows"], g["n"]) == (SQUARE.rows, SQUARE.n)
        }
        cells = [_compared(groups.get(column)) for column in columns]
        yield f"| {variant} | " + " | ".join(cells) + " |"
    yield ""


def _heading(column: tuple[str, str, int]) -> str:
    op, dtype, axis = column
    if op != "forward":
        return op
    return dtype if axis else "axis 0"


def _compared(group: Data | None) -> str:
    if group is None:
        return ""
    found, form = ratio(group), ""
    if found is None:
        found, form = ratio(group, form="fresh"), "allocating "
    ours, theirs = of(group, "refsoft"), of(group, "torch")
    if found is None or not (ours and theirs):
        return "-"
    return f"{form}{found:.2f}; {_ulp(ours)}, {_ulp(theirs)}"


def _off_by_one(data: Data) -> Iterator[str]:
    groups = mixed(data)
    if not groups:
        return
    yield "## The benchmark of AttentionIsOFFByOne\n"
    yield (
        "kyegomez/AttentionIsOFFByOne timed its softmax_one against torch's softmax at these sizes"
        " and\nneeded 2.4 to 50 times as long. Here again, with ours beside it, in float32:\n"
    )
    yield from _times(groups, size)
    if data["peaks"]:
        yield "Memory of a call beside its arrays, in MiB: into memory that is there, allocating:\n"
        sizes = list(dict.fromkeys(size(peak) for peak in data["peaks"]))
        yield "| function | " + " | ".join(sizes) + " |"
        yield "|---|" + "---:|" * len(sizes)
        for name in dict.fromkeys(peak["name"] for peak in data["peaks"]):
            found = {size(p): p for p in data["peaks"] if p["name"] == name}
            yield f"| {name} | " + " | ".join(_peak(found[s]) for s in sizes) + " |"
        yield ""


def _peak(peak: Data) -> str:
    return ", ".join(
        "-" if p is None else f"{p / 2**20:.1f}" for p in (peak["into"], peak["fresh"])
    )


def _pairs(data: Data) -> Iterator[str]:
    yield "## Everybody, the worst ratio first\n"
    yield "| ours | theirs | operation | format | size | ratio | ours | theirs | ULP | their ULP |"
    yield "|---|---|---|---|---|---:|---:|---:|---:|---:|"
    rows = []
    for group, ours, other in entries(data):
        both = ours["into"] and other["into"]
        form = "into" if both else "fresh"
        cells = [ours["variant"], other["name"], group["op"], group["dtype"], size(group)]
        if not (ours[form] and other[form]):
            cells += [f"not timed: {_text(other['refused'] or ours['refused'])}", "", "", "", ""]
            rows.append((-1.0, cells))
            continue
        found = ours[form]["median"] / other[form]["median"]
        mark = "" if both else " (allocating)"
        cells += [f"{found:.2f}{mark}", _time(ours[form]), _time(other[form])]
        rows.append((found, [*cells, _ulp(ours), _ulp(other)]))
    for _, cells in sorted(rows, key=lambda row: -row[0]):
        yield "| " + " | ".join(cells) + " |"
    yield ""
