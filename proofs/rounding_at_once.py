r"""Parameters of a loss on both results, their entries summed at once; a temperature's square.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `moment_at_once`, `underflowing_square`.

Notes
-----
The moment $K = \sum y(g - e)t$ and its bound are those of `moment`, $\langle y, t\rangle$ and its
bound those of `mean_score`, both measured from 0.
"""

from __future__ import annotations

from proofs.implication import Implication
from proofs.rounding_parts import U, at, q, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

D, F, G, H, K, P, R, W, X = real("Delta Phi G H K P R W X")
c, e, f, k, t, y, z = real("c e f k t y z")
gamma, r_1, r_2, d_1, d_2, eta_t, eta_g = real("gamma_l r_1 r_2 D_1 D_2 eta_t eta_g")

CLAIMS = (
    Claim(
        "moment_at_once",
        "The sum of (y (g - e) + gamma y) t over the entries, joined before they are multiplied by "
        "t, errs by at most 4 (B_g + |gamma| B), quanta apart.",
        r"\Big|\hat K - \sum_j\big(y_j(g_j - e) + \gamma y_j\big)t_j\Big| \le 4(B_g + |\gamma|B)",
    ),
    Claim(
        "underflowing_square",
        "Where T^2 is below the normal range its quantum q is z of it, and 1/T^2 errs by c (exp(2r "
        "+ 2u)/(1 - z exp(2r + u)) - 1); where 1/T^2 is below the normal range, by q more.",
        r"c\Big(\frac{e^{2r + 2u}}{1 - ze^{2r + u}} - 1\Big) + q,\ z = q/T^2",
    ),
)

AT_ONCE = P + (size(e) + D) * H + D * R + size(gamma) * H
#: The error of c = 1/T^2, W = e^r of reading T; z is 0 where T^2 is normal, q where c is.
SQUARE = c * (W**2 * U**2 / (1 - z * W**2 * U) - 1) + q


def moment_at_once() -> Theorem:
    """The moment's algebra with one cotangent more, and one rounding."""
    parts = (
        (d_1, P),
        (-d_2 * t, D * R),
        (-(e + d_2) * eta_t, (size(e) + D) * H),
        (gamma * eta_g, size(gamma) * H),
    )
    joined = step(
        r"$y(g - (e - \gamma))$, $y((g + \gamma) - e)$ and $y(g - e) + \gamma y$ times $t$, "
        r"summed, are $\sum gyt f_j - (e + D_2)(\bar t + \eta_t) + \gamma(\bar t + \eta_\gamma)$, "
        r"$\bar t = \sum yt$: every term of $g$, of $e$ and of $\gamma$ has a factor of its own. "
        r"Here $P = \sum|g|ry(\Phi V - 1)$ and $H = \sum ry(\Phi V - 1)$, $V$ of one rounding more "
        r"than in `moment`:",
        Triangle(
            error=d_1 - (e + d_2) * (t + eta_t) + gamma * (t + eta_g) - (gamma - e) * t,
            parts=parts,
            bound=AT_ONCE,
            hypotheses=(
                *(P >= 0, D >= 0, R >= 0, H >= 0, size(d_1) <= P, size(d_2) <= D),
                *(size(t) <= R, size(eta_t) <= H, size(eta_g) <= H),
            ),
        ),
        {
            r"without $\gamma$'s own": {"bound": AT_ONCE - size(gamma) * H},
            r"without $|e|$": {"bound": AT_ONCE - size(e) * H},
            r"without $\Delta_eR$": {"bound": AT_ONCE - D * R},
        },
    )
    known = (y >= 0, R >= 0, K >= 1, U >= 1, U <= 2, F >= U**2)
    four = step(
        r"A term of $P$ or $H$ with $V = KU$, $K = e^{(h + 4)u}$, is at most four times what "
        r"`moment` and `mean_score` hold, as $F \ge 2u$ and $U \le 2$; the size of $t$ is $R$ "
        "here:",
        Implication(
            hypotheses=known, conclusion=R * y * (F * K * U - 1) <= 4 * R * y * (F * K - 1)
        ),
        {
            "once": {"conclusion": R * y * (F * K * U - 1) <= R * y * (F * K - 1)},
            r"any $\Phi$": {"hypotheses": (*known[:-1], F >= 1)},
        },
    )
    held = P + (size(e) + D) * H + D * R
    both = step(
        r"With $P$ and $H$ for what these hold, $\Delta R$ being the same in both, the whole is at "
        r"most $4(B_g + |\gamma|B)$:",
        Implication(
            hypotheses=(P >= 0, D >= 0, R >= 0, H >= 0),
            conclusion=4 * P + (size(e) + D) * 4 * H + D * R + size(gamma) * 4 * H
            <= 4 * (held + size(gamma) * H),
        ),
        {
            r"$B_g$ alone": {
                "conclusion": 4 * P + (size(e) + D) * 4 * H + D * R + size(gamma) * 4 * H
                <= 4 * held
            },
            "three times": {
                "conclusion": 4 * P + (size(e) + D) * 4 * H + D * R + size(gamma) * 4 * H
                <= 3 * (held + size(gamma) * H)
            },
        },
    )
    quanta = step(
        r"$\gamma y$ may underflow before it is multiplied by $t$, by $r_1$, and its product with "
        r"$t$ by $r_2$: no more than each of the products of $g$ and of $e$ does, and of those "
        r"$4B_g$ has four times as many:",
        Triangle(
            error=r_1 * t * f + r_2 * k,
            parts=((r_1 * t * f, q * R * G), (r_2 * k, q * G)),
            bound=q * (R + 1) * G,
            hypotheses=(
                *(q >= 0, R >= 0, G >= 1, size(r_1) <= q, size(r_2) <= q, size(t) <= R),
                *(*within(f, G), *within(k, G)),
            ),
        ),
        {
            "one quantum": {"bound": q * G},
            "not grown": {"bound": q * (R + 1)},
        },
    )
    return Theorem("moment_at_once", (joined, four, both, quanta))


def underflowing_square() -> Theorem:
    """A relative error of the square, and an absolute one of its inverse."""
    known = (W >= 1, U >= 1, z >= 0, z * W**2 * U < 1, *within(f, W**2 * U), *within(k, U))
    half, more = (
        at("W U f k z r_1 G", f"1 1 1 1 1/2 {values}") for values in ("-1/2 2", "1/2 2/3")
    )
    inverse = step(
        r"In units of $T^2$ the computed square is $f + r_1$, $f$ within $W^2U$, $|r_1| \le z$. "
        r"Its inverse is rounded, by $k$, and with $X$ for the bound is within",
        Implication(
            hypotheses=(*known, size(r_1) <= z, G * (f + r_1) >= k, G * (f + r_1) <= k),
            conclusion=G - 1 <= X - 1,
            where={X: W**2 * U**2 / (1 - z * W**2 * U)},
        ),
        {
            r"without $z$": {"where": {X: W**2 * U**2}, "at": half},
            r"$1 + z$": {"where": {X: W**2 * U**2 * (1 + z)}, "at": half},
        },
    )
    below = step(
        r"and no nearer to 0 than",
        Implication(
            hypotheses=(*known, size(r_1) <= z, G * (f + r_1) >= k, G * (f + r_1) <= k),
            conclusion=1 - G <= X - 1,
            where={X: W**2 * U**2 / (1 - z * W**2 * U)},
        ),
        {
            r"without $z$": {"where": {X: W**2 * U**2}, "at": more},
            "by nothing": {"conclusion": 1 - G <= 0, "at": more},
        },
    )
    product = step(
        r"$c = 1/T^2$ itself may underflow, by $r_2$:",
        Triangle(
            error=c * G + r_2 - c,
            parts=((c * (G - 1), c * (X - 1)), (r_2, q)),
            bound=c * (X - 1) + q,
            hypotheses=(c >= 0, X >= 1, q >= 0, size(G - 1) <= X - 1, size(r_2) <= q),
        ),
        {"its quantum left out": {"bound": c * (X - 1)}, "its quantum alone": {"bound": q}},
    )
    return Theorem("underflowing_square", (inverse, below, product))


THEOREMS = (moment_at_once, underflowing_square)
