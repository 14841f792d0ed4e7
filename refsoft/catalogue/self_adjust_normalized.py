"""self_adjust_normalized: softmax weights times the scores' place between min and max."""

from __future__ import annotations

import math

from refsoft.card import Card, Claim, Rulings

CARD = Card(
    name="self_adjust_normalized",
    title="Self-Adjust Softmax, normalised",
    summary="Softmax weights times the place of the score between min(x, 0) and max(x, 0).",
    formula="y_i = (x_i - l)/(h - l) a_i, a = softmax(x), l = min(min x, 0), h = max(max x, 0)",
    latex=r"y_i = \frac{x_i - \min(x, 0)}{\max(x, 0) - \min(x, 0)}\,\frac{e^{x_i}}{\sum_j e^{x_j}}",
    gradient=(
        "dx = a*(w - <w,a>) + g*a/D, w = g*u, u = (x - l)/D, D = h - l; "
        "dx[argmin] -= sum(g a (1 - u))/D if min x < 0; dx[argmax] -= sum(g a u)/D if max x > 0"
    ),
    source="C. Zheng et al., Self-Adjust Softmax, arXiv 2502.18277, 2025.",
    neighbour="self_adjust",
    lse="log(sum_j exp(x_j))",
    rulings=Rulings(all_minus_inf=(math.nan,)),
    claims=(
        Claim(
            "jacobian",
            "The Jacobian of u a, with u moving with the row's extremes.",
            r"J = \operatorname{diag}(u)\,(\operatorname{diag}\alpha - \alpha\alpha^\top) + \operatorname{diag}(\alpha)\,\partial u",
        ),
        Claim("row_sum", "The entries sum to at most 1.", r"\sum_i y_i \le 1"),
        Claim("range", "Every entry lies in [0, 1].", r"0 \le y_i \le 1"),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1) = y(x)",
            holds=False,
        ),
        Claim("order", "A larger score has a larger result.", r"x_i > x_j \Rightarrow y_i > y_j"),
        Claim(
            "max_gradient",
            "Where max x > 0, the largest entry's own derivative is that of softmax.",
            r"\max x > 0 \Rightarrow \partial y_m/\partial x_m = \alpha_m(1 - \alpha_m)",
        ),
    ),
)

RECIPE = None
