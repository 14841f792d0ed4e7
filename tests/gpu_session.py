"""What to do with a few minutes of a GPU, the most telling first.

    python -m tests.gpu_session FOLDER [SECONDS]

runs a part of `pytest -m gpu`, benchmarks, and then all of `pytest -m gpu`, within SECONDS
(by default 560). FOLDER gets ``session.json``, written anew after every step, the records
of the benchmarks, and the results of the tests as JUnit's XML.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

TESTS = ("pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider")
SMOKE = "softmax_one and float32 and not cupy or streams or axes or prepared or sanitizer"
# The bar first; each is a record of its own, so that what there is time for is there.
BENCHMARKS = (
    ("softmax", "forward", "float32"),
    ("softmax", "forward", "bfloat16"),
    ("softmax_one", "forward", "float32"),
    ("softmax", "vjp", "float32"),
    ("symax", "forward", "float32"),
    ("ssmax", "forward", "float32"),
    ("self_adjust", "forward", "float32"),
    ("self_adjust_normalized", "forward", "float32"),
)
TAIL = 6000  # characters that are kept of what a step has printed


def steps(folder):
    """The name of every step, its command, and the seconds that it may take at most."""
    yield "smoke", (*TESTS, "-k", SMOKE, f"--junitxml={folder / 'smoke.xml'}"), 150
    for name, op, dtype in BENCHMARKS:
        label = f"{name}-{op}-{dtype}"
        yield label, (
            "refsoft", "bench", "--device", "cuda", "--budget", "0.5", "--variant", name,
            "--op", op, "--dtype", dtype, "--json", str(folder / f"{label}.json"),
        ), 90  # fmt: skip
    yield "tests", (*TESTS, f"--junitxml={folder / 'tests.xml'}"), 600


def run(command, limit):
    """How a step ended, after how long, and the end of what it printed; status None: too late."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", *command], timeout=limit, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        status, printed = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        status, printed = None, (late.stdout or b"").decode(errors="replace")
    return {"status": status, "seconds": time.monotonic() - started, "printed": printed[-TAIL:]}


def main(folder, seconds=560.0, planned=steps):
    folder.mkdir(parents=True, exist_ok=True)
    end, found = time.monotonic() + seconds, {}
    for name, command, most in planned(folder):
        left = end - time.monotonic()
        if left <= 0:
            break
        found[name] = {"command": " ".join(command), **run(command, min(most, left))}
        (folder / "session.json").write_text(json.dumps(found, indent=1) + "\n")
        print(f"{name}: status {found[name]['status']}, {found[name]['seconds']:.0f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(float, sys.argv[2:3]))
