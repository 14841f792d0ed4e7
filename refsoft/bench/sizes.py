"""What is timed: the sizes, the scores, the parameters. The same at every run."""

from __future__ import annotations

import re
from dataclasses import dataclass

SEED = 20_240
SCALE = 3.0  # the scores are normal numbers times this, cotangents and tangents normal

OPERATIONS = {
    "forward": "y",
    "forward+lse": "y and the logarithm of its normaliser",
    "dx": "dx alone, from x and g",
    "dx from y": "the same with y given",
    "vjp": "dx and the parameters' gradients, from x and g",
    "vjp from y": "the same with y given",
    "jvp": "the tangent of y, from x and v",
}
# A temperature of 1 is what torch, JAX and SciPy compute.
PARAMETERS: dict[str, dict[str, float]] = {
    "softmax": {"temperature": 1.0},
    "log_softmax": {"temperature": 1.0},
    "softmax_one": {},
    "softmax_n": {"n": 2.5},
    "softmax_sink": {"sink": 1.25},
    "symax": {"eta": 1.0, "p": 1.0},
    "ssmax": {"s": 0.43, "b": 0.0},
    "self_adjust": {},
    "self_adjust_normalized": {},
}
POWER = re.compile(r"(\d+)\^(\d+)")


@dataclass(frozen=True, slots=True)
class Size:
    """An array of ``rows`` rows of n entries; axis 0 if they lie across the memory.

    Examples
    --------
    >>> Size(64, 2**20)
    64x2^20
    >>> Size(1000, 10, axis=0).shape
    (10, 1000)
    """

    rows: int
    n: int
    axis: int = -1

    @property
    def shape(self) -> tuple[int, int]:
        """Of the array."""
        return (self.rows, self.n) if self.axis else (self.n, self.rows)

    @property
    def entries(self) -> int:
        """Of the array."""
        return self.rows * self.n

    def __repr__(self) -> str:
        return f"{_text(self.rows)}x{_text(self.n)}" + ("" if self.axis else "@0")


def parsed(text: str) -> Size:
    """A size from its text, ``ROWSxN``, where 2^20 is a number, and @0 means axis 0.

    Examples
    --------
    >>> parsed("64x2^20"), parsed("1000x1000@0")
    (64x2^20, 1000x1000@0)

    Raises
    ------
    ValueError
        If it is no such text.
    """
    body, at, axis = text.strip().partition("@")
    sides = body.split("x")
    numbers = [_number(side) for side in sides]
    if len(numbers) != 2 or 0 in numbers or (at and axis != "0"):
        raise ValueError(f"{text!r}; accepted: ROWSxN, as in 10x10, 64x2^20, or 1000x1000@0")
    return Size(numbers[0], numbers[1], 0 if at else -1)


def _number(text: str) -> int:
    power = POWER.fullmatch(text)
    if power and int(power[2]) < 64:
        base, exponent = int(power[1]), int(power[2])
        return int(base**exponent)
    return int(text) if text.isascii() and text.isdigit() else 0


def _text(number: int) -> str:
    exponent = number.bit_length() - 1
    return f"2^{exponent}" if number == 2**exponent and exponent > 13 else str(number)


SIZES = tuple(
    parsed(text)
    for text in (
        "10x10",
        "100x100",
        "1000x1000",
        "4096x4096",
        "10000x10000",
        "64x2^20",
        "100000x10",
    )
)
SQUARE = parsed("4096x4096")
ACROSS = parsed("4096x4096@0")
