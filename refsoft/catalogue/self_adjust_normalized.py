"""self_adjust_normalized: softmax weights times the scores' place between min and max."""

from __future__ import annotations

import math
from dataclasses import replace

from refsoft.card import Card, Claim, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._bounds_self_adjust_normalized import bound as bound
from refsoft.catalogue._bounds_self_adjust_normalized import jvp_bound as jvp_bound
from refsoft.catalogue._bounds_self_adjust_normalized import lse_bound as lse_bound
from refsoft.catalogue._bounds_self_adjust_normalized import ulp_bound as ulp_bound
from refsoft.catalogue._bounds_self_adjust_normalized import vjp_bound as vjp_bound
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
from refsoft.catalogue._primitives import Pair, cast, maximum, place, portion_of_place
from refsoft.catalogue._recipe import Recipe

CARD = Card(
    name="self_adjust_normalized",
    title="Self-Adjust Softmax, normalised",
    summary="Softmax weights times the place of the score between min(x, 0) and max(x, 0).",
    formula="y_i = (x_i - l)/(h - l) a_i, a = softmax(x), l = min(min x, 0), h = max(max x, 0)",
    latex=r"y_i = \frac{x_i - \min(x, 0)}{\max(x, 0) - \min(x, 0)}\,\frac{e^{x_i}}{\sum_j e^{x_j}}",
    gradient=(
        "dx = a*(w - <w,a>) + g*a/D, w = g*u, u = (x - l)/D, D = h - l; "
        "dx[argmin] -= sum(g a (1 - u))/D if min x < 0; dx[argmax] -= sum(g a u)/D if max x > 0"
    ),
    source="C. Zheng et al., Self-Adjust Softmax, arXiv 2502.18277, 2025.",
    neighbour="self_adjust",
    lse="log(sum_j exp(x_j))",
    rulings=Rulings(all_minus_inf=(math.nan,)),
    claims=(
        Claim(
            "jacobian",
            "The Jacobian of u a, with u moving with the row's extremes.",
            r"J = \operatorname{diag}(u)\,(\operatorname{diag}\alpha - \alpha\alpha^\top)"
            r" + \operatorname{diag}(\alpha)\,\partial u",
        ),
        Claim(
            "vjp",
            "The vector-Jacobian product is a*(w - <w,a>) + g*a/D, w = g*u, less sum(g a (1 - u))/D "
            "at the smallest score if it is negative, and sum(g a u)/D at the largest if positive.",
            r"J^\top g = \alpha \odot (w - \langle w, \alpha\rangle) + \frac{g \odot \alpha}{D}"
            r" - \frac{\langle g, \alpha - y\rangle}{D}[\min x < 0]\,e_m"
            r" - \frac{\langle g, y\rangle}{D}[\max x > 0]\,e_M",
        ),
        Claim(
            "jvp",
            "The Jacobian-vector product is y*(v - <a,v>) + a times what the tangent moves u by.",
            r"J v = y \odot (v - \langle \alpha, v\rangle) + \frac{\alpha}{D} \odot "
            r"\big(v - u\,[\max x > 0]\,v_M - (1 - u)\,[\min x < 0]\,v_m\big)",
        ),
        Claim(
            "hessian",
            "The second derivatives are those of the product u a: u_kl a + u_k a_l + u_l a_k + u a_kl, "
            "u_kl = -(u_k D_l + u_l D_k)/D.",
            r"\partial_k\partial_l y_i = -\frac{\partial_k u_i\,\partial_l D + \partial_l u_i\,"
            r"\partial_k D}{D}\alpha_i + \partial_k u_i\,\partial_l\alpha_i"
            r" + \partial_l u_i\,\partial_k\alpha_i + u_i\,\partial_k\partial_l\alpha_i",
        ),
        Claim(
            "semidefinite",
            "The Jacobian is symmetric and positive semidefinite.",
            r"J = J^\top,\ v^\top J v \ge 0",
            holds=False,
        ),
        Claim(
            "lipschitz",
            "It is Lipschitz.",
            r"\exists L\ \forall x, x':\ \|y(x) - y(x')\| \le L\|x - x'\|",
            holds=False,
        ),
        Claim(
            "max_gradient",
            "Where max x > 0, the largest entry's own derivative is that of softmax.",
            r"\max x > 0 \Rightarrow \partial y_m/\partial x_m = \alpha_m(1 - \alpha_m)",
        ),
        Claim(
            "self_gradient",
            "Between the extremes the derivative of a result by its own score exceeds softmax's "
            "exactly where (h - x_i)(1 - a_i) < 1.",
            r"l < x_i < h \Rightarrow \big(\partial_i y_i > \alpha_i(1 - \alpha_i) \iff "
            r"(h - x_i)(1 - \alpha_i) < 1\big)",
        ),
        Claim("row_sum", "The entries sum to at most 1.", r"\sum_i y_i \le 1"),
        Claim("range", "Every entry lies in [0, 1].", r"0 \le y_i \le 1"),
        Claim("order", "A larger score has a larger result.", r"x_i > x_j \Rightarrow y_i > y_j"),
        shared.PERMUTATION,
        replace(shared.SHIFT_INVARIANT, holds=False),
        Claim(
            "shift_between",
            "Where there are scores of both signs, a shift that keeps both changes nothing.",
            r"\min x < 0 < \max x,\ \min x + t < 0 < \max x + t \Rightarrow "
            r"y(x + t\mathbf 1) = y(x)",
        ),
        Claim(
            "discontinuous_at_zero",
            "No value at the row of zeros makes it continuous there.",
            r"y(t\mathbf 1) = \tfrac1n\ (t > 0),\quad y(t\mathbf 1) = 0\ (t < 0)",
        ),
        Claim(
            "quiet",
            "All results tend to 0 when all scores tend to -inf together.",
            r"\lim_{t\to-\infty} y(x + t\mathbf 1) = 0",
        ),
        shared.LOUD,
        shared.ONE_UP,
        Claim(
            "ray",
            "For tx, t to inf, the results tend to u_i/m at the m largest scores, which is 1/m where "
            "max x > 0, and to 0 elsewhere.",
            r"\mu = \#\{i : x_i = \max x\} \Rightarrow "
            r"\lim_{t\to\infty} y_i(tx) = \tfrac{u_i}{\mu}\,[x_i = \max x]",
        ),
        Claim(
            "flattens",
            "For scores within d of each other every result tends to 0 as the row grows.",
            r"\max x - \min x \le d \Rightarrow y_i \le \frac{1}{1 + (n-1)e^{-d}} \to 0",
        ),
        Claim(
            "one_down",
            "As one of several scores tends to -inf its result becomes 0, and the others tend to "
            "softmax of the row without it.",
            r"y_m = 0,\ \lim_{x_i\to-\infty} y_k = \frac{e^{x_k}}{\sum_{j \ne i} e^{x_j}}",
        ),
        Claim(
            "jacobian_sums",
            "Row i of the Jacobian sums to 0 where there are scores of both signs, to a_i (1 - u_i)/D "
            "where all are positive, to a_i u_i/D where all are negative.",
            r"\sum_k J_{ik} = \frac{\alpha_i}{D}\big(1 - u_i[\max x > 0] - (1 - u_i)[\min x < 0]\big)",
        ),
        Claim(
            "kink",
            "Where scores share the largest place, the slope of a result in one of them falls by "
            "y_i/D there.",
            r"x_k = h \text{ tied} \Rightarrow \partial_k^+ y_i - \partial_k^- y_i = -\frac{y_i}{D}",
        ),
        Claim(
            "online",
            "The statistic is that of softmax with the smallest and the largest score, each of "
            "which merges by itself.",
            r"(l, h, m, \ell) \oplus (l', h', m', \ell') = "
            r"(\min(l, l'), \max(h, h'), M, \ell e^{m-M} + \ell' e^{m'-M})",
        ),
    ),
)


def _prepare(n: int, low: float) -> tuple[float]:
    return (-maximum(-low, cast(0.0, low)),)


def _high(m: float) -> float:
    return maximum(m, cast(0.0, m))


def _result(x: float, w: float, m: float, z: Pair, low: float) -> float:
    return portion_of_place(w, z, x, low, _high(m))


def _rise(x: float, m: float, low: float) -> float:
    u, _, rate = place(x, low, _high(m))
    return u + rate


def _sway(x: float, m: float, low: float) -> tuple[float, float]:
    u, rest, rate = place(x, low, _high(m))
    zero = cast(0.0, x)
    with_low = rest * rate if low < zero else zero
    with_high = u * rate if m > zero else zero
    return -with_low, -with_high


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
    prepare=_prepare,
    sway=_sway,
)
