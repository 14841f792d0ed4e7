"""Targets that do what they should not, in a file, and the command that checks one."""

from __future__ import annotations

import os
from pathlib import Path

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


def written(folder: Path) -> Path:
    """The folder, with the targets in it."""
    (folder / "target.py").write_text(SOURCE.replace("%(mark)s", MARK))
    return folder


def run(target: str, *words: str) -> Result:
    result = CliRunner().invoke(main, ["check", target, *RUN, *words])
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    return result
