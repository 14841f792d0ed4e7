r"""Exponentials of distances, the virtual weight, and what is formed from the log-sum-exp.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `weight_error`, `virtual_weight`, `from_lse`, `log_softmax`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication, tangent
from proofs.rounding_parts import EPSILON, U, at, real, size, step, u, within
from proofs.theorem import Step, Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

K, L = real("K L")
a, b, d, ell, s, sigma, t = real("a b d ell s sigma t")
eta, rho, rho_top, tau, top, lam, shift = real("eta rho rho_top tau x_top lambda theta")
e, e_j, e_l, e_s, e_top, e_lam, k = real("e e_j e_ell e_S e_top e_lambda k")
m, most, r, v, w, y = real("m ell_max r v w y")

CLAIMS = (
    Claim(
        "weight_error",
        "A weight has the error E = tau + alpha(d + tau + rho_top) u; rho_top is 0 shift-first.",
        r"E_j = \tau_j + \alpha(d_j + \tau_j + \rho_{top})u,\ \alpha(d) = a + bd",
    ),
    Claim(
        "virtual_weight",
        "The weight n of a virtual score, as n exp(-m) or as its logarithm, errs by at most r K + "
        "u + |log n| (K - 1 + b u) beyond a weight of its distance, r the reading of n.",
        r"re^{\alpha_{\log}u} + u + |\log n|\big(e^{\alpha_{\log}u} - 1 + bu\big)",
    ),
    Claim(
        "from_lse",
        "A result exp(z - lambda) has the error of z, of the logarithm of the sum, of two "
        "roundings and of exp.",
        r"\ell = L + (e^{\alpha_{\log}u} - 1)(\log S + L + \rho_{top}),\ "
        r"F_j = w_j + \alpha(d_j + \log S + w_j)u",
    ),
    Claim(
        "log_softmax",
        "log_softmax errs by (tau + ell) exp(u) + expm1(u) |y|, absolutely.",
        r"|\hat y_j - y_j| \le (\tau_j + \ell)e^u + (e^u - 1)|y_j|",
    ),
)

VIRTUAL = r * K + u + size(t) * (K - 1 + b * u)
EXPONENT = tau + (a + b * (d + tau + rho_top)) * u
ELL = L + (K - 1) * (sigma + L + rho_top)
LAMBDA = most + u * (size(lam) + size(shift) + most)
DIFFERENCE = (rho + v) * U + (U - 1) * (d + sigma)
ABSOLUTE = (tau + most) * U + (U - 1) * size(y)
FROM_LSE = w + (a + b * (d + sigma + w)) * u


def _exponential(text: str, bound: sp.Basic, common: bool) -> Step:
    off = t - d - (e_top if common else 0)
    known = [u > 0, a >= 0, b >= 0, d >= 0, size(off) <= tau, size(e) <= (a + b * size(t)) * u]
    if common:
        known.append(size(e_top) <= rho_top)
    wrong = {
        r"$\alpha(d)$": {"conclusion": size(off + e) <= tau + (a + b * d) * u},
        r"without $\tau$": {"conclusion": size(off + e) <= bound - tau},
    }
    if common:
        wrong[r"$\alpha(d + \tau)$"] = {
            "conclusion": size(off + e) <= tau + (a + b * (d + tau)) * u,
            "at": at("a b d tau rho_top e_top t e u", "0 1 0 0 1 1 1 1 1"),
        }
    statement = Implication(hypotheses=tuple(known), conclusion=size(off + e) <= bound)
    return step(text, statement, wrong)


def weight_error() -> Theorem:
    """The function's error is that at the computed argument."""
    plain = _exponential(
        r"Let the computed distance $t$ be within $\tau$ of $d$, and exp err by $e$, at most "
        r"$\alpha(t)u = (a + b|t|)u$. The logarithm of the weight is off by",
        EXPONENT.subs(rho_top, 0),
        common=False,
    )
    common = _exponential(
        r"Scaled first, $t$ is within $\tau$ of $d + e_{top}$ only, which enters $\alpha$ though "
        r"it cancels in the weights:",
        EXPONENT,
        common=True,
    )
    return Theorem("weight_error", (plain, common))


def virtual_weight() -> Theorem:
    """The two ways to bring the offset n to the scale of the row."""
    known = (u > 0, b >= 0, K >= 1, r >= 0, size(e) <= r)
    logarithm = step(
        r"As $\log n = t$: $n$ is read, up to $|e| \le r$ in its logarithm, and the function is "
        r"within $K = e^{\alpha_{\log}u}$:",
        Triangle(
            error=(t + e) * k - t,
            parts=((e * k, r * K), (t * (k - 1), size(t) * (K - 1))),
            bound=r * K + size(t) * (K - 1),
            hypotheses=(K >= 1, r >= 0, size(e) <= r, *within(k, K)),
        ),
        {
            "the reading not grown": {"bound": r + size(t) * (K - 1)},
            r"$1 - 1/K$ for $K - 1$": {"bound": r * K + size(t) * (1 - 1 / K)},
        },
    )
    product = step(
        r"As $n e^{-m}$: the exponential of $m$, at most $d + |t|$ away, errs by $e_\ell \le (a + "
        r"b|m|)u$, of which $(a + bd)u$ is a weight's, and the product by $|\eta| \le u$. Both "
        r"stay within",
        Implication(
            hypotheses=(
                *(*known, a >= 0, d >= 0, size(m) <= d + size(t)),
                *(size(e_l) <= (a + b * size(m)) * u, size(eta) <= u),
            ),
            conclusion=size(e + e_l + eta) <= (a + b * d) * u + VIRTUAL,
        ),
        {
            r"without $b|\log n|$": {
                "conclusion": size(e + e_l + eta) <= (a + b * d) * u + r * K + u,
                "at": at("e e_ell eta a b d K m r t u", "0 1 0 0 2 0 1 1 0 1 1/2"),
            },
            "without the product": {
                "conclusion": size(e + e_l + eta) <= (a + b * d) * u + VIRTUAL - u,
            },
        },
    )
    return Theorem("virtual_weight", (logarithm, product))


def from_lse() -> Theorem:
    """The logarithm of the sum, the log-sum-exp, the difference, exp."""
    inside = sigma + e_s - e_top
    logarithm = step(
        r"The weights have the factor $e^{-e_{top}}$ in common, and so has their sum: its "
        r"logarithm is $\sigma + e_S - e_{top}$, $\sigma = \log S \ge 0$, $|e_S| \le L$. The "
        r"function is within $K = e^{\alpha_{\log}u}$. Beside $-e_{top}$, $\ell$ is at most",
        Triangle(
            error=inside * k - sigma + e_top,
            parts=((e_s, L), ((k - 1) * inside, (K - 1) * (sigma + L + rho_top))),
            bound=ELL,
            hypotheses=(
                *(sigma >= 0, K >= 1, size(e_s) <= L, size(e_top) <= rho_top, *within(k, K)),
            ),
        ),
        {
            r"without $\rho_{top}$": {"bound": L + (K - 1) * (sigma + L)},
            r"$1 - 1/K$ for $K - 1$": {"bound": L + (1 - 1 / K) * (sigma + L + rho_top)},
        },
    )
    first_order = step(
        r"where $K - 1$ is above $\alpha_{\log}u$, with $a = \alpha_{\log}u$ by the tangent of "
        r"exp:",
        Implication(
            hypotheses=(a > 0,),
            conclusion=K - 1 >= a,
            meanings={K: sp.exp(a)},
            facts=(tangent(K, a),),
        ),
        {
            "below": {"conclusion": K - 1 <= a},
            "twice": {"conclusion": K - 1 >= 2 * a},
        },
    )
    whole = lam + shift + e_l
    lse = step(
        r"$z_{top} + \hat\ell$ is $\lambda + \theta + e_\ell$, for $e_{top}$ cancels, and is "
        r"rounded:",
        Triangle(
            error=whole * (1 + eta) - lam - shift,
            parts=((e_l, most), (eta * whole, u * (size(lam) + size(shift) + most))),
            bound=LAMBDA,
            hypotheses=(size(e_l) <= most, size(eta) <= u),
        ),
        {
            r"without $|\theta|$": {"bound": most + u * (size(lam) + most)},
            "without the rounding": {"bound": most},
        },
    )
    difference = step(
        r"In $z_j - \lambda$, $-(d + \sigma)$, the shift $\theta$ cancels; $|e_j| \le \rho$, "
        r"$|e_\lambda| \le v$:",
        Triangle(
            error=(-(d + sigma) + e_j - e_lam) * EPSILON + d + sigma,
            parts=(
                ((e_j - e_lam) * EPSILON, (rho + v) * U),
                ((1 - EPSILON) * (d + sigma), (U - 1) * (d + sigma)),
            ),
            bound=DIFFERENCE,
            hypotheses=(
                *(d >= 0, sigma >= 0, U >= 1, size(e_j) <= rho, size(e_lam) <= v),
                *within(EPSILON, U),
            ),
        ),
        {
            "without its rounding": {"bound": rho + v},
            "the error not grown": {"bound": rho + v + (U - 1) * (d + sigma)},
        },
    )
    off = t - d - sigma
    known = (u > 0, a >= 0, b >= 0, d >= 0, sigma >= 0, size(off) <= w)
    last = step(
        r"and exp errs by its own at the argument, which is no farther than $d + \sigma + w$:",
        Implication(
            hypotheses=(*known, size(e) <= (a + b * size(t)) * u),
            conclusion=size(off + e) <= FROM_LSE,
        ),
        {
            r"$\alpha(d + \sigma)$": {"conclusion": size(off + e) <= w + (a + b * (d + sigma)) * u},
            r"$\alpha(d + w)$": {"conclusion": size(off + e) <= w + (a + b * (d + w)) * u},
        },
    )
    return Theorem("from_lse", (logarithm, first_order, lse, difference, last))


def log_softmax() -> Theorem:
    """The difference itself."""
    only = step(
        r"$t_j - \log S$ with $|e_j| \le \tau$ and $|e_\ell| \le \ell$, and one rounding:",
        Triangle(
            error=(y + e_j - e_l) * EPSILON - y,
            parts=(
                ((e_j - e_l) * EPSILON, (tau + most) * U),
                (y * (EPSILON - 1), (U - 1) * size(y)),
            ),
            bound=ABSOLUTE,
            hypotheses=(size(e_j) <= tau, size(e_l) <= most, U >= 1, *within(EPSILON, U)),
        ),
        {
            r"$(e^u - 1)|y|$ alone": {"bound": (U - 1) * size(y)},
            r"without $\ell$": {"bound": tau * U + (U - 1) * size(y)},
            "without the rounding": {"bound": tau + most},
        },
    )
    return Theorem("log_softmax", (only,))


THEOREMS = (weight_error, virtual_weight, from_lse, log_softmax)
