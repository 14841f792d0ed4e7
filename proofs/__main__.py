"""``python -m proofs [NAME or FILE.py ...] [--check] [--output DIR]``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from proofs import pages
from proofs.runner import ROOT, Report, load, run, targets


def main(arguments: list[str] | None = None) -> int:
    """Prove, print the table, and write the files or compare them."""
    parser = argparse.ArgumentParser(prog="python -m proofs", description=__doc__)
    parser.add_argument(
        "targets",
        nargs="*",
        help=f"{', '.join(targets())}, or a file of proofs; default: all",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail where a file would change"
    )
    parser.add_argument("--output", type=Path, help="a folder for certificates and pages")
    options = parser.parse_args(arguments)
    console = Console()
    start = time.perf_counter()
    reports = []
    for target in options.targets or targets():
        try:
            module = load(target)
        except ValueError as reason:
            parser.error(str(reason))
        reports.append(_watched(console, module))
        console.print(_table(reports[-1]))
    failures = [f"{r.card.name}: {failure}" for r in reports for failure in r.failures]
    if not failures:
        for target, report in zip(options.targets or targets(), reports, strict=True):
            # A file from elsewhere has no place in this package.
            if options.output or not target.endswith(".py"):
                failures += _write(report, options.output, check=options.check)
    for failure in failures:
        console.print(f"[red]{escape(failure)}[/red]", soft_wrap=True)
    console.print(_counts(reports, len(failures), time.perf_counter() - start), soft_wrap=True)
    return 1 if failures else 0


def _counts(reports: list[Report], failures: int, seconds: float) -> str:
    results = [result for report in reports for result in report.results]
    found = [result.theorem.status for result in results]
    counts = {status: found.count(status) for status in ("proved", "refuted", "conjectured")}
    counts["unproved"] = sum(len(report.card.claims) for report in reports) - len(results)
    claims = ", ".join(f"{count} {status}" for status, count in counts.items())
    twins = sum(result.twins for result in results)
    return f"{claims}; {twins} twins rejected, {failures} failures, {seconds:.1f} s"


def _watched(console: Console, module: ModuleType) -> Report:
    name = module.CARD.name
    with console.status(name) as status:
        return run(module, started=lambda claim: status.update(f"{name}: {claim}"))


def _table(report: Report) -> Table:
    table = Table(title=report.card.title, title_justify="left")
    table.add_column("claim", no_wrap=True)
    table.add_column("status")
    table.add_column("method")
    for column in ("values", "twins", "time"):
        table.add_column(column, justify="right", no_wrap=True)
    done = set()
    for result in report.results:
        done.add(result.theorem.claim)
        table.add_row(
            result.theorem.claim,
            result.theorem.status,
            result.method,
            str(sum(item.values for item in result.evidence)),
            str(result.twins),
            f"{result.seconds:.2f} s",
        )
    for claim in report.card.claims:
        if claim.id not in done:
            table.add_row(claim.id, "unproved", "", "", "", "")
    return table


def _write(report: Report, output: Path | None, *, check: bool) -> list[str]:
    stale = []
    for path, text in report.files(output).items():
        if check:
            if not path.is_file() or not _agree(path, text):
                stale.append(f"{path.relative_to(output or ROOT)} is not what the proofs write")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return stale


def _agree(path: Path, text: str) -> bool:
    written = path.read_text("utf-8")
    return pages.same(written, text) if path.suffix == ".json" else written == text


if __name__ == "__main__":
    sys.exit(main())
