"""A theorem is a claim of the card with the steps that establish it, and their twins."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from proofs.evidence import Evidence, Method, Refuted, Undecided
from proofs.methods import Counterexample


class Failure(Exception):  # noqa: N818 - an outcome, not an error
    """A step is not established, or a twin is not rejected."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A statement next to the true one, which the same method has to reject."""

    statement: str
    method: Method


@dataclass(frozen=True, slots=True)
class Step:
    """One statement, in Markdown, with its method and its falsified twins."""

    text: str
    method: Method
    twins: tuple[Twin, ...] = ()

    def but(self, statement: str, **changed: Any) -> Step:
        """The step with one more twin: the same statement, but for what is changed."""
        method: Any = self.method
        return replace(self, twins=(*self.twins, Twin(statement, replace(method, **changed))))


@dataclass(frozen=True, slots=True)
class Theorem:
    """A claim, by its id on the card, and the steps that decide it.

    A theorem with a :class:`~proofs.methods.Counterexample` among its steps
    refutes the claim; any other proves it.
    """

    claim: str
    steps: tuple[Step, ...]

    @property
    def status(self) -> str:
        """``proved`` or ``refuted``."""
        refutes = any(isinstance(step.method, Counterexample) for step in self.steps)
        return "refuted" if refutes else "proved"


@dataclass(frozen=True, slots=True)
class Result:
    """A theorem that has been established, with the evidence of each step and twin."""

    theorem: Theorem
    evidence: tuple[Evidence, ...]
    witnesses: tuple[tuple[str, ...], ...]
    seconds: float

    @property
    def method(self) -> str:
        """The methods of the steps, in order."""
        return ", ".join(dict.fromkeys(step.method.name for step in self.theorem.steps))

    @property
    def twins(self) -> int:
        """How many falsified twins were rejected."""
        return sum(map(len, self.witnesses))

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """The hypotheses of all steps, in LaTeX."""
        return tuple(dict.fromkeys(h for item in self.evidence for h in item.hypotheses))


def establish(build: Callable[[], Theorem]) -> Result:
    """Establish every step and have every twin rejected, or raise :class:`Failure`.

    Parameters
    ----------
    build : callable
        Derives the theorem from the definition; its name names the failure.
    """
    start = time.perf_counter()
    evidence, witnesses = [], []
    try:
        theorem = build()
        for step in theorem.steps:
            evidence.append(step.method.establish())
            if not step.twins:
                raise Failure(f"{theorem.claim}: a step without a twin shows nothing: {step.text}")
            witnesses.append(tuple(_rejected(theorem, twin) for twin in step.twins))
    except (Refuted, Undecided, ValueError) as reason:
        raise Failure(f"{build.__name__}: not established: {reason}") from reason
    if not evidence:
        raise Failure(f"{theorem.claim}: a theorem without a step")
    return Result(theorem, tuple(evidence), tuple(witnesses), time.perf_counter() - start)


def _rejected(theorem: Theorem, twin: Twin) -> str:
    try:
        twin.method.establish()
    except Refuted as witness:
        return str(witness)
    except (Undecided, ValueError) as reason:
        raise Failure(f"{theorem.claim}: undecided twin: {twin.statement}: {reason}") from reason
    raise Failure(f"{theorem.claim}: the twin is not rejected: {twin.statement}")
