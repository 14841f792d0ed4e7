"""symax: powers of magnitudes over an offset plus their sum."""

from __future__ import annotations

import math
from dataclasses import replace

from refsoft.card import Card, Claim, Parameter, Rulings
from refsoft.catalogue import _claims as shared
from refsoft.catalogue._bounds_symax import bound as bound
from refsoft.catalogue._bounds_symax import jvp_bound as jvp_bound
from refsoft.catalogue._bounds_symax import ulp_bound as ulp_bound
from refsoft.catalogue._bounds_symax import vjp_bound as vjp_bound
from refsoft.catalogue._primitives import binade, cast, log, maximum, power, sign
from refsoft.catalogue._recipe import Recipe

CARD = Card(
    name="symax",
    title="symax",
    summary="Powers of magnitudes over an offset plus their sum; even in every score.",
    formula="y_i = |x_i|^p / (eta + sum_j |x_j|^p)",
    latex=r"y_i = \frac{|x_i|^p}{\eta + \sum_j |x_j|^p}",
    gradient="dx = p |x|^(p-1) sign(x)*(g - <g,y>)/Z, deta = -<g,y>/Z, dp = <g*y - <g,y> y, log|x|>, Z = eta + S",
    source="xnought, symax (code and notes), generalised from p = 1.",
    neighbour="softmax_one",
    parameters=(
        Parameter(
            "eta",
            1.0,
            "the offset (unit of |x|^p); at 0 the zero row stays zero",
            low=0.0,
            low_open=False,
        ),
        Parameter("p", 1.0, "the power", low=0.0),
    ),
    rulings=Rulings(at_minus_inf=1.0, all_minus_inf=(math.nan,)),
    claims=(
        Claim(
            "jacobian",
            "dy_i/dx_k = p|x_k|^(p-1) sign(x_k) (delta_ik - y_i)/Z, where x_k is not 0.",
            r"J_{ik} = \frac{p|x_k|^{p-1}\operatorname{sgn}(x_k)}{Z}(\delta_{ik} - y_i)",
        ),
        Claim(
            "vjp",
            "The vector-Jacobian product is p |x|^(p-1) sign(x)*(g - <g,y>)/Z, where no score is 0.",
            r"J^\top g = \frac{p|x|^{p-1}\operatorname{sgn}(x)}{Z} \odot (g - \langle g, y\rangle)",
        ),
        Claim(
            "jvp",
            "The Jacobian-vector product is s*v - <s,v> y, s = p |x|^(p-1) sign(x)/Z, where no score is 0.",
            r"J v = s \odot v - \langle s, v\rangle\, y,\ s = \tfrac{p|x|^{p-1}\operatorname{sgn}(x)}{Z}",
        ),
        Claim(
            "lse_gradient",
            "The gradient of log(eta + S) is s, where no score is 0.",
            r"\nabla_x \log\big(\eta + \sum_j |x_j|^p\big) = s",
        ),
        Claim(
            "jacobian_sums",
            "Row i of the Jacobian sums to s_i - y_i sum(s), column k to s_k eta/Z.",
            r"\sum_k J_{ik} = s_i - y_i \sum_k s_k,\ \sum_i J_{ik} = \frac{\eta s_k}{Z}",
        ),
        Claim(
            "hessian",
            "The second derivatives are d_kl r_k (d_ik - y_i) - s_k s_l (d_ik + d_il - 2 y_i), "
            "r = p (p-1) |x|^(p-2)/Z, d the identity, where no score is 0.",
            r"\partial_k\partial_l y_i = \delta_{kl} r_k(\delta_{ik} - y_i)"
            r" - s_k s_l(\delta_{ik} + \delta_{il} - 2y_i),\ r = \tfrac{p(p-1)|x|^{p-2}}{Z}",
        ),
        Claim(
            "semidefinite",
            "The Jacobian is symmetric and positive semidefinite, and log(eta + S) is convex.",
            r"J = J^\top,\ v^\top J v \ge 0",
            holds=False,
        ),
        Claim(
            "gradient_eta",
            "The gradient over eta is -<g,y>/Z.",
            r"\partial_\eta \langle g, y\rangle = -\langle g, y\rangle/Z",
        ),
        Claim(
            "gradient_p",
            "The gradient over p is <g*y - <g,y> y, log|x|>, where no score is 0.",
            r"\partial_p \langle g, y\rangle = \langle g \odot y - \langle g, y\rangle y,\ \log|x|\rangle",
        ),
        Claim(
            "kink",
            "At p = 1 the slope of an entry in its own score jumps at 0, from -1/Z to 1/Z.",
            r"p = 1,\ x_i = 0 \Rightarrow \partial^{\pm}_i y_i = \pm\frac{1}{Z}",
        ),
        Claim(
            "row_sum",
            "The entries sum to S/(eta + S), S = sum_j |x_j|^p, which is below 1 for eta > 0.",
            r"\sum_i y_i = \frac{S}{\eta + S}",
        ),
        Claim("range", "Every entry lies in [0, 1).", r"\eta > 0 \Rightarrow 0 \le y_i < 1"),
        replace(shared.SHIFT_INVARIANT, holds=False),
        shared.PERMUTATION,
        Claim(
            "even",
            "The sign of a score does not matter.",
            r"y(\ldots, -x_i, \ldots) = y(\ldots, x_i, \ldots)",
        ),
        replace(shared.ORDER, holds=False),
        Claim(
            "order_of_magnitudes",
            "A score of larger magnitude has a larger result.",
            r"|x_i| > |x_j| \Rightarrow y_i > y_j",
        ),
        Claim(
            "homogeneous",
            "Scaling the scores is scaling the offset.",
            r"y(ax; \eta) = y(x; \eta/|a|^p)",
        ),
        Claim(
            "quiet_at_zero",
            "For eta > 0 all results tend to 0 when all scores tend to 0 together.",
            r"\eta > 0 \Rightarrow \lim_{t \to 0} y(tx) = 0",
        ),
        Claim(
            "lipschitz",
            "At p = 1 it is 1/eta-Lipschitz in the 1-norm.",
            r"p = 1 \Rightarrow \|J\|_1 \le \frac{1}{\eta}",
        ),
        Claim(
            "lipschitz_max",
            "At p = 1 it is (n-1)^2/(4(n-2) eta)-Lipschitz in the maximum norm for n >= 3, and "
            "1/eta-Lipschitz for n <= 2.",
            r"p = 1,\ n \ge 3 \Rightarrow \|J\|_\infty \le \frac{(n-1)^2}{4(n-2)\eta}",
        ),
        Claim(
            "no_offset",
            "As eta tends to 0 a row that is not 0 tends to its parts of S, which sum to 1.",
            r"x \ne 0 \Rightarrow \lim_{\eta\to0} y_i = \frac{|x_i|^p}{S}",
        ),
        Claim(
            "large_offset", "All results tend to 0 as eta grows.", r"\lim_{\eta\to\infty} y_i = 0"
        ),
        Claim(
            "ray",
            "For tx, t to inf, x not 0, the results tend to those without an offset.",
            r"x \ne 0 \Rightarrow \lim_{t\to\infty} y_i(tx) = \frac{|x_i|^p}{S}",
        ),
        Claim(
            "together",
            "As all scores tend to inf or -inf together every result tends to 1/n.",
            r"\lim_{t\to\pm\infty} y_i(x + t\mathbf 1) = \tfrac1n",
        ),
        Claim(
            "flattens",
            "For magnitudes between exp(-d) and exp(d) every result tends to 0 as the row grows.",
            r"e^{-d} \le |x_j| \le e^d \Rightarrow y_i \le \frac{e^{pd}}{\eta + n e^{-pd}} \to 0",
        ),
        Claim(
            "one_up",
            "As one score tends to inf or -inf its result tends to 1 and every other to 0.",
            r"\lim_{|x_i|\to\infty} y_i = 1,\ \lim_{|x_i|\to\infty} y_k = 0",
        ),
        Claim(
            "one_to_zero",
            "As one score tends to 0 its result tends to 0 and the others to those of the row "
            "without it, for eta > 0.",
            r"\eta > 0 \Rightarrow \lim_{x_i\to0} y_i = 0,\ \lim_{x_i\to0} y_k = y_k(x_1, \ldots, \hat{x_i}, \ldots, x_n)",
        ),
        Claim(
            "power_to_zero",
            "As p tends to 0 every result of scores that are not 0 tends to 1/(n + eta).",
            r"\lim_{p\to0} y_i = \frac{1}{n + \eta}",
        ),
        Claim(
            "power_grows",
            "As p grows the only largest magnitude takes all if it is above 1, and nothing is "
            "left for eta > 0 if all are below 1.",
            r"|x_i| > 1,\ |x_i| > |x_k| \Rightarrow \lim_{p\to\infty} y_i = 1;\quad "
            r"\eta > 0,\ \max|x| < 1 \Rightarrow \lim_{p\to\infty} y = 0",
        ),
        Claim(
            "online",
            "The scaled sums of two parts of a row merge into those of the whole, whatever the "
            "scales and the grouping, and the offset enters once.",
            r"(m, \ell) \oplus (m', \ell') = (M, \ell (m/M)^p + \ell' (m'/M)^p)",
        ),
        Claim(
            "extreme_is_quiet",
            "All results tend to 0 when all scores are extreme.",
            r"\lim_{x \to -\infty} y = 0",
            holds=False,
        ),
    ),
)


def _key(x: float, eta: float, p: float) -> float:
    return abs(x)


def _shift(top: float, eta: float, p: float) -> float:
    one = cast(1.0, p)
    # Up to p = 1 no power overflows, so m scales |x|^p; above it scales |x| before the power.
    # The least has a reciprocal in float32.
    least = maximum(eta, cast(2.0**-126, eta))
    scale = maximum(power(top, p), least) if p <= one else maximum(top, power(eta, one / p))
    # A power of 2 below the largest would let weights grow to 2^p.
    m = binade(scale, top) if p <= cast(64.0, p) else maximum(scale, binade(cast(0.0, top), top))
    return m + (top - top)  # an infinite score has no scale: NaN


def _weight(x: float, m: float, eta: float, p: float) -> float:
    one = cast(1.0, p)
    if p == one:
        return abs(x) * (cast(1.0, m) / m)  # m is a power of two
    return power(abs(x), p) / m if p < one else power(cast(abs(x), p) / m, p)


def _offset(m: float, eta: float, p: float) -> float:
    one = cast(1.0, p)
    if p <= one or eta == cast(0.0, eta):
        return eta / m
    # In halves, for m^p may overflow and underflow where eta/m^p does not.
    half = power(m, p / (one + one))
    return eta / half / half


def _slope(x: float, w: float, m: float, z: float, eta: float, p: float) -> float:
    one = cast(1.0, p)
    if x == cast(0.0, x):
        return cast(0.0, x)
    base = abs(x) if p <= one else abs(x) / m
    return sign(x) * power(base, p - one) * (p / m / z)


def _weight_gradients(x: float, m: float, eta: float, p: float) -> tuple[float, float]:
    return (cast(0.0, x), log(abs(x)))


def _offset_gradients(m: float, z: float, eta: float, p: float) -> tuple[float, float]:
    one = cast(1.0, p)
    if p <= one:
        return (one / m / z, cast(0.0, m))
    half = power(m, p / (one + one))
    return (one / half / half / z, cast(0.0, m))


def _rescale(m: float, onto: float, eta: float, p: float) -> float:
    return m / onto if p <= cast(1.0, p) else power(m / onto, p)


RECIPE = Recipe(
    _key,
    _shift,
    _weight,
    _offset,
    _slope,
    _weight_gradients,
    _offset_gradients,
    usual=(1.0, 1.0),
    rescale=_rescale,
)
