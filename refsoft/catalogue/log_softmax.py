"""log_softmax: the logarithm of softmax, without leaving the log domain."""

from __future__ import annotations

import math
from dataclasses import replace

from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue import softmax
from refsoft.catalogue._bounds_log_softmax import bound as bound
from refsoft.catalogue._bounds_log_softmax import jvp_bound as jvp_bound
from refsoft.catalogue._bounds_log_softmax import lse_bound as lse_bound
from refsoft.catalogue._bounds_log_softmax import ulp_bound as ulp_bound
from refsoft.catalogue._bounds_log_softmax import vjp_bound as vjp_bound
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
