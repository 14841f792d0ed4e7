"""docs/examples.md shows what its commands print.

``python tests/test_examples_page.py`` writes the outputs anew, where their modules are installed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.console import BLOCK, ROOT, missing, output, settled, written

PAGE = ROOT / "docs" / "examples.md"
SHOWN = [(b[2], b[3], b[4]) for b in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def example(needed: str, command: str, told: str) -> Any:
    marks = [pytest.mark.peers] if needed else []
    return pytest.param(needed, command, told, marks=marks, id=target(command))


def target(command: str) -> str:
    return next(word for word in command.split() if word.startswith("docs/")).split("/")[-1]


@pytest.mark.parametrize(("needed", "command", "told"), [example(*shown) for shown in SHOWN])
def test_the_page_shows_what_the_command_prints(needed: str, command: str, told: str) -> None:
    if absent := missing(needed):
        pytest.skip(f"could not import {', '.join(absent)}")
    assert settled(output(command)) == settled(told)


def test_every_wrong_example_is_named_and_every_right_one_conforms() -> None:
    assert len(SHOWN) == PAGE.read_text(encoding="utf-8").count("<!-- output")
    heads = [told.splitlines()[0] for _, _, told in SHOWN]
    wrong, right = heads[0::2], heads[1::2]
    assert all(" does not conform to " in head for head in wrong)
    assert all(re.search(r"\): \w", head) for head in wrong), "a wrong example has no diagnosis"
    assert all(re.search(r"\.py:\w+ conforms to ", head) for head in right)


def test_every_example_is_on_the_page() -> None:
    linked = set(re.findall(r"\(examples/([^)]+)\)", PAGE.read_text(encoding="utf-8")))
    assert linked == {file.name for file in Path(ROOT / "docs/examples").iterdir() if file.suffix}


ROW = "  normal       30 (3 idle)  2.15     0.085        ok"


@pytest.mark.parametrize(
    ("now", "same"),
    [
        ("  normal  30 (3 idle)  12.15  0.1  ok", True),
        ("  normal       31 (3 idle)  2.15     0.085        ok", False),
        ("  normal       30 (2 idle)  2.15     0.085        ok", False),
        ("  normal       30 (3 idle)  2.15     0.085        wrong", False),
        ("  negative     30 (3 idle)  2.15     0.085        ok", False),
    ],
)
def test_errors_within_the_bound_may_be_the_machines_own(now: str, same: bool) -> None:
    assert (settled(ROW) == settled(now)) == same


@pytest.mark.parametrize(
    ("told", "now", "same"),
    [
        ("# given  [0.1553624]", "# given  [0.15536241]", True),
        ("# given  [0.1553624]", "# given  [0.165]", False),
        ("error 4.08e+06 ULP", "error 4.18e+06 ULP", False),
        ("7.7 s, in this process", "7.7 s, in a process of its own", False),
    ],
)
def test_a_last_digit_may_differ_and_nothing_else(told: str, now: str, same: bool) -> None:
    assert (settled(told) == settled(now)) == same


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
