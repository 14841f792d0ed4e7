"""softmax_n: softmax with n added to the denominator: n virtual scores of 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._exponential import key, lse_with, rescale, rest, share, weight
from refsoft.catalogue._primitives import cast, log, maximum, number_at
from refsoft.catalogue._recipe import Recipe

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
        shared.JACOBIAN,
        shared.VJP,
        shared.JVP,
        Claim(
            "gradient_n",
            "The gradient over n is -<g,y>/(n + S).",
            r"\partial_n \langle g, y\rangle = -\langle g, y\rangle/(n + S)",
        ),
        Claim(
            "lse_gradient",
            "The gradient of log(n + sum_j exp(x_j)) is y.",
            r"\nabla_x \log\big(n + \sum_j e^{x_j}\big) = y",
        ),
        shared.HESSIAN,
        Claim(
            "jacobian_sums",
            "Row i and column i of the Jacobian sum to n y_i/(n + S).",
            r"\sum_k J_{ik} = \sum_k J_{ki} = \frac{n\,y_i}{n + S}",
        ),
        shared.SEMIDEFINITE,
        shared.LIPSCHITZ,
        Claim(
            "row_sum",
            "The entries sum to S/(n + S), S = sum_j exp(x_j), which is below 1 for n > 0.",
            r"\sum_i y_i = \frac{S}{n + S},\ S = \sum_j e^{x_j}",
        ),
        Claim(
            "range",
            "For n > 0 every entry lies strictly between 0 and 1.",
            r"n > 0 \Rightarrow 0 < y_i < 1",
        ),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing, for every n.",
            r"y(x + t\mathbf 1) = y(x)",
            holds=False,
        ),
        Claim(
            "shifted_offset",
            "Adding t to all scores and multiplying n by exp(t) changes nothing.",
            r"y(x + t\mathbf 1; n e^t) = y(x; n)",
        ),
        shared.ORDER,
        shared.PERMUTATION,
        shared.BELOW_SOFTMAX,
        Claim(
            "virtual_logit",
            "For n > 0 it is softmax over one score more, log(n), without that entry.",
            r"y(x; n) = \operatorname{softmax}([\log n; x])_{1:}",
        ),
        Claim("falls_with_n", "Every result falls as n grows.", r"\partial_n y_i < 0"),
        Claim(
            "reduces",
            "n = 0 is softmax, to which it tends as n tends to 0; n = 1 is softmax_one.",
            r"y(x; 0) = \lim_{n\to0} y(x; n) = \operatorname{softmax}(x)",
        ),
        Claim(
            "drowned",
            "All results tend to 0 as n tends to inf.",
            r"\lim_{n\to\infty} y(x; n) = 0",
        ),
        Claim(
            "quiet",
            "For n > 0 all results tend to 0 when all scores tend to -inf together.",
            r"n > 0 \Rightarrow \lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
        ),
        shared.LOUD,
        shared.ONE_UP,
        shared.ONE_DOWN,
        shared.RAY,
        Claim(
            "ray_below",
            "For n > 0 and tx, t to inf, max x <= 0, the results tend to 1/(n + m) at the m scores "
            "that are 0 and to 0 elsewhere.",
            r"n > 0,\ \max x \le 0,\ \mu = \#\{i : x_i = 0\} \Rightarrow "
            r"\lim_{t\to\infty} y_i(tx) = \tfrac{1}{n + \mu}\,[x_i = 0]",
        ),
        shared.FLATTENS,
        shared.ONLINE,
    ),
)


def _shift(top: float, n: float) -> float:
    # The virtual scores are 0, n of them: as one score log(n), scaled like the rest.
    return maximum(top, cast(log(n), top))


def _offset(m: float, n: float) -> float:
    return number_at(n, m)


def _offset_gradients(m: float, z: float, n: float) -> tuple[float]:
    return (number_at(cast(1.0, z) / z, m),)


def _weight_gradients(x: float, m: float, n: float) -> tuple[float]:
    return (cast(0.0, x),)


def _log_normaliser(m: float, total: float, n: float) -> float:
    return lse_with(log(n), _offset(m, n), m, total)


RECIPE = Recipe(
    key=key,
    shift=_shift,
    weight=weight,
    offset=_offset,
    slope=share,
    weight_gradients=_weight_gradients,
    offset_alone=True,
    offset_gradients=_offset_gradients,
    log_normaliser=_log_normaliser,
    rescale=rescale,
    proportional=True,
    rest=rest,
)


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, n: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.4."""
    weights = _weights(x, where, arithmetic, dtype, n)
    return arithmetic.finish(y, weights.quotient.absolute(), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any, *, n: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    # n is read and, in the format of the weights, multiplied by exp(-m/2) twice.
    read = float(arithmetic.parameter_reading(np.full(1, n))[0])
    offset = read + (arithmetic.exp[0] + 2 if arithmetic.held else 0.0) * arithmetic.u
    return rounding.exponential_ulps(length + 1, arithmetic, dtype, offset=offset)


def _weights(x: Any, where: Any, arithmetic: Any, dtype: Any, n: Any) -> rounding.Exponential:
    # The weight n, as n exp(-m) or as the virtual score log n: read, multiplied, or its log.
    with np.errstate(divide="ignore"):
        score = np.log(n)
    size = np.abs(rounding.finite_or(score))
    u, logarithm = arithmetic.u, arithmetic.log * arithmetic.u
    read = arithmetic.parameter_reading(n) * np.exp(logarithm)
    per_score = np.expm1(logarithm) + arithmetic.exp[1] * u
    error = np.where(n == 1, 0.0, read + u + per_score * size)
    offset = (score, error)
    return rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x), offset)


@np.errstate(all="ignore")
def vjp_bound(x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, n: Any) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.3 and 7.4."""
    weights = _weights(x, where, arithmetic, dtype, n)
    quotient = weights.quotient.kept(dtype)
    pulled = rounding.pull(quotient, rounding.seen(g, where))
    slope, slope_error = weights.over_total(pulled)
    slope_bound = rounding.finish_gradient(arithmetic, slope, slope_error, dtype)[:, 0]
    return rounding.finish_gradient(arithmetic, pulled.h, pulled.h_error, dtype, where), {
        "n": slope_bound
    }


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, n: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8 and 7.9."""
    weights = _weights(x, where, arithmetic, dtype, n)
    slope_error = weights.over_total(rounding.unit(x))[1]
    return weights.quotient.kept(dtype).absolute(), {"n": slope_error[:, 0]}
