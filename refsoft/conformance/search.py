"""After the classes: hypothesis looks for a small input that breaks the bound.

Every batch is drawn from a few choices (a length, a scale, where the rows lie,
which magnitudes they mix), so that hypothesis can climb towards the largest
error over bound and make what it finds smaller. The scores are finite:
infinities and NaN have classes of their own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from refsoft._dtypes import Array, cast
from refsoft.card import Card
from refsoft.conformance.assess import Result
from refsoft.conformance.cases import Case, Plan, parameters
from refsoft.conformance.families import Family
from refsoft.conformance.hunt import Ended, FoundError, hunt
from refsoft.conformance.ids import LONGEST, read, written
from refsoft.conformance.limits import finfo
from refsoft.conformance.shrink import shrink

ENTRIES = 240
BATCHES = 600
SECONDS = 12.0
SEEDS = 1_000_000
REACHES = (0.0, 3.0, 6.0, 10.0, 20.0, 40.0, 100.0)
SPREADS = (1.0, 0.01, 4.0, 16.0, 60.0)
PREFIX = "search/"
SEARCH = Family(
    "search", "small rows that hypothesis looks for", lambda s: s.normal(), lengths="short"
)

Examine = Callable[[Case], Result]


@dataclass(frozen=True, slots=True)
class Space:
    """Where the search looks.

    Attributes
    ----------
    card : Card
    dtype : dtype
    plan : Plan
        Its lengths, domain and parameters.
    """

    card: Card
    dtype: np.dtype[Any]
    plan: Plan

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths of rows that the plan leaves, the short ones twice."""
        top = min(LONGEST, self.plan.max_length or LONGEST)
        asked = self.plan.lengths
        kept = [n for n in range(1, top + 1) if asked is None or n in asked]
        kept = [n for n in kept if n % self.plan.multiple_of == 0]
        return tuple([n for n in kept if n <= LONGEST // 4] + kept)

    def case(self, x: Array, params: dict[str, Any]) -> Case:
        """A case whose id says all that is in it."""
        return Case(identity(x, params), SEARCH, x, params)

    def cast(self, values: Any) -> Array:
        """Scores of the format, finite and in the domain."""
        largest = float(finfo(self.dtype).max)
        with np.errstate(all="ignore"):
            finite = np.clip(np.nan_to_num(values), -largest, largest)
        return self.plan.domain.clip(cast(finite, self.dtype))


def seed_of(given: int | None) -> int:
    """The seed that was given; 0 in CI; elsewhere a new one, to be printed."""
    if given is not None:
        return given
    return 0 if os.environ.get("CI") else secrets.randbelow(SEEDS)


def search(
    space: Space,
    examine: Examine,
    seed: int,
    *,
    batches: int = BATCHES,
    seconds: float = SECONDS,
) -> list[Result]:
    """What was tried and acquitted and, last, the smallest violation if there is one."""
    lengths = space.lengths
    if not lengths:
        return []
    acquitted: list[Result] = []
    found: list[Result] = []

    def attempt(drawn: tuple[Array, dict[str, Any]]) -> float:
        result = examine(space.case(*drawn))
        if result.outcome.kind in ("hung", "crashed", "exited"):
            found.append(result)
            raise Ended
        if result.assessment.violations:
            found.append(result)
            raise FoundError
        acquitted.append(result)
        judged = result.assessment.judged
        return 0.0 if judged is None else float(np.max(judged.ratio, initial=0.0))

    hunt(_batches(space, lengths), attempt, seed, batches=batches, seconds=seconds)
    if not found:
        return acquitted
    return [*acquitted, _smallest(space, examine, found)]


def _smallest(space: Space, examine: Examine, found: list[Result]) -> Result:
    """The smallest input that was found, and then made smaller still."""
    best = min(found, key=lambda result: result.case.x.size)
    violations = best.assessment.violations
    if best.outcome.kind != "returned" or not violations or violations[0].at is None:
        return best
    worst, params = violations[0], best.case.params

    def again(x: Array) -> Result | None:
        result = examine(space.case(np.atleast_2d(x), params))
        same = any(
            (v.severity, v.kind) == (worst.severity, worst.kind)
            for v in result.assessment.violations
        )
        return result if same and np.all(space.plan.domain.admits(x)) else None

    row = worst.at[0] if worst.at is not None else 0
    start = best.case.rows[row : row + 1]
    if again(start) is None:
        start = best.case.x
    return again(shrink(start, lambda x: again(x) is not None)) or best


def _batches(space: Space, lengths: tuple[int, ...]) -> Any:
    """Pairs of scores (rows, n), one shape per length, and parameters."""
    from hypothesis import strategies as st

    magnitudes = _magnitudes(space.dtype)

    @st.composite
    def batch(draw: Any) -> tuple[Array, dict[str, Any]]:
        params = parameters(space.card, space.plan, 3 * draw(st.integers(0, 63)), ())
        # The length comes from the generator too: hypothesis repeats its choices too often
        # to visit every length in the time there is.
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        n = int(rng.choice(lengths))
        shape = (max(4, ENTRIES // max(n, 4)), n)
        # Every row lies elsewhere and spreads differently: a batch visits many places at once.
        x = rng.uniform(-1.0, 1.0, (shape[0], 1)) * rng.choice(REACHES, (shape[0], 1))
        spread = draw(st.sampled_from(SPREADS)) * rng.uniform(0.0, 1.0, (shape[0], 1))
        x = x + spread * rng.standard_normal(shape)
        x[1::4] = np.round(x[1::4])
        palette = draw(st.lists(st.sampled_from(magnitudes), min_size=1, max_size=4))
        mixed = x[2::8].shape
        x[2::8] = rng.choice(palette, mixed) * rng.choice([1.0, -1.0, 0.0, 1.5], mixed)
        few = draw(st.lists(st.floats(-100, 100, width=16), min_size=1, max_size=3))
        x[3::8] = rng.choice(few, x[3::8].shape)
        return space.cast(x), params

    return batch()


def _magnitudes(dtype: np.dtype[Any]) -> tuple[float, ...]:
    limits = finfo(dtype)
    eps, tiny, top = float(limits.eps), float(limits.tiny), float(limits.max)
    special = (eps, eps**0.5, tiny, float(limits.smallest_subnormal), top, top**0.5)
    return (1.0, 0.1, 3.0, 10.0, -float(np.log(tiny)), float(np.log(top)), 1e-3, 1e3, *special)


def identity(x: Array, params: dict[str, Any]) -> str:
    """The scores and the parameters as an id, from which :func:`parse` makes the case again."""
    return PREFIX + written(x, params)


def parse(text: str, dtype: np.dtype[Any], card: Card) -> Case:
    """The case that an id of :func:`identity` names.

    Raises
    ------
    ValueError
        If it is no such id, or not of that variant.
    """
    names = [parameter.name for parameter in card.parameters]
    values, params = read(text.removeprefix(PREFIX), text, names)
    return Case(text, SEARCH, cast(values, dtype), params)
