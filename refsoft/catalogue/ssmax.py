"""ssmax: softmax whose scores grow with the logarithm of the row's length."""

from __future__ import annotations

import math

from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._bounds_ssmax import bound as bound
from refsoft.catalogue._bounds_ssmax import lse_bound as lse_bound
from refsoft.catalogue._bounds_ssmax import ulp_bound as ulp_bound
from refsoft.catalogue._bounds_ssmax import vjp_bound as vjp_bound
from refsoft.catalogue._exponential import no_offset, share, shift
from refsoft.catalogue._primitives import (
    Pair,
    cast,
    difference_times,
    exp,
    exp_at,
    exp_times,
    is_infinite,
    linear,
    log,
    log_at,
    log_pair,
    rest_times,
)
from refsoft.catalogue._recipe import Recipe

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
        Claim(
            "vjp",
            "The vector-Jacobian product is c y*(g - <g,y>).",
            r"J^\top g = c\,y \odot (g - \langle g, y\rangle)",
        ),
        Claim(
            "jvp",
            "The Jacobian-vector product is c y*(v - <y,v>).",
            r"J v = c\,y \odot (v - \langle y, v\rangle)",
        ),
        Claim(
            "gradient_s",
            "The gradient over s is log(n) <g*y, x - <y,x>>.",
            r"\partial_s \langle g, y\rangle = \log n\,\langle g \odot y,\ x - \langle y, x\rangle\rangle",
        ),
        Claim(
            "gradient_b",
            "The gradient over b is <g*y, x - <y,x>>.",
            r"\partial_b \langle g, y\rangle = \langle g \odot y,\ x - \langle y, x\rangle\rangle",
        ),
        Claim(
            "lse_gradient",
            "The gradient of log(sum_j exp(c x_j)) is c y.",
            r"\nabla_x \log \sum_j e^{c x_j} = c\,y",
        ),
        Claim(
            "hessian",
            "The second derivatives are c^2 times those of softmax.",
            r"\partial_k\partial_l y_i = c^2 y_i\big((\delta_{ik} - y_k)(\delta_{il} - y_l)"
            r" - y_k(\delta_{kl} - y_l)\big)",
        ),
        shared.JACOBIAN_SUMS,
        Claim(
            "semidefinite",
            "The Jacobian is symmetric, for c >= 0 positive semidefinite; the log-sum-exp is convex.",
            r"J = J^\top,\ v^\top J v = c\sum_i y_i (v_i - \bar v)^2,\ \bar v = \langle y, v\rangle",
        ),
        Claim("lipschitz", "It is |c|/2-Lipschitz in every p-norm.", r"\|J\|_p \le \frac{|c|}{2}"),
        Claim("row_sum", "The entries of a row sum to 1.", r"\sum_i y_i = 1"),
        shared.RANGE,
        shared.SHIFT_INVARIANT,
        Claim(
            "order",
            "For c > 0 a larger score has a larger result.",
            r"c > 0,\ x_i > x_j \Rightarrow y_i > y_j",
        ),
        Claim(
            "reversed",
            "For c < 0 a larger score has a smaller result.",
            r"c < 0,\ x_i > x_j \Rightarrow y_i < y_j",
        ),
        Claim(
            "homogeneous",
            "Scaling the scores is scaling both parameters.",
            r"y(ax; s, b) = y(x; as, ab)",
        ),
        Claim(
            "mirrored",
            "Negating the scores is negating both parameters; so for c < 0 and tx, t to inf, and as "
            "s or b tends to -inf, n >= 2, the results tend to 1/m at the m smallest scores.",
            r"y(-x; s, b) = y(x; -s, -b)",
        ),
        shared.PERMUTATION,
        Claim(
            "uniform_at_one",
            "A row of length 1 gives 1, whatever s and b.",
            r"n = 1 \Rightarrow y = 1",
        ),
        Claim(
            "reduces",
            "Where s log(n) + b = 1 it is softmax.",
            r"s\log n + b = 1 \Rightarrow y(x; s, b) = \operatorname{softmax}(x)",
        ),
        Claim(
            "one_up",
            "For c > 0, as one score tends to inf its result tends to 1 and every other to 0.",
            r"c > 0 \Rightarrow \lim_{x_i\to\infty} y_i = 1,\ \lim_{x_i\to\infty} y_k = 0",
        ),
        Claim(
            "one_down",
            "For c > 0, as one of several scores tends to -inf its result tends to 0 and the others "
            "to softmax(c x) of the row without it.",
            r"c > 0 \Rightarrow \lim_{x_i\to-\infty} y_i = 0,\ \lim_{x_i\to-\infty} y_k = "
            r"\frac{e^{cx_k}}{\sum_{j \ne i} e^{cx_j}}",
        ),
        Claim(
            "ray",
            "For c > 0 and tx, t to inf, the results tend to 1/m at the m largest scores and to 0 "
            "elsewhere; so they do as s tends to inf, n >= 2.",
            r"c > 0,\ \mu = \#\{i : x_i = \max x\} \Rightarrow "
            r"\lim_{t\to\infty} y_i(tx) = \tfrac1\mu\,[x_i = \max x]",
        ),
        Claim("level", "All results tend to 1/n as c tends to 0.", r"\lim_{c\to0} y_i = \tfrac1n"),
        Claim(
            "top_bounds",
            "For c >= 0, n >= 2 the largest result lies between 1/(1 + (n-1) exp(-c B)) and "
            "1/(1 + (n-1) exp(-c A)), B and A the distances of the largest score from the next "
            "and from the smallest.",
            r"\frac{1}{1 + (n-1)e^{-cB}} \le \max y \le \frac{1}{1 + (n-1)e^{-cA}}",
        ),
        Claim(
            "critical",
            "At b = 0, as n grows, the largest result tends to 1 if s B > 1 and to 0 if s A < 1, "
            "B at most the distance to the next score and A at least that to the smallest; at s "
            "times the distance = 1 it can tend to 1/2.",
            r"sB > 1 \Rightarrow \max y \to 1,\quad sA < 1 \Rightarrow \max y \to 0",
        ),
        shared.NEVER_QUIET,
        shared.ONLINE,
    ),
)


def _prepare(n: int, low: float, s: float, b: float) -> tuple[float, float, float]:
    # c and what it lacks: times a large distance its rounding would show.
    log_n = log_pair(cast(max(n, 1), s))
    c, more = linear(s, log_n, b)
    return c, more, log_n[0]


def _key(x: float, c: float, more: float, log_n: float) -> float:
    return -x if c < cast(0.0, c) else x


def _weight(x: float, m: float, c: float, more: float, log_n: float) -> float:
    if c == cast(0.0, c):
        return exp_at(cast(0.0, m), m - m)  # 1 at every score, if there is a finite one
    return exp_times(_key(x, c, more, log_n), m, _size(c, more))


def _rest(x: float, m: float, c: float, more: float, log_n: float) -> float:
    if c == cast(0.0, c):
        return cast(0.0, x)
    return rest_times(_key(x, c, more, log_n), m, _size(c, more))


def _size(c: float, more: float) -> Pair:
    return abs(c), -more if c < cast(0.0, c) else more


def _slope(x: float, w: float, m: float, z: float, c: float, more: float, log_n: float) -> float:
    return share(x, w, m, z) * c


def _weight_gradients(
    x: float, m: float, c: float, more: float, log_n: float
) -> tuple[float, float]:
    # x less the score of the largest weight: only differences from the mean matter.
    distance = x + m if c < cast(0.0, c) else x - m
    return log_n * distance, distance


def _common_gradients(m: float, c: float, more: float, log_n: float) -> tuple[float, float]:
    taken = _key(m, c, more, log_n)
    return log_n * taken, taken


def _offset_gradients(
    m: float, z: float, c: float, more: float, log_n: float
) -> tuple[float, float]:
    return cast(0.0, m), cast(0.0, m)


def _scale_at(x: float, y: float, c: float, more: float, log_n: float) -> float:
    distance = log(y) / abs(c) if c != cast(0.0, c) else cast(0.0, c)
    return _key(x, c, more, log_n) - distance


def _rescale(m: float, onto: float, c: float, more: float, log_n: float) -> float:
    if c == cast(0.0, c):
        return cast(1.0, c)
    return exp(difference_times(m, onto, _size(c, more)))


def _log_normaliser(m: float, total: float, c: float, more: float, log_n: float) -> float:
    return m if is_infinite(m) else abs(c) * m + log_at(total, abs(c) * m)


RECIPE = Recipe(
    key=_key,
    shift=shift,
    weight=_weight,
    offset=no_offset,
    slope=_slope,
    weight_gradients=_weight_gradients,
    offset_gradients=_offset_gradients,
    log_normaliser=_log_normaliser,
    common_gradients=_common_gradients,
    prepare=_prepare,
    scale=_scale_at,
    rescale=_rescale,
    proportional=True,
    rest=_rest,
)
