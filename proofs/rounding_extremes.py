r"""The gradient of self_adjust_normalized at the smallest and the largest score.

Definitions
-----------
Those of :mod:`proofs.rounding`; $p$ is the place of a score, as in `times_place`.

Statements
----------
- `rest_of_place`, `extreme_sum`.

Notes
-----
The gradient is that of `modulated` with $w = g \odot p$ and $x = g/D$, after $3 + \beta$ roundings;
at the two extremes $\sum gy(1 - p)/D$ and $\sum gyp/D$ are taken from it. What underflows in their
products, but for the quantum of $y$, is in `place_quanta`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import EPSILON, U, at, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

B, C, F, K, M, Q, W, zeta = real("B C Phi K M Q W zeta")
c, d, f, g, h, k, p, t, v, w, y, z = real("c delta f g h k p t v w y z")
h_hat, v_hat = real("hhat vhat")

CLAIMS = (
    Claim(
        "rest_of_place",
        "1 - p errs by (1 - p) expm1(k u), and absolutely by p expm1(k u) + z exp(k u), k all "
        "roundings of p and of what follows, z what the place errs by besides.",
        r"W = p(e^{ku} - 1) + \zeta e^{ku}",
    ),
    Claim(
        "extreme_sum",
        "A term g y t, t the place or its rest, errs by |g| (y t expm1(F + k u) + y exp(F) W + Q "
        "(1 + z) exp(k u)), and the difference of both parts by one rounding of all.",
        r"|g|\big(yt(e^{F + ku} - 1) + ye^FW + Q(1 + \zeta)e^{ku}\big)",
    ),
)

#: K = e^(ku).
ABSOLUTE = p * (K - 1) + zeta * K
TERM = size(g) * (y * t * (F * K - 1) + y * F * W + Q * (1 + zeta) * K)
LAST = B + M + (U - 1) * (size(h) + size(v) + B + M)


def rest_of_place() -> Theorem:
    """An absolute error of the place stays one of the rest."""
    parts = (
        ((1 - p) * (EPSILON - 1), (1 - p) * (U - 1)),
        (-p * (c - 1) * EPSILON, p * (C - 1) * U),
        (-z * EPSILON, zeta * U),
    )
    most = (1 - p) * (U - 1) + p * (C - 1) * U + zeta * U
    known = (p >= 0, p <= 1, C >= 1, U >= 1, zeta >= 0, *within(c, C), *within(EPSILON, U))
    rest = step(
        r"The place is $pc + z$, $c$ within $C = e^{(2 + \beta)u}$ and $|z| \le \zeta$. Its rest "
        r"is $1 - pc - z$, rounded:",
        Triangle(
            error=(1 - p * c - z) * EPSILON - (1 - p),
            parts=parts,
            bound=most,
            hypotheses=(*known, 1 - p >= 0, size(z) <= zeta),
        ),
        {
            "relative to the rest": {"bound": (1 - p) * (C * U - 1) + zeta * U},
            r"without $\zeta$": {"bound": most - zeta * U},
            "an exact difference": {"bound": most.subs(U, 1)},
        },
    )
    follows = step(
        r"What follows multiplies it, by $k$ roundings in all: with $K = e^{ku}$ for $C$, $U$ and "
        r"what follows, $F$ here, the absolute part is at most $W$:",
        Implication(
            hypotheses=(p >= 0, zeta >= 0, C >= 1, U >= 1, F >= 1, sp.Eq(K, C * U * F)),
            conclusion=(p * (C - 1) + zeta) * U * F <= ABSOLUTE,
        ),
        {
            r"$\zeta$ not grown": {
                "conclusion": (p * (C - 1) + zeta) * U * F <= p * (K - 1) + zeta
            },
            "without $p$": {"conclusion": (p * (C - 1) + zeta) * U * F <= zeta * K},
        },
    )
    return Theorem("rest_of_place", (rest, follows))


def extreme_sum() -> Theorem:
    """One term, and the last difference."""
    parts = (
        (g * y * t * (f * k - 1), size(g) * y * t * (F * K - 1)),
        (g * y * f * w, size(g) * y * F * W),
        (g * d * (t * k + w), size(g) * Q * (1 + zeta) * K),
    )
    known = (y >= 0, t >= 0, F >= 1, K >= 1, W >= 0, Q >= 0, zeta >= 0, size(d) <= Q)
    factors = (*within(f, F), *within(k, K), size(w) <= W, size(t * k + w) <= (1 + zeta) * K)
    one = step(
        r"$t$ is $p$ or $1 - p$, computed as $tk + w$, $k$ within $K$ and $|w| \le W$; with $\hat "
        r"y = yf + \delta$. In size $tk + w$ is at most $(1 + \zeta)K$, as the next step shows:",
        Triangle(
            error=g * ((y * f + d) * (t * k + w) - y * t),
            parts=parts,
            bound=TERM,
            hypotheses=(*known, *factors),
        ),
        {
            "without $W$": {"bound": TERM.subs(W, 0)},
            "$W$ not grown by $e^F$": {
                "bound": TERM - size(g) * y * (F - 1) * W,
                "at": at("Phi K Q W delta f g k t w y zeta", "2 1 0 1 0 2 1 1 0 1 1 0"),
            },
            r"$Q$ times $K$ alone": {"bound": TERM - size(g) * Q * zeta * K},
        },
    )
    sizes = (p >= 0, p <= 1, K >= 1, zeta >= 0, k >= 0, k <= K, size(w) <= W)
    whole = step(
        r"For the rest, $t = 1 - p$; the place itself has $|w| \le \zeta K$ and $t \le 1$:",
        Implication(
            hypotheses=(*sizes, sp.Eq(W, ABSOLUTE)),
            conclusion=size((1 - p) * k + w) <= (1 + zeta) * K,
        ),
        {
            "at most $K$": {"conclusion": size((1 - p) * k + w) <= K},
            r"$(1 + \zeta)$": {"conclusion": size((1 - p) * k + w) <= 1 + zeta},
        },
    )
    parts_of_last = (
        ((h_hat - h) * EPSILON, B * U),
        ((v - v_hat) * EPSILON, M * U),
        ((h - v) * (EPSILON - 1), (size(h) + size(v)) * (U - 1)),
    )
    last = step(
        r"With $\hat h$ within $B$ of the row's gradient and $\hat v$ within $M$ of the sum, which "
        r"$1/D$ multiplies, their difference is rounded:",
        Triangle(
            error=(h_hat - v_hat) * EPSILON - (h - v),
            parts=parts_of_last,
            bound=LAST,
            hypotheses=(
                *(B >= 0, M >= 0, U >= 1, size(h_hat - h) <= B, size(v_hat - v) <= M),
                *within(EPSILON, U),
            ),
        ),
        {
            "exact": {"bound": B + M},
            "the rounding of the exact difference alone": {
                "bound": B + M + (U - 1) * (size(h) + size(v))
            },
        },
    )
    return Theorem("extreme_sum", (one, whole, last))


THEOREMS = (rest_of_place, extreme_sum)
