"""The outputs in the guide are those of the commands above them, its options those there are.

``python tests/test_check_guide.py`` writes them anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import click

from refsoft.conformance.command import check
from tests.helpers.console import BLOCK, settled
from tests.helpers.console import written as shown

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "check.md"
TABLE = re.compile(r"(<!-- options -->\n)((?:\|[^\n]*\n)*)")


def written(text: str) -> str:
    """The guide with every output and every option as they are now."""
    return listed(shown(text))


def listed(text: str) -> str:
    """The guide with the table of the options that there are."""
    return TABLE.sub(lambda table: table[1] + options(check), text)


def options(command: click.Command) -> str:
    """A row for every option, in the words of ``--help``."""
    context = click.Context(command, **command.context_settings)
    rows = ["| option | meaning |\n", "|---|---|\n"]
    for option in command.params:
        record = option.get_help_record(context)
        if record is not None and isinstance(option, click.Option):
            name, words = (" ".join(cell.split()).replace("|", r"\|") for cell in record)
            rows.append(f"| `{name}` | {words} |\n")
    return "".join(rows)


def test_the_outputs_are_those_of_the_commands():
    text = GUIDE.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == text.count("<!-- output -->") > 0
    assert settled(written(text)) == settled(text)


def test_a_changed_output_would_be_seen():
    text = GUIDE.read_text(encoding="utf-8").replace("softmax_one in float32", "softmax_one")
    assert settled(written(text)) != settled(text)


def test_every_option_is_explained():
    for option in check.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert f"`{option.opts[0]}" in GUIDE.read_text(encoding="utf-8")


def test_a_new_option_would_be_seen():
    command = click.Command(
        "check",
        context_settings=check.context_settings,
        params=[*check.params, click.Option(["--new"], help="New.")],
    )
    assert options(command) == options(check) + "| `--new TEXT` | New. |\n"
    text = GUIDE.read_text(encoding="utf-8")
    assert len(TABLE.findall(text)) == 1
    assert listed(text.replace("| `--seed", "| `--sed")) == text


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
