"""The kill matrix of gradients: which class of pulled-back cases convicts which wrong backward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import refsoft as rs
from refsoft.conformance import layouts, masks
from refsoft.conformance.families import FAMILIES
from refsoft.conformance.gradients.cases import ALL, PAIRS, PREFIX
from tests.zoo.backward import Backward
from tests.zoo.matrix import Kill, told
from tests.zoo.mutants import right

CLASSES = tuple(
    replace(family, id=PREFIX + family.id)
    for family in (
        *(family for family in FAMILIES if family.id in PAIRS),
        *layouts.LAYOUTS.values(),
        *(masking.family for masking in masks.MASKS),
    )
)


def kill(mutant: Backward, only: Sequence[str] = (ALL,)) -> Kill:
    """Check a wrong backward on every class of gradients, or on some, of the quick set."""
    report = rs.check(
        right(mutant.variant),
        mutant.variant,
        vjp=mutant.function,
        passes=mutant.passes,
        dtype=mutant.dtype,
        only=only,
        quick=True,
        **mutant.options,
    )
    return told(mutant, report)
