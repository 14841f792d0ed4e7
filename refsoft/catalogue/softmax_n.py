"""softmax_n: softmax with n added to the denominator: n virtual scores of 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Parameter, Rulings

CARD = Card(
    name="softmax_n",
    title="softmax_n",
    summary="Softmax with n added to the denominator: n virtual scores of 0.",
    formula="y_i = exp(x_i) / (n + sum_j exp(x_j))",
    latex=r"y_i = \frac{e^{x_i}}{n + \sum_j e^{x_j}}",
    gradient="dx = y*(g - <g,y>), dn = -<g,y>/(n + S)",
    source="E. Miller, Attention is off by one, 2023, generalised from 1 to n.",
    neighbour="softmax_one",
    parameters=(
        Parameter(
            "n", 1.0, "the offset, a weight; not the length of the row", low=0.0, low_open=False
        ),
    ),
    lse="log(n + sum_j exp(x_j))",
    rulings=Rulings(),
    claims=(
        Claim(
            "jacobian", "The Jacobian is diag(y) - y y^T.", r"J = \operatorname{diag} y - y y^\top"
        ),
        Claim(
            "row_sum",
            "The entries sum to S/(n + S), S = sum_j exp(x_j), which is below 1 for n > 0.",
            r"\sum_i y_i = \frac{S}{n + S},\ S = \sum_j e^{x_j}",
        ),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing, for every n.",
            r"y(x + t\mathbf 1) = y(x)",
            holds=False,
        ),
        Claim("order", "A larger score has a larger result.", r"x_i > x_j \Rightarrow y_i > y_j"),
        Claim(
            "quiet",
            "For n > 0 all results tend to 0 when all scores tend to -inf together.",
            r"n > 0 \Rightarrow \lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
        ),
        Claim("reduces", "n = 0 is softmax.", r"y(x; 0) = \operatorname{softmax}(x)"),
    ),
)

RECIPE = None


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, n: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.4."""
    weights = _weights(x, where, arithmetic, dtype, n)
    return arithmetic.finish(y, weights.quotient.absolute(), dtype, where)


def _weights(x: Any, where: Any, arithmetic: Any, dtype: Any, n: Any) -> rounding.Exponential:
    # The weight n, as n exp(-m) or as the virtual score log n: read, multiplied, or its log.
    with np.errstate(divide="ignore"):
        score = np.log(n)
    size = np.abs(rounding.finite_or(score))
    per_score = arithmetic.log + arithmetic.exp[1]
    read = arithmetic.parameter_error(n) > 0
    error = arithmetic.u * np.where(n == 1, 0.0, read + 1 + per_score * size)
    offset = (score, error)
    return rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x), offset)


@np.errstate(all="ignore")
def vjp_bound(x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, n: Any) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.3 and 7.4."""
    weights = _weights(x, where, arithmetic, dtype, n)
    quotient = weights.quotient.kept(dtype)
    pulled = rounding.pull(quotient, rounding.seen(g, where))
    slope, slope_error = weights.over_total(pulled)
    slope_bound = arithmetic.finish(slope, slope_error, dtype)[:, 0]
    return arithmetic.finish(pulled.h, pulled.h_error, dtype, where), {"n": slope_bound}
