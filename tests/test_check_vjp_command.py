"""Gradients on the command line: a backward in a process of its own, hangs, crashes, options."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import refsoft as rs
from refsoft.cli import main
from tests.helpers.backwards import backward
from tests.zoo import controls_forms

SOURCE = """
import os
import numpy as np

def f(x, sink=0.0):
    sink = np.asarray(sink, x.dtype)[..., None]
    top = np.maximum(np.max(x, axis=-1, keepdims=True, initial=-np.inf), sink)
    w = np.exp(x - top)
    return w / (np.exp(sink - top) + w.sum(-1, keepdims=True))

def b(x, g, sink=0.0):
    y = f(x, sink)
    e = np.sum(g * y, axis=-1, keepdims=True)
    own = np.asarray(sink, x.dtype)[..., None]
    top = np.maximum(np.max(x, axis=-1, keepdims=True, initial=-np.inf), own)
    total = np.exp(own - top) + np.exp(x - top).sum(-1, keepdims=True)
    slope = (-e * np.exp(own - top) / total)[..., 0]
    return y * (g - e), {"sink": slope if np.ndim(sink) else slope.sum()}

def dies(x, g, **_):
    os._exit(3)

def writes(x, g, **_):
    g *= 2
    return g
"""


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return f"{path}:"


def run(target, *words, vjp="b"):
    sink = ["--variant", "softmax_sink", "--vjp", f"{target}{vjp}", "--quick"]
    return CliRunner().invoke(main, ["check", f"{target}f", *sink, *words])


def test_a_right_backward(target, tmp_path):
    done = run(target, "--pass", "sink", "--only", "vjp-normal", "--json", f"{tmp_path / 'r.json'}")
    assert done.exit_code == 0, done.output
    report = json.loads((tmp_path / "r.json").read_text())
    assert [row["family"] for row in report["runs"][0]["classes"]] == ["vjp-normal"]
    assert "gradients" not in report["not_tested"]


def test_forward_and_backward_together(target):
    done = run(target, "--pass", "sink", "--only", "normal", "--only", "vjp-ties")
    assert done.exit_code == 0, done.output
    assert "  normal " in done.output
    assert "  vjp-ties " in done.output


def test_a_backward_that_ends_its_process(target):
    done = run(target, "--only", "vjp-normal", vjp="dies")
    assert done.exit_code == 1
    assert "[vjp-crashed, 2 cases]" in done.output


def test_a_backward_that_writes_to_its_input(target):
    done = run(target, "--only", "vjp-normal", vjp="writes")
    assert "[vjp-modified," in done.output
    assert "[vjp-aliased," in done.output


def test_one_case_again_and_the_list(target):
    listed = run(target, "--list-cases").output
    assert "vjp-normal/3/ones" in listed
    done = run(target, "--case", "vjp-normal/3/ones")
    assert done.exit_code == 0, done.output
    assert run(target, "--case", "vjp-normal/3/none").exit_code == 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--vjp", "m:b", "--autodiff", "--array", "torch"], "vjp and autodiff are both given"),
        (["--autodiff"], "accepted: torch or jax"),
        (["--vjp-from", "y"], "without vjp"),
        (["--only", "vjp"], "only='vjp'"),
        (["--vjp", "nowhere.py:b"], "there is no file nowhere.py"),
    ],
)
def test_what_does_not_go_together(target, words, reason):
    done = CliRunner().invoke(main, ["check", f"{target}f", "--variant", "softmax_one", *words])
    assert done.exit_code == 2
    assert reason in done.output


def test_without_a_backward_gradients_are_not_tested():
    report = rs.check(controls_forms.softmax_one, "softmax_one", quick=True, only=["normal"])
    assert "gradients" in report.not_tested


def test_an_expected_failure_of_a_gradient():
    def b(x, g):
        return -backward("softmax_one")(x, g)

    options = {"quick": True, "only": ["vjp-normal"], "lengths": [2]}
    found = rs.check(controls_forms.softmax_one, "softmax_one", vjp=b, **options)
    ids = {case: "known" for f in found.findings for case in f.cases}
    again = rs.check(controls_forms.softmax_one, "softmax_one", vjp=b, xfails=ids, **options)
    assert found.exit_code == 1
    assert again.exit_code == 0, str(again)
