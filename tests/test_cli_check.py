"""refsoft check from the command line: exit status, one line why, JSON, isolation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from refsoft.cli import main

SOURCE = """
import os, sys, time
import numpy as np

def right(x):
    m = np.maximum(x.max(-1, keepdims=True, initial=-np.inf), 0)
    w = np.exp(x - m)
    return w / (np.exp(-m) + w.sum(-1, keepdims=True))

def sink(x, bias):
    s = np.asarray(bias, x.dtype)[..., np.newaxis]
    m = np.maximum(x.max(-1, keepdims=True, initial=-np.inf), s)
    w = np.exp(x - m)
    return w / (np.exp(s - m) + w.sum(-1, keepdims=True))

def with_mode(x, mode, scale):
    assert (mode, scale) == ("a", None)
    return right(x)

def wrong(x):
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (1 + w.sum(-1, keepdims=True))

def hangs(x):
    time.sleep(600 if x.shape[-1] > 30 else 0)
    return right(x)

def crashes(x):
    os.kill(os.getpid(), 11)

def exits(x):
    sys.exit(0)

def prints(x):
    print("noise " * 100)
    sys.stderr.write("noise")
    return right(x)

def refuses(x):
    raise TypeError("not \\x1b[31mtoday")
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("cli") / "target.py"
    file.write_text(SOURCE)
    return str(file)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["check", *words])


def few(path: str, name: str, *words: str, variant: str = "softmax_one") -> Result:
    only = [w for c in ("normal", "negative", "zero") for w in ("--only", c)]
    return run(f"{path}:{name}", "--variant", variant, "--quick", *only, *words)


def test_zero_where_it_conforms_and_one_where_not(path: str) -> None:
    assert few(path, "right").exit_code == 0
    result = few(path, "wrong")
    assert result.exit_code == 1
    assert "subtracts the maximum but leaves the 1 unscaled" in result.output


def test_it_runs_as_a_program_of_its_own(path: str) -> None:
    words = ["check", f"{path}:wrong", "--variant", "softmax_one", "--quick", "--only", "negative"]
    done = subprocess.run(
        [sys.executable, "-m", "refsoft", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == ""
    assert "# right" in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.py:f", "--variant", "softmax"], "there is no file nothing.py"),
        (["{path}:missing", "--variant", "softmax"], "has no 'missing'"),
        (
            ["{path}:refuses", "--variant", "softmax", "--quick"],
            "it raises on every case: TypeError",
        ),
        (["{path}:right", "--variant", "softmax_one", "--case", "a/1"], "case='a/1'"),
        (["{path}:right", "--variant", "softmax_one", "--only", "a"], "only='a'"),
        (["{path}:right", "--variant", "softmax_one", "--domain", "x"], "domain 'x'"),
        (["{path}:right", "--variant", "softmax_n", "--param", "n=-1"], "param n=-1"),
        (["{path}:right", "--variant", "softmax_n", "--param", "n=f()"], "no value"),
        (["{path}:right", "--variant", "softmax_n", "--pass", "n=2"], "accepted: NAME"),
        (["{path}:right", "--variant", "softmx"], "is not one of"),
        (["{path}:right"], "Missing option '--variant'"),
        (["{path}:right", "--variant", "softmax_one", "--domain", "x>=60"], "cannot tell"),
    ],
)
def test_two_where_there_is_no_verdict_with_the_reason(
    path: str, words: list[str], message: str
) -> None:
    result = run(*(word.format(path=path) for word in words))
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output


def test_a_hang_is_a_finding_and_costs_no_more_than_two_timeouts(path: str) -> None:
    result = few(path, "hangs", "--timeout", "1")
    assert result.exit_code == 1
    assert "a function returns [hung, 2 cases]" in result.output


@pytest.mark.parametrize(("name", "word"), [("crashes", "SIGSEGV"), ("exits", "sys.exit")])
def test_a_crash_and_an_exit_are_findings(path: str, name: str, word: str) -> None:
    result = few(path, name)
    assert result.exit_code == 1
    assert "contract" in result.output
    assert word in result.output


def test_printing_is_a_note_and_stays_out_of_the_report(path: str) -> None:
    result = few(path, "prints")
    assert result.exit_code == 0
    assert "it prints" in result.output
    assert "noise" not in result.output


def test_parameters_are_passed_and_swept(path: str) -> None:
    swept = few(path, "sink", "--pass", "sink=bias", variant="softmax_sink")
    assert swept.exit_code == 0, swept.output
    assert few(path, "right", "--param", "sink=0.0", variant="softmax_sink").exit_code == 0
    assert few(path, "right", "--param", "sink=3", variant="softmax_sink").exit_code == 1
    assert few(path, "right", "--param", "sink=-inf", variant="softmax_sink").exit_code == 1


def test_keywords_are_passed_verbatim(path: str) -> None:
    assert few(path, "with_mode", "--call", "mode='a'", "--call", "scale=None").exit_code == 0
    assert few(path, "with_mode", "--call", "mode='b'", "--call", "scale=None").exit_code == 2


def test_the_case_that_a_finding_names_fails_again(path: str) -> None:
    line = next(s for s in few(path, "wrong").output.splitlines() if s.startswith("  again: "))
    words = line.removeprefix("  again: refsoft check ").split()
    assert run(*words).exit_code == 1


def test_cases_are_listed_with_their_reasons(path: str) -> None:
    result = few(path, "right", "--list-cases")
    assert result.exit_code == 0
    assert "normal/3" in result.output
    assert "all scores negative" in result.output


def test_json_goes_to_a_file(path: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    assert few(path, "wrong", "--json", str(file)).exit_code == 1
    assert json.loads(file.read_text())["verdict"] == "does not conform"
    assert few(path, "refuses", "--json", str(file)).exit_code == 2
    assert json.loads(file.read_text())["verdict"] == "not judged"
    missing = few(path, "right", "--json", str(tmp_path / "no" / "report.json"))
    assert missing.exit_code == 2
    assert "cannot be written" in missing.output


def test_the_domain_is_in_the_headline(path: str) -> None:
    result = few(path, "right", "--domain", "abs(x)<=50", "--max-length", "20")
    assert "softmax_one on abs(x)<=50, n <= 20" in result.output.splitlines()[0]


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_on_a_terminal_there_is_progress_and_colour(path: str) -> None:
    ours, theirs = os.openpty()
    words = ["check", f"{path}:wrong", "--variant", "softmax_one", "--quick", "--only", "negative"]
    process = subprocess.Popen(
        [sys.executable, "-m", "refsoft", *words],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 1
    assert b"does not conform" in shown
    assert b"\x1b[1;31m" in shown
    assert b"negative/2" in shown


def test_without_the_oracle_s_package_one_line_says_so(path: str) -> None:
    code = (
        "import sys; sys.modules['flint'] = None\n"
        "from refsoft.cli import main\n"
        f"main(['check', {path + ':right'!r}, '--variant', 'softmax'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "python-flint" in done.stderr
    assert len(done.stderr.splitlines()) == 1
