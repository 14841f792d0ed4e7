"""All classes of a check: scores, masks, axes, layouts, repeated calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from refsoft.card import Card
from refsoft.conformance import axes, cases, layouts, masks, repeats
from refsoft.conformance.cases import Case
from refsoft.conformance.families import FAMILIES

if TYPE_CHECKING:
    from refsoft.conformance.options import Options


def classes(options: Options) -> tuple[str, ...]:
    """The ids of the classes that there are under the options."""
    found = [family.id for family in FAMILIES]
    found += [layouts.LAYOUTS[name].id for name in layouts.KINDS[options.array]]
    found.append(repeats.REPEAT.id)
    if options.mask_keyword is not None:
        found += [masking.family.id for masking in masks.MASKS]
    if options.axis_keyword is not None:
        found += [family.id for family in (*axes.AXES.values(), axes.SQUARE)]
    return tuple(found)


def build(card: Card, dtype: np.dtype[Any], options: Options) -> Iterator[Case]:
    """The cases of all classes."""
    plan = options.plan(card)
    yield from cases.build(card, dtype, plan)
    yield from layouts.build(card, dtype, plan, options.array)
    yield from repeats.build(card, dtype, plan)
    if options.mask_keyword is not None:
        yield from masks.build(card, dtype, plan, options.mask_keyword)
    if options.axis_keyword is not None:
        yield from axes.build(card, dtype, plan, options.axis_keyword)
