"""The report: schema, headline, escaping, a file that is whole or not there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance import Finding, Report
from refsoft.conformance.render import plain, styled, visible
from refsoft.conformance.report import Run
from refsoft.conformance.schema import REPORT
from refsoft.conformance.snippet import numbers, snippet

FEW: dict[str, Any] = {"quick": True, "only": ["normal", "negative", "one", "empty", "plus-inf"]}


def wrong(x: np.ndarray) -> np.ndarray:
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))


@pytest.fixture(scope="module")
def convicted() -> Report:
    return rs.check(wrong, "softmax_one", **FEW)


@pytest.fixture(scope="module")
def acquitted() -> Report:
    return rs.check(rs.softmax_one.using("golden"), "softmax_one", **FEW)


def made(*severities: Any, target: str = "f", **options: Any) -> Report:
    findings = tuple(Finding(s, "kind", "law", "float32", ("a/1",)) for s in severities)
    run = Run("float32", "float32-tree", False, None, 1, (), findings, ())
    return Report(target, "softmax", (run,), **options)


def refuses(x: np.ndarray) -> np.ndarray:
    raise ValueError("no")


def test_every_report_has_the_schema(convicted: Report, acquitted: Report) -> None:
    for report in (convicted, acquitted, rs.check(refuses, "softmax", **FEW)):
        content = json.loads(report.to_json(), parse_constant=pytest.fail)
        jsonschema.validate(content, REPORT)
        assert content["schema"] == "refsoft.report/1"
        assert content["exit_code"] == report.exit_code


def test_the_schema_refuses_what_is_not_a_report(convicted: Report) -> None:
    content = json.loads(convicted.to_json())
    content["runs"][0]["findings"][0]["severity"] = "awful"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, REPORT)


def test_a_file_is_written_whole_or_not_at_all(
    convicted: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.json"
    target.write_text("before")
    monkeypatch.setattr(Path, "replace", _fail)
    with pytest.raises(OSError, match="disk"):
        convicted.save(target)
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]
    monkeypatch.undo()
    convicted.save(target)
    assert target.read_text() == convicted.to_json()
    assert list(tmp_path.iterdir()) == [target]


def _fail(self: Path, target: Any) -> None:
    raise OSError("disk full")


@pytest.mark.parametrize(
    ("severities", "exit_code"),
    [
        ((), 0),
        (("note",), 0),
        (("unsupported", "note"), 0),
        (("wrong",), 1),
        (("note", "inaccurate"), 1),
        (("special",), 1),
        (("contract",), 1),
    ],
)
def test_the_exit_code_follows_the_severities(severities: tuple[str, ...], exit_code: int) -> None:
    report = made(*severities)
    assert report.exit_code == exit_code
    assert report.conforms == (exit_code == 0)


def test_not_judged_is_neither_and_a_conviction_outweighs_it() -> None:
    assert made(unjudged="why").exit_code == 2
    assert not made(unjudged="why").conforms
    assert made("wrong", unjudged="why").exit_code == 1


def test_findings_come_gravest_first() -> None:
    report = made("note", "unsupported", "contract", "wrong")
    assert [f.severity for f in report.findings] == ["wrong", "contract", "unsupported", "note"]


def test_the_headline_says_domain_arithmetic_and_diagnosis(
    convicted: Report, acquitted: Report
) -> None:
    assert "does not conform to softmax_one in float32" in convicted.headline
    assert convicted.headline.endswith("subtracts the maximum but leaves the 1 unscaled")
    assert "conforms to softmax_one on normal" in acquitted.headline
    assert acquitted.headline.endswith("float32 at float64")
    assert "not judged: why" in made(unjudged="why").headline


def test_the_text_has_the_counterexample_and_the_command(convicted: Report) -> None:
    text = str(convicted)
    for part in (
        "x = np.array([1.0, 2.0], dtype=np.float32)",
        "# given  [0.1553624",
        "# right  [0.2447284",
        "again: rs.check(wrong, 'softmax_one', dtype='float32', quick=True, case='normal/2')",
        "the default; --arithmetic declares another",
        "not tested: other axes, masks, gradients",
    ):
        assert part in text


def test_the_snippet_runs_and_gives_what_it_says(convicted: Report) -> None:
    example = convicted.findings[0].example
    assert example is not None
    namespace: dict[str, Any] = {}
    *lines, last = example.snippet.split("\n")
    code = "\n".join(lines).replace(f"from {__name__} import wrong\nf = wrong", "")
    exec(code, namespace | {"f": wrong}, namespace)  # noqa: S102
    given = eval(last, {**namespace, "f": wrong})  # noqa: S307
    np.testing.assert_array_equal(given, np.array(json.loads(example.given), np.float32))
    right = rs.softmax_one.exact(namespace["x"]).value
    np.testing.assert_array_equal(right, np.array(json.loads(example.right), np.float32))


@pytest.mark.parametrize("name", ["[red]x[/red]", "a\x1b[31mb", "line\rline", "[link=http://x]y"])
def test_what_is_shown_is_escaped(name: str) -> None:
    report = made("wrong", target=name)
    for text in (plain(report), styled(report).plain):
        assert visible(name) in text
        assert "\x1b" not in text
        assert "\r" not in text


def test_without_rich_the_text_is_still_there() -> None:
    code = (
        "import sys; sys.modules['rich'] = None\n"
        "from refsoft.conformance.report import Report\n"
        "print(Report('f', 'softmax', (), unjudged='why'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("f: not judged: why")


def test_the_table_sums_up_the_classes(convicted: Report) -> None:
    rows = {row.family: row for row in convicted.runs[0].classes}
    assert rows["negative"].verdict == "wrong"
    assert rows["negative"].over_bound > 1e6
    assert rows["negative"].histogram[5] > 0
    assert rows["normal"].cases == 3


@pytest.mark.parametrize("array", ["numpy", "torch", "jax"])
def test_a_parameter_of_no_axis_is_shown_as_a_number(array: str) -> None:
    sink = np.array(-0.5, np.float32)
    shown = snippet("f = None", np.zeros(1, np.float32), {"sink": sink}, array)
    assert re.search(r"^sink = \w+\.\w+\(-0\.5, dtype=\w+\.float32\)$", shown, re.MULTILINE)


def test_a_result_of_no_axis_is_shown_as_a_number() -> None:
    assert numbers(np.array(-0.5, np.float32)) == "-0.5"
    assert numbers(np.array(np.inf, np.float16)) == "float('inf')"
