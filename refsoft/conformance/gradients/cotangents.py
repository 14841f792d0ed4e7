"""The cotangents, as data: what each draws, and which mistake it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stage:
    """What a cotangent may draw upon.

    Attributes
    ----------
    rng : Generator
    y : ndarray (..., n)
        The exact result.
    limits : finfo
        Of the format of the result.
    flush : bool
        Whether what is below the normal range may become 0.
    """

    rng: np.random.Generator
    y: Floats
    limits: Any
    flush: bool = False

    def normal(self) -> Floats:
        """Normal numbers."""
        return self.rng.standard_normal(self.y.shape)

    def only(self, column: int) -> Floats:
        """1 in one column, 0 elsewhere."""
        n = self.y.shape[-1]
        return np.broadcast_to(np.arange(n) == column % max(n, 1), self.y.shape).astype(float)

    def rows(self, values: list[float]) -> Floats:
        """A column with one of the values per row, in turn."""
        batch = self.y.shape[:-1]
        count = int(np.prod(batch, dtype=np.int64))
        return np.resize(np.asarray(values), count).reshape(*batch, 1)


@dataclass(frozen=True, slots=True)
class Cotangent:
    """A class of cotangents.

    Attributes
    ----------
    id, reason : str
    draw : (Stage) -> float64 array of the shape of the result
    """

    id: str
    reason: str
    draw: Callable[[Stage], Floats]


def _alternating(s: Stage) -> Floats:
    signs = np.where(np.arange(s.y.shape[-1]) % 2 == 0, 1.0, -1.0)
    return np.broadcast_to(signs, s.y.shape).copy()


def _cancelling(s: Stage) -> Floats:
    """Normal numbers less their mean under y, which is <g, y> over the sum of y."""
    g = s.normal()
    y = np.where(np.isfinite(s.y), s.y, 0.0)
    mass = np.sum(y, axis=-1, keepdims=True)
    mean = np.sum(g * y, axis=-1, keepdims=True) / np.where(mass != 0, mass, 1.0)
    return np.asarray(g - mean)


def _huge(s: Stage) -> Floats:
    # Far enough from the largest number for a sum over a short row.
    return s.normal() * min(1e30, float(s.limits.max) * 2.0**-8)


def _tiny(s: Stage) -> Floats:
    # A form that does not scale its weights multiplies what underflows by them afterwards.
    return s.normal() * min(float(s.limits.tiny) * (2.0**40 if s.flush else 2.0**10), 1.0)


def _basis(s: Stage) -> Floats:
    """Row i of the batch has a 1 in column i."""
    n = s.y.shape[-1]
    return np.broadcast_to(np.eye(n), s.y.shape).copy()


COTANGENTS: tuple[Cotangent, ...] = (
    Cotangent("normal", "ordinary numbers", Stage.normal),
    Cotangent("first", "one-hot at the first entry", lambda s: s.only(0)),
    Cotangent("middle", "one-hot in the middle", lambda s: s.only(s.y.shape[-1] // 2)),
    Cotangent("last", "one-hot at the last entry", lambda s: s.only(-1)),
    Cotangent("ones", "the gradient of the row's sum", lambda s: np.ones(s.y.shape)),
    Cotangent("alternating", "signs that alternate", _alternating),
    Cotangent("cancelling", "<g,y> is 0 but for rounding", _cancelling),
    Cotangent("huge", "as large as products allow, 1e30 at most", _huge),
    Cotangent("small", "a product with any score is finite", lambda s: s.normal() / 16),
    Cotangent("tiny", "near the smallest normal number", _tiny),
    Cotangent("zero", "no cotangent at all", lambda s: np.zeros(s.y.shape)),
    Cotangent(
        "scales", "rows of different scale in one batch",
        lambda s: s.normal() * s.rows([1.0, 100.0, 0.01]),
    ),
    Cotangent("basis", "all of the Jacobian, row by row", _basis),
)  # fmt: skip
BY_ID = {cotangent.id: cotangent for cotangent in COTANGENTS}
