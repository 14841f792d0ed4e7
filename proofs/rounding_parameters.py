r"""Gradients with respect to parameters that multiply the scores: a temperature, s and b.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `temperature_slope`, `length_slope`, `log_moment`.

Notes
-----
The moment $K = \sum y(g - e)t$ and its bound $B$ are those of `moment`.
"""

from __future__ import annotations

from proofs.implication import Implication
from proofs.rounding_parts import EPSILON, U, at, q, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

B, C, D, H, K, P, R, W, X = real("B Delta_c Delta H K P R W X")
c, d, e, ell, f, k, m, n, t = real("c delta e ell f k m n t")
m_hat, q_1, q_2, delta_c, d_1, d_2, eta_t = real("mhat q_1 q_2 delta_c D_1 D_2 eta_t")

CLAIMS = (
    Claim(
        "temperature_slope",
        "The gradient -K/T^2 errs as a product with 1/T^2 does, T read twice, two roundings in "
        "the coefficient and two after it, and by q (1 + 2/T).",
        r"B(c + \Delta_c)e^{2u} + |K|\big(c(e^{2u} - 1) + \Delta_ce^{2u}\big) + q(1 + 2/T),\ "
        r"c = T^{-2},\ \Delta_c = c(e^{2r + 2u} - 1)",
    ),
    Claim(
        "length_slope",
        "The gradient K log n of ssmax's s errs by log n (B exp((alpha_log + 1) u) + |K| "
        "expm1((alpha_log + 1) u)) + q, and that of b by B.",
        r"\log n\,\big(Be^{(\alpha_{\log} + 1)u} + |K|(e^{(\alpha_{\log} + 1)u} - 1)\big) + q",
    ),
    Claim(
        "log_moment",
        "K = <g - p sum(g), t> errs by the sum of |g| r expm1(k u), |sum(g)| times that of p r "
        "expm1(F + k u), and Delta_e times that of p r exp(F + k u).",
        r"\sum_j|g_j|r_j(e^{ku} - 1) + |e|\sum_jp_jr_j(e^{F_j + ku} - 1) + "
        r"\Delta_e\sum_jp_jr_je^{F_j + ku}",
    ),
)

#: The error of c = 1/T^2, W = e^r of reading T.
SQUARE = c * (W**2 * U**2 - 1)
#: c is 1/T^2 here, X is 1/T.
TEMPERATURE = B * (c + C) * U**2 + size(m) * (c * (U**2 - 1) + C * U**2) + q * (1 + 2 * X)
LENGTH = ell * (B * K * U + size(m) * (K * U - 1)) + q
LOG_MOMENT = P + size(e) * H + D * (R + H)


def temperature_slope() -> Theorem:
    """The square of a number that is read once, its inverse, two products."""
    known = (c >= 0, W >= 1, U >= 1, *within(f, W), *within(k, U**2))
    square = step(
        r"Let $c = 1/T^2$. $T$ is read, up to $f$ within $W = e^r$, and enters twice; it is "
        r"squared and inverted, or inverted and multiplied twice: two roundings, $k$ within $U^2$:",
        Implication(hypotheses=known, conclusion=size(c * f**2 * k - c) <= SQUARE),
        {
            "read once": {"conclusion": size(c * f**2 * k - c) <= c * (W * U**2 - 1)},
            "one rounding": {"conclusion": size(c * f**2 * k - c) <= c * (W**2 * U - 1)},
            "never attained": {"conclusion": size(c * f**2 * k - c) < SQUARE},
        },
    )
    parts = (
        ((m_hat - m) * (c + delta_c) * k, B * (c + C) * U**2),
        (m * c * (k - 1), size(m) * c * (U**2 - 1)),
        (m * delta_c * k, size(m) * C * U**2),
        (q_1 * X * n, 2 * q * X),
        (q_2, q),
    )
    product = step(
        r"$\hat m$ is within $B$ of the moment $m = K$, and $|\delta_c| \le \Delta_c$. Taken as "
        r"two products with $X = 1/T$, the first may underflow, by $q_1$, which the second "
        r"multiplies by $Xn$, $n \le e^{r + 2u} \le 2$, and underflows by $q_2$:",
        Triangle(
            error=m_hat * (c + delta_c) * k + q_1 * X * n + q_2 - m * c,
            parts=parts,
            bound=TEMPERATURE,
            hypotheses=(
                *(B >= 0, C >= 0, c >= 0, X >= 0, q >= 0, U >= 1, size(m_hat - m) <= B),
                *(size(delta_c) <= C, *within(k, U**2), n >= 0, n <= 2),
                *(size(q_1) <= q, size(q_2) <= q),
            ),
        ),
        {
            "one quantum": {"bound": TEMPERATURE - 2 * q * X},
            r"$q(1 + 1/T)$": {
                "bound": TEMPERATURE - q * X,
                "at": at(
                    "B Delta_c X U q c delta_c k m mhat n q_1 q_2", "0 0 1 1 1 1 0 1 0 0 2 1 1"
                ),
            },
            "one rounding after the coefficient": {
                "bound": B * (c + C) * U + size(m) * (c * (U - 1) + C * U) + q * (1 + 2 * X)
            },
            "without the coefficient's error": {"bound": TEMPERATURE.subs(C, 0)},
        },
    )
    return Theorem("temperature_slope", (square, product))


def length_slope() -> Theorem:
    """A logarithm and a product."""
    parts = (
        ((m_hat - m) * ell * k * EPSILON, ell * B * K * U),
        (m * ell * (k * EPSILON - 1), ell * size(m) * (K * U - 1)),
        (d, q),
    )
    only = step(
        r"$\ell = \log n \ge 0$ is within $K = e^{\alpha_{\log}u}$, its product with $\hat m$, "
        r"within $B$ of the moment $m$, within $U$, and may underflow, by $\delta$. The gradient "
        r"of $b$ is $m$ itself:",
        Triangle(
            error=m_hat * ell * k * EPSILON + d - m * ell,
            parts=parts,
            bound=LENGTH,
            hypotheses=(
                *(ell >= 0, B >= 0, K >= 1, U >= 1, q >= 0, size(d) <= q),
                *(size(m_hat - m) <= B, *within(k, K), *within(EPSILON, U)),
            ),
        ),
        {
            "an exact logarithm": {"bound": LENGTH.subs(K, 1)},
            "without the product": {"bound": LENGTH.subs(U, 1)},
            r"$B$ not grown": {"bound": ell * (B + size(m) * (K * U - 1)) + q},
            "without its quantum": {"bound": LENGTH - q},
        },
    )
    return Theorem("length_slope", (only,))


def log_moment() -> Theorem:
    """As the moment, but that the weights are not in the first sum."""
    parts = (
        (d_1, P),
        (-(e + d_2) * eta_t - d_2 * t, size(e) * H + D * (R + H)),
    )
    only = step(
        r"$K = \sum gt - e\,\bar t$, $e = \sum g$, $\bar t = \sum pt$. Entry by entry or in two "
        r"sums, no term passes more than $k = h + 4$ roundings: the first sum errs by $|D_1| \le "
        r"P = \sum|g|r(e^{ku} - 1)$, $\hat e = e + D_2$ by $|D_2| \le \Delta$, and $\bar t$ by "
        r"$|\eta_t| \le H = \sum pr(\Phi e^{ku} - 1)$, $|\bar t| \le R = \sum pr$, and $R + H$ is "
        r"$\sum pr\Phi e^{ku}$:",
        Triangle(
            error=d_1 - (e + d_2) * (t + eta_t) + e * t,
            parts=parts,
            bound=LOG_MOMENT,
            hypotheses=(
                *(P >= 0, D >= 0, R >= 0, H >= 0, size(d_1) <= P, size(d_2) <= D),
                *(size(t) <= R, size(eta_t) <= H),
            ),
        ),
        {
            r"$\Delta R$ not grown": {"bound": LOG_MOMENT - D * H},
            r"without $\Delta$": {"bound": LOG_MOMENT.subs(D, 0)},
            r"without $|e|$": {"bound": P + D * (R + H)},
        },
    )
    return Theorem("log_moment", (only,))


THEOREMS = (temperature_slope, length_slope, log_moment)
