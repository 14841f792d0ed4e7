r"""Pairs of numbers, the second what rounding has lost of the first: their sums, their inverse.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `pair_sum`, `pair_inverse`.

Notes
-----
The hypotheses **(N)** and **(S)** are those of :mod:`proofs.rounding_device`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import at, real, size, step, u
from proofs.theorem import Theorem
from refsoft.card import Claim

S, V, W, X, Y = real("S V W X Y")
e, h, r, s, rho = real("e h r s rho")
e_1, e_2, m_1, m_2, n_1, n_2 = real("epsilon_1 epsilon_2 m_1 m_2 eta_1 eta_2")

CLAIMS = (
    Claim(
        "pair_sum",
        "Under N and S a sum as a pair of terms that pass h additions errs by at most ((1 + u)^h - "
        "1)((1 + u)^(2h) - 1) of it, below u up to 2048 additions in float32.",
        r"(N), (S) \Rightarrow |\hat s - s| \le \big((1 + u)^h - 1\big)\big((1 + u)^{2h} - 1\big)s",
    ),
    Claim(
        "pair_inverse",
        "Under N the inverse of a pair as a pair errs by at most 22 u^2 of it.",
        r"(N) \Rightarrow \Big|\text{near} + \text{far} - \frac1{z + \ell}\Big| \le "
        r"\frac{22u^2}{z + \ell}",
    ),
)

#: What the inverse of a pair errs by.
INVERSE = 22 * u**2


def pair_sum() -> Theorem:
    """What is lost adds up to little, and what is lost of that to less."""
    before = size(m_1) + size(m_2) <= (W - 1) * S
    lost = (W >= 1, u > 0, S >= 0, before, size(e) <= u * (S + size(m_1) + size(m_2)))
    first = step(
        r"**(S)** The near number of a pair is the exact sum of its terms less that of what "
        r"additions have lost, $m_1$ and $m_2$ of two pairs, $e$ with the next addition. $S$ is "
        r"the sum of both; $W$ bounds the additions that a term has passed, and $W(1 + u)$ those "
        "with this one:",
        Implication(hypotheses=lost, conclusion=size(m_1 + m_2 + e) <= (W * (1 + u) - 1) * S),
        {
            "$W$ as before": {"conclusion": size(m_1 + m_2 + e) <= (W - 1) * S},
            "$u$ of the sum alone": {
                "conclusion": size(m_1 + m_2 + e) <= (W - 1 + u) * S,
                "at": at("W u S m_1 m_2 e", "2 1 1 1 0 2"),
            },
        },
    )
    sizes = size(m_1) + size(m_2) + size(e)
    known = (
        *(V >= 1, X >= 1, Y >= 1, S >= 0, sizes <= (V - 1) * S),
        size(n_1) + size(n_2) <= (X - 1) * (V - 1) * S,
        size(r) <= (Y - 1) * (sizes + size(n_1) + size(n_2)),
    )
    second = step(
        r"The far number is that sum but for $\eta_1$ and $\eta_2$: two roundings, $Y = (1 + "
        r"u)^2$, of what it is then, $r$. With $V = W(1 + u)$, and $X = (1 + u)^{2h}$ before:",
        Implication(hypotheses=known, conclusion=size(n_1 + n_2 + r) <= (X * Y - 1) * (V - 1) * S),
        {
            "$X$ as before": {
                "conclusion": size(n_1 + n_2 + r) <= (X - 1) * (V - 1) * S,
            },
            r"$Y$ alone": {"conclusion": size(n_1 + n_2 + r) <= (Y - 1) * (V - 1) * S},
        },
    )
    few = step(
        r"As $W = (1 + u)^h \le e^{hu} \le 1/(1 - hu)$, for $8hu \le 1$ and $4h^2u \le 1$, as with "
        r"$h = 2048$ in float32, it is below $u$:",
        Implication(
            hypotheses=(
                *(u > 0, h >= 1, 8 * h * u <= 1, 4 * h**2 * u <= 1, W >= 1),
                W * (1 - h * u) <= 1,
            ),
            conclusion=(W - 1) * (W**2 - 1) <= u,
        ),
        {
            r"$h^2u \le 1$": {
                "hypotheses": (
                    *(u > 0, h >= 1, 8 * h * u <= 1, h**2 * u <= 1, W >= 1),
                    W * (1 - h * u) <= 1,
                ),
                "at": at("u h W", "1/64 8 8/7"),
            },
            r"$u/2$": {
                "conclusion": (W - 1) * (W**2 - 1) <= u / 2,
                "at": at("u h W", "1/1024 16 64/63"),
            },
        },
    )
    return Theorem("pair_sum", (first, second, few))


def pair_inverse() -> Theorem:
    """One step of Newton's."""
    tiny = (u > 0, u <= sp.Rational(1, 256))
    sizes = (size(r) <= u, size(s) <= 2 * u)
    factors = (size(e_1) <= 4 * u, size(e_2) <= 4 * u)
    moved = step(
        r"**(N)** near is $1/z$ rounded, so $r = 1 - \text{near}\,z$ is at most $u$, and $s = "
        r"\text{near}\,\ell$ at most $2u$. The fused product, the product, their difference and "
        r"its product with near round, three of them each, $(1 + u)^3 - 1 \le 4u$:",
        Implication(
            hypotheses=(*tiny, *sizes, *factors),
            conclusion=size(r * (1 + e_1) - s * (1 + e_2) - (r - s)) <= 12 * u**2,
        ),
        {
            "relative to the difference": {
                "conclusion": size(r * (1 + e_1) - s * (1 + e_2) - (r - s)) <= 4 * u * size(r - s),
                "at": at("u r s epsilon_1 epsilon_2", "1/256 1/256 1/256 1/64 -1/64"),
            },
            "$8u^2$": {
                "conclusion": size(r * (1 + e_1) - s * (1 + e_2) - (r - s)) <= 8 * u**2,
                "at": at("u r s epsilon_1 epsilon_2", "1/256 1/256 -1/128 1/64 1/64"),
            },
        },
    )
    only = step(
        r"With $\rho = r - s$, $\text{near}\,(z + \ell) = 1 - \rho$, and near + far is near times "
        r"$1 + \rho + e$, $|e| \le 12u^2$: that is $1/(z + \ell)$ times",
        Implication(
            hypotheses=(*tiny, size(rho) <= 3 * u, size(e) <= 12 * u**2),
            conclusion=size((1 - rho) * (1 + rho + e) - 1) <= INVERSE,
        ),
        {
            r"without $\rho^2$": {
                "conclusion": size((1 - rho) * (1 + rho + e) - 1) <= 13 * u**2,
                "at": at("u rho e", "1/256 3/256 -3/16384"),
            },
            "no step": {
                "conclusion": size((1 - rho) - 1) <= INVERSE,
                "at": at("u rho e", "1/256 3/256 0"),
            },
        },
    )
    return Theorem("pair_inverse", (moved, only))


THEOREMS = (pair_sum, pair_inverse)
