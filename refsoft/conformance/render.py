"""A report as text, with colour where rich is installed; whatever is shown is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from refsoft.conformance.report import ClassRow, Finding, Report, Run

TOLD = 5  # laws shown of a finding
FULL = 4  # findings shown with their counterexample; all have it in the JSON
HEADER = ("class", "cases", "max ULP", "error/bound", "verdict")
STYLES = {
    "wrong": "bold red", "inaccurate": "red", "special": "red", "contract": "red",
    "unsupported": "yellow", "note": "cyan", "refused": "yellow", "no power": "yellow",
    "ok": "green",
}  # fmt: skip


def visible(text: str) -> str:
    """The text with every character that is not printed shown as an escape; lines stay."""
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def plain(report: Report) -> str:
    """The report as plain text."""
    return "\n".join(visible(text) for text, _ in _lines(report))


def styled(report: Report) -> Any:
    """The report as a rich Text; without markup, so that nothing in it is interpreted."""
    from rich.text import Text

    text = Text()
    for line, style in _lines(report):
        text.append(visible(line) + "\n", style=style)
    text.rstrip()
    return text


def _lines(report: Report) -> Iterator[tuple[str, str]]:
    yield from _headline(report)
    for run in report.runs:
        if run.judged:
            yield from _run(run)
    for place, finding in enumerate(report.findings):
        yield from _finding(finding, full=place < FULL)
    if report.exit_code != 2:
        yield "", ""
        yield f"not tested: {', '.join(report.not_tested)}", "dim"
    where = "a process of its own" if report.isolated else "this process"
    yield f"{report.seconds:.1f} s, in {where}, seed {report.seed}{seeds(report)}", "dim"


def seeds(report: Report) -> str:
    """The seeds of the searches, in words; empty if nothing was searched."""
    found = dict.fromkeys(run.search_seed for run in report.runs if run.search_seed is not None)
    return f", search seed {', '.join(map(str, found))}" if found else ""


def _headline(report: Report) -> Iterator[tuple[str, str]]:
    style = {0: "bold green", 1: "bold red", 2: "bold yellow"}[report.exit_code]
    yield report.headline, style
    if any(finding.convicts for finding in report.findings):
        yield from ((line, style) for line in report.unmet)


def _run(run: Run) -> Iterator[tuple[str, str]]:
    yield "", ""
    chosen = "declared" if run.declared else "the default; --arithmetic declares another"
    yield f"{run.dtype}: judged as {run.arithmetic} ({chosen})", "bold"
    if run.tightest is not None:
        yield f"  tightest arithmetic under which no bound is passed: {run.tightest}", ""
    if run.powerless:
        yield f"  these cases cannot tell it from {', '.join(run.powerless)}", "yellow"
    rows = [(cells(row), row.verdict) for row in run.classes]
    lines = [HEADER, *(texts for texts, _ in rows)]
    widths = [max(len(texts[i]) for texts in lines) for i in range(len(HEADER))]
    yield _aligned(HEADER, widths), "bold"
    for texts, verdict in rows:
        yield _aligned(texts, widths), STYLES.get(verdict, "")


def cells(row: ClassRow) -> tuple[str, ...]:
    """The line of a class, by :data:`HEADER`."""
    cases = str(row.cases)
    if row.idle:
        cases += f" ({row.idle} idle)"
    if row.refused:
        cases += f" ({row.refused} refused)"
    return row.family, cases, f"{row.max_ulp:.3g}", f"{row.over_bound:.2g}", row.verdict


def _aligned(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text.ljust(width) for text, width in zip(texts, widths, strict=True))
    return ("  " + "  ".join(padded)).rstrip()


def _finding(finding: Finding, full: bool) -> Iterator[tuple[str, str]]:
    style = STYLES[finding.severity]
    count = f"{len(finding.cases)} case" + ("s" if len(finding.cases) > 1 else "")
    yield "", ""
    required = " (required)" if finding.required else ""
    yield (
        f"{finding.severity}{required}, {finding.dtype}: {finding.law} [{finding.kind}, {count}]",
        style,
    )
    if finding.expected:
        yield f"  expected: {finding.expected}", "cyan"
    if finding.diagnosis:
        yield f"  diagnosis: {finding.diagnosis}", "bold"
    if finding.detail:
        yield f"  {finding.detail}", ""
    for law in finding.laws[:TOLD]:
        yield f"  law: {law}", ""
    if len(finding.laws) > TOLD:
        yield f"  and {len(finding.laws) - TOLD} laws more, in the JSON report", "dim"
    if full and finding.example is not None:
        yield from ((f"    {line}", "") for line in finding.example.snippet.split("\n"))
        if finding.example.given:
            yield f"    # given  {finding.example.given}", style
            yield f"    # right  {finding.example.right}", "green"
    if finding.rerun:
        yield f"  again: {finding.rerun}", "dim"
