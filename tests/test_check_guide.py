"""The outputs in the guide are those of the commands above them.

``python tests/test_check_guide.py`` writes them anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "check.md"
BLOCK = re.compile(r"(<!-- output -->\n```console\n\$ (refsoft [^\n]*)\n)(.*?)(?=```\n)", re.DOTALL)
TIME = re.compile(r"^[0-9.]+ s, ", re.MULTILINE)


def output(command: str) -> str:
    """What a command shows, without the seconds it took."""
    words = [sys.executable, "-m", *shlex.split(command)]
    environment = {**os.environ, "COLUMNS": "100"}
    done = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return TIME.sub("... s, ", done.stdout + done.stderr)


def written(text: str) -> str:
    """The guide with every output as it is now."""
    return BLOCK.sub(lambda block: block[1] + output(block[2]), text)


def test_the_outputs_are_those_of_the_commands():
    text = GUIDE.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == text.count("<!-- output -->") > 0
    assert written(text) == text


def test_a_changed_output_would_be_seen():
    text = GUIDE.read_text(encoding="utf-8").replace("softmax_one in float32", "softmax_one")
    assert written(text) != text


@pytest.mark.parametrize("word", ["--xfails", "--junit", "--seed", "--only", "--domain"])
def test_the_options_named_are_options(word):
    assert word in GUIDE.read_text(encoding="utf-8")
    assert word in output("refsoft check --help")


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
