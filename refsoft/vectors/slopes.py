"""Judge gradients that a program wrote, against those of the vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array
from refsoft.conformance.assess import Standard
from refsoft.conformance.gradients.truth import size_of
from refsoft.conformance.judge import Judged, judge
from refsoft.conformance.report import Example, Finding, Severity
from refsoft.conformance.snippet import numbers
from refsoft.rounding import Arithmetic, presets
from refsoft.vectors import gradients
from refsoft.vectors.names import tensor
from refsoft.vectors.told import MISSING, Told, shown
from refsoft.vectors.vector import Vector

Rows = NDArray[np.float64]


def judge_slopes(
    told: Told, vectors: Sequence[Vector], found: Mapping[str, Array]
) -> tuple[list[Finding], list[str]]:
    """The findings about gradients, and the roles for which there are results.

    A role that a program gives for one case it gives for every case that has it.
    """
    given = [
        role
        for role in slope_roles(vectors)
        if any(tensor(vector.case.id, role) in found for vector in vectors)
    ]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for role in given:
        for vector in vectors:
            for finding in _judged(told, vector, role, found) if role in vector.results else ():
                groups.setdefault((finding.severity, finding.kind), []).append(finding)
    if ("wrong", "gradient") in groups:
        groups.pop(("inaccurate", "gradient"), None)
    return [_merged(members) for members in groups.values()], given


def slope_roles(vectors: Sequence[Vector]) -> list[str]:
    """The gradients that the vectors have."""
    return [r for r in dict.fromkeys(r for v in vectors for r in v.results) if r != "y"]


def _merged(findings: Sequence[Finding]) -> Finding:
    """The first, with the cases of all."""
    return replace(findings[0], cases=tuple(dict.fromkeys(c for f in findings for c in f.cases)))


def _judged(told: Told, vector: Vector, role: str, found: Mapping[str, Array]) -> Iterator[Finding]:
    name, standard = tensor(vector.case.id, role), told.standard
    right = vector.tensors[role]
    if name not in found:
        yield told.finding("missing", MISSING, [vector.case.id], f"there is no {name}")
        return
    y = found[name]
    for kind, law, is_, wanted in (
        ("gradient-shape", "a gradient has the shape of the vectors'", y.shape, right.shape),
        ("gradient-dtype", "a gradient has the dtype of the scores", y.dtype, right.dtype),
    ):
        if is_ != wanted:
            yield told.finding(kind, law, [vector.case.id], f"{name} is {is_}, not {wanted}")
    if y.shape != right.shape:
        return
    values = y.astype(np.float64)
    own = bound(standard, vector, role, standard.arithmetic)
    loosest = bound(standard, vector, role, presets(standard.dtype)[-1])
    truth = vector.enclosure(role)
    judged = judge(truth, values, own, standard.dtype, loosest, _size(vector, role, truth.head))
    if judged.beyond.any():
        yield _finding(told, vector, role, y, judged)


def _size(vector: Vector, role: str, head: Rows) -> Rows:
    """What errors are told in: dx cancels, its terms do not."""
    if role != "dx":
        return np.abs(head)
    g = vector.tensors["g"]
    return size_of(head, np.broadcast_to(vector.tensors["y.enclosure"][0], g.shape), g)


def bound(standard: Standard, vector: Vector, role: str, arithmetic: Arithmetic) -> Rows:
    """The bound of a gradient: as it is written, or computed where subnormals may be flushed."""
    if not standard.flush:
        return vector.bound(role, arithmetic.name)
    case, g = vector.case, vector.tensors["g"]
    head = np.broadcast_to(vector.tensors["y.enclosure"][0], g.shape)
    wide = gradients.repeated(case, len(g))
    return gradients.bounds(standard.variant, wide, g, head, arithmetic.flushing())[role]


def _finding(told: Told, vector: Vector, role: str, y: Array, judged: Judged) -> Finding:
    case, card = vector.case, told.standard.variant.card
    severity: Severity = "wrong" if judged.wrong.any() else "inaccurate"
    ratio = np.where(judged.beyond, np.nan_to_num(judged.ratio, posinf=np.inf), -1.0)
    at: tuple[Any, ...] = np.unravel_index(int(np.argmax(ratio)), y.shape)
    number, batch = at[0], at[1 : len(case.x.shape)]
    place = (number, *batch)
    lines = [shown(tensor(case.id, "x"), case.x, batch)]
    lines += [shown(tensor(case.id, "g"), vector.tensors["g"], place)]
    for name, value in case.params.items():
        lines.append(
            shown(
                tensor(case.id, f"param.{name}"), np.asarray(value), batch if np.ndim(value) else ()
            )
        )
    right = vector.tensors[role]
    detail = f"{role} of cotangent {int(number)} ({gradients.COTANGENTS[int(number)]}): "
    detail += (
        f"error {judged.ulps[at]:.3g} ULP, {judged.ratio[at]:.3g} times the bound"
        if np.isfinite(judged.ulps[at])
        else "not finite, or finite where it should not be"
    )
    example = Example("\n".join(lines), numbers(y[place]), numbers(right[place]))
    law = card.gradient if role == "dx" else f"the gradient of {role.removeprefix('grad.')}"
    return Finding(
        severity, "gradient", law, told.standard.dtype.name, (case.id,), detail, example,
        rerun=told.rerun(case.id),
    )  # fmt: skip
