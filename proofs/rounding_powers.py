r"""Weights that are powers: symax with $p \ne 1$, and its offset.

Definitions
-----------
Those of :mod:`proofs.rounding`. $t = \log|x_j|$ and $A = |\log(|x_j|/m)|$, $m$ the largest size;
$p$ is read up to $R$, computed as $\hat p = p + r$.

Statements
----------
- `power_error`, `power_offset`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import U, at, real, size, step, u, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

A, K, L, M, R, T, V, W, X = real("A K L M R T V W X")
a, beta, e, f, k, lam, p, r, s, t = real("alpha beta e f k ell p r s t")
e_1, e_2, d_1, d_2, d_3, top = real("e_1 e_2 d_1 d_2 d_3 t_top")
e_s, read = real("e_S r_eta")

CLAIMS = (
    Claim(
        "power_error",
        "A power at the scale of the largest errs by alpha_pow u + R (A + log 2), divided by the "
        "largest by p u more, and as exp(p log|x|), before exp's own error, by (alpha_log + 2) u "
        "p (M + 1) exp((alpha_log + 5) u) + R (A + log 2), M the larger of |log|x|| and A.",
        r"\alpha_{pow}u + R(A + \log 2) + pu,\quad "
        r"(\alpha_{\log} + 2)u\,p\,(M + 1)\,e^{(\alpha_{\log} + 5)u} + R(A + \log 2)",
    ),
    Claim(
        "power_offset",
        "The offset over m^p, or twice over m^(p/2), errs by 2 (alpha_pow + 1) u + R |log m| and "
        "the reading of eta; and so does 1/Z, but for the sum and the last division.",
        r"r_\eta + 2(\alpha_{pow} + 1)u + R|\log m|",
    ),
)

LIBRARY = R * (A + lam) + a
DIVIDED = LIBRARY + p * u
#: W = exp((alpha_log + 5) u).
LOGARITHM = R * (A + lam) + (a + 2) * u * p * (M + 1) * W
#: Of 1/Z, before what the sum's own error adds.
TOTAL = L + (beta + 2) * u + 2 * a + R * size(s)
OFFSET = read + 2 * (a + u) + R * size(s)
_READ = (R >= 0, size(r) <= R)


def power_error() -> Theorem:
    """The library's power, after a division, and through the logarithm."""
    parts = ((r * t, R * (A + lam)), (e, a))
    library = step(
        r"Let $2^k$ be the scale and $t = \log(|x_j|/2^k)$ here, which is exact; $2^k$ is within a "
        r"factor of two of $m$, so $|t| \le A + \ell$, $\ell = \log 2$. The function errs by $e$, "
        r"at most $\alpha = \alpha_{pow}u$:",
        Triangle(
            error=(p + r) * t + e - p * t,
            parts=parts,
            bound=LIBRARY,
            hypotheses=(*_READ, A >= 0, lam >= 0, a >= 0, size(t) <= A + lam, size(e) <= a),
        ),
        {
            "the scale left out": {"bound": R * A + a},
            "the reading left out": {"bound": a},
            "the function left out": {"bound": R * (A + lam)},
        },
    )
    known = (*_READ, p > 0, A >= 0, a >= 0, u >= 0, lam >= u)
    off = size((p + r) * (d_1 - A) + e + p * A)
    divided = step(
        r"$|x_j|/m$ is rounded, by $d_1$; the power has it $\hat p$ times, and $Ru$ is within "
        r"$R\log 2$:",
        Implication(hypotheses=(*known, size(d_1) <= u, size(e) <= a), conclusion=off <= DIVIDED),
        {
            "the division left out": {"conclusion": off <= LIBRARY},
            r"without $R\log 2$": {
                "conclusion": off <= R * A + a + p * u,
                "at": at("A R alpha d_1 e ell p r u", "0 1 0 1 0 1 1 1 1"),
            },
            r"$\log 2 < u$": {"hypotheses": (*known[:-1], lam > 0, size(d_1) <= u, size(e) <= a)},
        },
    )
    parts = (((p + r) * t * (k - 1), (p + R) * T * (K - 1)), (r * (t - top), R * A))
    scaled = step(
        r"As $\exp(\hat p\log|x_j|)$ the logarithm and the product are within $K = "
        r"e^{(\alpha_{\log} + 1)u}$. $rt_{top}$ is common to all scores and cancels, by "
        r"`common_cancels`. Beside it, with $|t| \le T$, $\rho_j$ is at most",
        Triangle(
            error=(p + r) * t * k - p * t - r * top,
            parts=parts,
            bound=(p + R) * T * (K - 1) + R * A,
            hypotheses=(
                *(*_READ, p > 0, T >= 0, A >= 0, K >= 1, size(t) <= T, size(t - top) <= A),
                *within(k, K),
            ),
        ),
        {
            r"$p$ for $p + R$": {"bound": p * T * (K - 1) + R * A},
            "the reading left out": {"bound": (p + R) * T * (K - 1)},
            r"$1 - 1/K$": {"bound": (p + R) * T * (1 - 1 / K) + R * A},
        },
    )
    tau = (1 + u) * (p * (1 + u) * T * X + R * A) + u * (p * A + p * (1 + u) * (T + A) * X)
    most = R * A + p * M * ((1 + u) * (1 + 3 * u) * X + u * (1 + u))
    sizes = (p > 0, u > 0, X >= 0, T >= 0, T <= M, A >= 0, A <= M, R >= 0, R <= u * p)
    collected = step(
        r"By `scale_first` $\tau = \rho_j + u(d + \rho_j + \rho_{top})$. With $X = K - 1$, $R \le "
        r"up$, $|t_{top}| \le |t| + A$, $T$ and $A$ at most $M$; and $\rho_{top}$, which enters "
        r"exp, is at most twice that:",
        Implication(
            hypotheses=sizes,
            conclusion=sp.And(tau <= most, p * (1 + u) * (T + A) * X <= 2 * most),
        ),
        {
            r"$\rho_{top}$ within $\ell$": {"conclusion": p * (1 + u) * (T + A) * X <= most},
            r"without $3u$": {
                "conclusion": tau <= R * A + p * M * ((1 + u) * X + u * (1 + u)),
            },
            r"$u$ for $u(1 + u)$": {
                "conclusion": tau <= R * A + p * M * ((1 + u) * (1 + 3 * u) * X + u),
                "at": at("A M R T X p u", "1 1 1 1 0 1 1"),
            },
            r"$t$ alone for $M$": {"hypotheses": (*sizes[:6], R >= 0, R <= u * p)},
        },
    )
    given = (u > 0, a >= 0, V * (1 - s) <= 1, sp.Eq(s, (a + 1) * u), V >= 1, U >= 1 + u)
    inner = (1 + u) * (1 + 3 * u) * (V - 1) + u * (1 + u)
    small = step(
        r"With $V = K = e^s$, $s = (\alpha + 1)u$, $\alpha = \alpha_{\log}$, by the tangent of exp "
        r"$V - 1 \le sV$ and $U = e^u \ge 1 + u$: what stands beside $pM$ is at most $(\alpha + "
        r"2)ue^{(\alpha + 5)u}$, $e^{(\alpha + 5)u} = VU^4$:",
        Implication(
            hypotheses=(*given, V <= 1 + s * V, sp.Eq(W, U**4)),
            conclusion=inner <= (a + 2) * u * V * W,
        ),
        {
            r"$e^{(\alpha + 1)u}$": {
                "hypotheses": (*given, V <= 1 + s * V, sp.Eq(W, 1)),
                "at": at("alpha V U s u", "0 2 2 1/2 1/2"),
            },
            r"$\alpha + 1$": {
                "conclusion": inner <= (a + 1) * u * V * W,
                "at": at(
                    "alpha V U W s u",
                    "0 256/255 257/256 4362470401/4294967296 1/256 1/256",
                ),
            },
        },
    )
    return Theorem("power_error", (library, divided, scaled, collected, small))


def power_offset() -> Theorem:
    """Two powers and two divisions, in logarithms."""
    parts = (
        (f, read),
        (-r * s, R * size(s)),
        (-e_1, a),
        (-e_2, a),
        (d_1, u),
        (d_2, u),
    )
    known = (*_READ, a >= 0, u >= 0, size(e_1) <= a, size(e_2) <= a, size(d_1) <= u, size(d_2) <= u)
    offset = step(
        r"With $s = \log m$ and $\alpha = \alpha_{pow}u$: $\eta$ is read, by $f$, at most "
        r"$r_\eta$; $m^{\hat p/2}$ twice has $e_1$, $e_2$, the divisions have $d_1$, $d_2$. "
        r"$m^{\hat p}$ once has one of each:",
        Triangle(
            error=f - r * s - e_1 - e_2 + d_1 + d_2,
            parts=parts,
            bound=OFFSET,
            hypotheses=(*known, read >= 0, size(f) <= read),
        ),
        {
            "one power": {
                "bound": OFFSET - a,
                "at": at("alpha R r s u f r_eta e_1 e_2 d_1 d_2", "1 0 0 0 0 0 0 -1 -1 0 0"),
            },
            "one division": {"bound": OFFSET - u},
            r"without $R|\log m|$": {"bound": OFFSET.subs(R, 0)},
        },
    )
    without = (*parts[1:], (-e_s, L), (d_3, beta * u))
    total = step(
        r"$1/Z = m^{-\hat p}/S$ has the error $e_S$ of the sum for that of $\eta$, and with the "
        r"division by $S$ and the product with $\hat e$ no more than $\beta u$, $d_3$, besides. It "
        r"is the $F$ of `over_sum`:",
        Triangle(
            error=-r * s - e_1 - e_2 + d_1 + d_2 - e_s + d_3,
            parts=without,
            bound=TOTAL,
            hypotheses=(*known, L >= 0, beta >= 0, size(e_s) <= L, size(d_3) <= beta * u),
        ),
        {
            "one power": {
                "bound": TOTAL - a,
                "at": at(
                    "alpha beta L R r s u e_1 e_2 e_S d_1 d_2 d_3", "1 0 0 0 0 0 0 -1 -1 0 0 0 0"
                ),
            },
            "without the sum": {"bound": TOTAL - L},
        },
    )
    return Theorem("power_offset", (offset, total))


THEOREMS = (power_error, power_offset)
