"""The plot of a run: the largest error over its bound, a bar for every class."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

from refsoft.conformance.markup import element
from refsoft.conformance.report import ClassRow, Run

LOW, HIGH = -4.0, 2.0  # powers of ten from end to end; the bound is at 0
WIDTH = 300.0


def bars(run: Run) -> ET.Element:
    """A figure; the names and numbers are text beside it, so that they keep their size."""
    parts = [part for row in run.classes for part in _line(row)]
    caption = "largest error over the bound, from 10^-4 to 10^2; at the line it is the bound itself"
    return element(
        "figure",
        element("figcaption", caption, class_="quiet"),
        element("div", *parts, class_="bars"),
    )


def _line(row: ClassRow) -> tuple[ET.Element, ET.Element, ET.Element]:
    beyond = row.over_bound > 1
    bar = element(
        "rect", {"fill": "var(--bad)" if beyond else "var(--mark)"}, x="0", y="2", height="8",
        width=f"{place(row.over_bound):.1f}",
    )  # fmt: skip
    bound = f"{place(1.0):.1f}"
    line = element("line", x1=bound, x2=bound, y1="0", y2="12", stroke="var(--ink)")
    words = f"{row.family}: {row.over_bound:.2g} of the bound, {row.verdict}"
    options = {"aria-label": words, "viewBox": f"0 0 {WIDTH:g} 12", "preserveAspectRatio": "none"}
    picture = element("svg", options, bar, line, role="img")
    return element("span", row.family), picture, element("span", f"{row.over_bound:.2g}")


def place(ratio: float) -> float:
    """Where a ratio ends on the logarithmic scale.

    Examples
    --------
    >>> [place(ratio) for ratio in (0.0, 1e-4, 1.0, 1e9)]
    [0.0, 0.0, 200.0, 300.0]
    """
    if ratio <= 0 or math.isnan(ratio):
        return 0.0
    power = min(math.log10(ratio), HIGH) if math.isfinite(ratio) else HIGH
    return WIDTH * max(0.0, power - LOW) / (HIGH - LOW)
