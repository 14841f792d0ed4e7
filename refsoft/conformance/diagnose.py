"""Name the mistake: which known wrong function the convicted one agrees with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.assess import Assessment, Standard, assess_values
from refsoft.conformance.cases import Case
from refsoft.conformance.known import Mistake, known
from refsoft.conformance.limits import finfo
from refsoft.conformance.mistakes import stepwise
from refsoft.conformance.power import golden
from refsoft.conformance.truth import truth

MOST = 40
CLEAR = 4  # bounds, and times nearer to the mistake
LESS = 2  # where a mistake is not exact, or the errors are of a few units


@dataclass(frozen=True, slots=True)
class Evidence:
    """A case, what was returned for it (None if it refused), and the verdict."""

    case: Case
    y: NDArray[np.float64] | None
    assessment: Assessment


def diagnose(standard: Standard, evidence: Sequence[Evidence]) -> str:
    """One sentence, or nothing.

    A mistake is named if it explains every conviction: the function agrees
    with it there, within the bound's relative size, and the mistake itself is
    convicted there. In one case at least the error must be clearly its own:
    most entries that are convicted by far are several times nearer to the
    mistake than to the truth and to the right form in the same format.
    Among several, the one that the acquitted cases support
    most: for it speaks each that it agrees with, against it each that it does
    not, and nothing where it cannot be made. One that they speak against is
    not named.
    """
    convicted = [e for e in evidence if e.assessment.violations and e.y is not None][:MOST]
    others = [e for e in evidence if not e.assessment.violations][:MOST]
    if not convicted:
        return ""
    found = [v for e in convicted for v in e.assessment.violations]
    at_infinity = all(v.severity == "special" and v.kind != "one" for v in found)
    best, best_score = "", -1
    for mistake in (*known(standard.variant.card), *_variants(standard)):
        if at_infinity and not mistake.at_infinity:
            continue
        needed = len(convicted) if mistake.exact else max(1, (2 * len(convicted)) // 3)
        agreed, own = 0, False
        for place, e in enumerate(convicted):
            if explains(standard, mistake, e):
                agreed += 1
                own = own or owns(standard, mistake, e)
            if agreed + len(convicted) - place - 1 < needed:
                break
        else:
            score = sum(_support(standard, mistake, e) for e in others) if own else -1
            if score >= 0 and score + agreed > best_score:
                best, best_score = mistake.sentence, score + agreed
    return best


def _support(standard: Standard, mistake: Mistake, e: Evidence) -> int:
    if agrees(standard, mistake, e):
        return 1
    if mistake.gross:  # Which format overflows is not known.
        return 0
    made = (compute(mistake, e.case, kind) for kind in _formats(mistake, standard.dtype))
    return -1 if any(y is not None for y in made) else 0


def agrees(standard: Standard, mistake: Mistake, e: Evidence) -> bool:
    """Whether the function did what the mistake does, in one of the formats it may run in."""
    for kind in _formats(mistake, standard.dtype):
        y = compute(mistake, e.case, kind)
        if y is None or e.y is None:
            if y is None and e.y is None:
                return True
            continue
        if _close(standard, mistake, e, y):
            return True
    return False


def compute(mistake: Mistake, case: Case, kind: Any) -> NDArray[np.float64] | None:
    """The mistake's result of a case in a format, None where it raises."""
    params = {
        name: np.asarray(value)[..., np.newaxis].astype(kind) if np.ndim(value) else kind(value)
        for name, value in case.params.items()
    }
    with np.errstate(all="ignore"):
        try:
            y = np.asarray(mistake.compute(case.x.astype(kind), params))
        except (ValueError, IndexError):
            return None
    return y.astype(np.float64) if y.shape == case.x.shape else None


def _close(standard: Standard, mistake: Mistake, e: Evidence, wrong: NDArray[np.float64]) -> bool:
    limits = finfo(standard.dtype)
    given, wrong = np.asarray(e.y).reshape(e.case.rows.shape), wrong.reshape(e.case.rows.shape)
    true = truth(standard.variant, e.case)
    bound = true.bound(standard.arithmetic, standard.dtype)
    with np.errstate(all="ignore"):
        usable = (bound > 0) & (bound <= np.abs(true.head) / 8)
        relative = np.where(usable, bound / np.abs(true.head), 0.0)
        tolerance = 2 * np.max(relative, initial=0.0) + 16 * float(limits.eps)
        floor = 16 * float(limits.tiny if standard.flush else limits.smallest_subnormal)
        distance = np.abs(given - wrong)
        near = (distance <= tolerance * np.abs(wrong) + floor) | (given == wrong)
        near |= np.isnan(given) & np.isnan(wrong)
        # A logarithm near 0 is known to an absolute error only.
        near |= np.isfinite(bound) & (distance <= 4 * bound)
        near |= np.isinf(given) & (np.abs(wrong) >= float(limits.max)) & (given * wrong > 0)
        if near.all():
            return True
        if mistake.exact or not np.isfinite(distance).all():
            return False
        return bool(np.sum(distance) <= np.sum(np.abs(wrong - true.head)) / 2)


def explains(standard: Standard, mistake: Mistake, e: Evidence) -> bool:
    """Whether the function agrees with the mistake, and the mistake is convicted there."""
    if mistake.gross and all(v.severity == "inaccurate" for v in e.assessment.violations):
        return False
    if not agrees(standard, mistake, e):
        return False
    found = (compute(mistake, e.case, kind) for kind in _formats(mistake, standard.dtype))
    return any(y is not None and assess_values(standard, e.case, y).violations for y in found)


def owns(standard: Standard, mistake: Mistake, e: Evidence) -> bool:
    """Whether most of the entries convicted by far are explained by nothing but the mistake."""
    true = truth(standard.variant, e.case)
    bound = true.bound(standard.arithmetic, standard.dtype)
    given = np.asarray(e.y).reshape(e.case.rows.shape)
    error = _apart(given, true.head)
    factor = CLEAR if mistake.exact else LESS
    with np.errstate(invalid="ignore"):
        far = error > (LESS if mistake.native else CLEAR) * bound
    far = _convicted(e) & (far | np.isinf(error))
    for kind in _formats(mistake, standard.dtype):
        wrong = compute(mistake, e.case, kind)
        if wrong is None:
            continue
        rival = error
        if not (mistake.gross or mistake.native or mistake.at_infinity):
            right = compute(_right(standard), e.case, kind)
            if right is not None:
                rival = np.minimum(error, _apart(given, right.reshape(given.shape)))
        distance = _apart(given, wrong.reshape(given.shape))
        near = far & (rival > 0) & np.isfinite(distance) & (factor * distance <= rival)
        if near.any() and 2 * np.sum(near) >= np.sum(far):
            return True
    return False


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distance of entries: 0 between equals, NaN among them, and infinite to a NaN."""
    with np.errstate(all="ignore"):
        distance = np.abs(one - other)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.where(same, 0.0, np.where(np.isnan(distance), np.inf, distance))


def _convicted(e: Evidence) -> NDArray[np.bool_]:
    """The entries that the verdict is about."""
    judged, ruled = e.assessment.judged, e.assessment.ruled
    if judged is None or ruled is None:
        return np.zeros(e.case.rows.shape, bool)
    rows = [v.at[0] for v in e.assessment.violations if v.at is not None]
    special = np.isin(np.arange(len(ruled)), rows) & ruled
    found: NDArray[np.bool_] = (judged.beyond & ~ruled[:, np.newaxis]) | special[:, np.newaxis]
    return found


def _right(standard: Standard) -> Mistake:
    return Mistake("", stepwise(standard.variant.card.name))


def _formats(mistake: Mistake, dtype: np.dtype[Any]) -> tuple[Any, ...]:
    if mistake.native:
        return (dtype.type,) if dtype.itemsize == 2 else ()
    return (np.float64, np.float32, np.float16) if mistake.gross else (np.float64, np.float32)


def _variants(standard: Standard) -> list[Mistake]:
    from refsoft.catalogue import VARIANTS

    found = []
    for name, variant in VARIANTS.items():
        if name == standard.variant.card.name:
            continue

        def forward(x: NDArray[Any], params: Any, variant: Any = variant) -> NDArray[Any]:
            rows = x.reshape(-1, x.shape[-1])
            columns = {
                key: np.broadcast_to(value, (*x.shape[:-1], 1)).reshape(-1, 1).astype(np.float64)
                for key, value in params.items()
            }
            return golden(variant, rows, columns).reshape(x.shape)

        found.append(Mistake(f"is {name}", forward))
    return found
