"""One cell of the product: a variant in a format on a backend, its results and its gradients."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

import refsoft as rs
from refsoft._dtypes import DTYPES
from refsoft.conformance.report import Report

BACKENDS = ("cpu", "plain", "golden")
# What a backend declares. The kernels compute weights of float32 and of 16 bits in float32, and all
# else in float64.
ARITHMETIC = {"cpu": dict.fromkeys(("float32", "float16", "bfloat16"), "float32-accurate")}
Figures = dict[str, Any]


class Cell(NamedTuple):
    """What is checked."""

    variant: str
    dtype: str
    backend: str

    @property
    def arithmetic(self) -> str:
        """The preset that its results are judged by."""
        return ARITHMETIC.get(self.backend, {}).get(self.dtype, "float64")


def cells() -> list[Cell]:
    """The product."""
    return [Cell(v, d, b) for b in BACKENDS for v in rs.variants for d in DTYPES]


def report(cell: Cell, **options: Any) -> Report:
    """The check, with axes, masks, gradients and every parameter swept; the search has a seed."""
    judged = rs.variants[cell.variant].using(cell.backend)
    return rs.check(
        judged,
        rs.variants[cell.variant],
        dtype=cell.dtype,
        passes=tuple(p.name for p in judged.card.parameters),
        axis_keyword="axis",
        mask_keyword="where",
        vjp=judged.vjp,
        arithmetic=cell.arithmetic,
        seed=0,
        **options,
    )


def measure(cell: Cell, quick: bool) -> Figures:
    """The figures of a cell, those of the results and of the gradients apart."""
    started = time.perf_counter()
    found = report(cell, quick=quick)
    run = found.runs[0]
    parts: dict[str, Figures] = {}
    for name in ("forward", "gradients"):
        rows = [c for c in run.classes if c.family.startswith("vjp-") == (name == "gradients")]
        worst = max(c.over_bound for c in rows)
        parts[name] = {
            "cases": sum(c.cases for c in rows),
            "over_bound": float(f"{worst:.3g}") if math.isfinite(worst) else "inf",
        }
    return {
        "verdict": ("conforms", "does not conform", "not judged")[found.exit_code],
        "arithmetic": run.arithmetic,
        "quick": quick,
        **parts,
        "findings": [f"{f.severity}: {f.law}" for f in found.findings if f.convicts],
        "seconds": round(time.perf_counter() - started, 1),
    }
