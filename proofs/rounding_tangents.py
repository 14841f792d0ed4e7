r"""Tangents: J v of the maps whose Jacobian is not symmetric.

Definitions
-----------
Those of :mod:`proofs.rounding`; $v$ is the tangent of the scores, $e = \langle y, v\rangle$ errs by
$\Delta_e$ as in `mean`.

Statements
----------
- `pushed`, `log_tangent`, `score_tangent`, `power_tangent`.

Notes
-----
Every term of a difference has factors of its own, so products may come before it or after it.
What underflows in the products is in `any_order`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import U, at, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

A, C, D, F, G, K, M, Q = real("A Delta_c Delta Phi G K M Q")
a, b, c, d, e, f, m, s, v, x, y = real("a b c delta e f m s v x y")
e_hat, m_hat, delta_c, gamma = real("ehat mhat delta_c gamma")
s_1, s_2, s_3 = real("s_1 s_2 s_3")

CLAIMS = (
    Claim(
        "pushed",
        "A product y c, c known up to G, errs by y expm1(F) |c| + y exp(F) G + Q (|c| + G).",
        r"|\hat y\hat c - yc| \le y(e^F - 1)|c| + ye^FG + Q(|c| + G)",
    ),
    Claim(
        "log_tangent",
        "The tangent c (v - e) of log_softmax errs by (|c| + Delta) (exp(k u) Delta_e + expm1(k u) "
        "(|v| + |e|)) + Delta |v - e|.",
        r"(|c| + \Delta)\big(e^{ku}\Delta_e + (e^{ku} - 1)(|v| + |e|)\big) + \Delta|v - e|",
    ),
    Claim(
        "score_tangent",
        "x (v - e) + v, of which the weight makes the tangent of self_adjust, errs by expm1(4u) "
        "(|x| (|v| + |e| + Delta_e) + |v|) + |x| Delta_e.",
        r"(e^{4u} - 1)\big(|x|(|v| + |e| + \Delta_e) + |v|\big) + |x|\Delta_e",
    ),
    Claim(
        "power_tangent",
        "s v - y m, m = <s, v>, s the slope of symax, errs by |s v| expm1(E + 2u) + y "
        "(expm1(F + 2u) |m| + exp(F + 2u) Delta_m) + Q exp(2u) (|m| + Delta_m).",
        r"|sv|(e^{E + 2u} - 1) + y\big((e^{F + 2u} - 1)|m| + e^{F + 2u}\Delta_m\big) + "
        r"Qe^{2u}(|m| + \Delta_m)",
    ),
)

PUSHED = y * (F - 1) * size(c) + y * F * G + Q * (size(c) + G)
LOG_TANGENT = (size(c) + C) * (K * D + (K - 1) * (size(v) + size(e))) + C * size(v - e)
SCORE_TANGENT = (K - 1) * (size(x) * (size(v) + size(e) + D) + size(v)) + size(x) * D
POWER_TANGENT = (
    size(s * v) * (A * U**2 - 1)
    + y * ((F * U**2 - 1) * size(m) + F * U**2 * M)
    + Q * U**2 * (size(m) + M)
)
_Y = (y >= 0, F >= 1, Q >= 0, size(d) <= Q, *within(f, F))
_E = (D >= 0, size(e_hat - e) <= D, size(e_hat) <= size(e) + D)


def pushed() -> Theorem:
    """A computed quotient times what is known up to G."""
    only = step(
        r"Let $\hat y = yf + \delta$, $f$ within $\Phi = e^F$, $|\delta| \le Q$, and $\hat c = c + "
        r"\gamma$, $|\gamma| \le G$. The roundings of their product are in $\gamma$, for it may be "
        "taken term by term:",
        Triangle(
            error=(y * f + d) * (c + gamma) - y * c,
            parts=(
                (y * (f - 1) * c, y * (F - 1) * size(c)),
                (y * f * gamma, y * F * G),
                (d * c, Q * size(c)),
                (d * gamma, Q * G),
            ),
            bound=PUSHED,
            hypotheses=(*_Y, G >= 0, size(gamma) <= G),
        ),
        {
            "$G$ not grown": {"bound": PUSHED - y * (F - 1) * G},
            "$Q$ times the exact factor": {"bound": PUSHED - Q * G},
            r"relative to the result": {"bound": PUSHED - y * F * G},
        },
    )
    return Theorem("pushed", (only,))


def log_tangent() -> Theorem:
    """The coefficient before or after the difference."""
    most = c + delta_c
    only = step(
        r"Both terms have the same $\hat c = c + \delta_c$, $|\delta_c| \le \Delta_c$, and "
        r"factors $s_1$, $s_2$ within $K = e^{(1 + k)u}$, $k$ the roundings of a product with "
        r"$\hat c$; the mean's terms pass as many more, in $\Delta_e$, where $\hat c$ is applied "
        r"to them:",
        Triangle(
            error=most * (v * s_1 - e_hat * s_2) - c * (v - e),
            parts=(
                (most * (e - e_hat) * s_2, (size(c) + C) * K * D),
                (most * v * (s_1 - 1), (size(c) + C) * (K - 1) * size(v)),
                (most * e * (1 - s_2), (size(c) + C) * (K - 1) * size(e)),
                (delta_c * (v - e), C * size(v - e)),
            ),
            bound=LOG_TANGENT,
            hypotheses=(
                *(C >= 0, K >= 1, D >= 0, size(e_hat - e) <= D, size(delta_c) <= C),
                *(size(c) + C >= 0, size(most) <= size(c) + C, *within(s_1, K), *within(s_2, K)),
            ),
        ),
        {
            r"$|v - e|$ for $|v| + |e|$": {
                "bound": LOG_TANGENT + (size(c) + C) * (K - 1) * (size(v - e) - size(v) - size(e))
            },
            "without the coefficient's error": {"bound": LOG_TANGENT.subs(C, 0)},
            r"$\Delta_e$ not grown": {
                "bound": LOG_TANGENT - (size(c) + C) * (K - 1) * D,
                "at": at("c Delta_c delta_c v e ehat Delta K s_1 s_2", "1 0 0 0 0 1 1 2 1 2"),
            },
        },
    )
    return Theorem("log_tangent", (only,))


def score_tangent() -> Theorem:
    """Four roundings of each term, or a rounded x + 1."""
    terms = step(
        r"$x(v - e) + v$ as it stands, $a(x(v - e)) + av$, $(ax)v - (ax)e + av$: $v - e$, its "
        r"product with $x$ or $ax$, that with $a$ and the sum are four roundings of a term, "
        r"factors within $K = e^{4u}$:",
        Triangle(
            error=x * v * s_1 - x * e_hat * s_2 + v * s_3 - (x * v - x * e + v),
            parts=(
                (x * v * (s_1 - 1), (K - 1) * size(x) * size(v)),
                (x * e_hat * (1 - s_2), (K - 1) * size(x) * (size(e) + D)),
                (x * (e - e_hat), size(x) * D),
                (v * (s_3 - 1), (K - 1) * size(v)),
            ),
            bound=SCORE_TANGENT,
            hypotheses=(K >= 1, *_E, *within(s_1, K), *within(s_2, K), *within(s_3, K)),
        ),
        {
            r"$\Delta_e$ not multiplied by $x$": {"bound": SCORE_TANGENT + D - size(x) * D},
            "$v$ without a rounding": {"bound": SCORE_TANGENT - (K - 1) * size(v)},
            "relative to the sum": {"bound": (K - 1) * size(x * v - x * e + v) + K * size(x) * D},
        },
    )
    together = step(
        r"In $(x + 1)v - xe$ the terms $xv$ and $v$ have one factor, that of $x + 1$ among its "
        r"four: with $s_1 = s_3$. Its products lose no more than those of $xv$ and $v$ together, "
        r"as $a, b \ge 0$ bound $|x|$ and $|v|$:",
        Implication(
            hypotheses=(a >= 0, b >= 0),
            conclusion=sp.Max(1, a + 1) * sp.Max(1, b)
            <= sp.Max(1, a) * sp.Max(1, b) + sp.Max(1, b),
        ),
        {
            "than those of $xv$": {
                "conclusion": sp.Max(1, a + 1) * sp.Max(1, b) <= sp.Max(1, a) * sp.Max(1, b)
            },
            "than those of $xv$ and 1": {
                "conclusion": sp.Max(1, a + 1) * sp.Max(1, b) <= sp.Max(1, a) * sp.Max(1, b) + 1
            },
        },
    )
    return Theorem("score_tangent", (terms, together))


def power_tangent() -> Theorem:
    """The slope's errors and those of y need not agree."""
    only = step(
        r"Let the slope be $s$ with a factor $a$ within $A = e^E$, that of `power_slope`, "
        r"$\hat y = yf + \delta$, and $\hat m$ within $M = \Delta_m$ of $m$, whose terms have the "
        r"slope's error and $h + 1$ roundings. Product and difference are factors $s_1$, $s_2$ "
        r"within $e^{2u}$:",
        Triangle(
            error=s * v * a * s_1 - (y * f + d) * m_hat * s_2 - (s * v - y * m),
            parts=(
                (s * v * (a * s_1 - 1), size(s * v) * (A * U**2 - 1)),
                (y * m * (1 - f * s_2), y * (F * U**2 - 1) * size(m)),
                (y * f * (m - m_hat) * s_2, y * F * U**2 * M),
                (-d * m_hat * s_2, Q * U**2 * (size(m) + M)),
            ),
            bound=POWER_TANGENT,
            hypotheses=(
                *(*_Y, A >= 1, U >= 1, M >= 0, size(m_hat - m) <= M, size(m_hat) <= size(m) + M),
                *(*within(a, A), *within(s_1, U**2), *within(s_2, U**2)),
            ),
        ),
        {
            r"$\Delta_m$ not grown": {
                "bound": POWER_TANGENT - y * (F * U**2 - 1) * M,
                "at": at(
                    "s v a A s_1 s_2 U f Phi y delta Q m mhat M", "0 0 1 1 1 1 1 2 2 1 0 0 0 1 1"
                ),
            },
            "relative to the result": {
                "bound": POWER_TANGENT + (A * U**2 - 1) * (size(s * v - y * m) - size(s * v)),
            },
            "$y$ exact": {"bound": POWER_TANGENT.subs(F, 1)},
            "the slope exact": {"bound": POWER_TANGENT.subs(A, 1)},
        },
    )
    return Theorem("power_tangent", (only,))


THEOREMS = (pushed, log_tangent, score_tangent, power_tangent)
