"""One case as it was read: its truth is given, and nothing of it is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refsoft._dtypes import DTYPES, Array
from refsoft.conformance.cases import Case
from refsoft.conformance.families import Family
from refsoft.conformance.given import Given, Ruling
from refsoft.conformance.scene import Scene
from refsoft.oracle import Enclosure
from refsoft.variant import Variant
from refsoft.vectors.gradients import COTANGENTS
from refsoft.vectors.names import MASK, tensor
from refsoft.vectors.tensors import FORMATS


@dataclass(frozen=True, slots=True)
class Vector:
    """One case, with the tensors that tell its gradients.

    Attributes
    ----------
    case : Case
        Whose truth is given.
    tensors : dict
        All tensors by role.
    arithmetics : tuple of str
        The presets that the bounds are of, in the order of their first axis.
    """

    case: Case
    tensors: Mapping[str, Array]
    arithmetics: tuple[str, ...]

    @property
    def results(self) -> tuple[str, ...]:
        """The roles that a program may give results for; y it must."""
        return tuple(r for r in self.tensors if r in ("y", "dx") or self._is_slope(r))

    @staticmethod
    def _is_slope(role: str) -> bool:
        return role.startswith("grad.") and role.count(".") == 1

    def enclosure(self, role: str) -> Enclosure:
        """Where the truth of a result lies, of the shape of the result."""
        return Enclosure(*self.tensors[f"{role}.enclosure"])

    def bound(self, role: str, arithmetic: str) -> Array:
        """How far a result may be from it."""
        bound: Array = self.tensors[f"{role}.bound"][self.arithmetics.index(arithmetic)]
        return bound


def vector(
    variant: Variant,
    dtype: np.dtype[Any],
    about: Mapping[str, Any],
    stored: Mapping[str, Array],
    arithmetics: tuple[str, ...],
) -> Vector:
    """The case that a record of the manifest is about.

    Raises
    ------
    ValueError
        If a tensor has not the dtype or the shape that its role has.
    KeyError
        If something is missing.
    """
    tensors = {role: stored[tensor(about["id"], role)] for role in about["tensors"]}
    x, where = tensors["x"], tensors.get("mask")
    if x.ndim < 1:
        raise ValueError(f"{about['id']}: x has no axis")
    for role, tensor_ in tensors.items():
        kind, shapes = _expected(role, x.shape, len(arithmetics), dtype)
        if tensor_.dtype != kind or tensor_.shape not in shapes:
            raise ValueError(f"{about['id']}: {role} is {tensor_.dtype} of shape {tensor_.shape}")
    params = {}
    for parameter in variant.card.parameters:
        value = tensors[f"param.{parameter.name}"]
        params[parameter.name] = value if value.ndim else value.item()
    family = Family(
        about["class"], about["reason"], _undrawn, level=about["level"], group=about["group"]
    )
    case = Case(about["id"], family, x, params, where, {} if where is None else {MASK: where})
    rows = case.rows.shape
    head, tail, radius = tensors["y.enclosure"]
    given = Given(
        x=x,
        params=params,
        where=where,
        enclosure=Enclosure(head.reshape(rows), tail.reshape(rows), radius.reshape(rows)),
        bounds={
            name: bound.reshape(rows)
            for name, bound in zip(arithmetics, tensors["y.bound"], strict=True)
        },
        rulings={r["row"]: _ruling(r, rows) for r in about["rulings"]},
        right=tensors["y"],
    )
    return Vector(replace(case, given=given), tensors, arithmetics)


def _expected(
    role: str, x: tuple[int, ...], arithmetics: int, dtype: np.dtype[Any]
) -> tuple[np.dtype[Any], tuple[tuple[int, ...], ...]]:
    """The format of a tensor, and the shapes that it may have."""
    if role == "mask":
        return FORMATS["bool"], (x,)
    if role.startswith("param."):
        return DTYPES["float64"], ((), x[:-1])
    kind, _, part = role.removeprefix("grad.").partition(".")
    if role.startswith("grad."):
        shape = (len(COTANGENTS), *x[:-1])
    else:
        shape = x if kind in ("x", "y") else (len(COTANGENTS), *x)
    if not part:
        return dtype, (shape,)
    return DTYPES["float64"], (({"enclosure": 3, "bound": arithmetics}[part], *shape),)


def _ruling(about: Mapping[str, Any], rows: tuple[int, ...]) -> Ruling:
    accepted = tuple(np.array([float(v) for v in row]) for row in about["accepted"])
    if not 0 <= about["row"] < rows[0] or any(row.shape != rows[1:] for row in accepted):
        raise ValueError(f"a ruling on row {about['row']} does not fit {rows}")
    return Ruling(about["ruling"], about["law"], accepted)


def _undrawn(scene: Scene) -> Any:
    raise NotImplementedError(f"the scores of {scene.shape} are read, not drawn")
