"""Which variants a law speaks of, by which claims, with which settings."""

from __future__ import annotations

import math
from collections.abc import Mapping

OFFSET = frozenset({"softmax_one", "softmax_n", "softmax_sink"})
SUMS_TO_ONE = frozenset({"softmax", "ssmax"})
SCALED = frozenset({"softmax", "log_softmax", "ssmax"})
ORDERED = frozenset({*SCALED, *OFFSET, "self_adjust_normalized"})
WEIGHTS = frozenset({*OFFSET, *SUMS_TO_ONE, "symax", "self_adjust_normalized"})
EVERY = frozenset({*WEIGHTS, "log_softmax", "self_adjust"})
ROW = (0.5, -3.0, 2.0, 1.0)


def settings(ends: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """The settings of a law in words."""
    return {
        name: ", ".join(f"{key} = {_number(value)}" for key, value in values.items())
        for name, values in ends.items()
    }


def _number(value: float) -> str:
    power = math.frexp(value)[1] - 1
    return f"2^{power}" if value == 2.0**power and not -4 <= power <= 9 else f"{value:g}"


def claims(names: frozenset[str], claim: str, **others: str) -> dict[str, str]:
    """The claim that says the same on the cards of these, and on those of others."""
    return {**dict.fromkeys(names, claim), **others}
