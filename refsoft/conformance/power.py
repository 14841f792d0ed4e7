"""When a pass means something: the very cases used must convict functions that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array, cast
from refsoft.conformance.assess import Standard, assess_values
from refsoft.conformance.cases import Case
from refsoft.conformance.judge import FAR, judge
from refsoft.conformance.special import rulings
from refsoft.conformance.truth import truth
from refsoft.variant import Variant

Rival = Callable[[Case], NDArray[np.float64]]


def powerless(standard: Standard, cases: Sequence[Case]) -> tuple[str, ...]:
    """The wrong functions that none of the cases would convict."""
    left = rivals(standard.variant, cases)
    for case in cases:
        if case.x.size == 0:
            continue
        for name in list(left):
            with np.errstate(all="ignore"):
                y = cast(left[name](case), standard.dtype).astype(np.float64)
            if assess_values(standard, case, y).violations:
                del left[name]
        if not left:
            break
    return tuple(left)


def rivals(variant: Variant, cases: Sequence[Case]) -> dict[str, Rival]:
    """Zeros, the uniform row, and the nearest variant that is another function."""
    logarithmic = variant.card.rulings.masked != 0
    found: dict[str, Rival] = {
        "zeros": lambda case: np.zeros(case.rows.shape),
        "uniform": lambda case: np.full(
            case.rows.shape,
            -np.log(case.rows.shape[1]) if logarithmic else 1 / case.rows.shape[1],
        ),
    }
    neighbour = neighbour_of(variant, cases)
    if neighbour is not None:
        found[neighbour.card.name] = lambda case: golden(
            neighbour, case.rows, case.columns(), case.visible
        )
    return found


def neighbour_of(variant: Variant, cases: Sequence[Case]) -> Variant | None:
    """The card's neighbour; where the parameters make it the same function, that one's."""
    from refsoft.catalogue import VARIANTS

    probes = [{name: c[:1] for name, c in case.columns().items()} for case in cases if case.x.size]
    candidate = VARIANTS.get(variant.card.neighbour)
    for _ in range(len(VARIANTS)):
        if candidate is None or candidate.card.name == variant.card.name:
            return None
        if not all(_same(variant, candidate, probe) for probe in probes[:40]):
            return candidate
        candidate = VARIANTS.get(candidate.card.neighbour)
    return None


def golden(
    variant: Variant, x: Array, columns: dict[str, Any], where: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """A variant's value of rows, with as many of the parameters as it has."""
    params = {
        p.name: columns.get(p.name, np.full((len(x), 1), 1.0 if p.default is None else p.default))
        for p in variant.card.parameters
    }
    with np.errstate(all="ignore"):
        forward = variant.golden_module.forward
        where = np.ones(x.shape, bool) if where is None else where
        return np.asarray(forward(x.astype(np.float64), where, **params))


def _same(one: Variant, other: Variant, probe: dict[str, Any]) -> bool:
    x = np.array([[-3.0, -1.0, 0.0, 0.5]])
    a, b = golden(one, x, probe), golden(other, x, probe)
    return bool(np.allclose(a, b, rtol=1e-9, atol=0))


def weak_lengths(standard: Standard, cases: Sequence[Case]) -> dict[int, tuple[str, ...]]:
    """The wrong functions that no case of a length would convict, by length."""
    by_length: dict[int, list[Case]] = {}
    for case in cases:
        if case.x.size:
            by_length.setdefault(case.x.shape[-1], []).append(case)
    found = {n: powerless(standard, members) for n, members in by_length.items()}
    return {n: names for n, names in found.items() if names}


@dataclass(frozen=True, slots=True)
class ClassPower:
    """What the cases of one class can tell under an arithmetic.

    Attributes
    ----------
    convicted, acquitted : int
        Entries, of ``judged``, that are convicted at twice the bound, and acquitted at half.
    judged : int
        Entries whose bound is at most an eighth of the value, without the rows that are
        ruled on; 0 for an idle class.
    """

    judged: int = 0
    convicted: int = 0
    acquitted: int = 0

    @property
    def sound(self) -> bool:
        """Whether every entry judged is convicted and acquitted as it should be."""
        return self.convicted == self.acquitted == self.judged


def class_powers(standard: Standard, cases: Sequence[Case]) -> dict[str, ClassPower]:
    """Move the truth by twice and by half of its bound, up and down, class by class."""
    found: dict[str, ClassPower] = {}
    for case in cases:
        so_far = found.setdefault(case.family.id, ClassPower())
        if case.x.size == 0:
            continue
        true = truth(standard.variant, case)
        bound = true.bound(standard.arithmetic, standard.dtype)
        size = np.abs(true.head)
        usable = np.isfinite(size) & (bound <= FAR * size)
        usable[list(rulings(standard.variant, case))] = False
        # Where a bound is 0 nothing but the value itself is acquitted.
        step = np.where(bound > 0, bound, np.spacing(np.where(usable, size, 1.0)))
        counts = [0, 0]
        for sign in (1.0, -1.0):
            for i, factor in enumerate((2.0, 0.5)):
                moved = np.where(usable, true.head + sign * factor * step, true.head)
                if i:
                    moved = np.where(bound > 0, moved, true.head)
                with np.errstate(all="ignore"):
                    beyond = judge(true, moved, bound, standard.dtype).beyond[usable]
                counts[i] += int(np.sum(~beyond if i else beyond))
        found[case.family.id] = ClassPower(
            so_far.judged + 2 * int(usable.sum()),
            so_far.convicted + counts[0],
            so_far.acquitted + counts[1],
        )
    return found
