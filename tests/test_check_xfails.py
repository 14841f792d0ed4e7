"""Expected failures do not fail; what is expected and is not there does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import refsoft as rs
from refsoft.cli import main
from refsoft.conformance.junit import junit
from refsoft.conformance.xfails import Expected, read

FEW = {"quick": True, "only": ["zero", "negative"], "seed": 0}
NEGATIVE = {f"negative/{n}": "the 1 is unscaled" for n in (2, 3, 40)}
SOURCE = """
import numpy as np

def unscaled(x):
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))
"""


def unscaled(x):
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))


def test_expected_cases_do_not_fail_and_are_shown_with_the_reason():
    report = rs.check(unscaled, "softmax_one", xfails=NEGATIVE, **FEW)
    assert report.exit_code == 0, str(report)
    assert "expected: the 1 is unscaled" in str(report)
    assert 'type="expected"' in junit(report)
    assert "<failure" not in junit(report)


def test_a_case_that_is_not_expected_still_fails():
    fewer = dict(list(NEGATIVE.items())[1:])
    report = rs.check(unscaled, "softmax_one", xfails=fewer, **FEW)
    assert report.exit_code == 1
    assert [f.cases for f in report.findings if f.convicts] == [("negative/2",)]


@pytest.mark.parametrize("name", ["float32:wrong:accuracy"])
def test_a_finding_is_expected_by_its_id(name):
    report = rs.check(unscaled, "softmax_one", xfails={name: "known"}, **FEW)
    assert report.exit_code == 0, str(report)
    assert report.findings[0].id == name
    other = rs.check(unscaled, "softmax_one", xfails={"float32:special:one": "no"}, **FEW)
    assert other.exit_code == 1


def test_what_now_passes_is_an_error():
    report = rs.check(rs.softmax_one, "softmax_one", xfails=NEGATIVE, **FEW)
    assert report.exit_code == 1
    assert "expected to fail, and now passes: negative/2" in report.headline
    assert "<failure" in junit(report)


@pytest.mark.parametrize("name", ["negative/999", "float32:negative/4", "zero/"])
def test_what_matches_nothing_is_an_error(name):
    report = rs.check(unscaled, "softmax_one", xfails={**NEGATIVE, name: "?"}, **FEW)
    assert report.exit_code == 1
    assert f"there is no such case: {name}" in report.headline
    whole = {"quick": True, "lengths": [3], "max_length": 3}
    for missing in ("nothing/3", "float32:special:nothing"):
        report = rs.check(rs.softmax_one, "softmax_one", xfails={missing: "?"}, **whole)
        assert report.exit_code == 1
        assert missing in report.headline


def test_what_the_run_does_not_reach_is_not_asked_for():
    elsewhere = {"float16:zero/2": "?", "float32:special:one": "?", "normal/3": "?"}
    assert rs.check(rs.softmax_one, "softmax_one", xfails=elsewhere, **FEW).exit_code == 0
    case = rs.check(unscaled, "softmax_one", case="negative/3", quick=True, xfails=NEGATIVE)
    assert case.findings[0].expected
    assert not any(finding.convicts for finding in case.findings)


def test_a_format_may_be_named():
    names = {f"float32:{case}": reason for case, reason in NEGATIVE.items()}
    assert rs.check(unscaled, "softmax_one", xfails=names, **FEW).exit_code == 0
    assert rs.check(unscaled, "softmax_one", xfails=names, dtype="float64", **FEW).exit_code == 1


def test_a_row_that_the_search_found_can_be_expected():
    def wrong_at_five(x):
        y = rs.softmax_one(x)
        return np.where(x == 5.25, y * x.dtype.type(1.01), y)

    options = {"quick": True, "lengths": [2], "max_length": 2}
    name = "search/5.25,0"
    report = rs.check(wrong_at_five, "softmax_one", xfails={name: "known"}, **options)
    assert report.exit_code == 0, str(report)
    assert report.findings[0].cases == (name,)
    fixed = rs.check(rs.softmax_one, "softmax_one", xfails={name: "known"}, **options)
    assert fixed.exit_code == 1


def test_a_file_has_an_id_and_a_reason_on_each_line(tmp_path: Path):
    file = tmp_path / "xfails"
    file.write_text("# all\n\nnegative/2  # why # not\n  float16:wrong:accuracy#x\n")
    assert read(file) == (
        Expected("negative/2", "why # not"),
        Expected("float16:wrong:accuracy", "x"),
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"negative/2", "line 1: 'negative/2'; accepted: id # reason"),
        (b"# fine\nnegative/2 #  ", "line 2: 'negative/2'; accepted: id # reason"),
        (b"\xff\xfe", "it is not UTF-8"),
        (None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, content, words):
    target, file = tmp_path / "target.py", tmp_path / "xfails"
    target.write_text(SOURCE)
    if content is not None:
        file.write_bytes(content)
    words_ = ["check", f"{target}:unscaled", "--variant", "softmax_one", "--xfails", str(file)]
    result = CliRunner().invoke(main, words_)
    assert result.exit_code == 2
    assert words in result.output
    assert len(result.output.splitlines()) == 1


def test_the_command_reads_the_file(tmp_path: Path):
    target, file = tmp_path / "target.py", tmp_path / "xfails"
    target.write_text(SOURCE)
    file.write_text("".join(f"{name}  # {why}\n" for name, why in NEGATIVE.items()))
    words = ["check", f"{target}:unscaled", "--variant", "softmax_one", "--quick"]
    words += ["--only", "negative", "--only", "zero", "--xfails", str(file)]
    assert CliRunner().invoke(main, words).exit_code == 0
    file.write_text("zero/2  # it was wrong once\n")
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "now passes: zero/2" in result.output
