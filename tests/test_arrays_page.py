"""docs/arrays.md shows what torch and JAX print."""

from __future__ import annotations

import doctest
import re

import pytest

from tests.helpers.console import ROOT

PAGE = ROOT / "docs" / "arrays.md"


def failures(path):
    return doctest.testfile(
        str(path), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )


@pytest.mark.peers
def test_the_page_shows_what_is_printed(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("jax")
    done = failures(PAGE)
    assert done.attempted > 15
    assert done.failed == 0


def test_another_output_would_be_seen(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("```python\n>>> import refsoft as rs\n>>> rs.softmax_one(0.0)\n0.6\n\n```\n")
    assert failures(page).failed == 1


def test_every_code_block_is_run():
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    assert all(block.startswith(">>> ") and block.endswith("\n\n") for block in blocks)
