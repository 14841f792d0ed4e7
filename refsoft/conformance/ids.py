"""Ids that say all of an input, so that it can be run again anywhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array, cast

LONGEST, ENTRIES = 40, 9600  # of a row, and in all


def written(x: Array, params: Mapping[str, Any]) -> str:
    """Scores and parameters as text, ``1.5,0*3|2,1*3;sink=3.0`` for instance."""
    rows = "|".join(_row(row) for row in np.atleast_2d(x))
    return rows + "".join(f";{name}={float(value)!r}" for name, value in params.items())


def read(
    text: str, case: str, names: Collection[str]
) -> tuple[NDArray[np.float64], dict[str, float]]:
    """The scores and the parameters that :func:`written` made text of.

    Raises
    ------
    ValueError
        If they are none, or other parameters than those of ``names``; it shows ``case``.
    """
    body, *given = text.split(";")
    try:
        rows = [[v for part in row.split(",") for v in _repeated(part)] for row in body.split("|")]
        values: NDArray[np.float64] = np.array(rows, np.float64)
        params = {name: float(value) for name, _, value in (word.partition("=") for word in given)}
    except ValueError:
        raise ValueError(f"case={case!r}; accepted: scores, as in search/1.5,0*3") from None
    if set(params) != set(names):
        accepted = ", ".join(names) or "none"
        raise ValueError(f"case={case!r} has parameters {sorted(params)}; accepted: {accepted}")
    if values.ndim != 2 or values.size > ENTRIES:
        raise ValueError(f"case={case!r}; accepted: rows of one length, {LONGEST} at most")
    return values, params


def _row(row: Array) -> str:
    parts: list[tuple[str, int]] = []
    for value in row:
        text = _decimal(value)
        if parts and parts[-1][0] == text:
            parts[-1] = (text, parts[-1][1] + 1)
        else:
            parts.append((text, 1))
    return ",".join(text if count == 1 else f"{text}*{count}" for text, count in parts)


def _decimal(value: Any) -> str:
    """The shortest decimals that read back."""
    for digits in range(1, 18):
        text = f"{float(value):.{digits}g}"
        if cast(np.asarray(float(text)), value.dtype).tobytes() == value.tobytes():
            return text
    return repr(float(value))


def _repeated(part: str) -> list[float]:
    value, star, count = part.partition("*")
    if star and not 0 < int(count) <= LONGEST:
        raise ValueError(part)
    return [float(value)] * (int(count) if star else 1)
