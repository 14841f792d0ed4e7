"""softmax_n: softmax with n added to the denominator: n virtual scores of 0."""

from __future__ import annotations

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
