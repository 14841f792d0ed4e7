"""``python -m proofs``: what it writes, when it fails, and that it proves files from elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

import refsoft as rs
from proofs.__main__ import main
from proofs.runner import ROOT, names
from tests.test_proofs_certificates import SCHEMA

TOY = r'''
r"""half_softmax, for the test.

Definitions
-----------
As the code has it.

Statements
----------
- `row_sum`.

Notes
-----
Every entry is half that of softmax.

References
----------
None.
"""

import sympy as sp

from proofs.derivations import Derivations
from proofs.numeric import Samples, mp, points
from proofs.theorem import Theorem
from proofs.toolkit import i, j, n, total, x
from refsoft.card import Card, Claim

CARD = Card(
    name="half_softmax",
    title="half_softmax",
    summary="Half of softmax.",
    formula="",
    latex="",
    gradient="",
    source="",
    neighbour="softmax",
    claims=(
        Claim("row_sum", "The entries sum to 1/2.", r"\sum_i y_i = \tfrac12"),
        Claim("range", "Every entry | is below 1.", "y_i < 1"),
    ),
)


def definition(n):
    return sp.exp(x[i]) / (2 * total(sp.exp(x[j]), j, n))


def value(x):
    weights = [mp.exp(score) for score in x]
    return [weight / mp.fsum(weights) / 2 for weight in weights]


derive = Derivations(Samples(value), points())


def row_sum():
    half = sp.Rational(1, 2)
    step = derive.row_sum(definition(n), half, "The sum cancels:", {"the sum is 1": 2 * half})
    return Theorem("row_sum", (step,))


THEOREMS = (row_sum,)
'''


@pytest.fixture
def toy(tmp_path):
    path = tmp_path / "half.py"
    path.write_text(TOY, encoding="utf-8")
    return path


@pytest.mark.slow
def test_pages_and_certificates_are_what_the_proofs_write(capsys):
    assert main(["--check"]) == 0
    printed = capsys.readouterr().out
    for name in names():
        assert rs.variants[name].card.title in printed
    assert "0 failures" in printed


def test_a_page_and_a_certificate_are_what_the_proofs_write(capsys):
    assert main(["softmax_one", "--check"]) == 0
    assert "0 failures" in capsys.readouterr().out


def test_what_has_changed_is_found_and_named(toy, tmp_path, capsys):
    target, out = str(toy), tmp_path / "out"
    assert main([target, "--output", str(out), "--check"]) == 1  # nothing is there yet
    assert not out.exists()
    assert main([target, "--output", str(out)]) == 0
    assert main([target, "--output", str(out), "--check"]) == 0
    page = out / "half_softmax.md"
    text = page.read_text("utf-8")
    page.write_text(text.replace("Proved", "Surely proved"), encoding="utf-8")
    capsys.readouterr()
    assert main([target, "--output", str(out), "--check"]) == 1
    printed = capsys.readouterr().out
    assert "half_softmax.md is not what the proofs write" in printed
    assert "half_softmax.json" not in printed


def test_a_file_from_elsewhere_is_proved_and_leaves_the_package_alone(toy, tmp_path, capsys):
    assert main([str(toy)]) == 0
    printed = capsys.readouterr().out
    counts = "1 proved, 0 refuted, 0 conjectured, 1 unproved; 1 twins rejected, 0 failures"
    assert counts in printed
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".py"] in (
        [],
        ["__pycache__"],
    )
    assert not (ROOT / "docs" / "proofs" / "half_softmax.md").exists()


def test_a_page_states_derives_and_rejects(toy, tmp_path):
    assert main([str(toy), "--output", str(tmp_path)]) == 0
    page = (tmp_path / "half_softmax.md").read_text("utf-8")
    assert r"$$y_i = \frac{e^{{x}_{i}}}{2 \sum_{j=1}^{n} e^{{x}_{j}}}$$" in page
    assert "The entries sum to 1/2. **Proved.**" in page
    assert r"\frac{1}{2}\end{aligned}$$" in page
    assert "- the sum is 1: n = 1: 0.5 against 1.0" in page
    assert r"| range | Every entry \| is below 1. | unproved | | |" in page
    certificate = json.loads((tmp_path / "half_softmax.json").read_text("utf-8"))
    jsonschema.validate(certificate, SCHEMA)
    assert set(certificate["claims"]) == {"row_sum"}


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("(2 * total", "(3 * total", "row_sum: not established"),
        ('half, "The sum', 'half / 2, "The sum', "row_sum: not established"),
        ("2 * half}", "half}", "the twin is not rejected"),
        ('{"the sum is 1": 2 * half}', "{}", "without a twin"),
        ('"row_sum", "The', '"sum_of_row", "The', "makes no such claim"),
        ('tfrac12"),', 'tfrac12", holds=False),', "says that it does not hold"),
        ("weights) / 2", "weights) / 3", "another value"),
    ],
)
def test_a_wrong_file_exits_1_and_writes_nothing(toy, tmp_path, capsys, right, wrong, words):
    assert TOY.count(right) == 1
    toy.write_text(TOY.replace(right, wrong), encoding="utf-8")
    assert main([str(toy), "--output", str(tmp_path / "out")]) == 1
    assert words in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", ["hardmax", "nowhere/to/be/found.py"])
def test_an_unknown_target_is_a_usage_error(target, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([target])
    assert target in capsys.readouterr().err


def test_the_proofs_need_no_kernel_no_golden_and_no_oracle():
    absent = ["numba", "flint", "refsoft.drivers", "refsoft.drivers.cpu", "refsoft.drivers.plain"]
    absent += ["refsoft.golden.softmax", "refsoft.oracle.softmax"]
    code = f"""
import sys
sys.modules.update(dict.fromkeys({absent}))
from proofs import run, softmax
class Stub:
    def __getattr__(self, name):
        raise AssertionError(f"a recipe was asked for {{name}}")
import refsoft.catalogue.softmax as card
card.RECIPE = Stub()
report = run(softmax)
print(len(report.results), len(softmax.THEOREMS), report.failures)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    established, stated, failures = done.stdout.split()
    assert (established, failures) == (stated, "()"), done.stderr


def test_a_page_needs_its_sections(toy):
    toy.write_text(TOY.replace("Notes\n-----", "Remarks\n-------"), encoding="utf-8")
    with pytest.raises(ValueError, match="lacks Notes"):
        main([str(toy), "--output", str(toy.parent / "out")])
