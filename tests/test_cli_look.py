"""refsoft variants, show, eval and --version."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner, Result

import refsoft as rs
from refsoft.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def table(output: str) -> list[list[str]]:
    return [line.split() for line in output.splitlines()]


def test_version() -> None:
    assert run("--version").output == f"refsoft, version {rs.__version__}\n"


def test_variants_are_listed_with_formula_and_parameters() -> None:
    result = run("variants")
    assert result.exit_code == 0
    for name, variant in rs.variants.items():
        (line,) = [line for line in result.output.splitlines() if line.split()[0] == name]
        assert variant.card.formula in line
        for parameter in variant.card.parameters:
            assert f"{parameter.name}={parameter.default:g}" in line


@pytest.mark.parametrize("name", rs.variants)
def test_show_has_the_whole_card_and_the_status_of_every_claim(name: str) -> None:
    card = rs.variants[name].card
    result = run("show", name)
    assert result.exit_code == 0
    for text in (card.summary, card.formula, card.gradient, card.source):
        assert text in result.output
    for claim in card.claims:
        (line,) = [x for x in result.output.splitlines() if x.split()[:1] == [claim.id]]
        assert line.split()[1:3] == ["true" if claim.holds else "false", card.status(claim.id)]


def test_eval_shows_exact_golden_and_kernel_side_by_side() -> None:
    result = run("eval", "softmax_one", "1", "2", "-inf", "--dtype", "bfloat16")
    assert result.exit_code == 0, result.output
    header, *rows = table(result.output)
    assert header == ["x", "exact", "golden", "ULP", "kernel", "ULP"]
    exact = rs.softmax_one.exact([1.0, 2.0, -np.inf], dtype="bfloat16").value
    assert [row[:2] for row in rows] == [
        [x, str(y)] for x, y in zip(("1", "2", "-inf"), exact, strict=True)
    ]
    assert all(float(row[3]) <= 0.51 and float(row[5]) <= 1 for row in rows)


@pytest.mark.parametrize("scores", [["-1", "-1e-3", "-.5"], ["-inf", "-2"], ["-1.5", "nan"]])
def test_eval_takes_negative_numbers_as_they_are(scores: list[str]) -> None:
    result = run("eval", "self_adjust", *scores)
    assert result.exit_code == 0, result.output
    assert [float(row[0]) for row in table(result.output)[1:]] == pytest.approx(
        [float(s) for s in scores], rel=1e-6, nan_ok=True
    )


def test_eval_takes_parameters() -> None:
    result = run("eval", "softmax_sink", "0", "--param", "sink=-inf", "--dtype", "float64")
    assert table(result.output)[1][:3] == ["0.0", "1.0", "1.0"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["softmax", "one"], "'one' is no score"),
        (["softmax", "--dtpe", "3"], "'--dtpe' is no score"),
        (["softmax_n", "1", "--param", "n=-1"], "n=-1; accepted"),
        (["softmax", "1", "--param", "sink=1"], "takes no keyword 'sink'"),
        (["softmx", "1"], "is not one of"),
        (["softmax"], "Missing argument"),
    ],
)
def test_eval_refuses_in_one_line(words: list[str], message: str) -> None:
    result = run("eval", *words)
    assert result.exit_code == 2
    assert message in result.output
