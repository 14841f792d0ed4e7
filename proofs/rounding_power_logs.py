r"""symax through logarithms: its slope, and 1/Z, as exponentials of a difference.

Definitions
-----------
Those of :mod:`proofs.rounding_powers`; $o = |p - 1|$, $\lambda = \log Z$.

Statements
----------
- `log_of_total`, `slope_from_log`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import U, at, real, size, step, u, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

A, K, L, M, N, R, S, T, W = real("A K L M N R S T W")
a, b, d, e, f, g, k, o, p, r, t, v, w = real("alpha b d e f g k o p r t v w")
d_1, d_2, e_s, rho, sigma, top, lam = real("d_1 d_2 e_S rho sigma t_top lambda")
e_log, m_1, m_2, t_hat, away = real("e_log m_1 m_2 that s")

CLAIMS = (
    Claim(
        "log_of_total",
        "The logarithm of Z, of the sum of powers or as p log m + log S, errs beside r log m by "
        "v = L + expm1((alpha_log + 2) u) (s + L + 1), s = (p + R) |log m| + log S.",
        r"v = L + \big(e^{(\alpha_{\log} + 2)u} - 1\big)\big((p + R)|\log m| + \log S + L + 1\big)",
    ),
    Claim(
        "slope_from_log",
        "The power of the slope as exp((p - 1) log|x| - log Z) errs by w + alpha(o |log|x|| + s + "
        "w) u, w the error of the difference.",
        r"w = (\rho + v)e^u + (e^u - 1)(o|t| + s),\ \rho = (o + R + u)(|t| + 1)"
        r"\big(e^{(\alpha_{\log} + 1)u} - 1\big) + RA + u|t|",
    ),
)

#: The error of log Z, N = exp((alpha_log + 2) u), away = (p + R) |log m| + log S.
LOG_OF_TOTAL = L + (N - 1) * (away + L + 1)
#: That of (p - 1) log|x|, K = exp((alpha_log + 1) u), d the rounding of p - 1.
MOVED = (o + R + d) * (size(t) + 1) * (K - 1) + R * A + d * size(t)
#: That of their difference, and of its exponential.
DIFFERENCE = (rho + v) * U + (U - 1) * (o * size(t) + away)
FROM_LOG = w + (a + b * (o * size(t) + away + w)) * u
_READ = (R >= 0, size(r) <= R)


def log_of_total() -> Theorem:
    """Both ways to the logarithm, near 1 too."""
    known = (L >= 0, sigma >= 0, N >= 1, size(e_s) <= L)
    parts = ((e_s, L), (e_log, (N - 1) * (size(lam) + L + 1)))
    of_sum = step(
        r"Of the sum of the powers: $\hat Z = Ze^{e_S}$ beside $m^r$, by `positive_sum`, and the "
        r"logarithm errs by $e_{\log}$, at most $e^{\alpha_{\log}u} - 1$ times the larger of 1 and "
        r"the size of $\lambda + e_S$; with $N = e^{(\alpha_{\log} + 2)u}$:",
        Triangle(
            error=e_s + e_log,
            parts=parts,
            bound=L + (N - 1) * (size(lam) + L + 1),
            hypotheses=(
                *(L >= 0, N >= 1, size(e_s) <= L, W >= 1, W <= N),
                size(e_log) <= (W - 1) * (size(lam) + L + 1),
                size(e_log) <= (N - 1) * (size(lam) + L + 1),
            ),
        ),
        {
            "the sum left out": {"bound": (N - 1) * (size(lam) + L + 1)},
            "an exact logarithm": {"bound": L},
        },
    )
    m = (p + r) * top
    two = Triangle(
        error=(m * f + (sigma + e_s + e_log)) * g - m - sigma,
        parts=(
            (m * (f * g - 1), (p + R) * size(top) * (N - 1)),
            (sigma * (g - 1), sigma * (U - 1)),
            (e_s, L),
            (e_s * (g - 1), L * (U - 1)),
            (e_log * g, (W - 1) * (sigma + L + 1) * U),
        ),
        bound=(p + R) * size(top) * (N - 1)
        + L
        + (sigma + L) * (U - 1)
        + (W - 1) * (sigma + L + 1) * U,
        hypotheses=(
            *(*known, *_READ, p > 0, U >= 1, W >= 1, size(e_log) <= (W - 1) * (sigma + L + 1)),
            *(*within(g, U), *within(f * g, N)),
        ),
    )
    scaled = step(
        r"As $\hat p\log m + \log S$, $\sigma = \log S \ge 0$, $W = e^{\alpha_{\log}u}$: product "
        r"and logarithm are $f$, and the sum $g$ is rounded, $fg$ within $N$. $\hat pt_{top}$ is "
        r"$pt_{top}$ and $rt_{top}$, which the powers have, too:",
        two,
        {
            r"$|\lambda|$, which may cancel, for the sizes": {
                "bound": size(p * top + sigma) * (N - 1) + (two.bound - two.parts[0][1]),
            },
            "the sum not rounded": {
                "bound": two.bound.subs(U, 1),
            },
        },
    )
    collected = step(
        r"which is at most $v$, with $N = WU^2$ and $s = (p + R)|t_{top}| + \sigma$:",
        Implication(
            hypotheses=(L >= 0, sigma >= 0, W >= 1, U >= 1, T >= 0, sp.Eq(N, W * U**2)),
            conclusion=T * (N - 1) + L + (sigma + L) * (U - 1) + (W - 1) * (sigma + L + 1) * U
            <= LOG_OF_TOTAL.subs(away, T + sigma),
        ),
        {
            r"$N = W$": {"hypotheses": (L >= 0, sigma >= 0, W >= 1, U >= 1, T >= 0, sp.Eq(N, W))},
            "without 1": {
                "conclusion": T * (N - 1)
                + L
                + (sigma + L) * (U - 1)
                + (W - 1) * (sigma + L + 1) * U
                <= L + (N - 1) * (T + sigma + L)
            },
        },
    )
    return Theorem("log_of_total", (of_sum, scaled, collected))


def slope_from_log() -> Theorem:
    """A product, a difference, an exponential."""
    off = r * (t - top) + d_1 * t + (o + r + d_1) * e
    known = (*_READ, A >= 0, o >= 0, d >= 0, K >= 1, size(d_1) <= d, size(t - top) <= A)
    product = step(
        r"$\hat p - 1$ errs by $r$ and, below $\frac12$, by its rounding $d_1$, at most $d = u$. "
        r"The logarithm and the product add $e$, at most $(|t| + 1)(K - 1)$ of it, $K = "
        r"e^{(\alpha_{\log} + 1)u}$. With $o$ for $|p - 1|$, beside $rt_{top}$, which "
        r"$\hat\lambda$ has, too:",
        Triangle(
            error=off,
            parts=(
                (r * (t - top), R * A),
                (d_1 * t, d * size(t)),
                ((o + r + d_1) * e, (o + R + d) * (size(t) + 1) * (K - 1)),
            ),
            bound=MOVED,
            hypotheses=(*known, size(e) <= (size(t) + 1) * (K - 1)),
        ),
        {
            r"$|t|$ for $|t| + 1$": {"bound": MOVED - (o + R + d) * (K - 1)},
            "without the rounding of $p - 1$": {"bound": MOVED.subs(d, 0)},
            "the reading counted by $|t_{top}|$ of both": {"bound": MOVED - R * A},
        },
    )
    difference = Triangle(
        error=(m_1 + d_1 - m_2 - d_2) * k - (m_1 - m_2),
        parts=(
            ((d_1 - d_2) * k, (rho + v) * U),
            (m_1 * (k - 1), (U - 1) * o * size(t)),
            (-m_2 * (k - 1), (U - 1) * away),
        ),
        bound=DIFFERENCE,
        hypotheses=(
            *(o >= 0, away >= 0, rho >= 0, v >= 0, U >= 1, size(d_1) <= rho, size(d_2) <= v),
            *(size(m_1) <= o * size(t), size(m_2) <= away, *within(k, U)),
        ),
    )
    subtracted = step(
        r"$m_1 = (p - 1)t$ is known up to $\rho$ and $m_2 = \lambda$ up to $v$, $|\lambda| \le s$; "
        r"their difference is rounded, by $k$:",
        difference,
        {
            "without the rounding": {"bound": rho + v},
            r"$\rho$ and $v$ not grown": {
                "bound": rho + v + (U - 1) * (o * size(t) + away),
                "at": at("o s rho v U d_1 d_2 t m_1 m_2 k", "0 0 1 1 2 1 -1 0 0 0 2"),
            },
            "the distance alone": {"bound": (rho + v) * U + (U - 1) * o * size(t)},
        },
    )
    given = (
        *(u > 0, a >= 0, b >= 0, o >= 0, away >= 0, w >= 0, size(t_hat - M) <= w),
        *(size(M) <= o * size(t) + away, size(e) <= (a + b * size(t_hat)) * u),
    )
    exponential = step(
        r"exp errs by $e$ at the computed difference $\hat t$, within $w$ of the exact one $M$:",
        Implication(hypotheses=given, conclusion=size(t_hat - M + e) <= FROM_LOG),
        {
            r"$\alpha(M)$": {
                "conclusion": size(t_hat - M + e) <= w + (a + b * (o * size(t) + away)) * u,
                "at": at("alpha b o s w t M that e u", "0 1 0 1 1 0 1 2 2 1"),
            },
            "without $w$": {"conclusion": size(t_hat - M + e) <= FROM_LOG - w},
        },
    )
    return Theorem("slope_from_log", (product, subtracted, exponential))


THEOREMS = (log_of_total, slope_from_log)
