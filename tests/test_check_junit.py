"""JUnit XML: a case per class and format, escaped, and written whole or not at all."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import refsoft as rs
from refsoft.conformance.junit import junit, save_junit
from refsoft.conformance.whole import write_whole


def unscaled(x):
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))


@pytest.fixture(scope="module")
def convicted():
    return rs.check(
        unscaled,
        "softmax_one",
        quick=True,
        only=["zero", "negative"],
        dtype=["float32", "float64"],
    )


def cases(report):
    root = ET.fromstring(junit(report))  # noqa: S314 - our own
    return {(c.get("classname"), c.get("name")): c for c in root.iter("testcase")}


def test_one_case_for_every_class_and_format(convicted):
    found = cases(convicted)
    rows = {
        (f"softmax_one.{run.dtype}", row.family) for run in convicted.runs for row in run.classes
    }
    assert rows <= set(found)
    assert found["softmax_one.float32", "zero"].find("failure") is None
    failure = found["softmax_one.float64", "negative"].find("failure")
    assert failure.get("type") == "wrong"
    assert "leaves the 1 unscaled" in failure.text
    assert "# right" in failure.text
    assert "rs.check(unscaled" in failure.text


def test_the_counts_are_those_of_the_cases(convicted):
    for suite in ET.fromstring(junit(convicted)):  # noqa: S314 - our own
        assert int(suite.get("tests")) == len(suite)
        failing = [case for case in suite if case.find("failure") is not None]
        assert int(suite.get("failures")) == len(failing) > 0


def test_no_finding_that_convicts_is_lost(convicted):
    run = convicted.runs[0]
    stray = replace(run.findings[0], kind="elsewhere", cases=())
    report = replace(convicted, runs=(replace(run, findings=(stray,)),))
    assert cases(report)["softmax_one.float32", "elsewhere"].find("failure") is not None


def test_a_function_that_was_not_judged_is_an_error():
    def refuses(x):
        raise TypeError("no")

    report = rs.check(refuses, "softmax", quick=True, only=["normal"])
    found = cases(report)
    assert found["softmax.float32", "normal"].find("skipped") is not None
    assert "raises on every case" in found["softmax", "verdict"].find("error").text


def test_whatever_is_in_it_the_file_can_be_read(convicted):
    run = convicted.runs[0]
    hostile = "</failure>]]><!-- & \x00\x1b[31m\ud800\uffff\" '"
    finding = replace(run.findings[0], detail=hostile, law=hostile, diagnosis=hostile)
    report = replace(convicted, runs=(replace(run, findings=(finding,)),))
    assert "\x1b" not in junit(report)
    failure = cases(report)["softmax_one.float32", "negative"].find("failure")
    assert "</failure>]]><!-- & \\x00\\x1b[31m\\ud800\\uffff" in failure.text


def test_it_is_written_whole_or_not_at_all(convicted, tmp_path: Path):
    file = tmp_path / "report.xml"
    save_junit(convicted, file)
    assert file.read_text(encoding="utf-8") == junit(convicted)
    before = file.read_text(encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_whole(file, "half a file, then \ud800")
    assert file.read_text(encoding="utf-8") == before
    assert [path.name for path in tmp_path.iterdir()] == ["report.xml"]


def test_a_file_has_the_usual_permissions_and_a_link_stays_one(tmp_path: Path):
    usual = tmp_path / "usual"
    usual.write_text("")
    file = tmp_path / "file"
    write_whole(file, "first")
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)
    link = tmp_path / "link"
    link.symlink_to(file)
    write_whole(link, "second")
    assert link.is_symlink()
    assert file.read_text() == "second"


def test_a_device_is_written_to_and_a_folder_refused(tmp_path: Path):
    device = Path("/dev/null")
    if not device.is_char_device():
        pytest.skip("there is no such device")
    write_whole(device, "text")
    assert device.is_char_device()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, "text")
