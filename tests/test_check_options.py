"""Options as text: values without eval, commands that run a case again."""

from __future__ import annotations

import math
import shlex
from typing import Any

import pytest
from click.testing import CliRunner

import refsoft as rs
from refsoft.conformance import again, command
from refsoft.conformance.options import Options, assignment, literal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0.5", -0.5),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("'tree'", "tree"),
        ("(1, None)", (1, None)),
        ("True", True),
    ],
)
def test_values_are_literals(text: str, value: Any) -> None:
    assert literal(text) == value
    assert assignment(f"name={text}") == ("name", value)


def test_nan_is_a_value() -> None:
    assert math.isnan(literal("nan"))


@pytest.mark.parametrize("text", ["tree", "__import__('os')", "1 + x", "", "f()", "(" * 4000])
def test_what_is_no_literal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no value"):
        literal(text)


@pytest.mark.parametrize("text", ["name", "=3", "2x=3", "a b=1"])
def test_what_is_no_assignment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NAME=VALUE"):
        assignment(text)


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(params={"s": -0.5}, passed={"b": "bias"}, call={"mode": "a b'c"}, seed=3),
        Options(array="jax", arithmetic="float32-tree", subnormals="gradual", quick=True),
        Options(domain="abs(x)<=1e4", lengths=(1, 8), max_length=7, require=("empty",)),
    ],
)
def test_the_command_that_reruns_a_case_reads_back_as_the_options(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Options] = []

    def judged(target: str, variant: rs.Variant, given: Options) -> Any:
        seen.append(given)
        assert (target, variant.card.name) == ("a b.py:f", "ssmax")
        raise ValueError("enough")

    monkeypatch.setattr(command, "_judged", judged)
    words = shlex.split(again.command(options, "a b.py:f", "ssmax", "float64", "normal/8"))
    assert words[:2] == ["refsoft", "check"]
    result = CliRunner().invoke(command.check, words[2:])
    assert result.output == "Error: not judged: enough\n"
    (given,) = seen
    assert given == Options(
        **{
            field: getattr(options, field)
            for field in Options.__slots__
            if field not in {"dtypes", "case"}
        },
        dtypes=("float64",),
        case="normal/8",
    )


def test_the_call_that_reruns_a_case_names_what_was_changed() -> None:
    options = Options(params={"s": -0.5}, quick=True)
    assert again.python(options, "f", "ssmax", "float32", "zero/2") == (
        "rs.check(f, 'ssmax', dtype='float32', param={'s': -0.5}, quick=True, case='zero/2')"
    )
