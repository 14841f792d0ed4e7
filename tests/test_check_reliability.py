"""Whatever TARGET does, the command ends with one clear line or a finding, and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from refsoft.cli import main

SOURCE = r"""
import os, subprocess, sys, time
import numpy as np

calls = 0

def right(x):
    m = np.maximum(x.max(-1, keepdims=True, initial=-np.inf), 0)
    w = np.exp(x - m)
    return w / (np.exp(-m) + w.sum(-1, keepdims=True))

def raises(x):
    raise RuntimeError("never \x1b[31m\nagain")

def every_second(x):
    global calls
    calls += 1
    if calls % 2 == 0:
        raise RuntimeError("not twice")
    return right(x)

def hangs(x):
    time.sleep(600)

def floods(x):
    sys.stdout.write("o" * 3_000_000)
    sys.stderr.write("e" * 3_000_000)
    return right(x)

class Hostile:
    def __repr__(self):
        raise ValueError
    __str__ = __reduce__ = __repr__

class HostileError(Exception):
    __str__ = Hostile.__repr__

Escaped = type("\x1b[31mred\nname", (), {})

def throws(error):
    raise error

def starts(x):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)  # %(mark)s"])
    return right(x)

def starts_and_dies(x):
    starts(x)
    os._exit(3)

answers = {
    "exits": lambda x: sys.exit(3),
    "ends": lambda x: os._exit(4),
    "killed": lambda x: os.kill(os.getpid(), 9),
    "list": lambda x: right(x).tolist(),
    "scalar": lambda x: 1.0,
    "none": lambda x: None,
    "view": lambda x: x[...],
    "nans": lambda x: np.full_like(x, np.nan),
    "hostile": lambda x: Hostile(),
    "escaped": lambda x: Escaped(),
    "objects": lambda x: right(x).astype(object),
    "interrupts": lambda x: throws(KeyboardInterrupt),
    "hostile_error": lambda x: throws(HostileError),
    "memory": lambda x: throws(MemoryError),
    "reads": lambda x: input(),
}
globals().update(answers)
"""
MARK = f"started by a test, {os.getpid()}"
RUN = ["--variant", "softmax_one", "--quick", "--only", "normal", "--timeout", "2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reliability")
    (path / "target.py").write_text(SOURCE.replace("%(mark)s", MARK))
    return path


def run(target: str, *words: str) -> Result:
    result = CliRunner().invoke(main, ["check", target, *RUN, *words])
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    return result


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("right", 0, "conforms to softmax_one"),
        ("raises", 2, "it raises on every case: RuntimeError: never \\x1b[31m again"),
        ("every_second", 1, "[erratic,"),
        ("hangs", 1, "[hung, 2 cases]"),
        ("exits", 1, "[exited,"),
        ("ends", 1, "its process ended with exit status 4"),
        ("killed", 1, "its process was ended by SIGKILL"),
        ("floods", 0, "it prints"),
        ("list", 1, "it returns a list"),
        ("scalar", 1, "it returns a float"),
        ("none", 1, "it returns a NoneType"),
        ("view", 1, "[aliased,"),
        ("nans", 1, "wrong, float32"),
        ("hostile", 1, "it returns a Hostile"),
        ("escaped", 1, "it returns a \\x1b[31mred"),
        ("objects", 1, "it returns object for float32"),
        ("interrupts", 1, "[crashed,"),
        ("hostile_error", 2, "it raises on every case: HostileError"),
        ("memory", 2, "it raises on every case: MemoryError"),
        ("reads", 2, "it raises on every case: EOFError"),
    ],
)
def test_whatever_it_does_is_a_finding_or_one_line(
    folder: Path, name: str, status: int, words: str
) -> None:
    file = folder / f"{name}.json"
    result = run(f"{folder / 'target.py'}:{name}", "--json", str(file))
    assert result.exit_code == status, result.output
    assert words in result.output
    assert json.loads(file.read_text(encoding="utf-8"))["exit_code"] == status


@pytest.mark.peers
def test_a_tensor_of_another_library_is_told_by_its_type(folder: Path) -> None:
    pytest.importorskip("torch")
    (folder / "tensors.py").write_text("import torch\ndef f(x): return torch.from_numpy(x * 1)")
    result = run(f"{folder / 'tensors.py'}:f")
    assert result.exit_code == 1
    assert "it returns a Tensor" in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'x = "\xff\xfe"\ndef f(x): return x', "SyntaxError"),
        (b"\x00\x01", "null bytes"),
        (b"class E(Exception):\n  def __str__(self): raise ValueError\nraise E", "imported: E"),
        (b"raise KeyboardInterrupt", "raised KeyboardInterrupt while it was imported"),
        (b"import sys; sys.exit(1)", "called sys.exit while it was imported"),
        (
            b"class C:\n  def __getattr__(self, name): raise RuntimeError('no')\nf = C()",
            "RuntimeError: no",
        ),
        (None, "there is no file"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "loaded.py"
    file.mkdir() if content is None else file.write_bytes(content)
    result = run(f"{file}:f.g")
    assert result.exit_code == 2
    assert words in result.output
    assert len(result.output.splitlines()) == 1


def test_a_report_that_cannot_be_written_is_one_line(folder: Path, tmp_path: Path) -> None:
    target = f"{folder / 'target.py'}:right"
    for option in ("--json", "--junit"):
        for path in (tmp_path, tmp_path / "no" / "report", tmp_path / ("x" * 300)):
            result = run(target, option, str(path))
            assert result.exit_code == 2
            assert "cannot be written" in result.output
            assert len(result.output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def alive() -> list[str]:
    """Processes of these tests that still run; one that has ended has no command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if MARK in line:
            found.append(line)
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")


@needs_proc
@pytest.mark.parametrize("name", ["starts", "starts_and_dies"])
def test_what_it_started_ends_with_it(folder: Path, name: str) -> None:
    run(f"{folder / 'target.py'}:{name}")
    time.sleep(0.2)
    assert alive() == []


@needs_proc
def test_processes_that_still_run_would_be_seen() -> None:
    words = [sys.executable, "-c", f"import time; time.sleep(60)  # {MARK}"]
    with subprocess.Popen(words) as process:
        time.sleep(0.2)
        assert len(alive()) == 1
        process.kill()


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_in_the_middle_it_leaves_nothing(folder: Path, number: signal.Signals) -> None:
    waits = folder / f"waits_{number.name}.py"
    waits.write_text(
        "import os, pathlib, time\n"
        "def f(x):\n"
        "    here = pathlib.Path(__file__)\n"
        "    here.with_suffix('.new').write_text(str(os.getpid()))\n"
        "    here.with_suffix('.new').rename(here.with_suffix('.pid'))\n"
        "    time.sleep(600)\n"
    )
    file = folder / f"{number.name}.json"
    words = ["check", f"{waits}:f", *RUN[:-1], "60", "--json", str(file)]
    process = subprocess.Popen(
        [sys.executable, "-m", "refsoft", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts its jobs in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    until = time.monotonic() + 60
    noted = waits.with_suffix(".pid")
    while not noted.exists() and time.monotonic() < until:
        time.sleep(0.05)
    child = int(noted.read_text())
    assert runs(child)
    os.killpg(process.pid, number)  # as a terminal does: the whole group
    out, err = process.communicate(timeout=30)
    if number == signal.SIGINT:
        assert process.returncode == 2
        assert err == "Error: interrupted\n"
    else:
        assert process.returncode == -number
        assert err == ""
    assert out == ""
    assert not file.exists()
    until = time.monotonic() + 10
    while runs(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not runs(child)


def runs(number: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes() != b""
    except OSError:
        return False


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--array", "cupy"], "array='cupy': cupy is not installed"),
        (["--array", "absent"], "'absent' is not one of"),
        (["--device", "cuda"], "device='cuda' does not go with array='numpy'"),
        (["--array", "cupy", "--device", "cpu"], "device='cpu' does not go with array='cupy'"),
        (["--device", "tpu"], "device='tpu'; accepted: cpu, cuda or cuda:<number>"),
        (["--timeout", "inf"], "timeout=inf; accepted: seconds"),
        (["--timeout", "0"], "timeout=0.0; accepted: seconds"),
    ],
)
def test_what_is_not_there_or_not_accepted_is_one_line(
    folder: Path, words: list[str], reason: str
) -> None:
    if "cupy" in words and find_spec("cupy") is not None:
        pytest.skip("CuPy is there")
    result = run(f"{folder / 'target.py'}:right", *words)
    assert result.exit_code == 2
    last = result.output.splitlines()[-1]
    assert last.startswith("Error: ")
    assert reason in last
    assert "cannot be loaded" not in last


@pytest.mark.peers
@pytest.mark.parametrize("array", ["torch", "jax"])
def test_a_gpu_that_is_not_there_is_one_line(folder: Path, array: str) -> None:
    module = pytest.importorskip(array)
    if array == "torch" and module.cuda.is_available():
        pytest.skip("there is a GPU")
    if array == "jax" and any(d.platform == "gpu" for d in module.devices()):
        pytest.skip("there is a GPU")
    result = run(f"{folder / 'target.py'}:right", "--array", array, "--device", "cuda")
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith(f"Error: not judged: device='cuda': {array} finds no CUDA device")
