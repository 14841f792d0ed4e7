"""ssmax: softmax whose scores grow with the logarithm of the row's length."""

from __future__ import annotations

import math

from refsoft.card import Card, Claim, Parameter, Rulings

CARD = Card(
    name="ssmax",
    title="Scalable-Softmax",
    summary="softmax(c x) with c = s log(n) + b, n the number of visible entries.",
    formula="y = softmax((s log(n) + b) x), n = number of visible entries",
    latex=r"y_i = \frac{n^{s x_i} e^{b x_i}}{\sum_j n^{s x_j} e^{b x_j}}",
    gradient="dx = c y*(g - <g,y>), ds = log(n) <g*y, x - <y,x>>, db = <g*y, x - <y,x>>, c = s log(n) + b",
    source="K. M. Nakanishi, Scalable-Softmax is superior for attention, arXiv 2501.19399, 2025.",
    neighbour="softmax",
    parameters=(
        Parameter("s", 1.0, "the scale of log(n); any real number, negative reverses the order"),
        Parameter("b", 0.0, "added to s log(n)"),
    ),
    lse="log(sum_j exp((s log(n) + b) x_j))",
    rulings=Rulings(at_minus_inf=None, all_minus_inf=(math.nan, 0.0), at_plus_inf=None),
    claims=(
        Claim(
            "jacobian",
            "The Jacobian is c (diag(y) - y y^T).",
            r"J = c(\operatorname{diag} y - y y^\top)",
        ),
        Claim("row_sum", "The entries of a row sum to 1.", r"\sum_i y_i = 1"),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1) = y(x)",
        ),
        Claim(
            "order",
            "For c > 0 a larger score has a larger result.",
            r"c > 0,\ x_i > x_j \Rightarrow y_i > y_j",
        ),
        Claim(
            "uniform_at_one",
            "A row of length 1 gives 1, whatever s, for b = 0.",
            r"n = 1 \Rightarrow y = 1",
        ),
        Claim(
            "quiet",
            "All results tend to 0 when all scores tend to -inf together.",
            r"\lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
            holds=False,
        ),
    ),
)

RECIPE = None
