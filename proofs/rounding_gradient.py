r"""Gradients: the mean, the pulled-back row, and what is applied to it.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `mean`, `pulled_back`, `scaled`, `modulated`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import U, at, q, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

B, C, D, F, K, M = real("B Delta_c Delta Phi K M")
Q, V, W = real("Q V W")
c, d, e, f, g, h, k, m, r, t, w, x, y = real("c delta e f g h k m r t w x y")
eta, e_hat, eps_1, eps_2, q_1, q_2, m_hat, omega = real(
    "eta ehat epsilon_1 epsilon_2 q_1 q_2 mhat omega"
)
s_1, s_2, s_3, h_hat, delta_c = real("s_1 s_2 s_3 hhat delta_c")

CLAIMS = (
    Claim(
        "mean",
        "e = <g, y> errs by sum |g| (y expm1(F + (h + 1) u) + Q exp((h + 1) u)) + q exp((h + 1) "
        "u).",
        r"\Delta_e = \sum_k |g_k|\big(y_k(e^{F_k + (h+1)u} - 1) + Qe^{(h+1)u}\big) + Nqe^{(h+1)u}",
    ),
    Claim(
        "pulled_back",
        "y (g - e), subtracted before the product or after it, errs by y expm1(F) |g - e| + y "
        "exp(F) (Delta_e + expm1(2u) s) + Q exp(2u) s + 2q, s = |g| + |e| + Delta_e.",
        r"|\hat h_j - h_j| \le y_j(e^{F_j} - 1)|g_j - e| + y_je^{F_j}\big(\Delta_e + "
        r"(e^{2u} - 1)s_j\big) + Qe^{2u}s_j + 2q",
    ),
    Claim(
        "scaled",
        "A product with c errs by the error of the row times |c| + Delta, and by that of c.",
        r"B(|c| + \Delta)e^{ku} + |h|\big(|c|(e^{ku} - 1) + \Delta e^{ku}\big) + q",
    ),
    Claim(
        "modulated",
        "y (w - <w, y> + x) errs as y (g - e) does, every term passing 3 roundings and its own.",
        r"y(e^F - 1)|w - m + x| + ye^{F + k}(\Delta_m + \omega) + ye^F(e^k - 1)s + Qe^ks",
    ),
)

ALL = size(g) + size(e) + D
#: One term of the mean, V = e^((h + 1) u).
MEAN = size(g) * (y * (F * V - 1) + Q * V) + q * V
PULLED = y * (F - 1) * size(g - e) + y * F * (D + (U**2 - 1) * ALL) + Q * U**2 * ALL
SCALED = B * (size(c) + C) * K + size(h) * (size(c) * (K - 1) + C * K)
_MODULATED = size(w) + size(m) + M + size(x)
MODULATED = (
    y * (F - 1) * size(w - m + x)
    + y * F * K * (M + W)
    + y * F * (K - 1) * (size(w) + size(m) + size(x))
    + Q * K * (_MODULATED + W)
)
_Y = (y >= 0, F >= 1, Q >= 0, size(d) <= Q, *within(f, F))
_E = (D >= 0, size(e_hat - e) <= D)


def mean() -> Theorem:
    """One term, and the triangle inequality over all."""
    parts = (
        (g * y * (f * k - 1), size(g) * y * (F * V - 1)),
        (g * d * k, size(g) * Q * V),
        (r * k, q * V),
    )
    one = step(
        r"Let $\hat y = yf + \delta$, $f$ within $\Phi = e^F$, $|\delta| \le Q$. The product with "
        r"$g$ may underflow, by $r$, and passes with its rounding and $h$ additions a factor $k$ "
        r"within $V = e^{(h+1)u}$. Over the terms this adds up as in `signed_sum`:",
        Triangle(
            error=(g * (y * f + d) + r) * k - g * y,
            parts=parts,
            bound=MEAN,
            hypotheses=(*_Y, V >= 1, q >= 0, size(r) <= q, *within(k, V)),
        ),
        {
            "the quantum not grown": {"bound": MEAN - q * (V - 1)},
            "without the sum": {"bound": size(g) * (y * (F - 1) + Q) + q},
            "$g$ for $|g|$": {"bound": g * (y * (F * V - 1) + Q * V) + q * V},
        },
    )
    return Theorem("mean", (one,))


def pulled_back() -> Theorem:
    """Both orders at once: factors of g and of e that need not agree."""
    parts = (
        (y * (f - 1) * (g - e), y * (F - 1) * size(g - e)),
        (y * f * (e - e_hat), y * F * D),
        (y * f * (eps_1 - 1) * g, y * F * (U**2 - 1) * size(g)),
        (y * f * (1 - eps_2) * e_hat, y * F * (U**2 - 1) * (size(e) + D)),
        (d * g * eps_1, Q * U**2 * size(g)),
        (-d * e_hat * eps_2, Q * U**2 * (size(e) + D)),
    )
    known = (*_Y, *_E, U >= 1, *within(eps_1, U**2), *within(eps_2, U**2))
    rounded = step(
        r"$\hat e$ is within $\Delta$ of $e$. Of $\hat y(g - \hat e)$ both terms have the same two "
        r"roundings, of $\hat yg - \hat y\hat e$ each has its own and that of the difference: "
        r"factors $\varepsilon_1$, $\varepsilon_2$ within $e^{2u}$ in both cases:",
        Triangle(
            error=(y * f + d) * (g * eps_1 - e_hat * eps_2) - y * (g - e),
            parts=parts,
            bound=PULLED,
            hypotheses=known,
        ),
        {
            r"$|g - e|$ for $|g| + |e|$, as where they are equal": {
                "bound": PULLED.subs(ALL, size(g - e) + D),
                "hypotheses": (*known, sp.Eq(g, e), sp.Eq(F, 1)),
            },
            "one rounding": {"bound": PULLED.subs(U**2, U)},
            r"$\Delta_e$ not grown by $e^F$": {
                "bound": PULLED - y * (F - 1) * D,
                "at": at(
                    "Q delta e g Delta ehat f Phi epsilon_1 epsilon_2 U y",
                    "0 0 0 0 1 -1 3 3 1 1 1 1",
                ),
            },
            "relative to the result": {
                "bound": size(y * (g - e)) * (F * U**2 - 1),
                "hypotheses": (*known, sp.Eq(Q, 0), sp.Eq(D, 0)),
            },
        },
    )
    both = (q >= 0, U >= 1, eta > 0, eta <= U, size(q_1) <= q, size(q_2) <= q)
    quanta = step(
        r"Both products may underflow. Where they do their difference, of subnormal numbers, is "
        r"exact; where one does, its quantum is rounded once more:",
        Implication(
            hypotheses=(*both, U <= 2, sp.Or(sp.Eq(q_1, 0), sp.Eq(q_2, 0), sp.Eq(eta, 1))),
            conclusion=size((q_1 - q_2) * eta) <= 2 * q,
        ),
        {
            "one quantum": {"conclusion": size((q_1 - q_2) * eta) <= q},
            "a difference that is rounded": {"hypotheses": (*both, U <= 2)},
        },
    )
    return Theorem("pulled_back", (rounded, quanta))


def scaled() -> Theorem:
    """The product with the coefficient."""
    parts = (
        ((h_hat - h) * (c + delta_c) * k, B * (size(c) + C) * K),
        (h * c * (k - 1), size(h) * size(c) * (K - 1)),
        (h * delta_c * k, size(h) * C * K),
    )
    only = step(
        r"$\hat c = c + \delta_c$, $|\delta_c| \le \Delta_c$; $k$ roundings, a factor within $K = "
        r"e^{ku}$:",
        Triangle(
            error=h_hat * (c + delta_c) * k - h * c,
            parts=parts,
            bound=SCALED,
            hypotheses=(
                *(B >= 0, C >= 0, K >= 1, size(h_hat - h) <= B, size(delta_c) <= C, *within(k, K)),
            ),
        ),
        {
            r"$B|c|$ for $B(|c| + \Delta_c)$": {"bound": SCALED - B * C * K},
            "without the coefficient's error": {"bound": SCALED.subs(C, 0)},
            "the roundings of $h$ left out": {"bound": B * (size(c) + C) * K + size(h) * C * K},
        },
    )
    return Theorem("scaled", (only,))


def modulated() -> Theorem:
    """Three terms, each with factors of its own."""
    inner = w * s_1 + omega - m_hat * s_2 + x * s_3
    parts = (
        (y * (f - 1) * (w - m + x), y * (F - 1) * size(w - m + x)),
        (y * f * (m - m_hat) * s_2, y * F * M * K),
        (y * f * omega, y * F * W * K),
        (y * f * w * (s_1 - 1), y * F * (K - 1) * size(w)),
        (y * f * m * (1 - s_2), y * F * (K - 1) * size(m)),
        (y * f * x * (s_3 - 1), y * F * (K - 1) * size(x)),
        (d * w * s_1, Q * K * size(w)),
        (d * omega, Q * K * W),
        (-d * m_hat * s_2, Q * K * (size(m) + M)),
        (d * x * s_3, Q * K * size(x)),
    )
    only = step(
        r"Of $\hat y(\hat w - \hat m + \hat x)$, $w = g \odot t$, every term passes at most three "
        r"roundings besides those of $w$ or $x$: $s_1$, $s_2$, $s_3$ within $K = e^k$; $w$ errs by "
        r"$\omega$ besides, $|\omega| \le WK$, and $\hat m$ by $M = \Delta_m$:",
        Triangle(
            error=(y * f + d) * inner - y * (w - m + x),
            parts=parts,
            bound=MODULATED,
            hypotheses=(
                *(*_Y, K >= 1, M >= 0, W >= 0, size(m_hat - m) <= M, size(omega) <= W * K),
                *(*within(s_1, K), *within(s_2, K), *within(s_3, K)),
            ),
        ),
        {
            "without the error of $w$": {"bound": MODULATED.subs(W, 0)},
            "the mean's error not grown": {
                "bound": MODULATED - y * F * (K - 1) * M,
                "at": at(
                    "Q delta w W omega x m mhat M f Phi K s_1 s_2 s_3 y",
                    "0 0 0 0 0 0 0 -1 1 1 1 2 1 2 1 1",
                ),
            },
            "$x$ left out of the sizes": {"bound": MODULATED - y * F * (K - 1) * size(x)},
        },
    )
    return Theorem("modulated", (only,))


THEOREMS = (mean, pulled_back, scaled, modulated)
