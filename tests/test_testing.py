"""The assertion for test suites: silent where a function conforms, the report where not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import refsoft as rs
from refsoft.testing import assert_conforms

FEW = {"quick": True, "only": ["normal", "negative"]}


def unscaled(x):
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))


def test_a_function_that_conforms_passes():
    assert assert_conforms(rs.softmax_one, rs.softmax_one, **FEW).conforms


def test_the_text_is_that_of_the_report():
    with pytest.raises(AssertionError) as caught:
        assert_conforms(unscaled, "softmax_one", **FEW)
    told, report = str(caught.value), str(rs.check(unscaled, "softmax_one", **FEW))
    assert told.splitlines()[:-1] == report.splitlines()[:-1]  # the last line has the seconds
    assert "subtracts the maximum but leaves the 1 unscaled" in told.splitlines()[0]


def test_what_is_not_judged_does_not_pass():
    with pytest.raises(AssertionError, match="not judged"):
        assert_conforms(rs.softmax, "softmax", lengths=(1,), only=["normal"])


def test_a_wrong_option_is_no_assertion():
    with pytest.raises(ValueError, match="only="):
        assert_conforms(rs.softmax, "softmax", only=["no such class"])


def test_it_costs_nothing_before_it_is_called():
    code = (
        "import refsoft.testing, sys; sys.exit('flint' in sys.modules or 'pytest' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_suite_shown_in_the_guide_is_an_example_that_runs(tmp_path: Path):
    guide = Path(__file__).parents[1] / "docs" / "check.md"
    text = guide.read_text(encoding="utf-8")
    suite = text.split("<!-- suite -->\n```python\n")[1].split("```")[0]
    assert len(suite.splitlines()) <= 15
    example = guide.parent / "examples" / "test_downstream.py"
    assert example.read_text(encoding="utf-8") == suite
    shutil.copy(example, tmp_path)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout
