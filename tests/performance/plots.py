"""The plots on speed: SVG that is light or dark as its reader wants it."""

from __future__ import annotations

import io
from collections.abc import Iterator

from refsoft.bench.sizes import PARAMETERS
from tests.performance.figures import Data, by_size, ratio, size

PLOTS = ("time", "ratio")
# Okabe and Ito's colours, told apart by the colour-blind and seen on white and on black.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C8C2E", "#A0522D")
MARKERS = "osD^vPX*h"
# Drawn in these, shown in the reader's: a style sheet names the second, and a program that knows
# none keeps the first.
INK, PAPER, GRID = "#202124", "#fefefe", "#c8c8c9"
NAMES = {INK: "--ink", PAPER: "--paper", GRID: "--grid"}
STYLE = (
    "<style>:root{--ink:#202124;--paper:#fefefe;--grid:#c8c8c9}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8e8ea;--paper:#1b1d22;--grid:#4a4d55}}</style>"
)
Line = tuple[str, list[str], list[float]]


def plots(data: Data) -> Iterator[tuple[str, str]]:
    """Name and SVG of every figure."""
    for plot in PLOTS:
        label = {"time": "ns per entry", "ratio": "our time / torch's"}[plot]
        yield f"figures/performance-{plot}.svg", _figure(_lines(plot, data), label, plot == "ratio")


def alternative(plot: str, data: Data) -> str:
    """What the figure shows, in words."""
    lines = _lines(plot, data)
    if plot == "time":
        said = [f"{name} {_span(values, ' ns')}" for name, _, values in lines]
        return f"Time per entry of softmax in float32 by size: {'; '.join(said)}"
    said = [f"{name} {_span(values, '')}" for name, _, values in lines]
    return f"Our time over torch's by size, below 1 we are faster: {'; '.join(said)}"


def _span(values: list[float], unit: str) -> str:
    return f"{min(values):.2g} to {max(values):.2g}{unit}"


def _lines(plot: str, data: Data) -> list[Line]:
    if plot == "ratio":
        found = [
            (v, [(size(g), r) for g in by_size(data, v) if (r := ratio(g)) is not None])
            for v in PARAMETERS
        ]
    else:
        groups = by_size(data, "softmax")
        names = list(dict.fromkeys(e["name"] for g in groups for e in g["entries"]))
        found = [(name, list(_times(groups, name))) for name in names]
        found.append(("copy", [(size(g), _each(g, g["copy"])) for g in groups]))
    return [
        (name, [x for x, _ in points], [y for _, y in points]) for name, points in found if points
    ]


def _times(groups: list[Data], name: str) -> Iterator[tuple[str, float]]:
    for group in groups:
        for entry in group["entries"]:
            spread = entry["into"] or entry["fresh"]
            if entry["name"] == name and spread:
                yield size(group), _each(group, spread)


def _each(group: Data, spread: Data) -> float:
    return float(1e9 * spread["median"] / (group["rows"] * group["n"]))


def _figure(lines: list[Line], label: str, is_ratio: bool) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    inks = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color",
                          "ytick.color"), INK)  # fmt: skip
    papers = dict.fromkeys(("figure.facecolor", "axes.facecolor", "legend.facecolor"), PAPER)
    fixed = {"svg.hashsalt": "refsoft", "svg.fonttype": "path", "font.size": 9, "grid.color": GRID}
    with mpl.rc_context({**fixed, **inks, **papers}):
        figure = Figure(figsize=(7.2, 4.4), layout="constrained")
        axis = figure.subplots()
        order = max((xs for _, xs, _ in lines), key=len, default=[])
        for place, (name, xs, ys) in enumerate(lines):
            at = [order.index(x) for x in xs]
            axis.plot(at, ys, color=COLOURS[place % 8], marker=MARKERS[place % 9], markersize=5,
                      linewidth=1.2, linestyle="-" if place < 8 else "--", label=name)  # fmt: skip
        if is_ratio:
            axis.axhline(1.0, color=INK, linewidth=0.8, linestyle=":")
        axis.set_xticks(range(len(order)), order, rotation=20)
        axis.set(yscale="log", ylabel=label, xlabel="rows x n")
        axis.grid(visible=True, linewidth=0.4)
        figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _adaptable(text.getvalue())


def _adaptable(svg: str) -> str:
    for colour, name in NAMES.items():
        for what in ("fill", "stroke"):
            svg = svg.replace(f"{what}: {colour}", f"{what}: {colour}; {what}: var({name})")
    head, tag, rest = svg.partition("<svg")
    attributes, end, body = rest.partition(">")
    lines = f"{head}{tag}{attributes}{end}\n{STYLE}{body}".splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"
