"""Whatever is started or stopped in the middle of a check, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.reliability import MARK, RUN, run, written


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("reliability"))


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
