"""softmax_one: softmax with a 1 in the denominator, so that a row can be quiet."""

from __future__ import annotations

from refsoft.card import Card, Claim, Rulings

CARD = Card(
    name="softmax_one",
    title="softmax_one",
    summary="Softmax with a 1 in the denominator, so that a row can be quiet.",
    formula="y_i = exp(x_i) / (1 + sum_j exp(x_j))",
    latex=r"y_i = \frac{e^{x_i}}{1 + \sum_j e^{x_j}}",
    gradient="dx = y*(g - <g,y>)",
    source="E. Miller, Attention is off by one, 2023.",
    neighbour="softmax",
    lse="log(1 + sum_j exp(x_j))",
    rulings=Rulings(),
    aliases=("softmax1", "quiet_softmax", "ghost_softmax", "off_by_one_softmax"),
    claims=(
        Claim(
            "jacobian", "The Jacobian is diag(y) - y y^T.", r"J = \operatorname{diag} y - y y^\top"
        ),
        Claim(
            "row_sum",
            "The entries sum to S/(1 + S), S = sum_j exp(x_j), which is below 1.",
            r"\sum_i y_i = \frac{S}{1 + S},\ S = \sum_j e^{x_j}",
        ),
        Claim(
            "range", "Every entry lies strictly between 0 and 1, n = 1 included.", r"0 < y_i < 1"
        ),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1) = y(x)",
            holds=False,
        ),
        Claim("order", "A larger score has a larger result.", r"x_i > x_j \Rightarrow y_i > y_j"),
        Claim(
            "quiet",
            "All results tend to 0 when all scores tend to -inf together.",
            r"\lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
        ),
        Claim(
            "virtual_logit",
            "It is softmax over n+1 scores, a virtual 0 among them, without that entry.",
            r"y(x) = \operatorname{softmax}([0; x])_{1:}",
        ),
    ),
)

RECIPE = None
