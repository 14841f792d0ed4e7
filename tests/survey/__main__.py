"""Measure the survey, or write its page from what was measured.

``python -m tests.survey measure [WORD ...]`` measures the subjects whose id has a word in it, all
without one, and keeps the figures of the others; ``render`` writes docs/accuracy.md and its
plots from docs/accuracy.json; ``check`` fails where they differ.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress import track

from refsoft.conformance.whole import write_whole
from tests.survey import measure, plots, render
from tests.survey.subjects import Subject, subjects

DOCS = Path(__file__).parents[2] / "docs"
DATA = DOCS / "accuracy.json"
PAGE = DOCS / "accuracy.md"
SCHEMA = "refsoft.survey/1"


def kept() -> dict[str, Any]:
    """What was measured before."""
    if not DATA.is_file():
        return {"schema": SCHEMA, "versions": {}, "subjects": {}}
    found: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


def machine() -> str:
    """The kind of machine."""
    name = platform.processor() or platform.machine()
    with Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        name = next((line.split(":")[1].strip() for line in file if "model name" in line), name)
    return f"{name} ({platform.machine()}), Python {platform.python_version()}"


@click.group()
def main() -> None:
    """The survey of accuracy."""


@main.command("measure")
@click.argument("words", nargs=-1)
@click.option("--part", type=click.Choice(["all", "verdicts", "errors"]), default="all")
def _measure(words: Sequence[str], part: str) -> None:
    everybody = subjects()
    chosen = [s for s in everybody if not words or any(word in s.id for word in words)]
    data = kept()
    found = data["subjects"]
    for gone in set(found) - {s.id for s in everybody}:
        del found[gone]
    for s in chosen:
        entry = found.setdefault(s.id, {"formats": {}})
        entry.update(source=s.source, name=s.name, variant=s.variant, package=s.package)
        entry["machine"] = machine()
        entry["formats"] = {dtype: entry["formats"].get(dtype, {}) for dtype in s.dtypes}
        data["versions"][s.package] = version(s.package)
    tasks = [(v, d, list(g)) for v, d, g in _groups(chosen)]
    for variant, dtype, members in track(tasks, "survey", console=Console(stderr=True)):
        click.echo(f"{variant} {dtype}: {len(members)} subjects", err=True)
        with np.errstate(all="ignore"):
            if part != "errors":
                _verdicts(found, members, dtype)
            if part != "verdicts":
                _errors(found, members, dtype)
        data["subjects"] = {s.id: found[s.id] for s in everybody if s.id in found}
        write_whole(DATA, _text(data))


def _text(data: dict[str, Any]) -> str:
    """JSON with a line for every subject, so that a difference can be read."""
    entries = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in data["subjects"].items()]
    head = json.dumps({k: v for k, v in data.items() if k != "subjects"})
    return head[:-1] + ', "subjects": {\n' + ",\n".join(entries) + "\n}}\n"


def _groups(chosen: Sequence[Subject]) -> list[tuple[str, str, list[Subject]]]:
    pairs = [(s.variant, dtype, s) for s in chosen for dtype in s.dtypes]
    pairs.sort(key=lambda p: p[:2])
    return [(*key, [s for _, _, s in group]) for key, group in groupby(pairs, key=lambda p: p[:2])]


def _verdicts(found: dict[str, Any], members: list[Subject], dtype: str) -> None:
    for subject in members:
        found[subject.id]["formats"][dtype]["verdict"] = measure.verdict(subject, dtype)


def _errors(found: dict[str, Any], members: list[Subject], dtype: str) -> None:
    for subject in members:
        found[subject.id]["formats"][dtype]["curve"] = []
    for subject, point in measure.curves(members, dtype):
        found[subject.id]["formats"][dtype]["curve"].append(point)
    if dtype in measure.SHORT:
        for subject, figure in measure.every_score(members, dtype):
            found[subject.id]["formats"][dtype]["every_score"] = figure


@main.command("render")
def _render() -> None:
    for path, text in _pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


@main.command("check")
def _check() -> None:
    different = [
        path.relative_to(DOCS.parent)
        for path, text in _pages().items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]
    for path in different:
        click.echo(f"{path} differs from what docs/accuracy.json renders to")
    sys.exit(bool(different))


def _pages() -> dict[Path, str]:
    data = kept()
    return {PAGE: render.page(data), **{DOCS / name: svg for name, svg in plots.plots(data)}}


if __name__ == "__main__":
    main()
