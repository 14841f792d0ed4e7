"""softmax: exponential weights that sum to 1."""

from __future__ import annotations

import math

from refsoft.card import Card, Claim, Parameter, Rulings

CARD = Card(
    name="softmax",
    title="softmax",
    summary="Exponential weights, normalised to sum 1.",
    formula="y_i = exp(x_i/T) / sum_j exp(x_j/T)",
    latex=r"y_i = \frac{e^{x_i/T}}{\sum_j e^{x_j/T}}",
    gradient="dx = y*(g - <g,y>)/T, dT = -<g*y, x - <y,x>>/T^2",
    source="J. S. Bridle, Probabilistic interpretation of feedforward classification network outputs, 1990.",
    neighbour="softmax_one",
    parameters=(Parameter("temperature", 1.0, "divides the scores (same unit as x)", low=0.0),),
    lse="log(sum_j exp(x_j/T))",
    rulings=Rulings(all_minus_inf=(math.nan, 0.0)),
    claims=(
        Claim(
            "jacobian",
            "The Jacobian is (diag(y) - y y^T)/T.",
            r"J = (\operatorname{diag} y - y y^\top)/T",
        ),
        Claim("row_sum", "The entries of a row sum to 1.", r"\sum_i y_i = 1"),
        Claim(
            "range",
            "Every entry lies strictly between 0 and 1 for n >= 2.",
            r"n \ge 2 \Rightarrow 0 < y_i < 1",
        ),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1) = y(x)",
        ),
        Claim("order", "A larger score has a larger result.", r"x_i > x_j \Rightarrow y_i > y_j"),
        Claim(
            "quiet",
            "All results tend to 0 when all scores tend to -inf together.",
            r"\lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
            holds=False,
        ),
    ),
)

RECIPE = None
