"""The command ``refsoft bench``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from refsoft._dtypes import DTYPES
from refsoft.bench.contender import LIBRARIES
from refsoft.bench.sizes import OPERATIONS, PARAMETERS, SIZES, Size, parsed
from refsoft.conformance.arguments import FILE, Refused, refusals
from refsoft.conformance.terminal import progress_bar, saved

if TYPE_CHECKING:
    from refsoft.bench.record import Record

PRESETS = ("off-by-one", "bar", "page")


class Sizes(click.ParamType[Any]):
    """Sizes with commas."""

    name = "ROWSxN,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """A tuple of them."""
        try:
            return tuple(parsed(part) for part in value.split(","))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(context_settings={"show_default": True})
@click.option(
    "--against",
    multiple=True,
    type=click.Choice(list(LIBRARIES)),
    help="May be repeated; default all but golden. --device cuda: torch, compile and cupy.",
)
@click.option(
    "--variant", "variants", multiple=True, type=click.Choice(list(PARAMETERS)), help="Default all."
)
@click.option(
    "--op", "ops", multiple=True, type=click.Choice(list(OPERATIONS)), help="Default forward."
)
@click.option(
    "--dtype", "dtypes", multiple=True, type=click.Choice(list(DTYPES)), help="Default float32."
)
@click.option("--sizes", type=Sizes(), help="Default those of the repository; @0 for axis 0.")
@click.option("--preset", type=click.Choice(PRESETS), help="A fixed set of measurements.")
@click.option("--memory", is_flag=True, help="Also what a call takes, in a process for each.")
@click.option("--strict", is_flag=True, help="Exit status 1 if a requirement is not met.")
@click.option("--threads", type=click.IntRange(min=1), help="Default one for each core.")
@click.option("--budget", type=click.FloatRange(min=0), default=1.0, help="Seconds of each group.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", help="Whose kernels.")
@click.option("--json", "json_file", type=FILE, metavar="FILE", help="The record for machines.")
def bench(
    against: tuple[str, ...],
    variants: tuple[str, ...],
    ops: tuple[str, ...],
    dtypes: tuple[str, ...],
    sizes: tuple[Size, ...] | None,
    preset: str | None,
    memory: bool,
    strict: bool,
    threads: int | None,
    budget: float,
    device: str,
    json_file: Path | None,
) -> None:
    """Time the kernels beside other libraries, in turns, with the errors of all of them.

    A ratio is of medians, ours over theirs, results written into memory that is there; the worst
    comes first. "wrong" is an error that no honest arithmetic explains.
    """
    from refsoft.bench import run

    given = {"variants": variants, "ops": ops, "dtypes": dtypes, "sizes": sizes}
    if preset and (memory or any(given.values())):
        raise click.UsageError("--preset fixes --variant, --op, --dtype, --sizes and --memory")
    if json_file is not None and not json_file.resolve().parent.is_dir():
        raise Refused(f"{json_file} cannot be written: there is no such folder")
    libraries = against or tuple(name for name in LIBRARIES if name != "golden")
    selection = run.Selection(
        variants or tuple(PARAMETERS),
        ops or ("forward",),
        dtypes or ("float32",),
        sizes or SIZES,
        libraries,
        memory,
    )
    with refusals("bench"), progress_bar() as progress:
        record = run.run(preset, selection, threads, budget, device, progress)
    if json_file is not None:
        saved(lambda path: run.save(record, path), json_file)
    _show(record)
    if strict:
        sys.exit(any(not row.met for row in record.rows))


def _show(record: Record) -> None:
    from refsoft.bench.show import lined_up, tables

    machine = record.machine
    click.echo(f"{machine['model']}, {record.threads} threads, Python {machine['python']}")
    click.echo(", ".join(f"{name} {version}" for name, version in record.versions.items()))
    for name in record.absent:
        click.echo(f"absent: {name} is not installed")
    for table in tables(record):
        click.echo("")
        for line in lined_up(table):
            click.echo(line)
