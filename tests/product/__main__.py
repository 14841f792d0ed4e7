"""Measure the product, or write its page from what was measured.

``python -m tests.product measure [WORD ...]`` measures the cells whose name has every word in it,
all without one, and keeps the others; ``render`` writes docs/conformance.md from
docs/conformance.json; ``check`` fails where they differ or a cell does not conform, and names
the cells that are not measured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from refsoft.conformance.whole import write_whole
from tests.product import render
from tests.product.cells import Cell, Figures, cells, measure
from tests.survey.__main__ import machine

DOCS = Path(__file__).parents[2] / "docs"
DATA, PAGE = DOCS / "conformance.json", DOCS / "conformance.md"
PACKAGES = ("numpy", "numba", "python-flint", "ml-dtypes")


def kept() -> dict[str, Any]:
    """What was measured before."""
    if not DATA.is_file():
        return {"schema": "refsoft.product/1", "versions": {}, "cells": {}}
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


def key(cell: Cell) -> str:
    """The name of a cell in the data."""
    return " ".join(cell)


def missing(data: dict[str, Any]) -> list[str]:
    """The cells that are not measured; the page names them too."""
    return [f"{key(cell)} is not measured" for cell in cells() if key(cell) not in data["cells"]]


def wrong(data: dict[str, Any]) -> list[str]:
    """The cells that do not conform."""
    return [
        f"{name} {figures['verdict']}"
        for name, figures in data["cells"].items()
        if figures["verdict"] != "conforms"
    ]


@click.group()
def main() -> None:
    """Every variant in every format on every backend under refsoft check."""


@main.command("measure")
@click.argument("words", nargs=-1)
@click.option("--quick", is_flag=True, help="The quick cases only.")
@click.option("--jobs", default=2, help="Processes at a time.")
def _measure(words: Sequence[str], quick: bool, jobs: int) -> None:
    chosen = [cell for cell in cells() if set(words) <= set(cell)]
    data = kept()
    data["versions"] = {name: version(name) for name in PACKAGES}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(measure, cell, quick): cell for cell in chosen}
        for done, future in enumerate(as_completed(running), 1):
            cell, figures = running[future], future.result()
            _store(data, cell, {**figures, "machine": machine()})
            name, verdict = key(cell), figures["verdict"]
            click.echo(f"{done}/{len(chosen)} {name}: {verdict}, {figures['seconds']} s", err=True)


def _store(data: dict[str, Any], cell: Cell, figures: Figures) -> None:
    data["cells"][key(cell)] = figures
    data["cells"] = {key(c): data["cells"][key(c)] for c in cells() if key(c) in data["cells"]}
    head = json.dumps({k: v for k, v in data.items() if k != "cells"})
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in data["cells"].items()]
    write_whole(DATA, head[:-1] + ', "cells": {\n' + ",\n".join(lines) + "\n}}\n")


@main.command("render")
def _render() -> None:
    PAGE.write_text(render.page(kept()), "utf-8")


@main.command("check")
def _check() -> None:
    data = kept()
    found = wrong(data)
    if not PAGE.is_file() or PAGE.read_text("utf-8") != render.page(data):
        found.append("docs/conformance.md differs from what docs/conformance.json renders to")
    for line in missing(data) + found:
        click.echo(line)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
