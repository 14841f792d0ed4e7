"""Write docs/checker.md from what the checker does, or with ``--check`` fail where it differs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from refsoft.conformance.laws import table
from refsoft.conformance.laws.deciding import Row
from tests.zoo.complete import groups, matrices
from tests.zoo.controls import every_control
from tests.zoo.matrix import CLASSES, FEW, LETTERS, Kill, decisive, idle
from tests.zoo.matrix_backward import CLASSES as PULLED
from tests.zoo.page_backward import sections

PAGE = Path(__file__).parents[2] / "docs" / "checker.md"
HEAD = """\
# What the checker is checked with

Written by `python -m tests.zoo`; with `--check` it fails where this page differs.
"""

DROPPED = """\
Scores whose results are rational ties, or lie next to the middle of two numbers of the format,
are no class: results are judged by a bound of several units in the last place, which no correct
rounding is asked to meet, and inside that bound such rows are like any other. The oracle and its
rounding are tested on them. A batch of one row is `blocks`; scores far from 0 are rows of `scales`;
a lone outlier in a short row is `edges`.
""".splitlines()


def page(kills: Sequence[Kill], pulled: Sequence[Kill]) -> str:
    """The page, of the mutants and of the wrong backwards."""
    parts = [HEAD, *_classes(kills), *_laws(), *_mutants(kills), *_controls(), *sections(pulled)]
    return "\n".join(parts) + "\n"


def _classes(kills: Sequence[Kill]) -> list[str]:
    alone = decisive(kills)
    count = {c: sum(c in k.by for k in kills) for c in alone}
    lines = ["## Case classes", "", "`alone`: mutants that no other class convicts.", "", *DROPPED]
    lines += ["", "| class | what it is there for | convicts | alone |", "|---|---|---|---|"]
    for family in CLASSES:
        name = family.id
        lines.append(f"| {name} | {family.reason} | {count[name]} | {len(alone[name])} |")
    return [*lines, ""]


def _laws() -> list[str]:
    rows = table()
    names = list(dict.fromkeys(row.variant for row in rows))
    lines = ["## Laws and variants", ""]
    lines += [
        "yes: the law holds; no: a stored counterexample breaks it, which the oracle and golden"
    ]
    lines += [
        "both reproduce; -: the variant has no such parameter. `*`: a claim on the card, with the"
    ]
    lines += ["status of its proof.", ""]
    lines += [f"| law | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for words, formula in dict.fromkeys((row.words, row.formula) for row in rows):
        cells = [_decided(row) for row in rows if (row.words, row.formula) == (words, formula)]
        law = f"{words}: `{formula}`".replace("|", r"\|")
        lines.append(f"| {law} | {' | '.join(cells)} |")
    return [*lines, ""]


def _decided(row: Row) -> str:
    word = {"holds": "yes", "fails": "no", "no such parameter": "-"}[row.status]
    return f"{word}* ({row.proof})" if row.claim else word


def _mutants(kills: Sequence[Kill]) -> list[str]:
    few = sum(len(k.by) <= FEW for k in kills)
    lines = ["## Mutants and the classes that convict them", ""]
    dead = sum(bool(k.by) for k in kills)
    lines += [
        f"{len(kills)} mutants, {dead} convicted, {few} by at most {FEW} classes. The complete"
    ]
    lines += ["check without its search; W wrong, i inaccurate, s special, c contract, u refused."]
    lines += [""]
    lines += ["| mutant | what is wrong with it | dies at | severity | named | classes |"]
    lines += ["|---|---|---|---|---|---|"]
    for kill in kills:
        m = kill.mutant
        by = " ".join(f"{family}:{LETTERS[letter]}" for family, letter in kill.by.items())
        place = f"{m.case} {m.dtype}"
        cells = (
            m.id,
            m.error,
            place,
            kill.severity,
            kill.diagnosis or "-",
            f"{len(kill.by)}: {by}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _controls() -> list[str]:
    lines = ["## Controls: honest functions that are acquitted", ""]
    lines += ["`needs`: packages without which it is not tried.", ""]
    lines += ["| control | arithmetic it declares | needs |", "|---|---|---|"]
    rows = ((c.id, c.arithmetic, ", ".join(c.needs) or "-") for c in every_control())
    return [*lines, *(f"| {' | '.join(cells)} |" for cells in rows)]


def main(arguments: Sequence[str]) -> int:
    """Write the page, or compare; 1 where a mutant is not convicted as it must be."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("mutants", total=sum(groups().values()))
        kills, pulled = matrices(lambda count: bar.advance(task, count))
    bad = [kill for kill in (*kills, *pulled) if not kill.as_expected]
    for kill in bad:
        m = kill.mutant
        print(f"{m.id}: expected at {m.case} as {m.severity}, {m.diagnosis or 'without a name'};")
        where = "there" if m.case in kill.cases else "not there"
        print(f"  it is convicted {where} as {kill.severity}, {kill.diagnosis or 'without a name'}")
    for name in (superfluous := [*idle(kills), *idle(pulled, PULLED)]):
        print(f"{name} is nowhere the only class that convicts")
    written = page(kills, pulled)
    if "--check" in arguments:
        drift = not PAGE.is_file() or PAGE.read_text() != written
        print("docs/checker.md differs" if drift else "docs/checker.md is what the checker does")
        return int(drift or bool(bad or superfluous))
    PAGE.write_text(written)
    return int(bool(bad or superfluous))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
