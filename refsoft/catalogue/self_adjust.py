"""self_adjust: each softmax weight multiplied by its own score."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._exponential import (
    key,
    lse,
    no_gradients,
    no_offset,
    rescale,
    rest,
    share,
    shift,
    weight,
)
from refsoft.catalogue._primitives import Pair, cast, portion
from refsoft.catalogue._recipe import Recipe

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
            "vjp",
            "The vector-Jacobian product is a*(w - <w,a>) + g*a, w = g*x.",
            r"J^\top g = \alpha \odot (w - \langle w, \alpha\rangle) + g \odot \alpha,\ w = g \odot x",
        ),
        Claim(
            "jvp",
            "The Jacobian-vector product is a*(v + x*(v - <a,v>)).",
            r"J v = \alpha \odot \big(v + x \odot (v - \langle \alpha, v\rangle)\big)",
        ),
        Claim(
            "hessian",
            "The second derivatives are d_ik a_il + d_il a_ik + x_i a_ikl, with a's derivatives.",
            r"\partial_k\partial_l y_i = \delta_{ik}\partial_l\alpha_i + \delta_{il}\partial_k\alpha_i"
            r" + x_i\,\partial_k\partial_l\alpha_i",
        ),
        Claim(
            "lse_gradient",
            "The gradient of the log-sum-exp is a, which is y/x where no score is 0.",
            r"\nabla_x \log \sum_j e^{x_j} = \alpha",
        ),
        Claim(
            "jacobian_sums",
            "Row i of the Jacobian sums to a_i, column k to a_k (1 + x_k - <a,x>).",
            r"\sum_k J_{ik} = \alpha_i,\ "
            r"\sum_i J_{ik} = \alpha_k(1 + x_k - \langle \alpha, x\rangle)",
        ),
        Claim(
            "semidefinite",
            "The Jacobian is symmetric and positive semidefinite.",
            r"J = J^\top,\ v^\top J v \ge 0",
            holds=False,
        ),
        Claim(
            "score_times_softmax",
            "It is softmax times the scores.",
            r"y = x \odot \operatorname{softmax}(x)",
        ),
        Claim(
            "row_sum",
            "The entries sum to LSE(x) - H(a), H the entropy.",
            r"\sum_i y_i = \operatorname{LSE}(x) - H(\alpha)",
        ),
        Claim("range", "Every entry lies between 0 and 1.", r"0 \le y_i \le 1", holds=False),
        replace(shared.SHIFT_INVARIANT, holds=False),
        Claim(
            "shift_adds",
            "Adding t to all scores adds t a to the results.",
            r"y(x + t\mathbf 1) = y(x) + t\alpha",
        ),
        shared.PERMUTATION,
        Claim(
            "order",
            "A larger score has a larger result.",
            r"x_i > x_j \Rightarrow y_i > y_j",
            holds=False,
        ),
        Claim(
            "order_above",
            "Above -1 a larger score has a larger result.",
            r"x_i > x_j \ge -1 \Rightarrow y_i > y_j",
        ),
        Claim(
            "self_gradient",
            "For n >= 2 the derivative of a result by its own score exceeds softmax's exactly where "
            "x_i > -a_i/(1 - a_i).",
            r"\partial_i y_i > \alpha_i(1 - \alpha_i) \iff x_i > -\frac{\alpha_i}{1 - \alpha_i}",
        ),
        Claim(
            "lipschitz",
            "For n >= 2 it is Lipschitz.",
            r"\exists L\ \forall x:\ \|J\| \le L",
            holds=False,
        ),
        Claim(
            "quiet_at_zero",
            "All results tend to 0 when all scores tend to 0 together.",
            r"|y_i| \le |x_i|,\ \lim_{t\to0} y(tx) = 0",
        ),
        Claim(
            "one_up",
            "As one score tends to inf its result tends to it, relatively, and every other to 0.",
            r"\lim_{x_i\to\infty} \frac{y_i}{x_i} = 1,\ \lim_{x_i\to\infty} y_k = 0",
        ),
        Claim(
            "one_down",
            "As one of several scores tends to -inf its result tends to 0 and the others to those of "
            "the row without it.",
            r"\lim_{x_i\to-\infty} y_i = 0,\ "
            r"\lim_{x_i\to-\infty} y_k = \frac{x_k e^{x_k}}{\sum_{j \ne i} e^{x_j}}",
        ),
        Claim(
            "ray",
            "For tx, t to inf, the results over t tend to max x/m at the m largest scores and to 0 "
            "elsewhere.",
            r"\mu = \#\{i : x_i = \max x\} \Rightarrow "
            r"\lim_{t\to\infty} \frac{y_i(tx)}{t} = \tfrac{x_i}{\mu}\,[x_i = \max x]",
        ),
        Claim(
            "together",
            "As all scores tend to inf or -inf together so do all results: over the shift they tend "
            "to a.",
            r"\lim_{t\to\pm\infty} \frac{y(x + t\mathbf 1)}{t} = \alpha",
        ),
        Claim(
            "flattens",
            "For scores of size at most B every result tends to 0 as the row grows.",
            r"|x_i| \le B \Rightarrow |y_i| \le \frac{B}{1 + (n-1)e^{-2B}} \to 0",
        ),
        shared.ONLINE,
    ),
)


def _result(x: float, w: float, m: float, z: Pair) -> float:
    return portion(w, z, x)


def _rise(x: float, m: float) -> float:
    return x + cast(1.0, x)


RECIPE = Recipe(
    key=key,
    shift=shift,
    weight=weight,
    offset=no_offset,
    slope=share,
    weight_gradients=no_gradients,
    offset_gradients=no_gradients,
    log_normaliser=lse,
    result=_result,
    rise=_rise,
    rescale=rescale,
    rest=rest,
)


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.7."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    size = np.abs(rounding.seen(x, where))
    # One rounding more, and the quantum of an underflown weight times |x|.
    error = size * weights.quotient.grown(1 + (arithmetic.reading(dtype) > 0))
    error = error + (size * np.exp(arithmetic.u) + 1) * weights.quotient.quantum
    return arithmetic.finish(y, error * weights.quotient.visible, dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    # Of the quotient, unless that is a pair; the product with the score is the last.
    roundings = arithmetic.division if arithmetic.held else 0.0
    return rounding.exponential_ulps(length, arithmetic, dtype, roundings=roundings)


@np.errstate(all="ignore")
def vjp_bound(x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.4."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    quotient = weights.quotient.kept(dtype)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    w, y = g * x, quotient.y
    quantum = arithmetic.quantum
    quanta = rounding.lost(quantum, 2, quotient.most, g, x), quantum
    error = rounding.modulated(quotient, w, g, 1, 0.0, quanta)
    dx = y * (w - np.sum(w * y, axis=1, keepdims=True) + g)
    return rounding.finish_gradient(arithmetic, dx, error, dtype, where), {}


@np.errstate(all="ignore")
def jvp_bound(x: Any, v: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest tangent may be from the truth; docs/bounds.md, section 6.9."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    quotient = weights.quotient.kept(dtype)
    v, x = rounding.seen(v, where), rounding.seen(x, where)
    mean, mean_error = rounding.mean_tangent(quotient, v)
    reach, most, quantum, k = np.abs(mean) + mean_error, quotient.most, arithmetic.quantum, 4
    inner = x * (v - mean) + v
    size = np.abs(x) * (np.abs(v) + reach) + np.abs(v)
    grown = np.expm1(k * arithmetic.u + 2 * quotient.reading)
    inner_error = grown * size + np.abs(x) * mean_error
    underflow = rounding.lost(quantum, 2, most, x, v) + rounding.lost(quantum, 2, most, x, reach)
    underflow = underflow + rounding.lost(quantum, 2, most, v)
    error = rounding.pushed(quotient, inner, inner_error, underflow, k)
    return rounding.finish_gradient(arithmetic, quotient.y * inner, error, dtype, where)


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    return weights.quotient.kept(dtype).absolute(), {}
