"""What a command shows: a bar of progress, the report, the list of cases."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from refsoft._dtypes import as_dtype
from refsoft.conformance.arguments import Refused
from refsoft.conformance.options import Options
from refsoft.variant import Variant

if TYPE_CHECKING:
    from refsoft.conformance.judging import Progress
    from refsoft.conformance.report import Report


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress as Bar
    except ImportError:
        yield None
        return
    from refsoft.conformance.render import visible

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("cases", total=None)

        def advance(done: int, total: int, label: str) -> None:
            bar.update(task, completed=done, total=total, description=visible(label))

        yield advance


def show(report: Report) -> None:
    """Print a report, with colour on a terminal."""
    if sys.stdout.isatty():
        with contextlib.suppress(ImportError):
            from rich.console import Console

            Console().print(report, soft_wrap=True, markup=False, highlight=False)
            return
    click.echo(str(report))


def saved(save: Callable[[Path], None], path: Path) -> None:
    """Save to a file, or say why not."""
    try:
        save(path)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from None


def list_cases(variant: Variant, options: Options) -> None:
    """Print the cases and the laws that a check would try."""
    from refsoft.conformance.gradients import cases as gradients
    from refsoft.conformance.laws import LAWS
    from refsoft.conformance.laws.deciding import status
    from refsoft.conformance.levels import build
    from refsoft.conformance.options import LAW

    for dtype in options.dtypes:
        for case in build(variant.card, as_dtype(dtype), options):
            shape = "x".join(map(str, case.x.shape))
            click.echo(f"{dtype:9} {case.id:24} {shape:14} {case.family.reason}")
        for pull in gradients.build(variant, as_dtype(dtype), options):
            shape, reason = "x".join(map(str, pull.g.shape)), pull.family.reason
            click.echo(f"{dtype:9} {pull.id:24} {shape:14} {reason}; g: {pull.reason}")
        for law in LAWS if options.tries_laws else ():
            if status(law, variant.card) in ("holds", "fails"):
                click.echo(f"{dtype:9} {LAW + law.id:24} {'':14} {law.told(variant.card.name)}")
