"""softmax_one: softmax with a 1 in the denominator, so that a row can be quiet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._exponential import (
    key,
    lse_with,
    no_gradients,
    rescale,
    rest,
    scale,
    share,
    weight,
)
from refsoft.catalogue._primitives import cast, maximum
from refsoft.catalogue._recipe import Recipe

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
        shared.JACOBIAN,
        shared.VJP,
        shared.JVP,
        Claim(
            "lse_gradient",
            "The gradient of log(1 + sum_j exp(x_j)) is y.",
            r"\nabla_x \log\big(1 + \sum_j e^{x_j}\big) = y",
        ),
        shared.HESSIAN,
        Claim(
            "jacobian_sums",
            "Row i and column i of the Jacobian sum to y_i/(1 + S).",
            r"\sum_k J_{ik} = \sum_k J_{ki} = \frac{y_i}{1 + S}",
        ),
        shared.SEMIDEFINITE,
        Claim(
            "lipschitz",
            "It is 1/2-Lipschitz in every p-norm, and no norm of J reaches 1/2.",
            r"\|J\|_p < \tfrac12",
        ),
        Claim(
            "row_sum",
            "The entries sum to S/(1 + S), S = sum_j exp(x_j), which is below 1.",
            r"\sum_i y_i = \frac{S}{1 + S},\ S = \sum_j e^{x_j}",
        ),
        Claim(
            "range", "Every entry lies strictly between 0 and 1, n = 1 included.", r"0 < y_i < 1"
        ),
        replace(shared.SHIFT_INVARIANT, holds=False),
        shared.ORDER,
        shared.PERMUTATION,
        shared.BELOW_SOFTMAX,
        Claim(
            "virtual_logit",
            "It is softmax over n+1 scores, a virtual 0 among them, without that entry.",
            r"y(x) = \operatorname{softmax}([0; x])_{1:}",
        ),
        Claim(
            "logistic_at_one",
            "A row of one score gives its logistic.",
            r"n = 1 \Rightarrow y = \frac{1}{1 + e^{-x}}",
        ),
        shared.QUIET,
        shared.LOUD,
        shared.ONE_UP,
        shared.ONE_DOWN,
        shared.RAY,
        Claim(
            "ray_below",
            "For tx, t to inf, max x <= 0, the results tend to 1/(1 + m) at the m scores that are 0 "
            "and to 0 elsewhere.",
            r"\max x \le 0,\ \mu = \#\{i : x_i = 0\} \Rightarrow "
            r"\lim_{t\to\infty} y_i(tx) = \tfrac{1}{1 + \mu}\,[x_i = 0]",
        ),
        shared.FLATTENS,
        shared.ONLINE,
    ),
)


def _shift(top: float) -> float:
    # The virtual score is 0: nothing overflows below it, and it is scaled like the rest.
    return maximum(top, cast(0.0, top))


def _offset(m: float) -> float:
    return weight(cast(0.0, m), m)


def _log_normaliser(m: float, total: float) -> float:
    return lse_with(cast(0.0, m), _offset(m), m, total)


RECIPE = Recipe(
    key=key,
    shift=_shift,
    weight=weight,
    offset=_offset,
    slope=share,
    weight_gradients=no_gradients,
    offset_gradients=no_gradients,
    log_normaliser=_log_normaliser,
    scale=scale,
    rescale=rescale,
    proportional=True,
    rest=rest,
)


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.3."""
    weights = _weights(x, where, arithmetic, dtype)
    return arithmetic.finish(y, weights.quotient.absolute(), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    return rounding.exponential_ulps(length + 1, arithmetic, dtype)


def _weights(x: Any, where: Any, arithmetic: Any, dtype: Any) -> rounding.Exponential:
    virtual = np.zeros((len(x), 1))
    offset = (virtual, virtual)
    return rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x), offset)


@np.errstate(all="ignore")
def vjp_bound(x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.3."""
    quotient = _weights(x, where, arithmetic, dtype).quotient.kept(dtype)
    pulled = rounding.pull(quotient, rounding.seen(g, where))
    return rounding.finish_gradient(arithmetic, pulled.h, pulled.h_error, dtype, where), {}


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8."""
    return _weights(x, where, arithmetic, dtype).quotient.kept(dtype).absolute(), {}
