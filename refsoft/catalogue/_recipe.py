"""What a driver needs to know to compute a variant: plain functions of scalars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """A map y_i = result(f(x_i), Z), Z = c + sum_j f(x_j), at a scale of the row.

    Every function takes and returns scalars, calls only functions of
    :mod:`refsoft.catalogue._primitives` and others like itself, and receives
    the variant's parameters, in the order of its card, after its own
    arguments. The drivers compile them; none is decorated.

    A row is computed at the scale of a number m, from m = shift(max_j key(x_j)),
    w_j = weight(x_j, m), total = sum_j w_j, z = offset(m) + total, y_j = result(x_j, w_j, m, z), by
    default w_j / z; a row with z = 0 is a true 0/0 and gives zeros. With
    d_j = -dy_j/dlog Z, which is y_j, or 1 where y_j is a logarithm, and a
    cotangent g or tangents v and dtheta,

        dx_j     = slope_j (rise_j g_j - <g, d>)
        dtheta_k = sum_j g_j d_j (weight_gradients_jk - L_k)
        t_j      = slope_j rise_j v_j - d_j <slope, v>
                   + sum_k d_j (weight_gradients_jk - L_k) dtheta_k
        L_k      = sum_j w_j/z weight_gradients_jk + offset_gradients_k

    With a cotangent h of log Z besides, <g, d> is less by h, and dtheta_k more by
    h common_gradients_k. Here rise_j stands for slope_j rise_j where y is a logarithm, and a
    product with 0 is 0, whatever the other factor.

    Attributes
    ----------
    key : (x, *params) -> k
        What the scale depends on; NaN wherever x is.
    shift : (top, *params) -> m
        The scale of the row from its largest key. A driver may give the key of
        another entry, if the largest weight stays far below overflow, for a
        variant without ``sway`` and ``logarithm``.
    weight : (x, m, *params) -> w
        f(x) at the scale of m: no more than 2**64, and at least of the order of
        1, for the largest entry, unless the offset is larger.
    offset : (m, *params) -> offset
        The offset at the *same* scale.
    slope : (x, w, m, z, *params) -> s
        dlog Z/dx = f'(x) / Z, in which z and w are Z and f(x) at the scale of m.
    weight_gradients : (x, m, *params) -> tuple
        The derivative of log f(x) by each parameter. Where the offset is 0 a
        term common to the row is immaterial, m may be taken out of x.
    offset_alone : bool
        Whether the parameters move the offset alone, so that these are 0.
    common_gradients : (m, *params) -> tuple, optional
        The term that they leave out, which the gradient of log Z has.
    offset_gradients : (m, z, *params) -> tuple
        The derivative of the offset by each parameter, over Z.
    log_normaliser : (m, total, *params) -> lse, optional
        log Z, for a variant whose card has ``lse``.
    usual : tuple, optional
        The parameters for which the weights are worth code of their own.
    result : (x, w, m, (z, rest), *params) -> y, optional
        Where y is not w / z. The normaliser is z + rest, a pair.
    rise : (x, m, *params) -> s, optional
        dy/dx where Z does not move: over the slope, or as it is where y is a
        logarithm. By default 1, as it is of w / z.
    logarithm : bool
        Whether y is a logarithm, so that it falls with log Z one for one. The normaliser in
        ``result`` is then at the scale of exp(m) itself.
    prepare : (n, low, *params) -> tuple, optional
        What every other function receives in place of the parameters, from the
        number of visible entries and the smallest score besides. Keys, scales
        and weights do not depend on the latter.
    proportional : bool
        Whether the slope is y times what the parameters alone give, and y is w / z: dx is
        then found from y and g, without x.
    scale : (x, y, *params) -> m, optional
        The m for which exp(x - m) is y, where results are proportional and the offset has no
        gradients: those of the parameters are found from the results, too.
    rescale : (m, onto, *params) -> factor, optional
        What takes a weight from the scale of m to that of another, where the scale of m
        is exp(m) itself: for rows whose parts are summed apart, each at its own scale.
    rest : (x, m, *params) -> r, optional
        What rounding has taken from a weight, as far as it is known.
    sway : (x, m, *params) -> (float, float), optional
        dy by the smallest and by the largest score of the row over the slope,
        where y depends on them; the first entry that has them is meant.
    """

    key: Callable[..., float]
    shift: Callable[..., float]
    weight: Callable[..., float]
    offset: Callable[..., float]
    slope: Callable[..., float]
    weight_gradients: Callable[..., tuple[float, ...]]
    offset_gradients: Callable[..., tuple[float, ...]]
    offset_alone: bool = False
    log_normaliser: Callable[..., float] | None = None
    common_gradients: Callable[..., tuple[float, ...]] | None = None
    usual: tuple[float, ...] = ()
    result: Callable[..., float] | None = None
    rise: Callable[..., float] | None = None
    logarithm: bool = False
    proportional: bool = False
    prepare: Callable[..., tuple[float, ...]] | None = None
    rest: Callable[..., float] | None = None
    sway: Callable[..., tuple[float, float]] | None = None
    scale: Callable[..., float] | None = None
    rescale: Callable[..., float] | None = None

    @property
    def masked(self) -> float:
        """The result where the mask hides."""
        return float("-inf") if self.logarithm else 0.0
