r"""The gradients of symax: of the scores, and of its exponent.

Definitions
-----------
Those of :mod:`proofs.rounding_powers`.

Statements
----------
- `power_slope`, `power_moment`.

Notes
-----
Quanta are those of `any_order`, scores that flushing reads as 0 in the moment those of
`flushed_moment`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import at, real, size, step, u, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

A, C, D, F, L, M, R, W = real("A C Delta Phi L M R W")
beta, e, f, lam, p, r, t, y = real("beta e f ell p r t y")
d_1, d_2, rho, e_hat, e_s = real("d_1 d_2 rho ehat e_S")

CLAIMS = (
    Claim(
        "power_slope",
        "The slope p |x|^(p-1)/Z errs by that of the power, R/p, L, (beta + 4) u and A u: p - 1 is "
        "exact from 1/2 on and errs by at most u below; scores read as 0 are left out of e.",
        r"E + \tfrac Rp + L + (\beta + 4)u + Au",
    ),
    Claim(
        "power_moment",
        "A term y log|x| of the gradient of p errs by y (|log|x|| + 1) expm1(F + alpha_log u), "
        "where x is read, and by y |log|x|| expm1(F + alpha_log u) where it is not.",
        r"y(|t| + 1)(e^{F + \alpha_{\log}u} - 1)",
    ),
)

SLOPE = F + R / p + L + (beta + 4) * u + A * u
MOMENT_TERM = y * (size(t) + 1) * (F * C - 1)
_READ = (R >= 0, size(r) <= R)


def power_slope() -> Theorem:
    """The exponent p - 1, what follows the power, and what is left out of e."""
    half = sp.Rational(1, 2)
    near = sp.Or(sp.And(p <= 1, 1 <= 2 * p), sp.And(p >= 1, p - 1 <= p))
    exact = step(
        r"From $\frac12$ to 1 `exact_difference` has its hypothesis. From 1 on $p - 1$ is a "
        r"multiple of the last place of $p$, as 1 is where that is at most 1, and no larger than "
        r"$p$: exact, too; a larger last place is outside of what is allowed of $p$:",
        Implication(hypotheses=(p >= half,), conclusion=near),
        {
            "every $p$": {"hypotheses": (p > 0,)},
            r"$p \ge \frac14$": {"hypotheses": (p >= half / 2,)},
        },
    )
    off = size((r + d_1) * t)
    known = (*_READ, A >= 0, lam >= 0, lam <= 1, u >= 0, size(d_1) <= u, size(t) <= A + lam)
    below = step(
        r"Below $\frac12$, $|p - 1| \le 1$ and the difference errs by $d_1$, at most $u$. The "
        r"power has it times $t$, $|t| \le A + \log 2$, $\ell = \log 2$:",
        Implication(hypotheses=known, conclusion=off <= R * (A + lam) + A * u + u),
        {
            "without $u$": {"conclusion": off <= R * (A + lam) + A * u},
            "without $Au$": {"conclusion": off <= R * (A + lam) + u},
        },
    )
    parts = ((e, F), (d_1, A * u + u), (f, R / p), (-e_s, L), (d_2, (beta + 3) * u))
    follows = step(
        r"The power errs by $e$, at most $E = \Phi$ here, the reading of $p - 1$ included, and by "
        r"$d_1$ as said; the factor $p$ by $f$; the sum by $e_S$; the quotient, the product with "
        r"$p$ and with the scale, one to spare, by $d_2$:",
        Triangle(
            error=e + d_1 + f - e_s + d_2,
            parts=parts,
            bound=SLOPE,
            hypotheses=(
                *(F >= 0, A >= 0, u >= 0, R >= 0, p > 0, L >= 0, beta >= 0, size(e) <= F),
                *(size(d_1) <= A * u + u, size(f) <= R / p, size(e_s) <= L),
                size(d_2) <= (beta + 3) * u,
            ),
        ),
        {
            "$p$ not read": {"bound": F + L + (beta + 4) * u + A * u},
            r"$(\beta + 3)u$": {
                "bound": SLOPE - u,
                "at": at("Phi A R p L beta u e d_1 d_2 f e_S", "0 0 0 1 0 0 1 0 1 3 0 0"),
            },
            "without $Au$": {
                "bound": SLOPE - A * u,
                "at": at("Phi A R p L beta u e d_1 d_2 f e_S", "0 1 0 1 0 0 1 0 2 3 0 0"),
            },
        },
    )
    left = step(
        r"The slope takes the place of $y$ in `pulled_back`. Of $e$ the scores read as 0 are left "
        r"out, $f$, at most $M = \sum|g|y$ of theirs:",
        Triangle(
            error=e_hat - f - e,
            parts=((e_hat - e, D), (-f, M)),
            bound=D + M,
            hypotheses=(D >= 0, M >= 0, size(e_hat - e) <= D, size(f) <= M),
        ),
        {"nothing left out": {"bound": D}, "the larger of both": {"bound": sp.Max(D, M)}},
    )
    return Theorem("power_slope", (exact, below, follows, left))


def power_moment() -> Theorem:
    """The logarithm in the place of the score."""
    factor = Implication(
        hypotheses=(F >= 1 + 2 * u, C >= 1, u >= 0, u <= sp.Rational(1, 2), sp.Eq(W, F * C)),
        conclusion=u * W <= W - 1,
    )
    enough = step(
        r"Let the term's factor be within $\Phi C$, $C = e^{\alpha_{\log}u}$ for the logarithm. "
        r"Where $x$ is read $F \ge 2u$, so $\Phi \ge 1 + 2u$, and $W = \Phi C$ has",
        factor,
        {
            r"$F \ge 0$": {
                "hypotheses": (F >= 1, C >= 1, u >= 0, u <= sp.Rational(1, 2), sp.Eq(W, F * C))
            },
            r"any $u$": {"hypotheses": (F >= 1 + 2 * u, C >= 1, u >= 0, sp.Eq(W, F * C))},
        },
    )
    known = (y >= 0, W >= 1, *within(f, W))
    only = step(
        r"Reading $|x|$ moves $t$ by $\rho$, at most $u$. So with $uW \le W - 1$ a term errs by "
        r"at most $y(|t| + 1)(\Phi C - 1)$, and they add up as in `moment`, $t$ measured from 0:",
        Triangle(
            error=y * (f * (t + rho) - t),
            parts=((y * t * (f - 1), y * size(t) * (W - 1)), (y * f * rho, y * u * W)),
            bound=y * (size(t) * (W - 1) + u * W),
            hypotheses=(*known, u >= 0, size(rho) <= u),
        ),
        {
            r"$|t|$ for $|t| + 1$": {"bound": y * size(t) * (W - 1)},
            r"the reading not grown": {"bound": y * (size(t) * (W - 1) + u)},
        },
    )
    plain = step(
        r"and where it is not read:",
        Implication(
            hypotheses=(*known, sp.Eq(W, F * C), F >= 1, C >= 1),
            conclusion=size(y * (f * t - t)) <= y * size(t) * (W - 1),
        ),
        {
            r"without $\alpha_{\log}$": {
                "conclusion": size(y * (f * t - t)) <= y * size(t) * (F - 1)
            },
            "without $F$": {"conclusion": size(y * (f * t - t)) <= y * size(t) * (C - 1)},
        },
    )
    return Theorem("power_moment", (enough, only, plain))


THEOREMS = (power_slope, power_moment)
