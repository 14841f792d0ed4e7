"""Wrong functions, two for every known mistake: written apart from it and from each other.

``arrays`` holds whole-array kernels in the format of the scores, ``scalars`` loops over the
entries of a row in double precision. Neither sees the mistakes that the checker knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Function = Callable[[Any], Any]

OFFSET = ("softmax_one", "softmax_n", "softmax_sink")
PLAIN = ("softmax", "log_softmax", "ssmax", "self_adjust", "self_adjust_normalized")
ALL = (*OFFSET, *PLAIN, "symax")
WORDS = {"softmax_one": "1", "softmax_n": "n", "softmax_sink": "sink's weight", "symax": "eta"}
USUAL = ("normal", "negative", "square")
N, SINK = 4.0, 2.0
PARAM = {"softmax_n": {"n": N}, "softmax_sink": {"sink": SINK}}


@dataclass(frozen=True, slots=True)
class Culprit:
    """A wrong function, what it is judged as, and the name that its mistake must get.

    Attributes
    ----------
    style : str
        Who wrote it: the module.
    only : tuple of str
        The classes that are run.
    """

    style: str
    variant: str
    sentence: str
    function: Function
    only: tuple[str, ...] = USUAL
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Unique, for a test."""
        return f"{self.variant}: {self.sentence} ({self.style})"


def kind_of(sentence: str) -> str:
    """The sentence without its width, limit, axis or variant."""
    if re.fullmatch(r"is \w+", sentence) and sentence != "is applied twice":
        return "is another variant"
    sentence = re.sub(r"(block of|multiple of|scores at) \S+$", r"\1 ...", sentence)
    return re.sub(r"axis \(\S+\)$", "axis (...)", sentence)


def culprits() -> tuple[Culprit, ...]:
    """Every one."""
    from tests.culprits import (
        arrays,
        arrays_more,
        arrays_own,
        scalars,
        scalars_more,
        scalars_own,
    )

    parts = (arrays, arrays_own, arrays_more, scalars, scalars_own, scalars_more)
    return tuple(c for part in parts for c in part.found())
