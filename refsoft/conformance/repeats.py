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
from refsoft.conformance.assess import Result, Standard, Violation
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
SAME = "the same call gives the same result"
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
    x : ndarray
        The scores of the call.
    rows : list of int
        Which row of the case each row of the result is, -1 for none.
    law : str
    kind : str
    """

    name: str
    x: Array
    rows: list[int]
    law: str = ALONE
    kind: str = "batch"


def variations(x: Array, domain: Domain) -> Iterator[Variation]:
    """The calls to be compared with the first one; a row of no case is there for its effect."""
    count = len(x)
    every = list(range(count))
    # Large enough that a maximum or a sum that is kept from it spoils what follows.
    other = domain.clip(cast(64 * x[1:2].astype(np.float64), x.dtype))
    yield Variation("called again", x, every, SAME, "repeat")
    yield Variation("another call", other, [-1], SAME, "repeat")
    yield Variation("called again after another call", x, every, SAME, "repeat")
    yield Variation("in reverse order", x[::-1].copy(), every[::-1])
    yield Variation(
        "in a larger batch", np.concatenate([x[::-1], x, x[:1]]), [-1] * count + [*every, 0]
    )
    yield Variation("the first half alone", x[:2], [0, 1])
    yield Variation("the second half alone", x[2:], [2, 3])
    for row in every:
        yield Variation("a row alone", x[row : row + 1], [row])


def repeated(standard: Standard, result: Result, call: Call, domain: Domain) -> Result:
    """The result with what the further calls show."""
    case, first = result.case, result.outcome
    if first.kind not in ("returned", "raised") or (
        first.kind == "returned" and not _whole(first, case)
    ):
        return result
    found: dict[str, Violation] = {}
    varies = ""
    for variation in variations(case.x, domain):
        outcome = call(replace(case, x=variation.x))
        if variation.kind == "repeat" and max(variation.rows) >= 0 and outcome.kind != first.kind:
            detail = outcome.message if outcome.kind != "returned" else first.message
            found.setdefault(
                "repeat", Violation("contract", "repeat", SAME, f"now and then: {detail}")
            )
        if first.kind != "returned" or outcome.y is None or outcome.y.shape != variation.x.shape:
            continue
        far, differs = _compare(standard, case, np.asarray(first.y), outcome.y, variation)
        if far is not None:
            detail = f"{variation.name} it gives another result, beyond twice the bound"
            found.setdefault(
                variation.kind, Violation("contract", variation.kind, variation.law, detail, far)
            )
        elif differs and not varies:
            varies = variation.name
    assessment = replace(
        result.assessment,
        violations=(*result.assessment.violations, *found.values()),
        varies=varies if not found else "",
    )
    return Result(case, first, assessment)


def _whole(outcome: Outcome, case: Case) -> bool:
    return outcome.y is not None and outcome.y.shape == case.x.shape


def _compare(
    standard: Standard, case: Case, first: Array, again: Array, variation: Variation
) -> tuple[tuple[int, int] | None, bool]:
    """The entry that differs beyond twice the bound, and whether any differs at all."""
    held = standard.arithmetic.flushing() if standard.flush else standard.arithmetic
    bound = truth(standard.variant, case).bound(held, standard.dtype)
    differs = False
    for place, row in enumerate(variation.rows):
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
