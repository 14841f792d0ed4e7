"""Pages that show commands and what they print: run again, written anew, compared.

A command stands in a block ``console`` under ``<!-- output -->``, or under
``<!-- output torch triton -->`` where it needs those modules.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"(<!-- output ?([^\n]*?) ?-->\n```console\n\$ ([^\n]*)\n)(.*?)(?=```\n)", re.DOTALL
)
TIME = re.compile(r"^[0-9.]+ s, |(?<= in )[0-9.]+s$", re.MULTILINE)
NUMBER = re.compile(r"-?\d+\.\d+(e[+-]?\d+)?")
FINE = re.compile(r"^  (\S+ +\d+)( .*)? +[0-9.e+-]+ +[0-9.e+-]+ +(ok|no power)$", re.MULTILINE)


def output(command: str) -> str:
    """What a command shows, without the seconds it took."""
    words = shlex.split(command)
    settings = dict(os.environ, COLUMNS="100")
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        settings[name] = value
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )
    return TIME.sub("... s, ", done.stdout + done.stderr)


def missing(needed: str) -> list[str]:
    """The modules that are not there, of those that a command needs."""
    return [name for name in needed.split() if find_spec(name) is None]


def written(text: str) -> str:
    """The page with every output as it is now; as it was, where a module is missing."""
    return BLOCK.sub(lambda b: b[0] if missing(b[2]) else b[1] + output(b[3]), text)


def settled(text: str) -> str:
    """The text without what is the machine's own: the last digits, and errors within the bound."""
    text = FINE.sub(r"  \1\2 \3", text)
    text = NUMBER.sub(lambda number: f"{float(number[0]):.3g}", text)
    return re.sub(r" {2,}", "  ", text)
