"""What a mask demands of masked entries, and that nothing leaks from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.cases import Case
from refsoft.conformance.judge import Judged
from refsoft.conformance.report import Severity

Flags = NDArray[np.bool_]


def seen(judged: Judged, visible: Flags) -> Judged:
    """The verdict on visible entries alone."""
    return replace(
        judged,
        beyond=judged.beyond & visible,
        wrong=judged.wrong & visible,
        ratio=np.where(visible, judged.ratio, 0.0),
        ulps=np.where(visible, judged.ulps, 0.0),
        strong=judged.strong | ~visible,
    )


def masked_laws(
    case: Case, y: NDArray[np.float64], value: float
) -> tuple[tuple[Severity, str, str, Flags], ...]:
    """Severity, kind, law and the entries that break it, of masked entries."""
    visible = case.visible
    there = ~visible & ~(y == value)
    blind = np.broadcast_to(~visible.any(axis=1, keepdims=True), visible.shape)
    return (
        ("special", "mask-empty", f"a row without a visible entry is {value:g}", there & blind),
        ("wrong", "masked", f"a masked entry is {value:g}", there & ~blind),
    )


def poisoned(case: Case) -> Flags:
    """Rows with something behind the mask that no ordinary score is, as a column."""
    with np.errstate(invalid="ignore"):
        behind = np.where(case.visible, 0.0, case.rows.astype(np.float64))
        strange: Any = ~(np.abs(behind) < 1e4)
    return np.asarray(strange.any(axis=1, keepdims=True))
