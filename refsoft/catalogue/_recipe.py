"""What a driver needs to know to compute a variant: plain functions of scalars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """An offset-normalised map y_i = f(x_i) / (c + sum_j f(x_j)) at a scale of the row.

    Every function takes and returns scalars, calls only functions of
    :mod:`refsoft.catalogue._primitives` and others like itself, and receives
    the variant's parameters, in the order of its card, after its own
    arguments. The drivers compile them; none is decorated.

    A row is computed from m = shift(max_j key(x_j)), w_j = weight(x_j, m),
    total = sum_j w_j, z = offset(m) + total, y_j = w_j / z; a row with z = 0 is
    a true 0/0 and gives zeros. Its derivatives are, with <g, y> = c,

        dx_j     = slope(x_j, w_j, m, z) (g_j - c)
        dtheta_k = sum_j g_j y_j (weight_gradients_jk - L_k)
        L_k      = sum_j y_j weight_gradients_jk + offset_gradients_k

    in which an entry with y_j = 0 counts 0, whatever its weight_gradients.

    Attributes
    ----------
    key : (x, *params) -> k
        What the scale depends on; NaN wherever x is.
    shift : (top, *params) -> m
        The scale of the row from its largest key.
    weight : (x, m, *params) -> w
        f(x) at scale m: no more than 2**64, and of the order of 1 for the
        largest entry unless the offset is larger.
    offset : (m, *params) -> offset
        The offset at the *same* scale.
    slope : (x, w, m, z, *params) -> s
        f'(x) / Z, in which z and w are Z and f(x) at scale m.
    weight_gradients : (x, m, *params) -> tuple
        The derivative of log f(x) by each parameter. Where the offset is 0 a
        term common to the row is immaterial, m may be taken out of x.
    offset_gradients : (m, z, *params) -> tuple
        The derivative of the offset by each parameter, over Z.
    log_normaliser : (m, total, *params) -> lse, optional
        log Z, for a variant whose card has ``lse``.
    usual : tuple, optional
        The parameters for which the weights are worth code of their own.
    """

    key: Callable[..., float]
    shift: Callable[..., float]
    weight: Callable[..., float]
    offset: Callable[..., float]
    slope: Callable[..., float]
    weight_gradients: Callable[..., tuple[float, ...]]
    offset_gradients: Callable[..., tuple[float, ...]]
    log_normaliser: Callable[..., float] | None = None
    usual: tuple[float, ...] = ()
