"""Ziv's loop: evaluate in balls, double the precision until the rounding is certain."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx, fmpq

from refsoft.oracle._round import FLOAT64, Format, midpoint, round_dyadic, round_rational
from refsoft.oracle._symbolic import Symbol, cut_off, sign
from refsoft.oracle._terms import UndecidedError

Key = Any
Entries = Callable[[Key], Any]
Ends = tuple[tuple[int, int], tuple[int, int]]
Definition = Callable[[Callable[[float], Any]], Entries]

FIRST_PRECISION = 128
SYMBOLIC_FROM = 512
LAST_PRECISION = 16384
RELATIVE_BITS = 70  # float64 to 2**-17 ULP, and 2**-12 of its quantum below
NEGLIGIBLE = arb(2) ** -1086
CUTS = (4096, None)

# ctx.prec is global to the process, so one row is evaluated at a time.
lock = threading.RLock()


class PrecisionError(ArithmeticError):
    """No precision up to the cap decides the rounding of an entry."""


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Set the precision of ball arithmetic, and restore it whatever happens."""
    with lock:
        before = ctx.prec
        ctx.prec = bits
        try:
            yield
        finally:
            ctx.prec = before


@dataclass(frozen=True, slots=True)
class Solved:
    """The truth as a ball, rounded, and between dyadic ends.

    A float that is no real number stands for itself, without ends.
    """

    truth: Any
    rounded: float
    ends: Ends | None = None

    def bounds(self) -> tuple[float, float]:
        """The closest float64 bounds of the truth."""
        if self.ends is None:
            return self.rounded, self.rounded
        low, high = self.ends
        return round_dyadic(*low, FLOAT64, "down"), round_dyadic(*high, FLOAT64, "up")


def solve(definition: Definition, keys: list[Key], fmt: Format, where: str) -> dict[Key, Solved]:
    """Round every entry of a row.

    Parameters
    ----------
    definition : callable
        Takes the constructor of a number from a float and returns the function
        from a key to the entry's value in that arithmetic.
    keys : list
        The entries wanted.
    fmt : Format
        What to round to.
    where : str
        Names the row in an error.

    Raises
    ------
    PrecisionError
        Naming the first entry that the last precision leaves open.
    """
    found: dict[Key, Solved] = {}
    pending = keys
    bits = FIRST_PRECISION
    while bits <= LAST_PRECISION:
        with precision(bits):
            entries = definition(arb)
            values = {key: entries(key) for key in pending}
            found |= {key: s for key, v in values.items() if (s := _settle(v, fmt)) is not None}
            open_ = {key: v for key, v in values.items() if key not in found}
            if open_ and bits == SYMBOLIC_FROM:
                found |= _decide(definition, open_, fmt)
        pending = [key for key in open_ if key not in found]
        if not pending:
            return found
        bits *= 2
    raise PrecisionError(
        f"{where}, entry {pending[0]}: {LAST_PRECISION} bits do not decide the rounding; "
        "the value is too close to a tie, or equals one in a way that is not recognised"
    )


def _settle(value: Any, fmt: Format) -> Solved | None:
    if isinstance(value, float):
        return Solved(value, value)
    if isinstance(value, int):
        value = arb(value)
    ends = _ends(value)
    if ends is None or not _accurate(value):
        return None
    low = round_dyadic(*ends[0], fmt)
    return Solved(value, low, ends) if low == round_dyadic(*ends[1], fmt) else None


def _ends(value: Any) -> Ends | None:
    if not value.is_finite():
        return None
    (a, b), (c, d) = value.lower().man_exp(), value.upper().man_exp()
    return (int(a), int(b)), (int(c), int(d))


def _accurate(value: Any) -> bool:
    if value.rel_accuracy_bits() >= RELATIVE_BITS:
        return True
    return bool(value.abs_upper() < NEGLIGIBLE)


def _decide(definition: Definition, values: dict[Key, Any], fmt: Format) -> dict[Key, Solved]:
    """Settle by exact arithmetic what a ball cannot: a zero, a tie, a truth just beside one."""
    found: dict[Key, Solved] = {}
    for cut in CUTS:
        with precision(FIRST_PRECISION), cut_off(cut):
            try:
                entries = definition(Symbol.of)
            except UndecidedError:
                continue
            for key in values.keys() - found.keys():
                try:
                    solved = _compare(entries(key), values[key], fmt)
                except UndecidedError:
                    continue
                if solved is not None:
                    found[key] = solved
    return found


def _compare(exact: Any, value: Any, fmt: Format) -> Solved | None:
    ends = _ends(value)
    if ends is None:
        return None
    if value.contains(0):
        return Solved(arb(0), 0.0) if sign(exact) == 0 else None
    low, high = (round_dyadic(*end, fmt) for end in ends)
    tie = midpoint(low, high, fmt)
    if tie is None or not _accurate(value):
        return None
    side = sign(exact, fmpq(*tie))
    rounded = (high if side > 0 else low) if side else round_rational(*tie, fmt)
    return Solved(value, rounded, ends)


def ceiling(value: Any) -> float:
    """The smallest float64 not below an exact ball."""
    man, exp = value.man_exp()
    return round_dyadic(int(man), int(exp), FLOAT64, "up")


def floor(value: Any) -> float:
    """The largest float64 not above an exact ball."""
    return -ceiling(-value)


def nearest(value: Any) -> float:
    """The float64 closest to the middle of a ball."""
    man, exp = value.mid().man_exp()
    return round_dyadic(int(man), int(exp), FLOAT64)
