"""The command ``refsoft check``."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from refsoft._dtypes import DTYPES
from refsoft.catalogue import VARIANTS
from refsoft.conformance.arguments import (
    FILE,
    FOLDER,
    Assignment,
    Lengths,
    Refused,
    keyword,
    refusals,
)
from refsoft.conformance.gradients.sources import SOURCES
from refsoft.conformance.kinds import ARRAYS
from refsoft.conformance.options import REQUIRABLE, SUBNORMALS, Options
from refsoft.conformance.terminal import list_cases as show_cases
from refsoft.conformance.terminal import progress_bar, saved, show
from refsoft.rounding import PRESETS
from refsoft.variant import Variant

if TYPE_CHECKING:
    from refsoft.conformance.report import Report


@click.command(context_settings={"show_default": True})
@click.argument("target", required=False)
@click.option(
    "--variant", "name", required=True, type=click.Choice(list(VARIANTS)), help="What TARGET is."
)
@click.option("--param", "params", multiple=True, type=Assignment(), help="The truth's parameter.")
@click.option(
    "--pass",
    "passed",
    multiple=True,
    metavar="NAME[=KEYWORD]",
    help="A parameter TARGET takes; it is swept.",
)
@click.option("--call", "call", multiple=True, type=Assignment(), help="A keyword passed verbatim.")
@click.option("--array", type=click.Choice(ARRAYS), default="numpy", help="Arrays TARGET takes.")
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    type=click.Choice(list(DTYPES)),
    help="May be repeated; default float32.",
)
@click.option("--device", metavar="cpu|cuda[:i]", help="Where the arrays lie.")
@click.option("--out-dtype", type=click.Choice(list(DTYPES)), help="Of the result; default x's.")
@click.option("--axis-keyword", metavar="K", help="TARGET takes f(x, K=axis).")
@click.option("--mask-keyword", metavar="K", help="TARGET takes f(x, K=mask), True = visible.")
@click.option("--arithmetic", type=click.Choice(list(PRESETS)), help="What TARGET declares.")
@click.option("--domain", help="The scores it is judged on, as in 'abs(x)<=1e4'.")
@click.option("--lengths", type=Lengths(), help="Lengths of rows.")
@click.option("--max-length", type=int, help="The longest row.")
@click.option("--multiple-of", type=int, default=1, help="Of which every length is a multiple.")
@click.option(
    "--subnormals", type=click.Choice(SUBNORMALS), help="Default: flush for JAX and CUDA."
)
@click.option(
    "--require", multiple=True, type=click.Choice(REQUIRABLE), help="Convict what lacks it."
)
@click.option("--quick", is_flag=True, help="Fewer and shorter cases.")
@click.option("--only", multiple=True, metavar="CLASS", help="This class of cases alone.")
@click.option("--skip", multiple=True, metavar="CLASS", help="Not this class of cases.")
@click.option("--case", metavar="ID", help="One case alone.")
@click.option("--list-cases", is_flag=True, help="Show the cases and stop.")
@click.option("--seed", type=int, help="Of the cases (0) and of the search (new every time).")
@click.option("--timeout", type=float, default=30.0, help="Seconds a call; to load it at least 60.")
@click.option("--xfails", type=FILE, metavar="FILE", help="Expected failures.")
@click.option("--vectors", type=FOLDER, metavar="DIR", help="Judge by these, without the oracle.")
@click.option("--results", type=FOLDER, metavar="DIR", help="What a program gave for the vectors.")
@click.option("--vjp", metavar="TARGET", help="The backward of TARGET, called b(x, g).")
@click.option(
    "--vjp-from", type=click.Choice(SOURCES), default="x", help="It takes x, y, or x and lse."
)
@click.option("--autodiff", is_flag=True, help="Judge what torch or JAX derives from TARGET.")
@click.option(
    "--lse-cotangent", metavar="K", help="The backward takes lse's cotangent: b(x, g, K=h)."
)
@click.option("--returns-lse", is_flag=True, help="TARGET returns (y, lse).")
@click.option("--json", "json_file", type=FILE, metavar="FILE", help="The report for machines.")
@click.option(
    "--junit", "junit_file", type=FILE, metavar="FILE", help="The report for a CI server."
)
@click.option("--html", "html_file", type=FILE, metavar="FILE", help="The report for a browser.")
def check(
    target: str | None,
    name: str,
    params: tuple[tuple[str, Any], ...],
    passed: tuple[str, ...],
    call: tuple[tuple[str, Any], ...],
    dtypes: tuple[str, ...],
    list_cases: bool,
    json_file: Path | None,
    junit_file: Path | None,
    html_file: Path | None,
    xfails: Path | None,
    vectors: Path | None,
    results: Path | None,
    **others: Any,
) -> None:
    """Judge TARGET: package.module:function or path/to/file.py:function, called f(x).

    With --vectors and --results in place of TARGET: judge what a program wrote.

    Exit status: 0 it conforms, 1 it does not, 2 not judged.
    """
    from refsoft.conformance.junit import save_junit
    from refsoft.conformance.webpage import save_webpage
    from refsoft.conformance.xfails import given

    variant = VARIANTS[name]
    if (target is None) is (results is None) or (results and not vectors):
        raise click.UsageError("give TARGET, or --vectors and --results")
    if list_cases and vectors:
        raise click.UsageError("--list-cases does not go with --vectors: manifest.json has them")
    with refusals("not judged"):
        options = Options(
            dtypes=dtypes or ("float32",),
            params=dict(params),
            passed=dict(keyword(text) for text in passed),
            call=dict(call),
            xfails=given(xfails),
            **others,
        )
        if vectors is None:
            options = options.validated(variant.card)
        if list_cases:
            show_cases(variant, options)
            return
        for path in (json_file, junit_file, html_file):
            if path is not None and not path.resolve().parent.is_dir():
                raise Refused(f"{path} cannot be written: there is no such folder")
        if vectors is not None:
            from refsoft.vectors.command import judged_by

            report = judged_by(vectors, target, results, variant, options, dtypes)
        else:
            report = _judged(str(target), variant, options)
        for path, save in (
            (json_file, report.save),
            (junit_file, partial(save_junit, report)),
            (html_file, partial(save_webpage, report)),
        ):
            if path is not None:
                saved(save, path)
    show(report)
    sys.exit(report.exit_code)


def _judged(target: str, variant: Variant, options: Options) -> Report:
    from refsoft.conformance.check import check_target

    with progress_bar() as progress:
        return check_target(target, variant, options, progress)
