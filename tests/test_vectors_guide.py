"""The C++ program of the guide: compiled, run, acquitted where it is right, convicted where not.

``python tests/test_vectors_guide.py`` writes the program, the outputs and the sizes in
docs/vectors.md anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import refsoft as rs
from refsoft._dtypes import DTYPES
from refsoft.conformance.options import Options
from refsoft.rounding import presets
from refsoft.vectors import write
from refsoft.vectors.gradients import COTANGENTS, refusal
from refsoft.vectors.names import FLAGS
from refsoft.vectors.writing import LONGEST_QUICK, build

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "vectors.md"
SOURCE = ROOT / "docs" / "examples" / "softmax_one_vectors.cpp"
PROGRAM = re.compile(r"(?<=<!-- program -->\n```cpp\n).*?(?=```\n)", re.DOTALL)
SESSION = re.compile(r"(?<=<!-- session -->\n```console\n).*?(?=```\n)", re.DOTALL)
SIZES = re.compile(r"(?<=<!-- sizes -->\n)(\|[^\n]*\n)*")
TIME = re.compile(r"^[0-9.]+ s, ", re.MULTILINE)

COMPILER = shutil.which("g++") or shutil.which("c++") or shutil.which("clang++")
compiled = pytest.mark.skipif(COMPILER is None, reason="there is no C++ compiler on PATH")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield prepared(Path(folder))


def prepared(folder: Path) -> Path:
    """A folder with the program, and the commands ``refsoft`` and ``g++`` in it."""
    shutil.copy(SOURCE, folder)
    for name, command in (("refsoft", f"{sys.executable} -m refsoft"), ("g++", COMPILER)):
        script = folder / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IEXEC)
    return folder


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(place / "bin"), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def session(text: str, place: Path) -> str:
    """The commands of a session, each with what it shows."""
    lines = []
    for line in text.splitlines():
        if line.startswith("$ "):
            done = run(line[2:], place)
            lines += [line, TIME.sub("... s, ", done.stdout + done.stderr).rstrip("\n")]
    return "\n".join(filter(None, lines)) + "\n"


def sizes() -> str:
    """How large the vectors of softmax_one are with masks."""
    lines = ["| softmax_one with `--mask` | `--quick` | all |", "|---|---|---|"]
    for name in DTYPES:
        plain = Options(dtypes=(name,), mask_keyword="mask")
        chosen = (replace(plain, quick=True, max_length=LONGEST_QUICK), plain)
        cells = [f"{size(options) / 1e6:.0f} MB" for options in chosen]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def size(options: Options) -> int:
    """The bytes of the tensors of softmax_one, from the shapes of its cases."""
    dtype, total = DTYPES[options.dtypes[0]], 0
    entry = 2 * dtype.itemsize + 8 * (3 + len(presets(dtype)))  # with enclosure and bounds
    for case in build(rs.softmax_one.card, dtype, options):
        total += case.x.size * (entry + (case.where is not None))
        if not refusal(rs.softmax_one, case):
            total += len(COTANGENTS) * case.x.size * entry
    return total


def written(text: str, place: Path) -> str:
    """The guide as it should be."""
    program = SOURCE.read_text(encoding="utf-8")
    text = PROGRAM.sub(lambda _: program, text)
    text = SIZES.sub(lambda _: sizes(), text)
    return SESSION.sub(lambda found: session(found[0], place), text)


def report(place: Path, form: str) -> Any:
    words = f"--vectors vectors --results {form} --variant softmax_one --json {form}.json"
    done = run(f"./softmax_one vectors {form} {form} && refsoft check {words}", place)
    found = json.loads((place / f"{form}.json").read_text())
    assert done.returncode == found["exit_code"], done.stdout + done.stderr
    return found


@compiled
def test_the_guide_shows_the_program_and_what_the_commands_print(place):
    text = GUIDE.read_text(encoding="utf-8")
    assert len(SESSION.findall(text)) == len(PROGRAM.findall(text)) == 1
    assert SIZES.search(text)[0].count("\n") == 2 + len(DTYPES)
    assert written(text, place) == text


@compiled
def test_the_right_program_is_acquitted_and_the_wrong_one_convicted(place):
    if not (place / "softmax_one").exists():
        session("$ " + "\n$ ".join(re.findall(r"^\$ (.*)", GUIDE.read_text(), re.MULTILINE)), place)
    right = report(place, "right")
    assert right["exit_code"] == 0, right["headline"]
    assert right["runs"][0]["findings"] == []
    assert "dx" not in right["not_tested"]
    assert "gradients" not in right["not_tested"]
    wrong = report(place, "wrong")
    assert wrong["headline"].endswith("subtracts the maximum but leaves the 1 unscaled")
    kinds = {finding["kind"] for finding in wrong["runs"][0]["findings"]}
    assert {"accuracy", "gradient", "one", "all-minus-inf"} <= kinds


@pytest.mark.slow
@compiled
def test_a_program_that_reads_the_wrong_tensors_is_convicted(place):
    session("$ refsoft vectors --variant softmax_one --quick --raw --out vectors", place)
    source = SOURCE.read_text().replace('roles.at("x"));\n', 'roles.at("y"));\n')
    assert source != SOURCE.read_text()
    (place / "odd.cpp").write_text(source)
    done = run("g++ -std=c++17 odd.cpp -o odd && ./odd vectors odd_results right", place)
    assert done.returncode == 0, done.stderr
    words = "--vectors vectors --results odd_results --variant softmax_one"
    assert run(f"refsoft check {words}", place).returncode == 1


def test_a_stale_guide_would_be_seen():
    text = GUIDE.read_text(encoding="utf-8")
    assert PROGRAM.search(text)[0] == SOURCE.read_text(encoding="utf-8")
    assert PROGRAM.search(text.replace("std::exp", "exp"))[0] != SOURCE.read_text(encoding="utf-8")


def test_every_flag_is_explained():
    text = GUIDE.read_text(encoding="utf-8")
    assert [flag for flag in FLAGS if f"| `{flag}` |" not in text] == []


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_sizes_are_those_of_the_files(dtype, tmp_path):
    only = ("normal", "mask-random", "ties", "nan", "empty")
    options = Options(dtypes=(dtype,), quick=True, mask_keyword="mask", only=only)
    write(rs.softmax_one, tmp_path / "v", options)
    data = (tmp_path / "v" / "cases.safetensors").read_bytes()
    assert size(options) == len(data) - 8 - int.from_bytes(data[:8], "little")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        GUIDE.write_text(
            written(GUIDE.read_text(encoding="utf-8"), prepared(Path(folder))), encoding="utf-8"
        )
