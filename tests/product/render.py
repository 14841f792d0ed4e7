"""docs/conformance.md from what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import refsoft as rs
from refsoft._dtypes import DTYPES
from tests.product.cells import BACKENDS

HEAD = """\
# Every variant, every format, every backend

Written by `python -m tests.product render` from [conformance.json](conformance.json), which
`python -m tests.product measure` measured: `refsoft check` with axes, masks, gradients and every
parameter swept, in {count} combinations, on {machine}, with {versions}.

{state} A cell gives the largest error that was found over the proven bound of
[bounds.md](bounds.md), of results and of gradients, for the arithmetic named below it, and the
number of cases. Above 1 it would not conform.
"""
SPOKEN = {
    "cpu": "The compiled kernels (`cpu`)",
    "plain": "The same recipes in Python floats (`plain`)",
    "golden": "The definitions in NumPy (`golden`)",
}
Data = dict[str, Any]


def page(data: Data) -> str:
    """The page."""
    return "\n".join(_parts(data)).rstrip() + "\n"


def _parts(data: Data) -> Iterator[str]:
    found = data["cells"]
    quick = sum(cell["quick"] for cell in found.values())
    yield HEAD.format(
        count=len(found),
        machine=_machines(found),
        versions=", ".join(f"{name} {v}" for name, v in sorted(data["versions"].items())),
        state=f"{quick} of them on the quick cases only." if quick else "All cases and the search.",
    )
    for backend in BACKENDS:
        yield f"## {SPOKEN[backend]}\n"
        yield "| variant | " + " | ".join(DTYPES) + " |"
        yield "|---|" + "---|" * len(DTYPES)
        for name in rs.variants:
            row = [_cell(found.get(f"{name} {dtype} {backend}")) for dtype in DTYPES]
            yield f"| {name} | " + " | ".join(row) + " |"
        judged = [f"{dtype}: {' or '.join(_presets(found, dtype, backend))}" for dtype in DTYPES]
        yield f"\nJudged as {', '.join(judged)}.\n"
        yield from _findings(found, backend)


def _machines(found: Data) -> str:
    """How many cells were measured on each machine."""
    count = Counter(figures["machine"] for figures in found.values())
    return " and ".join(f"{name} ({number})" for name, number in count.most_common())


def _presets(found: Data, dtype: str, backend: str) -> list[str]:
    """What the cells of a column were judged by when they were measured."""
    names = [f"{variant} {dtype} {backend}" for variant in rs.variants]
    return sorted({found[name]["arithmetic"] for name in names if name in found}) or ["nothing"]


def _cell(figures: Data | None) -> str:
    if figures is None:
        return "not measured"
    forward, gradients = figures["forward"], figures["gradients"]
    sizes = f"{forward['over_bound']}, {gradients['over_bound']}"
    count = forward["cases"] + gradients["cases"]
    return f"{figures['verdict']}: {sizes} in {count:,}"


def _findings(found: Data, backend: str) -> Iterator[str]:
    for key, figures in found.items():
        if key.endswith(f" {backend}"):
            for finding in figures["findings"]:
                yield f"- {key}: {finding}"
