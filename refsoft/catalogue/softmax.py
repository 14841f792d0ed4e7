"""softmax: exponential weights that sum to 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refsoft import rounding
from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._exponential import key, no_offset, share, shift
from refsoft.catalogue._primitives import (
    cast,
    difference_over,
    exp,
    exp_over,
    is_infinite,
    log,
    log_at,
    rest_over,
    scaled,
)
from refsoft.catalogue._recipe import Recipe

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
        Claim(
            "vjp",
            "The vector-Jacobian product is y*(g - <g,y>)/T.",
            r"J^\top g = y \odot (g - \langle g, y\rangle)/T",
        ),
        Claim(
            "jvp",
            "The Jacobian-vector product is y*(v - <y,v>)/T.",
            r"J v = y \odot (v - \langle y, v\rangle)/T",
        ),
        Claim(
            "gradient_temperature",
            "The gradient over T is -<g*y, x - <y,x>>/T^2.",
            r"\partial_T \langle g, y\rangle = -\langle g \odot y,\ x - \langle y, x\rangle\rangle/T^2",
        ),
        Claim(
            "lse_gradient",
            "The gradient of the log-sum-exp is y/T.",
            r"\nabla_x \log \sum_j e^{x_j/T} = y/T",
        ),
        Claim(
            "hessian",
            "The second derivatives are y_i ((d_ik - y_k)(d_il - y_l) - y_k (d_kl - y_l))/T^2, d the "
            "identity.",
            r"\partial_k\partial_l y_i = y_i\big((\delta_{ik} - y_k)(\delta_{il} - y_l)"
            r" - y_k(\delta_{kl} - y_l)\big)/T^2",
        ),
        shared.JACOBIAN_SUMS,
        Claim(
            "semidefinite",
            "The Jacobian is symmetric and positive semidefinite, and so the log-sum-exp is convex.",
            r"J = J^\top,\ v^\top J v = \sum_i y_i (v_i - \bar v)^2/T \ge 0,"
            r"\ \bar v = \langle y, v\rangle",
        ),
        Claim("row_sum", "The entries of a row sum to 1.", r"\sum_i y_i = 1"),
        shared.RANGE,
        shared.SHIFT_INVARIANT,
        shared.ORDER,
        Claim(
            "homogeneous",
            "Scaling the scores and the temperature together changes nothing.",
            r"a > 0 \Rightarrow y(ax; aT) = y(x; T)",
        ),
        shared.PERMUTATION,
        shared.ONE_UP,
        Claim(
            "one_down",
            "As one of several scores tends to -inf its result tends to 0 and the others to those of "
            "the row without it.",
            r"\lim_{x_i\to-\infty} y_i = 0,\ "
            r"\lim_{x_i\to-\infty} y_k = y_k(x_1, \ldots, \hat{x_i}, \ldots, x_n)",
        ),
        Claim(
            "ray",
            "For tx, t to inf, the results tend to 1/m at the m largest scores and to 0 elsewhere; so "
            "they do as T tends to 0.",
            r"\mu = \#\{i : x_i = \max x\} \Rightarrow "
            r"\lim_{t\to\infty} y_i(tx) = \tfrac1\mu\,[x_i = \max x]",
        ),
        Claim(
            "level",
            "All results tend to 1/n as T tends to inf.",
            r"\lim_{T\to\infty} y_i = \tfrac1n",
        ),
        Claim(
            "flattens",
            "For scores within d of each other every result tends to 0 as the row grows.",
            r"\max x - \min x \le d \Rightarrow y_i \le \frac{1}{1 + (n-1)e^{-d/T}} \to 0",
        ),
        shared.NEVER_QUIET,
        Claim(
            "lipschitz",
            "It is 1/(2T)-Lipschitz in every p-norm.",
            r"\|J\|_p \le \frac{1}{2T}",
        ),
        shared.ONLINE,
    ),
)


def _weight(x: float, m: float, temperature: float) -> float:
    return exp_over(x, m, temperature)


def _rest(x: float, m: float, temperature: float) -> float:
    return rest_over(x, m, temperature)


def _slope(x: float, w: float, m: float, z: float, temperature: float) -> float:
    return scaled(share(x, w, m, z), cast(1.0, temperature) / temperature)


def _weight_gradients(x: float, m: float, temperature: float) -> tuple[float]:
    # x - m in place of x: only differences from the mean matter, and these are small.
    quotient, _ = difference_over(x, m, temperature)
    return (-quotient / temperature,)


def _common_gradients(m: float, temperature: float) -> tuple[float]:
    return (-m / temperature / temperature,)


def _offset_gradients(m: float, z: float, temperature: float) -> tuple[float]:
    return (cast(0.0, m),)


def _scale(x: float, y: float, temperature: float) -> float:
    return x - temperature * log(y)


def _rescale(m: float, onto: float, temperature: float) -> float:
    return exp(difference_over(m, onto, temperature))


def _log_normaliser(m: float, total: float, temperature: float) -> float:
    return m if is_infinite(m) else m / temperature + log_at(total, m / temperature)


RECIPE = Recipe(
    key=key,
    shift=shift,
    weight=_weight,
    offset=no_offset,
    slope=_slope,
    weight_gradients=_weight_gradients,
    offset_gradients=_offset_gradients,
    log_normaliser=_log_normaliser,
    common_gradients=_common_gradients,
    usual=(1.0,),
    scale=_scale,
    rescale=_rescale,
    proportional=True,
    rest=_rest,
)


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.1."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    return arithmetic.finish(y, weights.quotient.absolute(), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any, *, temperature: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    read = float(arithmetic.parameter_error(np.full(1, temperature))[0])
    return rounding.exponential_ulps(length, arithmetic, dtype, rate=read / temperature)


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.3 and 7.2."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    quotient = weights.quotient.kept(dtype)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    pulled = rounding.pull(quotient, g)
    after = pulled.size(g) * quotient.visible
    dx_error = scale.apply(pulled.h, pulled.h_error, arithmetic, after)
    square = rounding.reciprocal(temperature, arithmetic, power=2)
    centre = np.sum(quotient.y * x, axis=1, keepdims=True)
    moment, moment_error = rounding.moment(quotient, g, x - centre, weights.reach)
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
    return rounding.lse_of_temperature(
        weights.quotient.kept(dtype), x, where, weights.reach, temperature
    )
