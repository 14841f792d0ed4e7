"""The survey's plots: the largest error against n, one figure per format and variant."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

# Okabe and Ito's colours, told apart by the colour-blind; a marker tells them apart in print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C2E")
MARKERS = "osD^vPX*h"
TOP = 1e9  # where what is not finite is drawn
COMPOSED = "composition"


def plots(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and SVG of every figure."""
    for variant in ("softmax", "log_softmax"):
        for dtype in ("float32", "float64", "float16", "bfloat16"):
            yield f"figures/accuracy-{variant}-{dtype}.svg", _figure(_lines(data, variant, dtype))
    composed = [
        (entry["variant"], entry["formats"]["float32"]["curve"])
        for entry in data["subjects"].values()
        if (entry["source"], entry["name"]) == ("torch", COMPOSED)
    ]
    yield "figures/accuracy-compositions-float32.svg", _figure(composed)


def _lines(data: dict[str, Any], variant: str, dtype: str) -> list[tuple[str, Any]]:
    return [
        (f"{entry['source']} {entry['name']}", entry["formats"][dtype]["curve"])
        for entry in data["subjects"].values()
        if entry["variant"] == variant and entry["source"] != "entmax"
        if dtype in entry["formats"] and any(p["ulp"] for p in entry["formats"][dtype]["curve"])
    ]


def _figure(lines: list[tuple[str, Any]]) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings = {"svg.hashsalt": "refsoft", "svg.fonttype": "path", "font.size": 9}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(8.4, 4.2), layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        for axis, kind in zip(axes, ("normal", "wide"), strict=True):
            for place, (label, curve) in enumerate(lines):
                points = [p for p in curve if p["rows"] == kind and p["ulp"] is not None]
                x = [p["n"] for p in points]
                y = [TOP if p["ulp"] == "inf" else max(p["ulp"], 0.3) for p in points]
                axis.plot(x, y, color=COLOURS[place % 8], marker=MARKERS[place % 9], markersize=4,
                          linewidth=1, label=label)  # fmt: skip
            axis.set(title=f"{kind} rows", xlabel="n", xscale="log", yscale="log")
            axis.grid(visible=True, linewidth=0.4)
        axes[0].set_ylabel("largest error in ULP")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
