"""How an array may lie in memory: the classes of layouts, and how each is made."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from refsoft._dtypes import cast
from refsoft.card import Card
from refsoft.conformance.cases import Case, Plan
from refsoft.conformance.families import Family

REASONS = {
    "strided": "every second entry of a wider array",
    "negative-stride": "an array read backwards",
    "slice": "the first columns of a wider array",
    "offset": "an array that begins in the middle of another",
    "fortran": "rows that do not lie together",
    "misaligned": "an array at an odd address",
    "read-only": "an array that must not be written to",
}
# What each kind of array can be made into.
KINDS: dict[str, tuple[str, ...]] = {
    "numpy": tuple(REASONS),
    "cupy": ("strided", "negative-stride", "slice", "offset", "fortran"),
    "torch": ("strided", "slice", "offset", "fortran"),
    "jax": (),
}
LAYOUTS: dict[str, Family] = {
    name: Family(
        f"layout-{name}", reason, lambda s: s.normal(2.0), (4,), "usual", "accuracy", "layout"
    )
    for name, reason in REASONS.items()
}


def build(card: Card, dtype: np.dtype[Any], plan: Plan, array: str) -> Iterator[Case]:
    """The same scores in every layout that the kind of array has."""
    n = plan.near(33)
    rng = np.random.default_rng([plan.seed, zlib.crc32(b"layout"), n])
    x = plan.domain.clip(cast(2.0 * rng.standard_normal((4, n)), dtype))
    params = {p.name: plan.scalar(p) for p in card.parameters}
    for layout in KINDS[array]:
        if plan.chooses(LAYOUTS[layout]):
            yield Case(f"layout-{layout}/{n}", LAYOUTS[layout], x, params, layout=layout)


def arranged(x: Any, layout: str, module: Any) -> Any:
    """The array ``x`` of NumPy, CuPy or torch with the same entries in another layout.

    What lies between the entries is NaN: reading it shows.
    """
    if layout == "misaligned":
        return _misaligned(x)
    if layout == "read-only":
        x.flags.writeable = False
        return x
    if layout == "fortran":
        axes = tuple(reversed(range(x.ndim)))
        if hasattr(x, "permute"):
            return x.permute(axes).contiguous().permute(axes)
        return module.asfortranarray(x)
    if layout == "negative-stride":
        return x[..., ::-1].copy()[..., ::-1]
    n = x.shape[-1]
    if layout == "offset":
        wide = _nan((int(np.prod(x.shape)) + 1,), x, module)
        view = wide[1:].reshape(x.shape)
    else:
        wide = _nan((*x.shape[:-1], 2 * n), x, module)
        view = wide[..., ::2] if layout == "strided" else wide[..., :n]
    view[...] = x
    return view


def _nan(shape: tuple[int, ...], like: Any, module: Any) -> Any:
    if hasattr(like, "permute"):
        return module.full(shape, float("nan"), dtype=like.dtype, device=like.device)
    return module.full(shape, float("nan"), dtype=like.dtype)


def _misaligned(x: Any) -> Any:
    raw = np.zeros(x.nbytes + 1, np.uint8)
    view = raw[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


def code(layout: str, array: str) -> str:
    """The line that gives ``x`` its layout in a snippet."""
    module = {"numpy": "np", "torch": "torch", "cupy": "cp"}[array]
    return (
        f"from refsoft.conformance.layouts import arranged\nx = arranged(x, {layout!r}, {module})"
    )
