"""The command line: ``refsoft check``, ``vectors``, ``bench``, ``variants``, ``show``, ``eval``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from refsoft import __version__, variants
from refsoft._dtypes import DTYPES, as_dtype, cast
from refsoft.bench.command import bench
from refsoft.conformance.arguments import Assignment, refusals
from refsoft.conformance.command import check
from refsoft.vectors.command import vectors


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="refsoft")
def main() -> None:
    """Golden softmax variants, the mathematics behind them, and a checker for yours."""


main.add_command(check)
main.add_command(vectors)
main.add_command(bench)


@main.command("variants")
def list_variants() -> None:
    """List the variants."""
    rows = [("name", "definition", "parameters", "kernel")]
    for name, variant in variants.items():
        card = variant.card
        given = ", ".join(
            p.name if p.default is None else f"{p.name}={p.default:g}" for p in card.parameters
        )
        rows.append((name, card.formula, given, "yes" if variant.definition.RECIPE else "no"))
    _columns(rows)


@main.command()
@click.argument("name", type=click.Choice(list(variants)))
def show(name: str) -> None:
    """Show the card of a variant, its claims and what is proved of them."""
    card = variants[name].card
    click.echo(f"{card.title}: {card.summary}\n\n    {card.formula}\n")
    click.echo(f"gradient  {card.gradient}")
    if card.lse:
        click.echo(f"lse       {card.lse}")
    if card.aliases:
        click.echo(f"also      {', '.join(card.aliases)}")
    click.echo(f"source    {card.source}")
    if card.parameters:
        click.echo("\nparameters")
        _columns(
            [
                (f"  {p.name}", "required" if p.default is None else f"{p.default:g}", p.domain,
                 p.meaning)
                for p in card.parameters
            ]
        )  # fmt: skip
    click.echo("\nclaims")
    _columns(
        [
            (f"  {c.id}", "true" if c.holds else "false", card.status(c.id), c.statement)
            for c in card.claims
        ]
    )


@main.command("eval", context_settings={"ignore_unknown_options": True})
@click.argument("name", type=click.Choice(list(variants)))
@click.argument("scores", nargs=-1, required=True, type=click.UNPROCESSED, metavar="SCORE...")
@click.option("--dtype", type=click.Choice(list(DTYPES)), default="float32", show_default=True)
@click.option("--param", "params", multiple=True, type=Assignment())
def evaluate(
    name: str, scores: tuple[str, ...], dtype: str, params: tuple[tuple[str, Any], ...]
) -> None:
    """Compute one row: exact, golden and kernel side by side, with their errors in ULP."""
    variant = variants[name]
    with refusals("eval"):
        row = [_score(text) for text in scores]
        x = cast(np.asarray(row), as_dtype(dtype))
        given = dict(params)
        exact = variant.exact(x, **given)
        backends = {"golden": variant.using("golden"), "kernel": variant.using("cpu")}
        columns = [(label, backend(x, **given)) for label, backend in backends.items()]
        errors = {label: variant.ulp_error(y, x, **given)[1] for label, y in columns}
    header = ["x", "exact"]
    for label, _ in columns:
        header += [label, "ULP"]
    rows: list[tuple[str, ...]] = [tuple(header)]
    for i in range(x.size):
        cells = [str(x[i]), str(exact.value[i])]
        for label, y in columns:
            cells += [str(y[i]), f"{errors[label][i]:.2f}"]
        rows.append(tuple(cells))
    _columns(rows)


def _score(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no score; accepted: a number, inf, -inf or nan") from None


def _columns(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip())
