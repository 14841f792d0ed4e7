"""Wrong backwards: small functions that pull a cotangent back wrongly, from how people err."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right


@dataclass(frozen=True, slots=True)
class Backward(Mutant):
    """A wrong backward, ``function``, of a right forward.

    Attributes
    ----------
    passes : tuple of str
        Parameters that it takes and whose gradients it returns.
    """

    passes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What a formula of a gradient is made of, in float64; parameters are columns.

    Attributes
    ----------
    dx : ndarray
        The right one.
    slopes : dict
        The right gradients of the parameters, row by row, as columns.
    """

    x: Any
    g: Any
    y: Any
    p: dict[str, Any]
    dx: Any
    slopes: dict[str, Any]

    @property
    def n(self) -> int:
        """The length of a row."""
        return int(self.x.shape[-1])


def dot(a: Any, b: Any) -> Any:
    """The sum of products along a row, kept as a column."""
    return np.sum(a * b, axis=-1, keepdims=True)


def pulled(name: str) -> Callable[..., Any]:
    """A correct backward, rounded once: what a mutant departs from."""
    variant = right(name)

    def function(x: Any, g: Any, mask: Any = None, **params: Any) -> Any:
        wide = {k: np.asarray(v, np.float64) for k, v in params.items()}
        dx, slopes = variant.vjp(x.astype(np.float64), g.astype(np.float64), where=mask, **wide)
        return rounded(dx, slopes if params else {}, x.dtype)

    return function


def rounded(dx: Any, slopes: dict[str, Any], dtype: Any) -> Any:
    """What a backward returns: dx, and a dictionary where it has parameters."""
    with np.errstate(all="ignore"):
        dx = np.asarray(dx).astype(dtype)
        return (dx, {k: np.asarray(v).astype(dtype) for k, v in slopes.items()}) if slopes else dx


def formed(name: str, dx: Any = None, /, **slopes: Any) -> Callable[..., Any]:
    """A backward of formulas, each of a :class:`Step`; what is not given is right.

    The formula of a parameter's gradient is row by row; it is summed over rows that share it.
    """
    variant = right(name)

    def function(x: Any, g: Any, **params: Any) -> Any:
        wide = {
            k: np.broadcast_to(np.asarray(v, np.float64), x.shape[:-1]) for k, v in params.items()
        }
        long, far = x.astype(np.float64), g.astype(np.float64)
        pull, by = variant.vjp(long, far, **wide)
        columns = {k: np.asarray(v)[..., np.newaxis] for k, v in wide.items()}
        by = {k: np.asarray(v)[..., np.newaxis] for k, v in by.items()}
        step = Step(long, far, np.asarray(variant(long, **wide)), columns, pull, by)
        with np.errstate(all="ignore"):
            made = pull if dx is None else dx(step)
            rows = {
                k: np.broadcast_to(slopes[k](step) if k in slopes else by[k], by[k].shape)[..., 0]
                for k in params
            }
            summed = {k: v if np.ndim(params[k]) else np.sum(v) for k, v in rows.items()}
        return rounded(made, summed, x.dtype)

    return function


def backwards() -> tuple[Backward, ...]:
    """Every wrong backward."""
    from tests.zoo import (
        backward_factors,
        backward_forms,
        backward_layouts,
        backward_masks,
        backward_modulated,
        backward_parameters,
        backward_paths,
    )

    parts = (
        backward_forms,
        backward_factors,
        backward_modulated,
        backward_parameters,
        backward_paths,
        backward_layouts,
        backward_masks,
    )
    return tuple(mutant for part in parts for mutant in part.MUTANTS)
