"""The laws put to a function: which of them it breaks, and which it obeys but must not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsoft.conformance.assess import Standard
from refsoft.conformance.laws.book import LAWS
from refsoft.conformance.laws.deciding import bound, gap, see_oracle, seen, status
from refsoft.conformance.laws.model import Call, Gap, Law, Move, Params, Rows, Seen
from refsoft.variant import Variant

ROWS, LENGTH, SEED = 8, 6, 20
ENTRIES = 2048  # of longer rows there are fewer, but two
FAR = 8  # allowances beyond which a result is wrong, as for a single entry
OBEYED = 256  # the part of the right gap below which a function is said to obey
Evaluate = Callable[[Call], Rows | None]
Admits = Callable[[Call], bool]
Hide = Callable[[Call], Call]


@dataclass(frozen=True, slots=True, eq=False)
class Broken:
    """A law that a function breaks, or obeys although it must not.

    Attributes
    ----------
    sentence, figures : str
    wrong : bool
        Whether by far.
    calls : tuple of Call
    row : int
        Of each call, where it shows most.
    """

    law: Law
    sentence: str
    figures: str
    wrong: bool
    calls: tuple[Call, ...]
    row: int

    @property
    def detail(self) -> str:
        """The law as a formula, with the figures."""
        return f"{self.law.formula}: {self.figures}"

    @property
    def seen(self) -> tuple[object, ...]:
        """What is shown: another law that shows the same has nothing to add."""
        return (self.row, self.figures, *(call.key for call in self.calls if not call.of))

    def compares_with(self, name: str) -> bool:
        """Whether the law compares the results with those of a variant."""
        return any(call.of == name for call in self.calls)


def distinct(found: Sequence[tuple[str, Broken]]) -> list[tuple[str, Broken]]:
    """Of laws that show the same figures of the same results, the first."""
    first: dict[tuple[object, ...], tuple[str, Broken]] = {}
    for case, broken in found:
        first.setdefault(broken.seen, (case, broken))
    return list(first.values())


def rows(length: int = LENGTH) -> Rows:
    """The scores that laws are tried on: multiples of 1/2, the first row among them negative."""
    count = min(ROWS, max(2, ENTRIES // length))
    x = np.random.default_rng(SEED).integers(-8, 9, (count, length)) / 2.0
    x[0] = -np.abs(x[0]) - 0.5
    return x


def judge_laws(
    standard: Standard,
    params: Params,
    evaluate: Evaluate,
    admits: Admits = lambda _: True,
    length: int = LENGTH,
    hide: Hide = lambda call: call,
) -> list[Broken]:
    """The laws that the function breaks, then those that it obeys but must not; claims first.

    Parameters
    ----------
    params : dict
        The parameters where a law does not choose them.
    evaluate : (Call) -> ndarray or None
        What the function gives; None where it gives no result of that shape.
    admits : (Call) -> bool
        Whether the function may be called so.
    length : int
        Of a row, where a law does not choose it.
    hide : (Call) -> Call
        The call with masked entries among those that the law speaks of.
    """
    trial = Trial(standard, params, evaluate, admits, length, hide)
    broken, obeyed = [], dict[Any, Broken]()
    for law in LAWS:
        found = trial.judge(law)
        if found is None:
            continue
        if law.id in trial.holding:
            broken.append(found)
        else:
            # Without the parameter that it is about, a law may be another one again.
            obeyed.setdefault((law.measure, *(call.key for call in found.calls)), found)
    return sorted([*broken, *obeyed.values()], key=lambda b: trial.name not in b.law.claims)


@dataclass(frozen=True, slots=True)
class Trial:
    """A function on trial; the attributes are the parameters of :func:`judge_laws`."""

    standard: Standard
    params: Params
    evaluate: Evaluate
    admits: Admits
    length: int = LENGTH
    hide: Hide = lambda call: call

    @property
    def name(self) -> str:
        """The variant's."""
        return self.standard.variant.card.name

    @property
    def holding(self) -> frozenset[str]:
        """The ids of the laws that hold."""
        card = self.standard.variant.card
        return frozenset(law.id for law in LAWS if status(law, card) == "holds")

    def judge(self, law: Law) -> Broken | None:
        """What is to be said about one law; None where nothing is."""
        decided = status(law, self.standard.variant.card)
        if decided == "holds":
            return self.breaks(law, rows(self.length), Move())
        row = law.counterexample
        if decided != "fails" or not row:
            return None
        # A counterexample of another length need not be one: the truth decides.
        own = len(row) if self.length == LENGTH else self.length
        found = self.gaps(law, np.resize(row, (1, own)), Move())
        return None if found is None else _obeyed(law, self.name, *found)

    def breaks(self, law: Law, x: Rows, move: Move) -> Broken | None:
        """Whether the function breaks a law on these rows, where the truth obeys it."""
        found = self.gaps(law, x, move)
        return None if found is None else _broken(law, self.name, *found)

    def gaps(self, law: Law, x: Rows, move: Move) -> tuple[tuple[Call, ...], Gap, Gap] | None:
        """The calls, the gaps of the truth and of the function; None where it is not tried."""
        variant = self.standard.variant
        made = law.calls(variant.card.name, x, self.params, move)
        calls = tuple(call if call.of else self.hide(call) for call in made)
        if not all(call.of or self.admits(call) for call in calls):
            return None
        results: dict[int, Rows] = {}
        for call in calls:
            y = None if call.of else self.evaluate(call)
            if not call.of and (y is None or not np.isfinite(call.seen(y)).all()):
                return None
            results[id(call)] = np.asarray(y)
        held = self.standard.arithmetic
        held = held.flushing() if self.standard.flush else held

        def see(own: Variant, call: Call) -> Seen:
            return seen(call, results[id(call)], bound(own, call, held, self.standard.dtype))

        return calls, gap(law, variant, calls, see_oracle), gap(law, variant, calls, see)


def _broken(law: Law, name: str, calls: tuple[Call, ...], true: Gap, given: Gap) -> Broken | None:
    excess = excesses(true, given)
    if not (excess > 0).any():
        return None
    row, column = divmod(int(np.argmax(excess)), excess.shape[1])
    wrong = bool(given.size[row, column] > FAR * given.allowance[row, column])
    sentence = f"broken: {law.told(name)}"
    return Broken(law, sentence, _figures(given, row, column), wrong, calls, row)


def excesses(true: Gap, given: Gap) -> Rows:
    """By how much more a law fails than the bounds allow; at most 0 where all is well."""
    # The parameters that a caller fixed may be ones at which the law does not hold.
    excess = np.where(true.size <= true.allowance, given.size - given.allowance, 0.0)
    return np.where(np.isfinite(excess), excess, 0.0)


def _obeyed(law: Law, name: str, calls: tuple[Call, ...], true: Gap, given: Gap) -> Broken | None:
    # Within the bounds the gap differs from that of the truth by the allowance at most.
    least = true.size - true.allowance
    if not (least > given.allowance + given.size).any():
        return None
    if not (given.size <= given.allowance + np.max(least) / OBEYED).all():
        return None
    row, column = divmod(int(np.argmax(least - given.allowance)), least.shape[1])
    wrong = bool(least[row, column] > FAR * given.allowance[row, column])
    sentence = f"must not hold, but does: {law.told(name)}"
    figures = f"the right results are {least[row, column]:.3g} from it"
    return Broken(law, sentence, figures, wrong, calls, row)


def _figures(given: Gap, row: int, column: int) -> str:
    if given.given is None or given.wanted is None:
        return f"off by {given.size[row, column]:.3g}"
    left, right = given.given[row, column], given.wanted[row, column]
    return f"{left:.6g} in place of {right:.6g}"
