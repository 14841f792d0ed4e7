"""The report as HTML: everything the terminal says, as text, and nothing from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import refsoft as rs
from refsoft.cli import main
from refsoft.conformance.bars import WIDTH, place
from refsoft.conformance.render import plain
from refsoft.conformance.report import Finding, Report
from refsoft.conformance.webpage import STYLE, save_webpage, webpage

HOSTILE = '<script>alert("1")</script><img src=x onerror=alert(1)> \' " & \x1b[31m\ud800 -->]]>'
SHOWN = HOSTILE.replace("\x1b", r"\x1b").replace("\ud800", r"\ud800")
VOID = {"meta", "rect", "line", "img"}


class Reader(HTMLParser):
    """What a browser sees: elements, their attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.parts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.parts.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.parts)


def unscaled(x):
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))


@pytest.fixture(scope="module")
def convicted() -> Report:
    return rs.check(unscaled, "softmax_one", quick=True, only=["zero", "negative"], seed=0)


def hostile(report: Report) -> Report:
    """The same with text that is code to whoever does not escape it, everywhere."""
    run = report.runs[0]
    example = replace(run.findings[0].example, snippet=HOSTILE, given=HOSTILE, right=HOSTILE)
    finding = replace(
        run.findings[0], law=HOSTILE, kind=HOSTILE, detail=HOSTILE, diagnosis=HOSTILE,
        rerun=HOSTILE, expected=HOSTILE, laws=(HOSTILE,), example=example,
    )  # fmt: skip
    row = replace(run.classes[0], family=HOSTILE, reason=HOSTILE)
    run = replace(run, findings=(finding,), classes=(row,), tightest=HOSTILE, powerless=(HOSTILE,))
    return replace(
        report, target=HOSTILE, runs=(run,), not_tested=(HOSTILE,), domain=HOSTILE, unmet=(HOSTILE,)
    )


def test_it_says_what_the_terminal_says(convicted):
    seen = re.sub(r"\s+", " ", Reader(webpage(convicted)).text)
    words = [word for word in re.findall(r"[\w.+^-]+", plain(convicted)) if len(word) > 1]
    assert len(words) > 60
    assert [word for word in words if word not in seen] == []


def test_every_finding_is_there_in_full(convicted):
    run = convicted.runs[0]
    many = tuple(replace(run.findings[0], kind=f"kind-{i}", detail=f"no-{i}") for i in range(9))
    page = webpage(replace(convicted, runs=(replace(run, findings=many),)))
    assert page.count("rs.check(unscaled") == 9
    assert all(f"no-{i}" in page for i in range(9))


def test_what_is_hostile_is_text(convicted):
    harmless, page = (Reader(webpage(r)) for r in (convicted, hostile(convicted)))
    assert set(page.tags) <= set(harmless.tags) | {"h1", "p"}
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert page.open == []
    # The title, the headline, and the finding: kind, expected, diagnosis, detail, law, …
    assert page.text.count(SHOWN) >= 14
    assert ("title", SHOWN) in page.attributes


def test_what_does_not_escape_would_be_seen():
    assert "script" in Reader(f"<p>{HOSTILE}</p>").tags


def test_nothing_is_loaded_from_anywhere(convicted):
    for report in (convicted, hostile(convicted)):
        page = Reader(webpage(report))
        names = {name for name, _ in page.attributes}
        assert names.isdisjoint({"src", "href", "srcset", "action", "data", "style"})
        assert "url(" not in STYLE
        assert "@import" not in STYLE
        policy = dict(page.attributes)
        assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
        assert policy["http-equiv"] == "Content-Security-Policy"


def test_a_bar_for_every_class_ends_where_its_error_does(convicted):
    page = Reader(webpage(convicted))
    row = {row.family: row for row in convicted.runs[0].classes}["negative"]
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert len(labels) == len(convicted.runs[0].classes)
    assert f"negative: {row.over_bound:.2g} of the bound, wrong" in labels
    widths = [float(value) for name, value in page.attributes if name == "width"]
    assert max(widths) == WIDTH
    assert place(0.1) < place(1.0) < place(10.0) < place(float("inf")) == WIDTH
    # Four of six powers of ten lie below the bound.
    assert place(1.0) == pytest.approx(WIDTH * 4 / 6)


def test_light_and_dark_and_narrow():
    assert "color-scheme: light dark" in STYLE
    assert "prefers-color-scheme: dark" in STYLE
    assert "overflow-wrap: anywhere" in STYLE
    defined = set(re.findall(r"(--[\w-]+):", STYLE))
    assert set(re.findall(r"var\((--[\w-]+)\)", STYLE)) <= defined
    page = webpage(Report("f", "softmax", (), unjudged="no case is left"))
    assert "width=device-width" in page


def test_what_is_not_judged_says_why():
    page = Reader(webpage(Report("f", "softmax", (), unjudged="no case is left")))
    assert "f: not judged: no case is left" in page.text
    assert "not tested" not in page.text


def test_what_was_expected_is_said():
    finding = Finding("note", "kind", "law", "float32", ("a/1",), expected="known since 1.2")
    run = rs.check(GOLDEN, "softmax_one", quick=True, only=["zero"], seed=0).runs[0]
    report = Report("f", "softmax_one", (replace(run, findings=(finding,)),))
    assert "expected: known since 1.2" in Reader(webpage(report)).text


GOLDEN = rs.softmax_one.using("golden")


def test_a_file_is_written_by_the_command(tmp_path: Path, monkeypatch):
    file = tmp_path / "report.html"
    monkeypatch.setattr("refsoft.conformance.command._judged", lambda *_: REPORT)
    done = CliRunner().invoke(main, ["check", "x:f", "--variant", "softmax", "--html", str(file)])
    assert done.exit_code == 0, done.output
    assert file.read_text("utf-8") == webpage(REPORT)
    nowhere = str(tmp_path / "no" / "report.html")
    done = CliRunner().invoke(main, ["check", "x:f", "--variant", "softmax", "--html", nowhere])
    assert done.exit_code == 2
    assert "there is no such folder" in done.output


REPORT = Report("f", "softmax", ())


def test_it_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch):
    file = tmp_path / "report.html"
    file.write_text("before")
    monkeypatch.setattr(Path, "replace", _fail)
    with pytest.raises(OSError, match="full"):
        save_webpage(REPORT, file)
    assert file.read_text() == "before"


def _fail(*_):
    raise OSError("the disk is full")
