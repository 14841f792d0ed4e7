"""Gradients of a case: cotangents, the exact products, their enclosures and bounds."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import Array, cast
from refsoft.conformance.cases import Case
from refsoft.conformance.limits import finfo
from refsoft.oracle import Enclosure
from refsoft.rounding import Arithmetic, presets
from refsoft.variant import Variant

LARGEST = 4096  # entries of a case; beyond it the oracle would take long and the file be large
COTANGENTS = ("normal", "constant", "one-hot")
SCALE = 1 / 16  # of all of them: the product with any finite score is finite
Rows = NDArray[np.float64]


def refusal(variant: Variant, case: Case) -> str:
    """Why a case has no gradients; empty if it has."""
    if not case.x.size:
        return "it has no entry"
    if case.x.size > LARGEST:
        return f"it has more than {LARGEST} entries"
    scores = np.where(case.visible, case.rows.astype(np.float64), 0.0)
    if not np.isfinite(scores).all():
        return "its scores are not all finite"
    with np.errstate(over="ignore"):
        apart = np.ptp(scores, axis=1)
    if (apart > float(finfo(case.x.dtype).max)).any():
        return "differences of its scores overflow"
    if _at_kink(variant.card.name, scores, case):
        return "the function has a kink there"
    return ""


def _at_kink(name: str, x: Rows, case: Case) -> bool:
    """Whether a row has more than one subgradient."""
    if name == "symax":
        zero = (x == 0) & case.visible
        below = np.where(case.visible, x == 0, True).all(axis=1, keepdims=True)
        return bool((zero & (case.columns()["p"] <= 1)).any()) or bool(
            (below & (case.columns()["eta"] == 0)).any()
        )
    if name != "self_adjust_normalized":
        return False
    # The largest and the smallest of the scores and 0, and how often each is reached.
    padded = np.concatenate([x, np.zeros((len(x), 1))], axis=1)
    seen = np.concatenate([case.visible, np.ones((len(x), 1), bool)], axis=1)
    ends = (padded.max(axis=1, keepdims=True), padded.min(axis=1, keepdims=True))
    return any(bool((((padded == end) & seen).sum(axis=1) > 1).any()) for end in ends)


def cotangents(case: Case) -> Array:
    """Normal numbers, a constant, one entry in the middle of each row: (3, shape of x)."""
    rng = np.random.default_rng(zlib.crc32(case.id.encode()))
    shape, n = case.x.shape, case.x.shape[-1]
    middle = np.broadcast_to(np.arange(n) == n // 2, shape)
    drawn = np.stack([rng.standard_normal(shape), np.ones(shape), middle.astype(float)])
    return cast(SCALE * drawn, case.x.dtype)


def repeated(case: Case, count: int) -> Case:
    """The case once for every cotangent."""

    def wide(value: Any) -> Any:
        return np.broadcast_to(value, (count, *np.shape(value))).copy() if np.ndim(value) else value

    params = {name: wide(value) for name, value in case.params.items()}
    where = None if case.where is None else wide(case.where)
    return replace(case, x=wide(case.x), params=params, where=where, given=None)


def bounds(
    variant: Variant, case: Case, g: Array, y: Rows, arithmetic: Arithmetic
) -> dict[str, Rows]:
    """The bound of dx, and of the gradient of each parameter, by the name of its tensor.

    Parameters
    ----------
    case : Case
        As :func:`repeated` gives it.
    g : ndarray
        Of the shape of its x.
    y : ndarray
        The exact result, rounded to float64.
    """
    n = case.x.shape[-1]
    with np.errstate(all="ignore"):
        dx, gradients = variant.definition.vjp_bound(
            case.rows.astype(np.float64),
            g.reshape(-1, n).astype(np.float64),
            y.reshape(-1, n),
            case.visible,
            arithmetic,
            case.x.dtype,
            **case.columns(),
        )
    found = {"dx": dx.reshape(case.x.shape)}
    for name, bound in gradients.items():
        found[f"grad.{name}"] = np.reshape(bound, case.x.shape[:-1])
    return {role: np.where(np.isnan(bound), np.inf, bound) for role, bound in found.items()}


def recorded(variant: Variant, case: Case, y: Rows) -> dict[str, Array]:
    """The tensors of the gradients: g, dx, grad.<parameter>, their enclosures and bounds."""
    from refsoft import oracle

    g = cotangents(case)
    wide = repeated(case, len(g))
    shapes = {"dx": wide.x.shape}
    dx, slopes = variant.exact_vjp(wide.x, g, dtype=case.x.dtype, where=wide.where, **wide.params)
    values = {"dx": dx.value} | {f"grad.{name}": exact.value for name, exact in slopes.items()}
    shapes |= {f"grad.{name}": wide.x.shape[:-1] for name in slopes}
    enclosed, sloped = oracle.enclose_vjp(
        variant.oracle_module, wide.rows, g.reshape(wide.rows.shape), wide.visible, wide.columns()
    )
    enclosures = {"dx": enclosed} | {f"grad.{name}": e for name, e in sloped.items()}
    every = np.broadcast_to(y, wide.x.shape)
    limits = [bounds(variant, wide, g, every, a) for a in presets(case.x.dtype)]
    tensors: dict[str, Array] = {"g": g}
    for role, value in values.items():
        tensors[role] = value
        tensors[f"{role}.enclosure"] = stacked(enclosures[role], shapes[role])
        tensors[f"{role}.bound"] = np.stack([limit[role] for limit in limits])
    return tensors


def stacked(enclosure: Enclosure, shape: tuple[int, ...]) -> Rows:
    """Head, tail and radius as one tensor."""
    parts = (enclosure.head, enclosure.tail, enclosure.radius)
    return np.stack([np.reshape(part, shape) for part in parts])
