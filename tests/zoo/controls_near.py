"""Honest to the letter of their declaration, with the errors that it allows where they hurt most.

Every function errs by what its preset declares, with the signs that add up: the
largest weights too large, the others too small, or the reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import refsoft as rs
from refsoft import rounding
from refsoft._dtypes import cast
from tests.helpers import honest
from tests.helpers.machine import Machine
from tests.zoo.controls import Control

# Signs of the errors of exp and log by their argument.
LARGE_UP = "large weights up"
LARGE_DOWN = "large weights down"
SIGNS = {
    LARGE_UP: lambda t: np.where(t > -0.5, 1.0, -1.0),
    LARGE_DOWN: lambda t: np.where(t > -0.5, -1.0, 1.0),
}


def adversary(name: str, preset: str, signs: str, style: str) -> Callable[..., Any]:
    """A variant on a machine whose functions err as declared, for finite scores."""

    def function(x: Any, **params: Any) -> Any:
        y = np.asarray(rs.variants[name].using("golden")(x, **params))
        rows = x.reshape(-1, x.shape[-1]) if x.size else x.reshape(0, 1)
        wide = rows.astype(np.float64)
        finite = np.isfinite(wide).all(axis=1)
        where = np.ones(rows.shape, bool)
        columns = {
            key: np.broadcast_to(np.asarray(value, np.float64), x.shape[:-1]).reshape(-1, 1)
            for key, value in params.items()
        }
        machine = Machine(rounding.PRESETS[preset], SIGNS[signs])
        out = y.reshape(rows.shape).copy()
        for group in _groups(columns, finite):
            chosen = {key: value[group] for key, value in columns.items()}
            made = honest.forward(name, machine, wide[group], where[group], chosen, style)
            out[group] = cast(machine.keep(made), x.dtype)
        return out.reshape(x.shape)

    return function


def _groups(columns: dict[str, Any], finite: Any) -> list[Any]:
    """Finite rows by their parameters: the machine takes one set at a time."""
    keys = np.hstack([*columns.values(), np.zeros((len(finite), 1))])
    _, inverse = np.unique(keys, axis=0, return_inverse=True)
    groups = [np.flatnonzero(finite & (inverse.reshape(-1) == i)) for i in set(inverse.reshape(-1))]
    return [group for group in groups if group.size]


def _near(variant: str, preset: str, signs: str, style: str) -> Control:
    name = f"{preset.removeprefix('float32-')} {style} {signs}"
    # Products with the coefficient overflow on this machine for the largest scores.
    options = {"domain": "abs(x)<=1e4"}
    function = adversary(variant, preset, signs, style)
    return Control(name, variant, "float32", function, preset, options, near=True)


CONTROLS = [
    *(_near(name, "float32-tree", LARGE_UP, "shift") for name in rs.variants),
    *(_near(name, "float32-tree", LARGE_DOWN, "shift") for name in ("softmax", "softmax_sink")),
    *(
        _near(name, "float32-fast-exp", LARGE_UP, style)
        for name in ("softmax", "softmax_one")
        for style in ("shift", "base2", "lse")
    ),
    *(_near(name, "float32-fast-exp", LARGE_DOWN, "shift") for name in ("ssmax", "self_adjust")),
]
