"""symax: powers of magnitudes over an offset plus their sum."""

from __future__ import annotations

import math

from refsoft.card import Card, Claim, Parameter, Rulings

CARD = Card(
    name="symax",
    title="symax",
    summary="Powers of magnitudes over an offset plus their sum; even in every score.",
    formula="y_i = |x_i|^p / (eta + sum_j |x_j|^p)",
    latex=r"y_i = \frac{|x_i|^p}{\eta + \sum_j |x_j|^p}",
    gradient="dx = p |x|^(p-1) sign(x)*(g - <g,y>)/Z, deta = -<g,y>/Z, dp = <g*y - <g,y> y, log|x|>, Z = eta + S",
    source="xnought, symax (code and notes), generalised from p = 1.",
    neighbour="softmax_one",
    parameters=(
        Parameter(
            "eta",
            1.0,
            "the offset (unit of |x|^p); at 0 the zero row stays zero",
            low=0.0,
            low_open=False,
        ),
        Parameter("p", 1.0, "the power", low=0.0),
    ),
    rulings=Rulings(at_minus_inf=1.0, all_minus_inf=(math.nan,)),
    claims=(
        Claim(
            "jacobian",
            "dy_i/dx_k = p|x_k|^(p-1) sign(x_k) (delta_ik - y_i)/Z, where x_k is not 0.",
            r"J_{ik} = \frac{p|x_k|^{p-1}\operatorname{sgn}(x_k)}{Z}(\delta_{ik} - y_i)",
        ),
        Claim(
            "row_sum",
            "The entries sum to S/(eta + S), S = sum_j |x_j|^p, which is below 1 for eta > 0.",
            r"\sum_i y_i = \frac{S}{\eta + S}",
        ),
        Claim("range", "Every entry lies in [0, 1).", r"\eta > 0 \Rightarrow 0 \le y_i < 1"),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1) = y(x)",
            holds=False,
        ),
        Claim(
            "even",
            "The sign of a score does not matter.",
            r"y(\ldots, -x_i, \ldots) = y(\ldots, x_i, \ldots)",
        ),
        Claim(
            "order_of_magnitudes",
            "A score of larger magnitude has a larger result.",
            r"|x_i| > |x_j| \Rightarrow y_i > y_j",
        ),
        Claim(
            "homogeneous",
            "Scaling the scores is scaling the offset.",
            r"y(ax; \eta) = y(x; \eta/|a|^p)",
        ),
        Claim(
            "extreme_is_quiet",
            "All results tend to 0 when all scores are extreme.",
            r"\lim_{x \to -\infty} y = 0",
            holds=False,
        ),
    ),
)

RECIPE = None
