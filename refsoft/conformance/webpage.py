"""A report as one HTML file, without anything from elsewhere.

It is built as a tree, so whatever a function's name or message holds is text in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from refsoft.conformance.bars import bars
from refsoft.conformance.markup import Child, element
from refsoft.conformance.render import HEADER, cells, seeds, visible
from refsoft.conformance.report import Finding, Report, Run
from refsoft.conformance.whole import write_whole

STYLE = """
:root { color-scheme: light dark; --ink: #1b1d22; --paper: #fff; --quiet: #5c6068;
  --line: #d5d7db; --shade: #f4f5f7; --bad: #b3261e; --good: #1c6b36; --odd: #7a5b00;
  --mark: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --paper: #16181d;
  --quiet: #a2a6ae; --line: #3c4048; --shade: #20232a; --bad: #ff8a80; --good: #7ed99a;
  --odd: #f2c14e; --mark: #56b4e9; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; line-height: 1.3; }
h2 { font-size: 1.05rem; margin: 1.8rem 0 0.25rem; }
p { margin: 0.4rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; overflow-wrap: normal; }
th, td { text-align: left; padding: 0.2rem 0.6rem 0.2rem 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
pre { background: var(--shade); padding: 0.6rem; overflow-x: auto; font-size: 0.85rem;
  overflow-wrap: normal; }
.wrong, .inaccurate, .special, .contract { color: var(--bad); }
.unsupported, .refused, .no-power, .unjudged { color: var(--odd); }
.ok, .conforms { color: var(--good); }
.quiet { color: var(--quiet); }
.bars { display: grid; grid-template-columns: max-content minmax(4rem, 1fr) max-content;
  gap: 0.15rem 0.6rem; align-items: center; font-size: 0.85rem; }
.bars svg { width: 100%; height: 0.8rem; }
figure { margin: 1rem 0; }
"""
# Nothing is loaded and nothing runs, whatever the text is.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def save_webpage(report: Report, path: str | os.PathLike[str]) -> None:
    """Write :func:`webpage` to a file, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_whole(path, webpage(report))


def webpage(report: Report) -> str:
    """The report as the text of an HTML document: what the terminal shows, and plots."""
    title = visible(f"{report.target} as {report.variant}")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", {"http-equiv": "Content-Security-Policy"}, content=POLICY),
        element("title", title),
        element("style", STYLE),
    )
    page = element("html", head, element("body", element("main", *_body(report))), lang="en")
    return "<!DOCTYPE html>\n" + ET.tostring(page, encoding="unicode", method="html") + "\n"


def _body(report: Report) -> Iterator[Child]:
    kind = ("conforms", "wrong", "unjudged")[report.exit_code]
    yield element("h1", report.headline, class_=kind)
    if any(finding.convicts for finding in report.findings):
        yield from (element("p", line, class_="wrong") for line in report.unmet)
    for finding in report.findings:
        yield element("section", *_finding(finding))
    for run in report.runs:
        if run.judged:
            yield element("section", *_run(run))
    if report.exit_code != 2:
        yield element("p", f"not tested: {', '.join(report.not_tested)}", class_="quiet")
    where = "a process of its own" if report.isolated else "this process"
    said = f"{report.seconds:.1f} s, in {where}, seed {report.seed}{seeds(report)}"
    yield element("p", said, class_="quiet")


def _run(run: Run) -> Iterator[Child]:
    yield element("h2", run.dtype)
    chosen = "declared" if run.declared else "the default; --arithmetic declares another"
    yield element("p", f"judged as {run.arithmetic} ({chosen})")
    if run.tightest is not None:
        yield element("p", f"tightest arithmetic under which no bound is passed: {run.tightest}")
    if run.powerless:
        yield element("p", f"these cases cannot tell it from {', '.join(run.powerless)}")
    yield bars(run)
    head = element("tr", *(element("th", name, scope="col") for name in HEADER))
    rows = [
        element(
            "tr",
            *(element("td", cell) for cell in cells(row)[:-1]),
            element("td", row.verdict, class_=row.verdict.replace(" ", "-")),
            title=row.reason,
        )
        for row in run.classes
    ]
    table = element("table", element("thead", head), element("tbody", *rows))
    yield element("div", table, class_="scroll", tabindex="0")


def _finding(finding: Finding) -> Iterator[Child]:
    count = f"{len(finding.cases)} case" + ("s" if len(finding.cases) > 1 else "")
    required = " (required)" if finding.required else ""
    words = f"{finding.severity}{required}, {finding.dtype}: {finding.law}"
    yield element("h2", words, class_=finding.severity)
    yield element("p", f"{finding.kind}, {count}", class_="quiet")
    if finding.expected:
        yield element("p", f"expected: {finding.expected}")
    if finding.diagnosis:
        yield element("p", element("strong", f"diagnosis: {finding.diagnosis}"))
    if finding.detail:
        yield element("p", finding.detail)
    yield from (element("p", f"law: {law}") for law in finding.laws)
    if finding.example is not None:
        lines = [finding.example.snippet]
        if finding.example.given:
            lines += [f"# given  {finding.example.given}", f"# right  {finding.example.right}"]
        yield element("pre", "\n".join(lines), tabindex="0")
    if finding.rerun:
        yield element("p", "again: ", element("code", finding.rerun), class_="quiet")
