"""The sections of docs/checker.md on gradients."""

from __future__ import annotations

from collections.abc import Sequence

from tests.zoo.controls_backward import CONTROLS, PEERS
from tests.zoo.matrix import LETTERS, Kill, decisive
from tests.zoo.matrix_backward import CLASSES


def sections(kills: Sequence[Kill]) -> list[str]:
    """Classes of gradients, wrong backwards, honest ones."""
    return ["", *_classes(kills), *_mutants(kills), *_controls()]


def _classes(kills: Sequence[Kill]) -> list[str]:
    alone = decisive(kills, CLASSES)
    lines = ["## Classes of gradients", ""]
    lines += ["The scores of a class, pulled back with several cotangents; the quick set.", ""]
    lines += ["| class | what it is there for | convicts | alone |", "|---|---|---|---|"]
    for family in CLASSES:
        count = sum(family.id in kill.by for kill in kills)
        lines.append(f"| {family.id} | {family.reason} | {count} | {len(alone[family.id])} |")
    return [*lines, ""]


def _mutants(kills: Sequence[Kill]) -> list[str]:
    dead, named = sum(bool(k.by) for k in kills), sum(bool(k.diagnosis) for k in kills)
    lines = ["## Wrong backwards and the classes that convict them", ""]
    lines += [f"{len(kills)} backwards, {dead} convicted, {named} named."]
    lines += ["The letters are those of the mutants above.", ""]
    lines += ["| backward | what is wrong with it | dies at | severity | named | classes |"]
    lines += ["|---|---|---|---|---|---|"]
    for kill in kills:
        m = kill.mutant
        by = " ".join(f"{family}:{LETTERS[word]}" for family, word in kill.by.items())
        named_as = kill.diagnosis or "-"
        cells = (m.id, m.error, f"{m.case} {m.dtype}", kill.severity, named_as)
        escaped = (cell.replace("|", r"\|") for cell in (*cells, f"{len(kill.by)}: {by}"))
        lines.append(f"| {' | '.join(escaped)} |")
    return [*lines, ""]


def _controls() -> list[str]:
    lines = ["## Controls: honest backwards that are acquitted", ""]
    lines += ["| control | arithmetic it declares | given | needs |", "|---|---|---|---|"]
    for control in (*CONTROLS, *PEERS):
        given = f"{control.options.get('vjp_from', 'x')},g" if control.vjp else "the forward"
        needs = ", ".join(control.needs) or "-"
        lines.append(f"| {control.id} | {control.arithmetic} | {given} | {needs} |")
    return lines
