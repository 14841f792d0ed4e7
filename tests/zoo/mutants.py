"""The zoo: small wrong implementations, each of a distinct kind, from how people err."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import refsoft as rs

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong function and what is expected of the check.

    Attributes
    ----------
    id : str
        Unique; begins with the variant it claims to be.
    variant : str
    function : callable
    case : str
        The id of a case that convicts it: class and length.
    severity : str
        Of the gravest finding.
    error : str
        What is wrong with it.
    diagnosis : str
        What the report names, empty if the mistake has no name.
    dtype : str
    options : dict
        Further options of the check.
    """

    id: str
    variant: str
    function: Function
    case: str
    severity: str
    error: str
    diagnosis: str = ""
    dtype: str = "float32"
    options: Mapping[str, Any] = field(default_factory=dict)


def right(name: str) -> Function:
    """A correct function, rounded once: what a mutant departs from."""
    return rs.variants[name].using("golden")  # type: ignore[no-any-return]


def top(x: Any) -> Any:
    """The largest score of a row, kept as a column."""
    return np.max(x, axis=-1, keepdims=True, initial=-np.inf)


def total(w: Any) -> Any:
    """The sum of a row, kept as a column, in the format of w."""
    return np.sum(w, axis=-1, keepdims=True, dtype=w.dtype)


def normalised(x: Any, offset: Any = 0.0, shift: Any = None) -> Any:
    """The plain form: shifted by the maximum unless told otherwise, an offset added to the sum."""
    w = np.exp(x - (top(x) if shift is None else shift))
    return (w / (np.asarray(offset).astype(x.dtype) + total(w))).astype(x.dtype)


def zoo() -> tuple[Mutant, ...]:
    """Every mutant."""
    from tests.zoo import (
        mutants_arithmetic,
        mutants_axes,
        mutants_formats,
        mutants_infinite,
        mutants_layouts,
        mutants_mask_forms,
        mutants_masks,
        mutants_offset,
        mutants_paths,
        mutants_scale,
        mutants_shape,
        mutants_sum,
    )

    parts = (
        mutants_offset,
        mutants_scale,
        mutants_sum,
        mutants_arithmetic,
        mutants_formats,
        mutants_infinite,
        mutants_shape,
        mutants_layouts,
        mutants_axes,
        mutants_masks,
        mutants_mask_forms,
        mutants_paths,
    )
    return tuple(mutant for part in parts for mutant in part.MUTANTS)
