"""log_softmax: the logarithm of softmax, without leaving the log domain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Parameter, Rulings

CARD = Card(
    name="log_softmax",
    title="log_softmax",
    summary="The logarithm of softmax.",
    formula="y_i = x_i/T - log(sum_j exp(x_j/T))",
    latex=r"y_i = \frac{x_i}{T} - \log \sum_j e^{x_j/T}",
    gradient="dx = (g - exp(y) sum(g))/T, dT = -<g - exp(y) sum(g), x>/T^2",
    source="The logarithm of softmax; the gradient over T by the chain rule.",
    neighbour="softmax",
    parameters=(Parameter("temperature", 1.0, "divides the scores (same unit as x)", low=0.0),),
    lse="log(sum_j exp(x_j/T))",
    rulings=Rulings(
        masked=-math.inf,
        at_minus_inf=-math.inf,
        all_minus_inf=(math.nan, -math.inf),
        at_plus_inf=(0.0, -math.inf),
    ),
    claims=(
        Claim(
            "jacobian", "The Jacobian is (I - 1 exp(y)^T)/T.", r"J = (I - \mathbf 1 (e^{y})^\top)/T"
        ),
        Claim("exp_row_sum", "The exponentials of a row sum to 1.", r"\sum_i e^{y_i} = 1"),
        Claim("range", "No entry is positive.", r"y_i \le 0"),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1) = y(x)",
        ),
        Claim("order", "A larger score has a larger result.", r"x_i > x_j \Rightarrow y_i > y_j"),
    ),
)

RECIPE = None


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.2."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    return arithmetic.finish(y, _before_storage(y, weights, arithmetic), dtype, where)


def _before_storage(y: Any, weights: rounding.Exponential, arithmetic: Any) -> Any:
    size = np.where(np.isinf(y), 0.0, np.abs(y))
    u = arithmetic.u
    return weights.log_error * np.exp(u) + size * np.expm1(u) + arithmetic.quantum


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.5 and 7.3."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    # exp(y) from the y that was kept, or a softmax computed afresh.
    kept = _before_storage(y, weights, arithmetic)
    kept = kept + arithmetic.stored(
        np.where(np.isinf(y), 0.0, np.abs(y)) + kept, *arithmetic.keeping
    )
    size = np.where(np.isinf(y), 0.0, np.abs(y)) + kept
    quotient = weights.quotient.kept(dtype).at_least(kept + arithmetic.exp_error(size))
    pulled = rounding.log_pull(quotient, g)
    dx_error = scale.apply(pulled.h, pulled.h_error, arithmetic)
    square = rounding.reciprocal(temperature, arithmetic, power=2)
    moment, moment_error = rounding.log_moment(quotient, g, x, weights.reach)
    slope_error = square.apply(moment, moment_error, arithmetic)
    slope = arithmetic.finish(moment * square.value, slope_error, dtype)[:, 0]
    return arithmetic.finish(pulled.h * scale.value, dx_error, dtype, where), {"temperature": slope}
