"""One case as a record of the manifest and its tensors, from the oracle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft._dtypes import Array
from refsoft.conformance.cases import Case
from refsoft.conformance.judge import judge
from refsoft.conformance.limits import finfo
from refsoft.conformance.special import Ruling, rulings
from refsoft.conformance.truth import Truth, truth
from refsoft.oracle import Enclosure
from refsoft.rounding import default, presets
from refsoft.variant import Variant
from refsoft.vectors import gradients
from refsoft.vectors.names import FLAGS
from refsoft.vectors.tensors import FORMATS

Record = dict[str, Any]


def record(variant: Variant, case: Case) -> tuple[Record, dict[str, Array]]:
    """What the manifest says of a case, and its tensors by role."""
    dtype = case.x.dtype
    true, ruled = truth(variant, case), rulings(variant, case)
    exact = variant.exact(case.x, where=case.where, dtype=dtype, **case.params)
    tensors: dict[str, Array] = {"x": case.x}
    if case.where is not None:
        tensors["mask"] = case.where
    for name, value in case.params.items():
        tensors[f"param.{name}"] = np.asarray(value, np.float64)
    enclosure = Enclosure(true.head, true.tail, true.radius)
    tensors["y"] = exact.value
    tensors["y.enclosure"] = gradients.stacked(enclosure, case.x.shape)
    tensors["y.bound"] = np.stack(
        [true.bound(a, dtype).reshape(case.x.shape) for a in presets(dtype)]
    )
    without = gradients.refusal(variant, case)
    if not without:
        tensors |= gradients.recorded(variant, case, true.head.reshape(case.x.shape))
    return (
        {
            "id": case.id,
            "class": case.family.id,
            "reason": case.family.reason,
            "level": case.family.level,
            "group": case.family.group,
            "flags": _flags(case, true, ruled, without),
            "rulings": [_ruling(row, ruling) for row, ruling in ruled.items()],
            "cotangents": [] if without else list(gradients.COTANGENTS),
            "tensors": {
                role: {"dtype": _format(tensor), "shape": list(tensor.shape)}
                for role, tensor in tensors.items()
            },
        },
        tensors,
    )


def _flags(case: Case, true: Truth, ruled: dict[int, Ruling], without: str) -> list[dict[str, str]]:
    limits, n = finfo(case.x.dtype), len(case.rows)
    bound = true.bound(default(case.x.dtype), case.x.dtype)
    strong = judge(true, true.head, bound, case.x.dtype).strong
    plain = np.array([row not in ruled for row in range(n)], bool)
    value = np.abs(true.head[plain])
    raised = {
        "special": bool(ruled),
        "open": any(not ruling.accepted for ruling in ruled.values()),
        "masked": case.where is not None,
        "empty": not case.x.size,
        "subnormal": bool(((value > 0) & (value < float(limits.tiny))).any()),
        "overflow": bool(np.isinf(bound[plain]).any()),
        "no-power": bool(case.x.size) and not ruled and not strong.any(),
        "no-gradient": bool(without),
    }
    return [
        {"flag": flag, "reason": FLAGS[flag] or without} for flag, holds in raised.items() if holds
    ]


def _ruling(row: int, ruling: Ruling) -> Record:
    accepted = [[number(v) for v in accepted] for accepted in ruling.accepted]
    return {"row": row, "ruling": ruling.id, "law": ruling.law, "accepted": accepted}


def number(value: Any) -> float | str:
    """A number as strict JSON has it: infinities and NaN are strings."""
    return float(value) if math.isfinite(value) else str(float(value))


def _format(tensor: Array) -> str:
    return next(name for name, dtype in FORMATS.items() if dtype == tensor.dtype)
