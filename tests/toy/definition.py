"""The toy variant, as a contributor would write it: card, recipe and bounds in one file."""

from __future__ import annotations

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue._primitives import cast, maximum
from refsoft.catalogue._recipe import Recipe

CARD = Card(
    name="cauchy",
    title="cauchy",
    summary="Weights 1/(1 + x^2), so that scores near 0 win.",
    formula="y_i = w_i / (c + sum_j w_j), w_i = 1/(1 + x_i^2)",
    latex=r"y_i = \frac{(1 + x_i^2)^{-1}}{c + \sum_j (1 + x_j^2)^{-1}}",
    gradient="dx = -2 x w^2*(g - <g,y>)/Z, dc = -<g,y>/Z, Z = c + S",
    source="Made up for the tests.",
    neighbour="softmax_one",
    parameters=(Parameter("c", 1.0, "the offset", low=0.0),),
    rulings=Rulings(at_plus_inf=None),
    claims=(
        Claim(
            "jacobian",
            "dy_i/dx_k = w'_k (delta_ik - y_i)/Z.",
            r"J_{ik} = w'_k(\delta_{ik} - y_i)/Z",
        ),
        Claim(
            "shift_invariant", "A common shift changes nothing.", r"y(x + t) = y(x)", holds=False
        ),
    ),
)


def _key(x, c):
    return x


def _shift(top, c):
    top = maximum(top, cast(0.0, top))
    return cast(1.0, top) + (top - top)  # NaN for NaN and +inf; else there is no scale


def _weight(x, m, c):
    one = cast(1.0, x)
    if abs(x) <= one:
        return one / (one + x * x)
    r = one / x  # x * x may overflow where the weight does not underflow
    return r * r / (one + r * r)


def _offset(m, c):
    return c


def _slope(x, w, m, z, c):
    return cast(-2.0, x) * (x * w) * w / z if w > cast(0.0, w) else cast(0.0, w)


def _weight_gradients(x, m, c):
    return (cast(0.0, x),)


def _offset_gradients(m, z, c):
    return (cast(1.0, z) / z,)


RECIPE = Recipe(_key, _shift, _weight, _offset, _slope, _weight_gradients, _offset_gradients)


def bound(x, y, where, arithmetic, dtype, *, c):
    """Each weight 5 roundings, the offset read, n additions, a division: y_i (n + 14) u."""
    relative = np.expm1((x.shape[-1] + 14) * arithmetic.u)
    return arithmetic.finish(y, np.abs(y) * relative + 2 * arithmetic.quantum, dtype, where)


def ulp_bound(length, arithmetic, dtype, *, c):
    """Each weight 5 roundings in its own format, then as any quotient."""
    weight = 5 * max(arithmetic.u, arithmetic.weight_roundoff)
    error = rounding.quotient_error(length + 1, arithmetic, weight, weight)
    return rounding.ulps(error, arithmetic, dtype)


def vjp_bound(x, g, y, where, arithmetic, dtype, *, c):
    """Term by term: |w'| (|g| + <|g|, y>)/Z and <|g|, y>/Z, (3 n + 40) roundings at most."""
    w = np.where(where, 1 / (1 + np.where(where, x, 0) ** 2), 0)
    z, size = c + w.sum(-1, keepdims=True), np.abs(np.where(where, g, 0))
    mean = (size * y).sum(-1, keepdims=True)
    relative = np.expm1((3 * x.shape[-1] + 40) * arithmetic.u)
    slope = 2 * np.sqrt(w) * w * (size + mean) / z
    quanta = (size.sum(-1, keepdims=True) + 1) * 4 * arithmetic.quantum
    dx = arithmetic.finish(slope, relative * slope + quanta, dtype, where)
    return dx, {"c": (relative * mean / z + quanta / z)[:, 0]}
