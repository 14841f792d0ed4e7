"""The shipped examples, through the real command, each with its verdict."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


def verdict(tmp_path: Path, target: str, variant: str, *words: str) -> dict[str, Any]:
    file = tmp_path / "report.json"
    command = [
        sys.executable,
        "-m",
        "refsoft",
        "check",
        f"{EXAMPLES / target}",
        "--json",
        str(file),
    ]
    done = subprocess.run(
        [*command, "--variant", variant, "--quick", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(file.read_text())
    assert done.returncode == report["exit_code"]
    assert report["headline"] in done.stdout
    assert done.stderr == ""
    return report


def diagnoses(report: dict[str, Any]) -> set[str]:
    return {f["diagnosis"] for run in report["runs"] for f in run["findings"] if f["diagnosis"]}


@pytest.mark.parametrize(
    ("target", "variant", "diagnosis"),
    [
        (
            "off_by_one.py:published",
            "softmax_one",
            "subtracts the maximum but leaves the 1 unscaled",
        ),
        (
            "symax_keepdims.py:published",
            "symax",
            "sums over the wrong axis: the sum is taken without keeping the dimension",
        ),
    ],
)
def test_the_published_mistakes_are_convicted_and_named(
    tmp_path: Path, target: str, variant: str, diagnosis: str
) -> None:
    report = verdict(tmp_path, target, variant)
    assert report["exit_code"] == 1
    assert report["headline"].endswith(diagnosis)
    assert diagnoses(report) == {diagnosis}
    assert "wrong" in {f["severity"] for f in report["runs"][0]["findings"]}


@pytest.mark.parametrize(
    ("target", "variant"),
    [("off_by_one.py:corrected", "softmax_one"), ("symax_keepdims.py:corrected", "symax")],
)
def test_the_corrected_forms_conform(tmp_path: Path, target: str, variant: str) -> None:
    report = verdict(tmp_path, target, variant, "--dtype", "float32", "--dtype", "float64")
    assert report["exit_code"] == 0, report["headline"]
    assert {run["tightest"] for run in report["runs"]} == {"float32-tree", "float64"}


@pytest.mark.parametrize(
    ("target", "array"),
    [
        ("scipy_softmax.py:softmax", "numpy"),
        pytest.param("torch_softmax.py:softmax", "torch", marks=pytest.mark.peers),
        pytest.param("jax_softmax.py:softmax", "jax", marks=pytest.mark.peers),
    ],
)
def test_softmax_of_others_conforms(tmp_path: Path, target: str, array: str) -> None:
    pytest.importorskip({"numpy": "scipy"}.get(array, array))
    words = ["--array", array, "--dtype", "float32", "--dtype", "float64"]
    report = verdict(tmp_path, target, "softmax", *words)
    assert report["exit_code"] == 0, report["headline"]
    assert [run["dtype"] for run in report["runs"]] == ["float32", "float64"]


@pytest.mark.peers
@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("published", "leaves the 1 unscaled"),
        ("corrected", "conforms to softmax_one on n <= 4096: float32 at float32-tree"),
    ],
)
def test_a_triton_kernel_in_its_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, headline: str
) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    pytest.importorskip("torch")
    if find_spec("triton") is None:  # imported here, it would stay interpreted
        pytest.skip("could not import 'triton'")
    words = ["--array", "torch", "--max-length", "4096"]
    report = verdict(tmp_path, f"triton_softmax_one.py:{name}", "softmax_one", *words)
    assert report["headline"].endswith(headline)


@pytest.mark.peers
def test_softmax_of_torch_is_not_softmax_one(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    report = verdict(tmp_path, "torch_softmax.py:softmax", "softmax_one", "--array", "torch")
    assert report["exit_code"] == 1
    assert report["headline"].endswith("the 1 is missing: is softmax")
