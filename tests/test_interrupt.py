"""Ctrl-C at any time: one line, exit status 2, nothing left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE = [sys.executable, "-m", "refsoft"]
SCRIPT = [sys.executable, "-c", "import sys; from refsoft.__main__ import main; sys.exit(main())"]
BEFORE = [sys.executable, "-c", "from refsoft.cli import main; main(prog_name='refsoft')"]
CHECK = ["check", "docs/examples/off_by_one.py:corrected", "--variant", "softmax_one"]
LINE = "Error: interrupted\n"
# As C extensions do: what is interrupted in the middle comes out as another error.
SLOW = """
import pathlib, time
pathlib.Path(__file__).with_suffix(".begun").touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    raise ImportError("it did not import") from None
"""


def start(words: list[str], first: Path | None = None) -> subprocess.Popen[str]:
    path = [str(p) for p in (first, ROOT) if p]
    return subprocess.Popen(
        words,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that starts its jobs in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


def while_importing(words: list[str], module: str, folder: Path) -> tuple[int, str, str]:
    """Interrupt a command while it imports a module, which does not come back."""
    slow = folder / f"{module}.py"
    slow.write_text(SLOW)
    with start(words, folder) as process:
        until = time.monotonic() + 60
        while not slow.with_suffix(".begun").exists() and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize("command", [MODULE, SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize("module", ["numpy", "click", "ml_dtypes"])
def test_while_the_command_line_is_imported(
    command: list[str], module: str, tmp_path: Path
) -> None:
    done = while_importing([*command, "variants"], module, tmp_path)
    assert done == (2, "", LINE)


@pytest.mark.parametrize("module", ["flint", "hypothesis"])
def test_while_the_checker_is_imported(module: str, tmp_path: Path) -> None:
    assert while_importing([*MODULE, *CHECK], module, tmp_path) == (2, "", LINE)


def test_while_a_contender_of_the_benchmark_is_imported(tmp_path: Path) -> None:
    words = ["bench", "--against", "scipy", "--variant", "softmax", "--sizes", "3x3"]
    assert while_importing([*MODULE, *words], "scipy", tmp_path) == (2, "", LINE)


def test_another_entry_would_be_seen(tmp_path: Path) -> None:
    status, _, err = while_importing([*BEFORE, "variants"], "numpy", tmp_path)
    assert status == 1
    assert "Traceback" in err


def test_the_script_begins_where_these_tests_do() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"refsoft": "refsoft.__main__:main"}


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs signal masks")
def test_what_a_terminal_sends_to_all_does_not_reach_the_process_of_the_target(
    tmp_path: Path,
) -> None:
    # Where it does, the target's process shows a traceback of its own before it can help it.
    file = tmp_path / "masked.py"
    file.write_text("import signal\nraise ValueError(signal.pthread_sigmask(signal.SIG_BLOCK, []))")
    with start([*MODULE, "check", f"{file}:f", "--variant", "softmax"]) as process:
        _, err = process.communicate(timeout=60)
    assert "SIGINT" in err


@pytest.mark.slow
def test_at_random_times_and_again() -> None:
    seed = time.time_ns()
    print("seed", seed)
    times = random.Random(seed)  # noqa: S311 - moments, no secrets
    for _ in range(40):
        with start([*MODULE, *CHECK]) as process:
            # Before this Python itself starts, which is not ours.
            time.sleep(0.15 + 4 * times.random() ** 2)
            for _ in range(times.choice((1, 2, 5))):
                os.killpg(process.pid, signal.SIGINT)
                time.sleep(times.random() / 20)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, err) == (2, LINE), out
