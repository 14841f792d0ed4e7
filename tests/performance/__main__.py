"""Write the page on speed from what was measured, or check that it is what it renders to.

``refsoft bench --preset page --json docs/performance.json`` measures; ``python -m
tests.performance render`` writes docs/performance.md and its plots; ``check`` fails where they
differ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from tests.performance import page, plots

DOCS = Path(__file__).parents[2] / "docs"
DATA = DOCS / "performance.json"
PAGE = DOCS / "performance.md"


def rendered() -> dict[Path, str]:
    """Every file that what was measured renders to; none before anything was."""
    if not DATA.is_file():
        return {}
    data = json.loads(DATA.read_text("utf-8"))
    return {PAGE: page.page(data), **{DOCS / name: svg for name, svg in plots.plots(data)}}


@click.group()
def main() -> None:
    """The page on speed."""


@main.command()
def render() -> None:
    """Write the page and its plots."""
    for path, text in rendered().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


@main.command()
def check() -> None:
    """Fail where a file is not what was measured."""
    found = different()
    for path in found:
        click.echo(f"{path.relative_to(DOCS.parent)} differs from what {DATA.name} renders to")
    sys.exit(bool(found))


def different() -> list[Path]:
    """The files that are not what was measured, or are of nothing that was."""
    files = rendered()
    there = {PAGE, *DOCS.glob("figures/performance-*.svg")}
    stray = [path for path in there - set(files) if path.is_file()]
    return stray + [
        path
        for path, text in files.items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


if __name__ == "__main__":
    main()
