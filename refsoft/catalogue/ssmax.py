"""ssmax: softmax whose scores grow with the logarithm of the row's length."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft import rounding
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


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, s: Any, b: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.6."""
    scale = _scale(where, arithmetic, s, b)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    return arithmetic.finish(y, weights.quotient.absolute(), dtype, where)


def _scale(where: Any, arithmetic: Any, s: Any, b: Any) -> rounding.Scale:
    # c = s log(n) + b: s and b read, the logarithm, the product, the sum; section 4.1.
    u = arithmetic.u
    log_n = np.log(np.maximum(np.sum(where, axis=1, keepdims=True), 1))
    product, read = s * log_n, arithmetic.parameter_error(s) * log_n
    error = np.abs(product) * np.expm1((arithmetic.log + 1) * u) + read * np.exp(u)
    error = error * np.exp(u) + arithmetic.parameter_error(b) * np.exp(u)
    c = product + b
    error = np.where(product == 0, arithmetic.parameter_error(b), error + np.abs(c) * np.expm1(u))
    exact = (error == 0) & (np.abs(np.frexp(c)[0]) == 0.5) | (c == 0) & (error == 0)
    return rounding.Scale(c, error, np.where(exact, 0.0, 1.0))


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, s: Any, b: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.3 and 7.6."""
    scale = _scale(where, arithmetic, s, b)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    quotient = weights.quotient.kept(dtype)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    pulled = rounding.pull(quotient, g)
    dx_error = scale.apply(pulled.h, pulled.h_error, arithmetic)
    centre = np.sum(quotient.y * x, axis=1, keepdims=True)
    moment, moment_error = rounding.moment(quotient, g, x - centre, weights.reach)
    log_n = np.log(np.maximum(np.sum(where, axis=1, keepdims=True), 1))
    log_scale = rounding.Scale(
        log_n, log_n * np.expm1(arithmetic.log * arithmetic.u), np.ones_like(log_n)
    )
    slope_error = log_scale.apply(moment, moment_error, arithmetic)
    return arithmetic.finish(pulled.h * scale.value, dx_error, dtype, where), {
        "s": arithmetic.finish(moment * log_n, slope_error, dtype)[:, 0],
        "b": arithmetic.finish(moment, moment_error, dtype)[:, 0],
    }
