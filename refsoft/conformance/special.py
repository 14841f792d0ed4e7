"""The rulings on infinities and NaN: which rows are acceptable where the definition is silent."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.conformance.cases import Case
from refsoft.conformance.given import Row
from refsoft.conformance.given import Ruling as Ruling
from refsoft.variant import Variant

FAR_AWAY = 2.0**1000


def rulings(variant: Variant, case: Case) -> dict[int, Ruling]:
    """The rows of a case that are ruled on; the others are judged by the bound."""
    if case.known is not None:
        return dict(case.known.rulings)
    found = {}
    with np.errstate(invalid="ignore"):
        rows = case.rows.astype(np.float64)
    visible = case.visible
    for i in np.flatnonzero((~np.isfinite(rows) & visible).any(axis=1)):
        params = {name: column[i : i + 1] for name, column in case.columns().items()}
        ruling = _rule(variant, rows[i][visible[i]], params)
        if ruling is not None:
            masked = np.full(rows.shape[1], variant.card.rulings.masked)
            accepted = tuple(_placed(masked, visible[i], row) for row in ruling.accepted)
            found[int(i)] = replace(ruling, accepted=accepted)
    return found


def _placed(masked: Row, visible: NDArray[np.bool_], row: Row) -> Row:
    placed = masked.copy()
    placed[visible] = row
    return placed


def _rule(variant: Variant, x: Row, params: dict[str, Any]) -> Ruling | None:
    silent = variant.card.rulings
    nan = np.full(x.shape, math.nan)
    below, above = np.isneginf(x), np.isposinf(x)
    if np.isnan(x).any():
        return Ruling("nan", "a visible NaN makes its row NaN", (nan,))
    if below.all():
        values = {str(value): value for value in silent.all_minus_inf}
        if silent.at_minus_inf is None or (len(x) == 1 and silent.at_minus_inf):
            # One entry is also a row with a single infinity, whose limit is accepted.
            values["limit"] = float(_limit(variant, x, params)[0]) if len(x) == 1 else math.nan
        accepted = tuple(np.full(x.shape, value) for value in values.values())
        text = " or ".join(f"{value:g}" for value in silent.all_minus_inf)
        return Ruling("all-minus-inf", f"a row whose scores are all -inf is {text}", accepted)
    if above.any():
        law = "a row with a +inf is NaN, or the limit"
        return Ruling("plus-inf", law, _at_infinity(variant, x, params, silent.at_plus_inf, nan))
    if silent.at_minus_inf in (0.0, -math.inf):
        return None
    law = "a row with a -inf is the limit"
    if silent.at_minus_inf is not None:
        limit = (silent.at_minus_inf, 0.0)
        return Ruling("minus-inf", f"{law}, or NaN", _at_infinity(variant, x, params, limit, nan))
    if not _limit(variant, x, params)[below].any():
        return None
    return Ruling("minus-inf", f"{law}, or NaN", _at_infinity(variant, x, params, None, nan))


def _at_infinity(
    variant: Variant, x: Row, params: dict[str, Any], limit: tuple[float, float] | None, nan: Row
) -> tuple[Row, ...]:
    infinite = np.isinf(x)
    if infinite.sum() > 1:
        return ()
    if limit is not None:
        return nan, np.where(infinite, *limit)
    there = _limit(variant, x, params)
    return (nan, there) if np.isin(there, (0.0, 1.0)).all() else ()


def _limit(variant: Variant, x: Row, params: dict[str, Any]) -> Row:
    """The limit at infinite scores, from scores so large that the rest is 0 in every format."""
    from refsoft import oracle

    far = np.clip(x, -FAR_AWAY, FAR_AWAY)[np.newaxis]
    with np.errstate(all="ignore"):
        enclosure = oracle.enclose(variant.oracle_module, far, np.ones(far.shape, bool), params)
    return np.asarray(enclosure.head[0])
