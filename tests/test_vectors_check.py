"""refsoft check --vectors: results in files and functions, judged without the oracle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from refsoft.cli import main
from refsoft.vectors import Vectors, read
from refsoft.vectors.tensors import packed, to_safetensors

CLASSES = ("normal", "negative", "ties", "one", "nan", "empty", "scales", "subnormal")
CLASSES += ("mask-random", "mask-nan")
Tensors = dict[str, Any]

FUNCTIONS = """
import numpy as np

def right(x, sink):
    s = np.asarray(sink, x.dtype)[..., np.newaxis]
    m = np.maximum(x.max(-1, keepdims=True, initial=-np.inf), s)
    w = np.exp(x - m)
    return w / (np.exp(s - m) + w.sum(-1, keepdims=True))

def wrong(x, sink):
    s = np.asarray(sink, x.dtype)[..., np.newaxis]
    w = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return w / (np.exp(s) + w.sum(-1, keepdims=True))

def masked(x, sink, mask):
    return np.where(mask, right(np.where(mask, x, -np.inf), sink), 0).astype(x.dtype)

def hangs(x, sink):
    while True:
        pass
"""


def refsoft(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "vectors"
    words = ["--variant", "softmax_sink", "--quick", "--pass", "sink", "--mask", "--out", path]
    words += [word for name in CLASSES for word in ("--only", name)]
    done = refsoft("vectors", *words)
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="module")
def vectors(folder: Path) -> Vectors:
    return read(folder)


@pytest.fixture(scope="module")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("functions") / "sink.py"
    path.write_text(FUNCTIONS)
    return path


def computed(vectors: Vectors, name: str) -> Tensors:
    """What a program gives: y of every case."""
    scope: dict[str, Any] = {}
    exec(FUNCTIONS, scope)  # noqa: S102
    found = {}
    with np.errstate(all="ignore"):
        for vector in vectors.vectors:
            case = vector.case
            words = {} if case.where is None else {"mask": case.where}
            function = scope["masked" if words and name == "right" else name]
            words = words if function is scope["masked"] else {}
            y = function(case.x, case.params["sink"], **words)
            found[case.id.replace("/", ".") + ".y"] = y
    return found


def put(path: Path, tensors: Tensors, storage: str = "safetensors") -> Path:
    path.mkdir()
    if storage == "raw":
        for name, tensor in tensors.items():
            (path / f"{name}.bin").write_bytes(packed(tensor))
    else:
        (path / "results.safetensors").write_bytes(to_safetensors(tensors))
    return path


def judged(folder: Path, results: Path, tmp_path: Path, *words: str) -> tuple[Result, Any]:
    file = tmp_path / "report.json"
    done = refsoft(
        "check", "--vectors", folder, "--results", results, "--variant", "softmax_sink",
        "--json", file, *words,
    )  # fmt: skip
    return done, json.loads(file.read_text()) if file.exists() else None


def kinds(report: Any) -> set[str]:
    return {finding["kind"] for run in report["runs"] for finding in run["findings"]}


@pytest.mark.parametrize("storage", ["safetensors", "raw"])
def test_right_results_are_acquitted_and_wrong_ones_convicted(folder, vectors, tmp_path, storage):
    right = put(tmp_path / "right", computed(vectors, "right"), storage)
    done, report = judged(folder, right, tmp_path)
    assert done.exit_code == 0, done.output
    assert f"right conforms to softmax_sink on the vectors in {folder}" in done.output
    assert report["runs"][0]["tightest"] == "float32-tree"
    assert "gradients" in report["not_tested"]
    wrong = put(tmp_path / "wrong", computed(vectors, "wrong"), storage)
    done, report = judged(folder, wrong, tmp_path)
    assert done.exit_code == 1
    diagnosis = "subtracts the maximum but leaves the sink's weight unscaled"
    assert done.output.splitlines()[0].endswith(diagnosis)
    assert "masked" in kinds(report)


def test_the_command_shown_runs_the_case_again(folder, vectors, tmp_path):
    wrong = put(tmp_path / "wrong", computed(vectors, "wrong"))
    _, report = judged(folder, wrong, tmp_path, "--arithmetic", "float32-fast-exp")
    finding = report["runs"][0]["findings"][0]
    assert "given" not in finding["example"]["snippet"]
    words = finding["rerun"].split()[1:]
    assert words[-2:] == ["--case", finding["cases"][0]] or words[-1] in finding["cases"]
    again = refsoft(*words)
    assert again.exit_code == 1
    assert f"the case {words[-1]}" in again.output.splitlines()[0]


def changed(name: str, change: Callable[[Any], Any]) -> Callable[[Tensors], object]:
    return lambda tensors: tensors.update({name: change(tensors[name])})


CONTRACT: dict[str, tuple[Callable[[Tensors], object], str, str]] = {
    "missing": (lambda t: t.pop("normal.3.y"), "missing", "there is no normal.3.y"),
    "unknown": (
        lambda t: t.update({"normal.3.z": t["normal.3.y"]}), "unknown", "no case for normal.3.z",
    ),
    "flat": (changed("normal.3.y", np.ravel), "shape", "it returns (9,) for (3, 3)"),
    "short": (
        changed("normal.3.y", lambda y: y.ravel()[:-1]), "shape", "it returns (8,) for (3, 3)",
    ),
    "double": (
        changed("normal.3.y", lambda y: y.astype(np.float64)), "dtype", "it returns float64",
    ),
    "nothing": (changed("normal.3.y", lambda y: y[:0]), "shape", "it returns (0, 3) for (3, 3)"),
    "one entry": (changed("normal.3.y", lambda y: y * np.float32(1.001)), "accuracy", "ULP"),
}  # fmt: skip


@pytest.mark.parametrize("broken", CONTRACT)
def test_one_result_that_is_not_as_it_should_be_convicts(broken, folder, vectors, tmp_path):
    change, kind, detail = CONTRACT[broken]
    tensors = computed(vectors, "right")
    change(tensors)
    done, report = judged(folder, put(tmp_path / "results", tensors), tmp_path)
    assert done.exit_code == 1
    assert kinds(report) == {kind}
    assert detail in done.output


def test_a_raw_file_that_is_too_short_convicts(folder, vectors, tmp_path):
    results = put(tmp_path / "results", computed(vectors, "right"), "raw")
    file = results / "normal.3.y.bin"
    file.write_bytes(file.read_bytes()[:-4])
    done, report = judged(folder, results, tmp_path)
    assert (done.exit_code, kinds(report)) == (1, {"shape"})
    file.write_bytes(file.read_bytes()[:-1])
    done, report = judged(folder, results, tmp_path)
    assert (done.exit_code, kinds(report)) == (1, {"shape", "dtype"})


def test_classes_that_are_left_out_need_no_results(folder, vectors, tmp_path):
    tensors = {k: v for k, v in computed(vectors, "right").items() if not k.startswith("nan.")}
    results = put(tmp_path / "results", tensors)
    assert judged(folder, results, tmp_path)[0].exit_code == 1
    done, report = judged(folder, results, tmp_path, "--skip", "nan")
    assert done.exit_code == 0
    assert "all but nan" in report["headline"]


def test_flushed_results_are_accepted_where_that_is_said(folder, vectors, tmp_path):
    tiny = np.finfo(np.float32).tiny
    tensors = {
        name: np.where(np.abs(y) < tiny, np.float32(0), y)
        for name, y in computed(vectors, "right").items()
    }
    results = put(tmp_path / "results", tensors)
    assert judged(folder, results, tmp_path)[0].exit_code == 1
    done, report = judged(folder, results, tmp_path, "--subnormals", "flush")
    assert (done.exit_code, kinds(report)) == (0, {"flush"})


REFUSED: dict[str, tuple[list[str], str]] = {
    "no results": (["--results", "nowhere"], "results='nowhere' is no folder"),
    "another variant": (["--results", ".", "--variant", "softmax"], "accepted: 'softmax_sink'"),
    "another dtype": (["--results", ".", "--dtype", "float64"], "dtype=float64; accepted: float32"),
    "a domain": (["--results", ".", "--domain", "x<1"], "domain='x<1' does not go with --results"),
    "an array": (["--results", ".", "--array", "torch"], "array='torch' does not go with"),
    "a case": (["--results", ".", "--case", "normal/99"], "case='normal/99'; accepted"),
    "a class": (["--results", ".", "--only", "odd"], "only='odd'; accepted"),
    "two of them": (["--results", ".", "sink.py:right"], "give TARGET, or --vectors and --results"),
    "none of them": ([], "give TARGET, or --vectors and --results"),
    "a target without its parameter": (["sink.py:right"], "accepted: --pass sink"),
    "a list": (["--results", ".", "--list-cases"], "--list-cases does not go with --vectors"),
}


@pytest.mark.parametrize("use", REFUSED)
def test_wrong_use_is_refused_in_one_line(use, folder, vectors, tmp_path, monkeypatch):
    put(tmp_path / "r", computed(vectors, "right"))
    monkeypatch.chdir(tmp_path / "r")
    words, message = REFUSED[use]
    done = refsoft("check", "--vectors", folder, "--variant", "softmax_sink", *words)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output


def test_a_folder_without_a_result_is_not_judged(folder, tmp_path):
    done, _ = judged(folder, put(tmp_path / "empty", {}, "raw"), tmp_path)
    assert done.exit_code == 2
    assert "has no result; accepted: results.safetensors with tensors named" in done.output
    (tmp_path / "empty" / "results.safetensors").write_bytes(b"\x80\x04.")
    done, _ = judged(folder, tmp_path / "empty", tmp_path)
    assert done.exit_code == 2
    assert "is no safetensors file" in done.output


@pytest.mark.parametrize(
    ("name", "words", "status", "said"),
    [
        ("masked", ["--mask-keyword", "mask"], 0, "conforms to softmax_sink"),
        pytest.param(
            "hangs", ["--timeout", "0.3"], 1, "a function returns", marks=pytest.mark.slow
        ),
    ],
)
def test_a_function_is_judged_by_vectors(name, words, status, said, folder, functions):
    command = ["check", f"{functions}:{name}", "--vectors", folder, "--variant", "softmax_sink"]
    done = refsoft(*command, "--pass", "sink", *words)
    assert done.exit_code == status, done.output
    assert said in done.output
    assert "masks" not in done.output.split("not tested:")[1] or name != "masked"


@pytest.mark.parametrize(("name", "status"), [("right", 0), ("wrong", 1)])
def test_a_function_is_judged_where_python_flint_is_not_installed(
    name, status, folder, functions, tmp_path
):
    (tmp_path / "flint.py").write_text("raise ImportError('there is none', name='flint')\n")
    paths = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths, "REFSOFT_CACHE": "off"}
    command = [sys.executable, "-m", "refsoft", "check", f"{functions}:{name}", "--pass", "sink"]
    command += ["--variant", "softmax_sink"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *words], env=environment, capture_output=True, text=True, check=False
        )

    done = run("--vectors", str(folder))
    assert done.returncode == status, done.stdout + done.stderr
    assert ("leaves the sink's weight unscaled" in done.stdout) == (status == 1)
    if name == "right":  # and without the vectors it is not
        refused = run("--quick")
        assert (refused.returncode, "python-flint" in refused.stderr) == (2, True)
