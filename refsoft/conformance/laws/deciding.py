"""Every law for every variant: it holds, or its counterexample breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsoft.card import Card
from refsoft.conformance.cases import Case
from refsoft.conformance.families import Family
from refsoft.conformance.laws.book import LAWS
from refsoft.conformance.laws.model import Call, Gap, Law, Rows, Seen
from refsoft.conformance.laws.sets import EVERY
from refsoft.conformance.power import golden
from refsoft.conformance.truth import truth
from refsoft.rounding import PRESETS, Arithmetic
from refsoft.variant import Variant

FAMILY = Family("laws", "relations between results", lambda s: s.normal())
DOUBLE = np.dtype(np.float64)
See = Callable[[Variant, Call], Seen]


def case_of(call: Call) -> Case:
    """The call as a case, for its truth and its bounds."""
    where = None if call.visible is None else np.broadcast_to(call.visible, call.x.shape)
    return Case("laws", FAMILY, call.x, dict(call.params), where)


def seen(call: Call, y: Rows, error: Rows) -> Seen:
    """A call with its result, as far as the law speaks of it."""
    return Seen(call.seen(call.x), call.params, call.seen(y), call.seen(error))


def see_oracle(variant: Variant, call: Call) -> Seen:
    """The real values, known to about twice the precision of float64."""
    true = truth(variant, case_of(call))
    return seen(call, true.head, np.abs(true.tail) + true.radius)


def see_golden(variant: Variant, call: Call) -> Seen:
    """What golden gives, with the bound of its arithmetic."""
    case = case_of(call)
    y = golden(variant, case.rows, case.columns(), case.visible)
    return seen(call, y, bound(variant, call, PRESETS["float64"], DOUBLE))


def bound(variant: Variant, call: Call, arithmetic: Arithmetic, dtype: np.dtype[Any]) -> Rows:
    """How far an honest result of the call may be from the truth."""
    return truth(variant, case_of(call)).bound(arithmetic, dtype)


def gap(law: Law, variant: Variant, calls: tuple[Call, ...], see: See) -> Gap:
    """By how much a law fails for results that ``see`` gives; other variants are golden's."""
    from refsoft.catalogue import VARIANTS

    with np.errstate(all="ignore"):
        return law.measure(
            tuple(
                see(variant, call)
                if not call.of
                else (see_oracle if see is see_oracle else see_golden)(VARIANTS[call.of], call)
                for call in calls
            )
        )


def status(law: Law, card: Card) -> str:
    """``holds``, ``fails``, ``no such parameter``, or ``undecided``.

    Of a variant from outside its card decides, by the ids of its claims. What holds of
    every variant here is tried on those too; the truth shows whether it is so there.
    """
    if law.parameters and not {p.name for p in card.parameters}.intersection(law.parameters):
        return "no such parameter"
    if card.name in EVERY:
        return "holds" if card.name in law.variants else "fails"
    ids = {law.id, *law.claims.values()}
    claimed = [claim.holds for claim in card.claims if claim.id in ids]
    if claimed:
        return "holds" if any(claimed) else "fails"
    return "holds" if law.variants == EVERY else "undecided"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of laws.

    Attributes
    ----------
    claim : str
        Id of the claim on the variant's card that says the same, or empty.
    proof : str
        Its status there: proved, refuted, unproved; empty without a claim.
    counterexample : tuple of float
        Scores that break the law, where it fails.
    """

    law: str
    words: str
    formula: str
    variant: str
    status: str
    claim: str
    proof: str
    counterexample: tuple[float, ...]


def table() -> tuple[Row, ...]:
    """Every law for every variant, law by law."""
    from refsoft.catalogue import VARIANTS

    rows = []
    for law in LAWS:
        for variant in VARIANTS.values():
            card, claim = variant.card, law.claims.get(variant.card.name, "")
            decided = status(law, card)
            rows.append(
                Row(
                    law.id, law.general, law.formula, card.name, decided, claim,
                    card.status(claim) if claim else "",
                    law.counterexample if decided == "fails" else (),
                )
            )  # fmt: skip
    return tuple(rows)
