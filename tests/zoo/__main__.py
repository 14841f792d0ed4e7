"""Write docs/checker.md from what the checker does, or with ``--check`` fail where it differs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from refsoft.conformance.laws import table
from refsoft.conformance.laws.deciding import Row
from tests.zoo.controls import every_control
from tests.zoo.matrix import CLASSES, FEW, LETTERS, Kill, decisive, matrix
from tests.zoo.mutants import zoo

PAGE = Path(__file__).parents[2] / "docs" / "checker.md"
HEAD = """\
# What the checker is checked with

Written by `python -m tests.zoo`; with `--check` it fails where this page differs.
"""


def page(kills: Sequence[Kill]) -> str:
    """The page."""
    parts = [HEAD, *_classes(kills), *_laws(), *_mutants(kills), *_controls()]
    return "\n".join(parts) + "\n"


def _classes(kills: Sequence[Kill]) -> list[str]:
    alone = decisive(kills)
    count = {c: sum(c in k.by for k in kills) for c in alone}
    lines = ["## Case classes", "", "`alone`: mutants that no other class convicts.", ""]
    lines += ["| class | what it is there for | convicts | alone |", "|---|---|---|---|"]
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
    kills = matrix(zoo(), lambda _: None)
    bad = [kill for kill in kills if not kill.as_expected]
    for kill in bad:
        print(f"{kill.mutant.id} survives {kill.mutant.case}")
    written = page(kills)
    if "--check" in arguments:
        drift = not PAGE.is_file() or PAGE.read_text() != written
        print("docs/checker.md differs" if drift else "docs/checker.md is what the checker does")
        return int(drift or bool(bad))
    PAGE.write_text(written)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
