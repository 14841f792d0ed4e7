"""The same rows again: twice, after another call, in another batch, at another place."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array, cast
from refsoft.card import Card
from refsoft.conformance.assess import Result, Standard, Violation, assess
from refsoft.conformance.cases import Case, Plan
from refsoft.conformance.domain import Domain
from refsoft.conformance.families import Family
from refsoft.conformance.load import Outcome
from refsoft.conformance.truth import truth

Call = Callable[[Case], Outcome]
REPEAT = Family(
    "repeat", "the same rows again, in other batches and after other calls",
    lambda s: s.normal(2.0), (4,), group="repeat",
)  # fmt: skip
UNLIKE = frozenset({"scales"})  # classes whose rows are also called one by one
SAME = "the same call gives the same result"
ENDS = "the same call ends in the same way"
ALONE = "a row does not depend on the others"


def build(card: Card, dtype: np.dtype[Any], plan: Plan) -> Iterator[Case]:
    """Rows of different scale, a short and a long batch of them."""
    if not plan.chooses(REPEAT):
        return
    params = {p.name: plan.scalar(p) for p in card.parameters}
    for n in dict.fromkeys(plan.near(n) for n in ((33,) if plan.quick else (33, 1000))):
        rng = np.random.default_rng([plan.seed, zlib.crc32(b"repeat"), n])
        scales = np.array([[1.0], [8.0], [0.125], [3.0]])
        x = plan.domain.clip(cast(scales * rng.standard_normal((4, n)), dtype))
        yield Case(f"repeat/{n}", REPEAT, x, params)


@dataclass(frozen=True, slots=True)
class Variation:
    """The rows of a case in another call.

    Attributes
    ----------
    name : str
        In words of a report.
    case : Case
        What is called.
    rows : list of int
        Which row of the first call each row of the result is, -1 for none.
    law, kind : str
        What is broken where the results differ.
    """

    name: str
    case: Case
    rows: list[int]
    law: str = ALONE
    kind: str = "batch"


def variations(case: Case, domain: Domain) -> Iterator[Variation]:
    """The calls to be compared with the first one; a row of no case is there for its effect."""
    x, count = case.x, len(case.x)
    every = list(range(count))

    def of(name: str, rows: list[int]) -> Variation:
        return Variation(name, _picked(case, rows), rows)

    if case.family is REPEAT:
        again = Variation("called again", case, every, SAME, "repeat")
        # Large enough that a maximum or a sum that is kept from it spoils what follows.
        other = domain.clip(cast(64 * x[1:2].astype(np.float64), x.dtype))
        yield again
        yield Variation("another call", replace(_picked(case, [1]), x=other), [-1])
        yield replace(again, name="called again after another call")
        yield of("in reverse order", every[::-1])
        larger = _picked(case, [*every[::-1], *every, 0])
        yield Variation("in a larger batch", larger, [-1] * count + [*every, 0])
        yield of("the first half alone", every[: count // 2])
        yield of("the second half alone", every[count // 2 :])
    for row in every:
        yield of("a row alone", [row])


def repeated(standard: Standard, result: Result, call: Call, domain: Domain) -> Result:
    """The result with what further calls show.

    Every refusal is asked for again. Rows are called in other batches where the class is about
    that, or about rows that are unlike each other.
    """
    case, first = result.case, result.outcome
    if first.kind == "raised":
        return _added(result, *_ending(first, call(case)))
    if any(v.kind.endswith("accuracy") for v in result.assessment.violations):
        result = _once_more(standard, result, call(case))
    if result.assessment.judged is None or case.family.id not in {REPEAT.id, *UNLIKE}:
        return result
    found: dict[str, Violation] = {}
    varies = ""
    for variation in variations(case, domain):
        outcome = call(variation.case)
        if variation.kind == "repeat":
            for violation in _ending(first, outcome):
                found.setdefault(violation.kind, violation)
        if outcome.y is None or outcome.y.shape != variation.case.x.shape:
            continue
        far, differs = _compare(standard, case, np.asarray(first.y), outcome.y, variation.rows)
        if far is not None:
            detail = f"{variation.name} it gives another result, beyond twice the bound"
            found.setdefault(
                variation.kind, Violation("contract", variation.kind, variation.law, detail, far)
            )
        elif differs and not varies:
            varies = f"{variation.name}: another result"
    told = _added(result, *found.values())
    if found or not varies:
        return told
    return replace(told, assessment=replace(told.assessment, varies=varies))


def _picked(case: Case, rows: list[int]) -> Case:
    """Some rows of a case, with their parameters."""
    params = {name: v[rows] if np.ndim(v) else v for name, v in case.params.items()}
    return replace(case, x=case.x[rows], params=params)


def _added(result: Result, *violations: Violation) -> Result:
    assessment = result.assessment
    return replace(
        result,
        assessment=replace(assessment, violations=(*assessment.violations, *violations)),
    )


def _once_more(standard: Standard, result: Result, again: Outcome) -> Result:
    """Where the same call is right the second time, that is what is wrong with it."""
    second = assess(standard, result.case, again)
    if second.judged is None or second.violations:
        return result
    first = result.assessment
    kept = [v for v in first.violations if not v.kind.endswith("accuracy")]
    changed = Violation("contract", "repeat", SAME, "called again it gives the right result")
    return replace(result, assessment=replace(first, violations=(*kept, changed)))


def _ending(first: Outcome, again: Outcome) -> tuple[Violation, ...]:
    """What is wrong where the same call ends in two ways."""
    if again.kind == first.kind:
        return ()
    told = first if again.kind == "returned" else again
    return (Violation("contract", "erratic", ENDS, f"now and then: {told.message}"),)


def _compare(
    standard: Standard, case: Case, first: Array, again: Array, rows: list[int]
) -> tuple[tuple[int, int] | None, bool]:
    """The entry that differs beyond twice the bound, and whether any differs at all."""
    held = standard.arithmetic.flushing() if standard.flush else standard.arithmetic
    bound = truth(standard.variant, case).bound(held, standard.dtype)
    differs = False
    for place, row in enumerate(rows):
        if row < 0:
            continue
        a, b = first[row].astype(np.float64), again[place].astype(np.float64)
        same: NDArray[np.bool_] = (a == b) | (np.isnan(a) & np.isnan(b))
        differs |= not same.all()
        with np.errstate(invalid="ignore"):
            far = ~same & ~(np.abs(a - b) <= 2 * bound[row])
        if far.any():
            return (row, int(np.argmax(far))), True
    return None, differs
