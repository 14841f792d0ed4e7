"""log_softmax: the logarithm of softmax, without leaving the log domain."""

from __future__ import annotations

import math

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
