"""The command ``refsoft vectors``, and what ``refsoft check`` does with vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from refsoft._dtypes import DTYPES
from refsoft.catalogue import VARIANTS
from refsoft.conformance.arguments import (
    FOLDER,
    Assignment,
    Lengths,
    Refused,
    keyword,
    refusals,
)
from refsoft.conformance.options import Options
from refsoft.conformance.terminal import progress_bar
from refsoft.variant import Variant

if TYPE_CHECKING:
    from refsoft.conformance.report import Report


@click.command()
@click.option("--variant", "name", required=True, type=click.Choice(list(VARIANTS)))
@click.option("--dtype", type=click.Choice(list(DTYPES)), default="float32", show_default=True)
@click.option("--out", "folder", required=True, type=FOLDER, metavar="DIR", help="A new folder.")
@click.option(
    "--param", "params", multiple=True, type=Assignment(), help="A parameter that is fixed."
)
@click.option("--pass", "passed", multiple=True, metavar="NAME", help="A parameter that varies.")
@click.option("--mask", is_flag=True, help="Cases with masks too.")
@click.option("--raw", is_flag=True, help="A little-endian file for each tensor.")
@click.option("--domain", help="The scores, as in 'abs(x)<=1e4'.")
@click.option("--lengths", type=Lengths(), help="Lengths of rows.")
@click.option("--max-length", type=int, help="The longest row.")
@click.option("--multiple-of", type=int, default=1, help="Of which every length is a multiple.")
@click.option("--quick", is_flag=True, help="Fewer and shorter cases: a few MB.")
@click.option("--only", multiple=True, metavar="CLASS")
@click.option("--skip", multiple=True, metavar="CLASS")
@click.option("--seed", type=int, help="Of the scores; default 0.")
def vectors(
    name: str,
    dtype: str,
    folder: Path,
    params: tuple[tuple[str, Any], ...],
    passed: tuple[str, ...],
    mask: bool,
    raw: bool,
    **others: Any,
) -> None:
    """Write inputs, exact results, enclosures, bounds and rulings for any language.

    Exit status: 0 they are written, 2 they are not; one line says why.
    """
    from refsoft.vectors.names import MASK
    from refsoft.vectors.writing import LONGEST_QUICK, write

    variant = VARIANTS[name]
    with refusals("nothing written"), progress_bar() as progress:
        if others["quick"] and others["max_length"] is None and others["lengths"] is None:
            others["max_length"] = LONGEST_QUICK
        options = Options(
            dtypes=(dtype,),
            params=dict(params),
            passed=dict(keyword(text) for text in passed),
            mask_keyword=MASK if mask else None,
            **others,
        ).validated(variant.card)
        try:
            manifest = write(variant, folder, options, raw=raw, progress=progress)
        except OSError as error:
            raise Refused(f"{folder} cannot be written: {error.strerror}") from None
    size = sum(file.stat().st_size for file in folder.iterdir())
    click.echo(f"{manifest}: {name} in {dtype}, {size / 1e6:.1f} MB")


def judged_by(
    folder: Path,
    target: str | None,
    results: Path | None,
    variant: Variant,
    options: Options,
    dtypes: tuple[str, ...],
) -> Report:
    """The report on a function, or on results, by the vectors in a folder.

    Raises
    ------
    ValueError, LoadError
        If the vectors, the results or the options are not to be used.
    """
    from refsoft.vectors.judging import check_function, check_results, options_for
    from refsoft.vectors.reading import read

    found = read(folder)
    if found.variant is not variant:
        name = found.variant.card.name
        raise ValueError(f"variant={variant.card.name!r}; accepted: {name!r}, of the vectors")
    settled = options_for(found, options, dtypes, function=results is None)
    with progress_bar() as progress:
        if results is not None:
            return check_results(found, results, settled, progress)
        return check_function(found, str(target), settled, progress)
