"""Runs the theorems of a variant and holds them against its card."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from proofs import cards, pages
from proofs.theorem import Failure, Result, Theorem, establish
from refsoft.card import Card

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Report:
    """What a run over one variant's file established.

    Attributes
    ----------
    module : module
    results : tuple of Result
        The theorems that are established, in the order of the card.
    failures : tuple of str
        What is not, and where the card disagrees; empty if all is well.
    """

    module: ModuleType
    results: tuple[Result, ...]
    failures: tuple[str, ...]

    @property
    def card(self) -> Card:
        """The card of the variant."""
        card: Card = self.module.CARD
        return card

    def files(self, output: Path | None = None) -> dict[Path, str]:
        """The certificate and the page, by where they belong.

        Parameters
        ----------
        output : Path, optional
            A folder for both; by default the places of the package.
        """
        name = self.card.name
        certificates, docs = (
            (output, output)
            if output
            else (ROOT / "refsoft" / "certificates", ROOT / "docs" / "proofs")
        )
        return {
            certificates / f"{name}.json": pages.certificate(self.module, self.results),
            docs / f"{name}.md": pages.page(self.module, self.results),
        }


def names() -> list[str]:
    """The variants that have a file of proofs: it is called as the file of their card."""
    cards = ROOT / "refsoft" / "catalogue"
    files = sorted((ROOT / "proofs").glob("[a-z]*.py"))
    return [file.stem for file in files if (cards / file.name).is_file()]


def targets() -> list[str]:
    """All files of proofs: those of the variants, and that of the rounding bounds."""
    return [*names(), "rounding"]


def load(target: str) -> ModuleType:
    """The file of proofs of that name, or at that path (``*.py``)."""
    if not target.endswith(".py"):
        if target not in targets():
            raise ValueError(f"no proofs of {target!r}; there are {', '.join(targets())}")
        return importlib.import_module(f"proofs.{target}")
    path = Path(target).resolve()
    spec = importlib.util.spec_from_file_location(f"proofs_of_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ValueError(f"no Python file at {target}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run(
    module: ModuleType,
    output: Path | None = None,
    started: Callable[[str], None] = lambda _: None,
) -> Report:
    """Establish the theorems of a file of proofs.

    Parameters
    ----------
    module : module
        Has ``CARD``, ``definition(n)`` and ``THEOREMS``, functions that return a
        :class:`~proofs.theorem.Theorem` each. ``CONTINUED_IN`` may name a module
        with more of them.
    output : Path, optional
        A folder for certificate and page; nothing is written without it, nor
        after a failure.
    started : callable
        Told the id of each claim before its proof is tried.

    Returns
    -------
    Report
    """
    results: list[Result] = []
    failures = list(cards.disagreements(module))
    for theorem in theorems(module):
        started(theorem.__name__.rstrip("_"))
        try:
            result = establish(theorem)
            disagreement = _disagreement(module.CARD, result, results)
        except Failure as failure:
            failures.append(str(failure))
        else:
            results.append(result)
            failures += disagreement
    places = {claim.id: place for place, claim in enumerate(module.CARD.claims)}
    results.sort(key=lambda result: places.get(result.theorem.claim, len(places)))
    report = Report(module, tuple(results), tuple(failures))
    if output is not None and not failures:
        output.mkdir(parents=True, exist_ok=True)
        for path, text in report.files(output).items():
            path.write_text(text, encoding="utf-8")
    return report


def theorems(module: ModuleType) -> tuple[Callable[[], Theorem], ...]:
    """The theorems of a file of proofs, and of the files that it continues in."""
    continued = getattr(module, "CONTINUED_IN", None)
    more = theorems(importlib.import_module(continued)) if continued else ()
    return (*module.THEOREMS, *more)


def _disagreement(card: Card, result: Result, earlier: list[Result]) -> list[str]:
    claim, status = result.theorem.claim, result.theorem.status
    known = {entry.id: entry.holds for entry in card.claims}
    if claim not in known:
        return [f"{claim}: the card of {card.name} makes no such claim"]
    if any(claim == other.theorem.claim for other in earlier):
        return [f"{claim}: established twice"]
    if known[claim] != (status == "proved"):
        says = "holds" if known[claim] else "does not hold"
        return [f"{claim}: {status}, but the card of {card.name} says that it {says}"]
    return []
