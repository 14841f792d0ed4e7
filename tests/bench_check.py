"""Seconds of the checker: ``python tests/bench_check.py [variant ...]``.

Prints the default and the quick check of golden by variant and dtype, with an
empty cache and again with what the first run kept, in a process each, and the
controls (quick) and mutants (default) of the zoo in one process. With ``zoo`` as
the only argument only the latter; with names of variants only these.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import refsoft as rs
from refsoft._dtypes import DTYPES
from refsoft.conformance import store

ROOT = Path(__file__).parent.parent
CODE = """
import sys, time
started = time.perf_counter()
import refsoft as rs
name, dtype, quick = sys.argv[1], sys.argv[2], sys.argv[3] == "quick"
variant = rs.variants[name]
passes = [p.name for p in variant.card.parameters]
report = rs.check(variant.using("golden"), name, dtype=dtype, passes=passes, quick=quick, seed=0)
assert report.exit_code == 0, report.headline
print(time.perf_counter() - started)
"""


def seconds(name: str, dtype: str, extent: str, folder: str) -> float:
    """Of one check in a process of its own."""
    command = [sys.executable, "-c", CODE, name, dtype, extent]
    environment = {**os.environ, store.VARIABLE: folder}
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def checks(names: list[str]) -> None:
    """A line per variant and dtype."""
    columns = ["default", "again", "quick", "again"]
    print(f"{'variant':24}{'dtype':10}" + "".join(f"{column:>9}" for column in columns))
    for name in names:
        for dtype in DTYPES:
            times = []
            for extent in ("default", "quick"):
                with tempfile.TemporaryDirectory() as folder:
                    times += [seconds(name, dtype, extent, folder) for _ in range(2)]
            print(f"{name:24}{dtype:10}" + "".join(f"{t:9.1f}" for t in times), flush=True)


def timed(label: str, functions: list[Callable[[], Any]]) -> None:
    """Call all, print the total."""
    started = time.perf_counter()
    for function in functions:
        function()
    print(f"{label:24}{len(functions):5}{time.perf_counter() - started:9.1f}", flush=True)


def zoo() -> None:
    """The controls on the quick set, the mutants on the full one without the search."""
    sys.path.insert(0, str(ROOT))
    controls = importlib.import_module("tests.zoo.controls").numpy_controls()
    mutants = importlib.import_module("tests.zoo.mutants").zoo()
    kill = importlib.import_module("tests.zoo.matrix").kill
    print(f"{'the zoo':24}{'count':>5}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ[store.VARIABLE] = folder
        for label in ("first", "again"):
            timed(f"controls, quick, {label}", [partial(c.check, quick=True) for c in controls])
            timed(f"mutants, default, {label}", [partial(kill, mutant) for mutant in mutants])


if __name__ == "__main__":
    chosen = sys.argv[1:]
    if chosen != ["zoo"]:
        checks(chosen or list(rs.variants))
    if not chosen or chosen == ["zoo"]:
        zoo()
