"""softmax_sink: softmax with a learned extra score, the sink, whose own result is dropped."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._exponential import key, lse_with, rescale, rest, share, weight
from refsoft.catalogue._primitives import cast, maximum
from refsoft.catalogue._recipe import Recipe

CARD = Card(
    name="softmax_sink",
    title="softmax_sink",
    summary="Softmax with a learned extra score, the sink, whose own result is dropped.",
    formula="y_i = exp(x_i) / (exp(sink) + sum_j exp(x_j))",
    latex=r"y_i = \frac{e^{x_i}}{e^{\mathrm{sink}} + \sum_j e^{x_j}}",
    gradient="dx = y*(g - <g,y>), dsink = -(1 - sum(y)) <g,y>",
    source="Attention sinks as a learned logit per head; G. Xiao et al., arXiv 2309.17453, 2023.",
    neighbour="softmax_one",
    parameters=(
        Parameter("sink", 0.0, "the extra score (same unit as x); -inf is softmax", low_open=False),
    ),
    lse="log(exp(sink) + sum_j exp(x_j))",
    rulings=Rulings(),
    claims=(
        shared.JACOBIAN,
        shared.VJP,
        shared.JVP,
        Claim(
            "gradient_sink",
            "The gradient over the sink is -(1 - sum(y)) <g,y>.",
            r"\partial_s \langle g, y\rangle = -\big(1 - \sum_i y_i\big) \langle g, y\rangle",
        ),
        Claim(
            "lse_gradient",
            "The gradient of log(exp(sink) + sum_j exp(x_j)) is y.",
            r"\nabla_x \log\big(e^{\mathrm{sink}} + \sum_j e^{x_j}\big) = y",
        ),
        shared.HESSIAN,
        Claim(
            "jacobian_sums",
            "Row i and column i of the Jacobian sum to y_i exp(sink)/(exp(sink) + S).",
            r"\sum_k J_{ik} = \sum_k J_{ki} = \frac{e^{\mathrm{sink}}\,y_i}{e^{\mathrm{sink}} + S}",
        ),
        shared.SEMIDEFINITE,
        shared.LIPSCHITZ,
        Claim(
            "row_sum",
            "The entries sum to S/(exp(sink) + S), S = sum_j exp(x_j), which is below 1.",
            r"\sum_i y_i = \frac{S}{e^{\mathrm{sink}} + S},\ S = \sum_j e^{x_j}",
        ),
        Claim(
            "range", "Every entry lies strictly between 0 and 1, n = 1 included.", r"0 < y_i < 1"
        ),
        Claim(
            "shift_invariant",
            "Adding a constant to all scores changes nothing.",
            r"y(x + t\mathbf 1; s) = y(x; s)",
            holds=False,
        ),
        Claim(
            "joint_shift",
            "Adding a constant to all scores and to the sink changes nothing.",
            r"y(x + t\mathbf 1; s + t) = y(x; s)",
        ),
        shared.ORDER,
        shared.PERMUTATION,
        shared.BELOW_SOFTMAX,
        Claim(
            "virtual_logit",
            "It is softmax over n+1 scores, the sink among them, without that entry.",
            r"y(x; s) = \operatorname{softmax}([s; x])_{1:}",
        ),
        Claim("falls_with_sink", "Every result falls as the sink grows.", r"\partial_s y_i < 0"),
        Claim(
            "reduces",
            "It tends to softmax as the sink tends to -inf; the sink 0 is softmax_one.",
            r"\lim_{s\to-\infty} y(x; s) = \operatorname{softmax}(x)",
        ),
        Claim(
            "drowned",
            "All results tend to 0 as the sink tends to inf.",
            r"\lim_{s\to\infty} y(x; s) = 0",
        ),
        Claim(
            "quiet",
            "All results tend to 0 when all scores tend to -inf together.",
            r"\lim_{t\to-\infty} y(x + t\mathbf 1; s) = 0",
        ),
        shared.LOUD,
        shared.ONE_UP,
        shared.ONE_DOWN,
        shared.RAY,
        Claim(
            "ray_below",
            "For tx, t to inf, max x <= 0, the results tend to 1/(exp(sink) + m) at the m scores "
            "that are 0 and to 0 elsewhere.",
            r"\max x \le 0,\ \mu = \#\{i : x_i = 0\} \Rightarrow "
            r"\lim_{t\to\infty} y_i(tx) = \tfrac{1}{e^{s} + \mu}\,[x_i = 0]",
        ),
        shared.FLATTENS,
        shared.ONLINE,
    ),
)


def _shift(top: float, sink: float) -> float:
    return maximum(top, cast(sink, top))


def _offset(m: float, sink: float) -> float:
    return weight(sink, m)


def _weight_gradients(x: float, m: float, sink: float) -> tuple[float]:
    return (cast(0.0, x),)


def _offset_gradients(m: float, z: float, sink: float) -> tuple[float]:
    return (_offset(m, sink) / z,)


def _log_normaliser(m: float, total: float, sink: float) -> float:
    return lse_with(sink, _offset(m, sink), m, total)


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
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, sink: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.5."""
    weights = _weights(x, where, arithmetic, dtype, sink)
    return arithmetic.finish(y, weights.quotient.absolute(), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any, *, sink: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    offset = float(arithmetic.parameter_error(np.full(1, rounding.finite_or(sink)))[0])
    return rounding.exponential_ulps(length + 1, arithmetic, dtype, offset=offset)


def _weights(x: Any, where: Any, arithmetic: Any, dtype: Any, sink: Any) -> rounding.Exponential:
    offset = (sink, arithmetic.parameter_error(rounding.finite_or(sink)))
    return rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x), offset)


@np.errstate(all="ignore")
def vjp_bound(x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, sink: Any) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.3 and 7.5."""
    weights = _weights(x, where, arithmetic, dtype, sink)
    quotient = weights.quotient.kept(dtype)
    pulled = rounding.pull(quotient, rounding.seen(g, where))
    slope, slope_error = weights.times_offset(pulled, quotient)
    slope_bound = rounding.finish_gradient(arithmetic, slope, slope_error, dtype)[:, 0]
    return rounding.finish_gradient(arithmetic, pulled.h, pulled.h_error, dtype, where), {
        "sink": slope_bound
    }


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, sink: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8 and 7.9."""
    weights = _weights(x, where, arithmetic, dtype, sink)
    quotient = weights.quotient.kept(dtype)
    slope_error = weights.times_offset(rounding.unit(x), quotient)[1]
    return quotient.absolute(), {"sink": slope_error[:, 0]}
