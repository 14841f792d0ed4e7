"""What a driver needs to know to compute a variant: plain functions of scalars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """An offset-normalised map y_i = f(x_i) / (c + sum_j f(x_j)) at a safe scale.

    Every function takes and returns scalars, uses only `math`-like functions of
    :mod:`refsoft.catalogue._primitives`, and receives the variant's parameters
    in the order of its card after its own arguments. The drivers compile them.

    Attributes
    ----------
    key : (x) -> k
        What a row's scale depends on: the scale is taken from the largest key.
    shift : (top, *params) -> m
        The scale m of the row, from its largest key.
    weight : (x, m, *params) -> w
        f(x) at scale m, so that no weight exceeds 1 by much.
    offset : (m, *params) -> c
        The offset at the same scale.
    slope : (x, y, m, z, *params) -> s
        f'(x) / Z, from the entry's result y and the scaled normaliser z.
    weight_gradient : (x, *params) -> tuple
        The derivative of log f(x) by each parameter, a tuple of their number.
    offset_gradient : (m, z, *params) -> tuple
        The derivative of the unscaled offset by each parameter, over Z.
    log_normaliser : (m, z, *params) -> lse
        log Z from the scaled normaliser, or None if the variant has no lse.
    """

    key: Callable[..., float]
    shift: Callable[..., float]
    weight: Callable[..., float]
    offset: Callable[..., float]
    slope: Callable[..., float]
    weight_gradient: Callable[..., tuple[float, ...]]
    offset_gradient: Callable[..., tuple[float, ...]]
    log_normaliser: Callable[..., float] | None = None
