"""The guides of the site show what their commands print, and name what there is.

``python tests/test_site_guides.py`` writes the outputs anew.
"""

from __future__ import annotations

import re

from refsoft import variants
from refsoft.conformance import mask_mistakes
from refsoft.conformance.gradients import known as gradients
from refsoft.conformance.gradients.known_slopes import known_slopes
from refsoft.conformance.known import known
from tests.helpers.console import BLOCK, ROOT, settled, written

START, KERNEL = ROOT / "docs" / "start.md", ROOT / "docs" / "kernel.md"


def test_the_outputs_are_those_of_the_commands():
    text = START.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == 2
    assert settled(written(text)) == settled(text)


def test_a_trap_is_called_as_the_checker_calls_it():
    cards = [variant.card for variant in variants.values()]
    said = [m.sentence for card in cards for m in (*known(card), *gradients.known(card))]
    said += [w.sentence for w in known_slopes("sink", ("sink",))]
    said += [mask_mistakes.COUNTED, mask_mistakes.SCALED, mask_mistakes.LEAK]
    rows = re.findall(r"^\|[^|]+\|[^|]+\| ([^|]+) \|$", KERNEL.read_text("utf-8"), re.MULTILINE)
    called = [row for row in rows[1:] if row != "–"]
    assert len(called) > 8
    assert [words for words in called if not any(words in sentence for sentence in said)] == []


if __name__ == "__main__":
    START.write_text(written(START.read_text(encoding="utf-8")), encoding="utf-8")
