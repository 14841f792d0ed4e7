"""self_adjust: each softmax weight multiplied by its own score."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Rulings

CARD = Card(
    name="self_adjust",
    title="Self-Adjust Softmax",
    summary="Each softmax weight multiplied by its own score.",
    formula="y_i = x_i a_i, a = softmax(x)",
    latex=r"y_i = x_i \frac{e^{x_i}}{\sum_j e^{x_j}}",
    gradient="dx = a*(w - <w,a>) + g*a, w = g*x",
    source="C. Zheng et al., Self-Adjust Softmax, arXiv 2502.18277, 2025.",
    neighbour="softmax",
    lse="log(sum_j exp(x_j))",
    rulings=Rulings(all_minus_inf=(math.nan, 0.0), at_plus_inf=(math.inf, 0.0)),
    claims=(
        Claim(
            "jacobian",
            "dy_i/dx_k = delta_ik a_i + x_i a_i (delta_ik - a_k).",
            r"J_{ik} = \delta_{ik}\alpha_i + x_i\alpha_i(\delta_{ik} - \alpha_k)",
        ),
        Claim(
            "row_sum",
            "The entries sum to LSE(x) - H(a), H the entropy.",
            r"\sum_i y_i = \operatorname{LSE}(x) - H(\alpha)",
        ),
        Claim("range", "Every entry lies between 0 and 1.", r"0 \le y_i \le 1", holds=False),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1) = y(x)",
            holds=False,
        ),
        Claim(
            "order",
            "A larger score has a larger result.",
            r"x_i > x_j \Rightarrow y_i > y_j",
            holds=False,
        ),
    ),
)

RECIPE = None


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.7."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    size = np.abs(rounding.seen(x, where))
    # One rounding more, and the quantum of an underflown weight times |x|.
    error = size * weights.quotient.grown(1 + (arithmetic.reading(dtype) > 0))
    error = error + (size * np.exp(arithmetic.u) + 1) * weights.quotient.quantum
    return arithmetic.finish(y, error * weights.quotient.visible, dtype, where)


@np.errstate(all="ignore")
def vjp_bound(x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.4."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    quotient = weights.quotient.kept(dtype)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    w, y = g * x, quotient.y
    error = rounding.modulated(quotient, w, g, 1, np.zeros_like(g))
    dx = y * (w - np.sum(w * y, axis=1, keepdims=True) + g)
    return arithmetic.finish(dx, error, dtype, where), {}
