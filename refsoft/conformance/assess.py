"""From what a call did to what is wrong with it: contract, rulings, bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.cases import Case
from refsoft.conformance.judge import Judged, judge
from refsoft.conformance.load import Outcome
from refsoft.conformance.masked import masked_laws, poisoned, seen
from refsoft.conformance.report import Severity
from refsoft.conformance.special import rulings
from refsoft.conformance.truth import Truth, truth
from refsoft.rounding import Arithmetic, presets
from refsoft.variant import Variant


@dataclass(frozen=True, slots=True)
class Standard:
    """What a function is held to.

    Attributes
    ----------
    variant : Variant
    dtype : dtype
    arithmetic : Arithmetic
    flush : bool
        Whether results below the normal range may be 0.
    given : dtype or None
        Of the scores, where it is not that of the result.
    """

    variant: Variant
    dtype: np.dtype[Any]
    arithmetic: Arithmetic
    flush: bool
    given: np.dtype[Any] | None = None

    @property
    def scores(self) -> np.dtype[Any]:
        """The format of the scores."""
        return self.given or self.dtype


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken law, shown at its worst entry.

    Attributes
    ----------
    at : (row, column) or None
        Of the case as rows.
    """

    severity: Severity
    kind: str
    law: str
    detail: str = ""
    at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that is to be said of one call.

    Attributes
    ----------
    violations : tuple of Violation
    judged : Judged or None
        None where no array of the right shape was returned.
    ruled : ndarray of bool (rows,)
        Rows to which a ruling applies, not the bound.
    flushed : bool
        Whether only the allowance for flushing acquits it.
    varies : str
        Which further call gave another result within the bound; empty if none did.
    """

    violations: tuple[Violation, ...]
    judged: Judged | None = None
    ruled: NDArray[np.bool_] | None = None
    flushed: bool = False
    varies: str = ""

    @property
    def idle(self) -> bool:
        """Whether no entry could have told a wrong function."""
        if self.judged is None or self.ruled is None or not self.judged.strong.size:
            return False
        return not (self.judged.strong[~self.ruled].any() or self.ruled.any())


@dataclass(frozen=True, slots=True)
class Result:
    """A case with what happened."""

    case: Case
    outcome: Outcome
    assessment: Assessment


def assess(standard: Standard, case: Case, outcome: Outcome) -> Assessment:
    """Judge one outcome; a refusal by an exception has no violations here."""
    if outcome.kind == "raised":
        return Assessment(())
    if outcome.kind != "returned":
        law = {
            "exited": "a function returns; it does not end the process",
            "crashed": "a function does not end its process",
            "hung": "a function returns",
        }[outcome.kind]
        return Assessment((Violation("contract", outcome.kind, law, outcome.message),))
    found = list(_contract(standard, case, outcome))
    if outcome.y is None or outcome.y.shape != case.x.shape or not _is_number(outcome.y):
        return Assessment(tuple(found))
    values = assess_values(standard, case, outcome.y.astype(np.float64))
    return Assessment((*found, *values.violations), values.judged, values.ruled, values.flushed)


def assess_values(standard: Standard, case: Case, y: NDArray[np.float64]) -> Assessment:
    """Judge results of the right shape."""
    y = y.reshape(case.rows.shape)
    true = truth(standard.variant, case)
    ruled = np.zeros(len(y), bool)
    found = []
    for row, ruling in rulings(standard.variant, case).items():
        ruled[row] = True
        if not ruling.admits(y[row]):
            column = int(np.argmax(~np.isclose(y[row], ruling.accepted[-1], equal_nan=True)))
            found.append(
                Violation(
                    "special", ruling.id, ruling.law, f"it gives {y[row][column]:g}", (row, column)
                )
            )
    judged = judge(true, y, true.bound(standard.arithmetic, standard.dtype), standard.dtype)
    if judged.beyond.any():
        judged = judge(
            true,
            y,
            true.bound(standard.arithmetic, standard.dtype),
            standard.dtype,
            _loosest(standard, true),
        )
    flushed = False
    if standard.flush and judged.beyond[~ruled].any():
        bound = true.bound(standard.arithmetic.flushing(), standard.dtype)
        lenient = judge(true, y, bound, standard.dtype, _loosest(standard, true))
        flushed = not lenient.beyond[~ruled].any()
        judged = lenient
    if case.where is not None:
        judged = seen(judged, case.visible)
        laws = masked_laws(case, y, standard.variant.card.rulings.masked)
        for severity, kind, law, entries in laws:
            if entries.any():
                at = _first(entries)
                found.append(Violation(severity, kind, law, f"it gives {y[at]:g}", at))
    found += _numeric(standard, case, y, judged, ruled)
    return Assessment(tuple(found), judged, ruled, flushed)


def _loosest(standard: Standard, true: Truth) -> NDArray[np.float64]:
    """The bound of the loosest preset of the format, declared or not."""
    arithmetic = presets(standard.dtype)[-1]
    held = arithmetic.flushing() if standard.flush else arithmetic
    return true.bound(held, standard.dtype)


def _is_number(y: NDArray[Any]) -> bool:
    return y.dtype.kind in "fiub" or "float" in y.dtype.name


def _contract(standard: Standard, case: Case, outcome: Outcome) -> list[Violation]:
    y, found = outcome.y, []
    if y is None:
        return [
            Violation(
                "contract", "type", "the result is an array of the kind that was given",
                f"it returns a {outcome.message}",
            )
        ]  # fmt: skip
    if y.shape != case.x.shape:
        detail = f"it returns {y.shape} for {case.x.shape}"
        found.append(Violation("contract", "shape", "the result has the shape of x", detail))
    if y.dtype != standard.dtype:
        detail = f"it returns {y.dtype} for {case.x.dtype}"
        law = (
            "the result has the dtype of x" if standard.given is None else f"it is {standard.dtype}"
        )
        found.append(Violation("contract", "dtype", law, detail))
    if outcome.modified:
        found.append(Violation("contract", "modified", "the input stays as it was"))
    if outcome.aliased:
        law = "the result does not share the input's memory"
        found.append(Violation("contract", "aliased", law))
    return found


def _numeric(
    standard: Standard, case: Case, y: NDArray[np.float64], judged: Judged, ruled: NDArray[np.bool_]
) -> list[Violation]:
    beyond = judged.beyond & ~ruled[:, np.newaxis]
    if not beyond.any():
        return []
    formula = standard.variant.card.formula
    group = f"{case.family.group}-" if case.family.group else ""
    below = np.isneginf(case.rows.astype(np.float64)) & case.visible
    one = np.full(beyond.shape, case.x.shape[-1] == 1)
    limit = ~one & (below | (below.any(axis=1, keepdims=True) & ~np.isfinite(y)))
    leaked = ~one & ~limit & ~np.isfinite(y) & ruled.any()
    behind = ~one & ~np.isfinite(y) & poisoned(case)
    rest = ~(one | limit | leaked | behind)
    far = rest & (judged.wrong & beyond & rest).any()
    kinds: tuple[tuple[Severity, str, str, NDArray[np.bool_]], ...] = (
        ("special", "one", f"a row of one entry: {formula}", one),
        ("special", "some-minus-inf", "-inf is taken by its limit, never NaN", limit),
        ("contract", "batch", "a row does not depend on the others", leaked),
        ("wrong", "mask-leak", "nothing depends on what stands behind the mask", behind),
        ("wrong", f"{group}accuracy", formula, far),
        ("inaccurate", f"{group}accuracy", f"{formula}, within the bound", rest & ~far),
    )
    found = []
    for severity, kind, law, entries in kinds:
        hits = beyond & entries
        if hits.any():
            at = _worst(judged, hits)
            found.append(Violation(severity, kind, law, _detail(judged, at), at))
    return found


def _first(entries: NDArray[np.bool_]) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.argmax(entries)), entries.shape)
    return int(row), int(column)


def _worst(judged: Judged, among: NDArray[np.bool_]) -> tuple[int, int]:
    score = np.where(among, np.nan_to_num(judged.ratio, posinf=np.finfo(np.float64).max), -1.0)
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    return int(row), int(column)


def _detail(judged: Judged, at: tuple[int, int]) -> str:
    ratio, ulps = judged.ratio[at], judged.ulps[at]
    if not np.isfinite(ulps):
        return "the result is not finite, or finite where it should not be"
    if not np.isfinite(ratio):
        return "the result is exact in every arithmetic; it is not"
    return f"error {ulps:.3g} ULP, {ratio:.3g} times the bound"
