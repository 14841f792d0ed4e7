"""log_softmax: the logarithm of softmax, without leaving the log domain."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue import softmax
from refsoft.catalogue._primitives import Pair, cast, difference_over_less, log_of

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
        Claim(
            "vjp",
            "The vector-Jacobian product is (g - exp(y) sum(g))/T.",
            r"J^\top g = \Big(g - e^y \sum_i g_i\Big)/T",
        ),
        Claim(
            "jvp",
            "The Jacobian-vector product is (v - <exp(y),v>)/T.",
            r"J v = \big(v - \langle e^y, v\rangle\big)/T",
        ),
        Claim(
            "gradient_temperature",
            "The gradient over T is -<g - exp(y) sum(g), x>/T^2.",
            r"\partial_T \langle g, y\rangle = -\Big\langle g - e^y \sum_i g_i,\ x\Big\rangle/T^2",
        ),
        Claim(
            "lse_gradient",
            "The gradient of the log-sum-exp is exp(y)/T.",
            r"\nabla_x \log \sum_j e^{x_j/T} = e^y/T",
        ),
        Claim(
            "hessian",
            "The second derivatives of every entry are -(diag(p) - p p^T)/T^2, p = exp(y).",
            r"\partial_k\partial_l y_i = -p_k(\delta_{kl} - p_l)/T^2,\ p = e^y",
        ),
        Claim(
            "concave",
            "Every entry is a concave function of the scores.",
            r"v^\top (\nabla^2 y_i) v = -\sum_k p_k (v_k - \bar v)^2/T^2 \le 0,"
            r"\ \bar v = \langle p, v\rangle",
        ),
        Claim(
            "jacobian_sums",
            "The rows of the Jacobian sum to 0, column k to (1 - n exp(y_k))/T.",
            r"\sum_k J_{ik} = 0,\ \sum_i J_{ik} = (1 - n e^{y_k})/T",
        ),
        Claim(
            "lipschitz",
            "It is 2/T-Lipschitz in the largest norm, and that norm of J does not reach 2/T.",
            r"\|J\|_\infty < \frac{2}{T}",
        ),
        Claim(
            "semidefinite",
            "The Jacobian is symmetric and positive semidefinite.",
            r"J = J^\top,\ v^\top J v \ge 0",
            holds=False,
        ),
        Claim("exp_row_sum", "The exponentials of a row sum to 1.", r"\sum_i e^{y_i} = 1"),
        Claim(
            "log_of_softmax",
            "The exponentials of a row are softmax.",
            r"e^{y} = \operatorname{softmax}(x/T)",
        ),
        Claim("range", "No entry is positive.", r"y_i \le 0"),
        shared.SHIFT_INVARIANT,
        shared.ORDER,
        Claim(
            "homogeneous",
            "Scaling the scores and the temperature together changes nothing.",
            r"a > 0 \Rightarrow y(ax; aT) = y(x; T)",
        ),
        shared.PERMUTATION,
        Claim(
            "one_up",
            "As one score tends to inf its result tends to 0 and every other to -inf.",
            r"\lim_{x_i\to\infty} y_i = 0,\ \lim_{x_i\to\infty} y_k = -\infty",
        ),
        Claim(
            "one_down",
            "As one of several scores tends to -inf, so does its result; the others tend to those "
            "of the row without it.",
            r"\lim_{x_i\to-\infty} y_i = -\infty,\ "
            r"\lim_{x_i\to-\infty} y_k = y_k(x_1, \ldots, \hat{x_i}, \ldots, x_n)",
        ),
        Claim(
            "ray",
            "For tx, t to inf, the m largest results tend to -log(m) and the others to -inf; so they "
            "do as T tends to 0.",
            r"\mu = \#\{i : x_i = \max x\} \Rightarrow \lim_{t\to\infty} e^{y_i(tx)} = "
            r"\tfrac1\mu\,[x_i = \max x]",
        ),
        Claim(
            "level",
            "All results tend to -log(n) as T tends to inf.",
            r"\lim_{T\to\infty} y_i = -\log n",
        ),
        Claim(
            "flattens",
            "For scores within d of each other every result tends to -inf as the row grows.",
            r"\max x - \min x \le d \Rightarrow y_i \le -\log\big(1 + (n-1)e^{-d/T}\big) \to -\infty",
        ),
        shared.ONLINE,
    ),
)


def _rise(x: float, m: float, temperature: float) -> float:
    return cast(1.0, temperature) / temperature


def _result(x: float, w: float, m: float, z: Pair, temperature: float) -> float:
    return difference_over_less(x, m, temperature, log_of(z))


RECIPE = replace(
    softmax.RECIPE,
    result=_result,
    rise=_rise,
    logarithm=True,
    proportional=False,
    scale=None,
    rest=None,
)


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.2."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    return arithmetic.finish(y, _before_storage(y, weights, arithmetic), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any, *, temperature: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    # Of the sum over the largest weight, which is 1 on a GPU and a float64 exponential elsewhere.
    average = rounding.weight_errors(length, arithmetic)[1]
    average += 0.0 if arithmetic.held else rounding.CLOSE * arithmetic.u
    # Of its logarithm and of the subtraction, which are below the result.
    error = rounding.sum_error(length, arithmetic, average)
    relative = (arithmetic.log + 1) * arithmetic.u
    relative += float(arithmetic.parameter_error(np.full(1, temperature))[0]) / temperature
    return rounding.absolute_ulps(error, relative, arithmetic, dtype)


def _before_storage(y: Any, weights: rounding.Exponential, arithmetic: Any) -> Any:
    size = np.where(np.isinf(y), 0.0, np.abs(y))
    # One rounding, or two where the subtraction is followed by what the distance lost.
    k = (1 + arithmetic.exact_shift) * arithmetic.u
    return weights.log_error * np.exp(k) + size * np.expm1(k) + arithmetic.quantum


def _exponential(y: Any, weights: rounding.Exponential, arithmetic: Any, dtype: Any) -> Any:
    """The quotient exp(y) from the y that was kept, or a softmax computed afresh."""
    kept = _before_storage(y, weights, arithmetic)
    kept = kept + arithmetic.stored(
        np.where(np.isinf(y), 0.0, np.abs(y)) + kept, *arithmetic.keeping
    )
    size = np.where(np.isinf(y), 0.0, np.abs(y)) + kept
    return weights.quotient.kept(dtype).at_least(kept + arithmetic.exp_error(size))


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.5 and 7.3."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    quotient = _exponential(y, weights, arithmetic, dtype)
    if arithmetic.exact_shift:
        # g and y sum(g) are scaled before they are subtracted.
        quotient = quotient.at_least(quotient.error + 2 * arithmetic.u * scale.roundings)
    pulled = rounding.log_pull(quotient, g)
    after = pulled.size(1.0) * quotient.visible
    dx_error = scale.apply(pulled.h, pulled.h_error, arithmetic, after)
    square = rounding.reciprocal(temperature, arithmetic, power=2)
    moment, moment_error = rounding.log_moment(quotient, g, x, weights.reach)
    slope_error = square.apply(moment, moment_error, arithmetic)
    slope = rounding.finish_gradient(arithmetic, moment * square.value, slope_error, dtype)[:, 0]
    return rounding.finish_gradient(arithmetic, pulled.h * scale.value, dx_error, dtype, where), {
        "temperature": slope
    }


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8 and 7.9."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    quotient = _exponential(y, weights, arithmetic, dtype)
    return rounding.lse_of_temperature(quotient, x, where, weights.reach, temperature)
