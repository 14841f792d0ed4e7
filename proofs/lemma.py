"""Proof by a classical lemma, whose hypotheses other methods decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from proofs.evidence import Evidence, Method, Refuted, Undecided
from proofs.numeric import DIGITS, Number, Point, mp


@dataclass(frozen=True, kw_only=True)
class Lemma:
    """What a classical lemma says here, once each of its hypotheses is established.

    Attributes
    ----------
    title, statement : str
        Whose it is, and what it says, in full.
    hypotheses : tuple of (str, Method)
        What each is here, and the method that decides it.
    conclusion : str
        What follows here, in LaTeX: an inequality.
    sides : callable
        ``sides(point)``, pairs of its left and its right side, without SymPy.
    points : tuple of Point
    """

    name: ClassVar[str] = "classical lemma"
    title: str
    statement: str
    hypotheses: tuple[tuple[str, Method], ...]
    conclusion: str
    sides: Callable[[Point], Iterable[tuple[Number, Number]]]
    points: tuple[Point, ...]

    def establish(self) -> Evidence:
        """Establish the hypotheses, then look at the conclusion at explicit rows."""
        if not self.hypotheses:
            raise Undecided("a lemma without hypotheses is not classical")
        found = [method.establish() for _, method in self.hypotheses]
        values = sum(evidence.values for evidence in found)
        for point in self.points:
            for left, right in self.sides(point):
                if left > right + mp.mpf(10) ** -DIGITS * abs(right):
                    row = f"{', '.join(map(str, point.x))}"
                    raise Refuted(f"x = ({row}): {mp.nstr(left, 6)} > {mp.nstr(right, 6)}")
                values += 1
        texts = "; ".join(f"({m}) {text}" for m, (text, _) in enumerate(self.hypotheses, 1))
        text = f"**Lemma ({self.title}).** {self.statement} Its hypotheses here: {texts}."
        assumed = tuple(dict.fromkeys(h for evidence in found for h in evidence.hypotheses))
        statement = "And(" + ", ".join(evidence.srepr for evidence in found) + ")"
        return Evidence(self.conclusion, text, values, assumed, statement)
