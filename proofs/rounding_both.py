r"""Parameters of a loss on both results, y and the log-sum-exp.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `mean_score`, `parameter_on_both`.

Notes
-----
The gradients of the log-sum-exp are $1/Z$ and $y_s$, which `over_sum` and `sink_slope` bound at
$e = -1$, $\Delta_e = 0$, and $\langle y, x\rangle$ times what `temperature_slope` and
`length_slope` multiply.
"""

from __future__ import annotations

from proofs.implication import Implication
from proofs.rounding_parts import U, at, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

B, D, F, G, M, V = real("B Delta Phi G M V")
e, f, gap, h, m, r, v, x, y, z = real("e f gamma h m r v x y z")
gamma, e_hat, eps_1 = real("gamma_l ehat epsilon_1")

CLAIMS = (
    Claim(
        "mean_score",
        "<y, x>, taken from 0 or from the largest score, errs by the sum of r y expm1(F + (h + 4) "
        "u), r = |x| + gap, quanta apart.",
        r"\sum_jy_jr_j(e^{F_j + (h + 4)u} - 1),\ r_j = |x_j| + \gamma_j",
    ),
    Claim(
        "parameter_on_both",
        "The gradient (gamma - e)/Z of n, or times y_s of the sink, taken at once or in two parts, "
        "and those of T, s and b in two parts err by at most 4 (B_g + |gamma| B), quanta apart.",
        r"4(B_g + |\gamma|B)",
    ),
)

#: Of both results, M for |gamma| times that of the log-sum-exp.
ON_BOTH = 4 * (B + M)
MEAN_SCORE = y * (size(x) + gap) * (F * V - 1)


def mean_score() -> Theorem:
    """One term, for both ways."""
    known = (y >= 0, F >= 1, V >= 1, U >= 1, *within(f, F * V))
    zero = step(
        r"From 0 a term has the factor $f$ within $\Phi V$, $V = e^{(h + 1)u}$:",
        Implication(
            hypotheses=(*known, gap >= 0), conclusion=size(y * x * f - y * x) <= MEAN_SCORE
        ),
        {
            "without the sum": {
                "conclusion": size(y * x * f - y * x) <= y * (size(x) + gap) * (F - 1)
            },
            r"the distance alone": {"conclusion": size(y * x * f - y * x) <= y * gap * (F * V - 1)},
        },
    )
    parts = (
        (y * m * (eps_1 - 1), y * r * (U - 1)),
        (y * (x - m) * (f * eps_1 - 1), y * r * (G - 1)),
    )
    top = step(
        r"From the largest score $m$ it is $m + \sum y(x - m)$, $m = \sum ym$ exactly: a term is "
        r"$m + (x - m)f$, $f$ within $\Phi V$ with $V = e^{(h + 2)u}$ and one rounding, "
        r"$\varepsilon_1$, of all; $G = \Phi VU$. $|m|$ and $|x - m|$ are at most $r = |x| + "
        r"\gamma$:",
        Triangle(
            error=y * ((m + (x - m) * f) * eps_1 - x),
            parts=parts,
            bound=y * r * (U - 1 + G - 1),
            hypotheses=(
                *(y >= 0, r >= 0, U >= 1, G >= 1, size(m) <= r, size(x - m) <= r),
                *(*within(eps_1, U), *within(f * eps_1, G)),
            ),
        ),
        {
            "without $|m|$": {"bound": y * r * (G - 1)},
            "without the last rounding": {"bound": (y * r * (U - 1 + G - 1)).subs(G, G / U)},
        },
    )
    both = step(
        r"which $V = e^{(h + 4)u}$ covers, $G U = \Phi V$:",
        Implication(
            hypotheses=(y >= 0, r >= 0, U >= 1, G >= 1),
            conclusion=y * r * (U - 1 + G - 1) <= y * r * (G * U - 1),
        ),
        {
            "$(h + 3)u$": {"conclusion": y * r * (U - 1 + G - 1) <= y * r * (G - 1)},
            "less": {"conclusion": y * r * (U - 1 + G - 1) < y * r * (G * U - 1)},
        },
    )
    return Theorem("mean_score", (zero, top, both))


def parameter_on_both() -> Theorem:
    """One rounding more of the sum of both cotangents, or of both results."""
    parts = (
        (z * (gamma - e) * (f - 1), z * (size(gamma) + size(e)) * (F * U - 1)),
        (z * (e - e_hat) * f, z * D * F * U),
    )
    bound = z * (size(gamma) + size(e)) * (F * U - 1) + z * D * F * U
    known = (z >= 0, F >= 1, U >= 1, D >= 0, size(e_hat - e) <= D, *within(f, F * U))
    one = step(
        r"$z$ is $1/Z$ or $y_s$, with the product within $\Phi$; the sum of $\gamma$ and $-\hat "
        r"e$ is rounded, or that of both results: $f$ within $\Phi U$:",
        Triangle(
            error=z * (gamma - e_hat) * f - z * (gamma - e),
            parts=parts,
            bound=bound,
            hypotheses=known,
        ),
        {
            "without the rounding": {"bound": bound.subs(U, 1)},
            r"$|\gamma - e|$": {
                "bound": z * size(gamma - e) * (F * U - 1),
                "at": at("Delta Phi U e ehat f gamma_l z", "1 1 1 0 1 1 0 1"),
            },
        },
    )
    held = z * ((F - 1) * (size(e) + size(gamma)) + F * D)
    small = (z >= 0, D >= 0, F >= U**2, U >= 1, U <= 2)
    four = step(
        r"$B_g$ and $|\gamma|B$ hold $z((\Phi - 1)|e| + \Phi\Delta)$ and $z(\Phi - 1)|\gamma|$. "
        r"As $F \ge 2u$, $\Phi \ge U^2$; with $U \le 2$:",
        Implication(hypotheses=small, conclusion=bound <= 4 * held),
        {
            "once": {"conclusion": bound <= held},
            r"any $\Phi$": {"hypotheses": (z >= 0, D >= 0, F >= 1, U >= 1, U <= 2)},
        },
    )
    most = (B + M) * U + (U - 1) * (size(h) + size(v))
    sums = (B >= 0, M >= 0, U >= 1, U <= 2)
    two = step(
        r"Of $T$, $s$ and $b$ the parts $h$ and $v$ are known up to $B$ and $M$, bounds that hold "
        r"at least $U - 1$ times the parts' sizes; their sum is rounded, as in `extreme_sum`:",
        Implication(
            hypotheses=(*sums, (U - 1) * size(h) <= B, (U - 1) * size(v) <= M),
            conclusion=most <= ON_BOTH,
        ),
        {
            "once": {"conclusion": most <= B + M},
            "bounds below the parts' roundings": {"hypotheses": sums},
        },
    )
    return Theorem("parameter_on_both", (one, four, two))


THEOREMS = (mean_score, parameter_on_both)
