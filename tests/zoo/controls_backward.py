"""Honest backwards that the checker has to acquit: closed forms, by way of y, by autodiff."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

import refsoft as rs
from refsoft.conformance import Report
from tests.helpers.backwards import backward as closed_form
from tests.zoo.backward import dot, pulled
from tests.zoo.controls_peers import FINITE, SEVEN, jax_composed, jax_own, torch_composed, torch_own
from tests.zoo.mutants import right

MASKED = {"mask_keyword": "mask"}


@dataclass(frozen=True, slots=True)
class BackwardControl:
    """One honest backward.

    Attributes
    ----------
    name, variant, dtype : str
    vjp : callable or None
        None where ``forward`` itself is differentiated.
    arithmetic : str
        The preset of docs/bounds.md that its operations fall under.
    options : dict
        Others of :func:`refsoft.check`.
    forward : callable or None
        What is differentiated.
    needs : tuple of str
        Packages besides what refsoft itself needs.
    """

    name: str
    variant: str
    dtype: str
    vjp: Callable[..., Any] | None
    arithmetic: str
    options: Mapping[str, Any] = field(default_factory=dict)
    forward: Callable[..., Any] | None = None
    needs: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Variant, name and format."""
        return f"{self.variant}-{self.name.replace(' ', '-')}-{self.dtype}"

    def check(self, **overrides: Any) -> Report:
        """Judge its gradients as it declares itself, or with other options."""
        options = {
            "vjp": self.vjp,
            "autodiff": self.forward is not None,
            "passes": [p.name for p in rs.variants[self.variant].card.parameters],
            "dtype": self.dtype,
            "arithmetic": self.arithmetic,
            "only": ("vjp",),
            "quick": True,
            **self.options,
        }
        function = self.forward or right(self.variant)
        return rs.check(function, self.variant, **{**options, **overrides})


def stored(name: str) -> Callable[..., Any]:
    """The closed form in float32, of inputs and results of 16 bits."""

    def b(x: Any, g: Any, **params: Any) -> Any:
        wide = {k: np.asarray(v, np.float32) for k, v in params.items()}
        made = closed_form(name)(x.astype(np.float32), g.astype(np.float32), **wide)
        dx, slopes = made if params else (made, {})
        return dx.astype(x.dtype), {k: v.astype(x.dtype) for k, v in slopes.items()}

    return b


def from_y(name: str) -> Callable[..., Any]:
    """From the result alone, in float32."""

    def b(y: Any, g: Any) -> Any:
        kind = y.dtype
        y, g = (v.astype(np.float32) if kind.itemsize == 2 else v for v in (y, g))
        if name == "log_softmax":
            dx = g - np.exp(y) * np.sum(g, axis=-1, keepdims=True)
        else:
            dx = y * (g - dot(g, y))
        return dx.astype(kind)

    return b


def from_lse(x: Any, lse: Any, g: Any) -> Any:
    """The result again from the log-sum-exp, as attention kernels do."""
    wide = np.float32 if x.dtype.itemsize == 2 else x.dtype
    y = np.exp(x.astype(wide) - lse[..., np.newaxis])
    return (y * (g.astype(wide) - dot(g.astype(wide), y))).astype(x.dtype)


def by_matrix(name: str) -> Callable[..., Any]:
    """The Jacobian as a matrix, in the format of the scores, times g."""
    forward = closed_forward(name)

    def b(x: Any, g: Any) -> Any:
        y = forward(x)
        diagonal = y[..., np.newaxis] * np.eye(x.shape[-1], dtype=x.dtype)
        jacobian = diagonal - y[..., :, np.newaxis] * y[..., np.newaxis, :]
        return np.sum(jacobian * g[..., :, np.newaxis], axis=-2, dtype=x.dtype)

    return b


def closed_forward(name: str) -> Callable[..., Any]:
    """The forward as it is written down."""
    from tests.zoo import controls_forms

    return getattr(controls_forms, name)


def _derived(kind: str, name: str) -> BackwardControl:
    own, composed = {
        "torch": (torch_own, torch_composed), "jax": (jax_own, jax_composed),
    }[kind]  # fmt: skip
    chosen: Callable[..., Any] = partial(composed if name in SEVEN else own, name=name)
    taken: dict[str, Any] = {} if name in SEVEN else {"passes": ()}
    options = {"array": kind, **FINITE.get(name, {}), **taken}
    return BackwardControl(
        f"{kind} autodiff", name, "float32", None, "float32-scale-first", options,
        chosen, (kind,),
    )  # fmt: skip


NARROW = ("softmax", "softmax_one", "softmax_sink", "ssmax", "self_adjust")
BY_Y = {"vjp_from": "y", "passes": ()}
BY_LSE = {"vjp_from": "x,lse", "passes": ()}
SCALED = "float32-scale-first"

CONTROLS = [
    *(BackwardControl("closed form", name, "float32", closed_form(name), SCALED, MASKED)
      for name in rs.variants),
    *(BackwardControl("closed form", name, "float64", closed_form(name), "float64", MASKED)
      for name in ("log_softmax", "softmax_sink", "symax", "self_adjust_normalized")),
    *(BackwardControl("golden cast", name, dtype, pulled(name), preset, MASKED)
      for name in rs.variants
      for dtype, preset in (("float32", "float32-tree"), ("bfloat16", "bfloat16-storage"))),
    *(BackwardControl("float32 inside", name, dtype, stored(name), f"{dtype}-storage")
      for name in NARROW for dtype in ("float16", "bfloat16")),
    *(BackwardControl("from y", name, "float32", from_y(name), SCALED, BY_Y)
      for name in ("softmax", "log_softmax", "softmax_one", "softmax_n", "softmax_sink")),
    *(BackwardControl("from y", name, "bfloat16", from_y(name), "bfloat16-storage", BY_Y)
      for name in ("softmax", "softmax_one")),
    *(BackwardControl("from the log-sum-exp", name, "float32", from_lse, SCALED, BY_LSE)
      for name in ("softmax", "softmax_one", "softmax_sink")),
    *(BackwardControl("from the log-sum-exp", name, "float16", from_lse, "float16-storage", BY_LSE)
      for name in ("softmax", "softmax_one")),
    *(BackwardControl("Jacobian as a matrix", name, "float32", by_matrix(name), SCALED,
                      {"passes": ()})
      for name in ("softmax", "softmax_one")),
]  # fmt: skip
PEERS = [_derived(kind, name) for kind in ("torch", "jax") for name in rs.variants]
