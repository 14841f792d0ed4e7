r"""A quotient of weights and what underflow adds to it; the forward maps that follow it.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `quotient`, `lost_weights`, `quanta`, `exact_weights`, `times_score`, `times_place`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.methods import Identity
from proofs.numeric import Number, Point, Row, mp, points
from proofs.rounding_parts import EPSILON, U, q, real, size, step, within
from proofs.theorem import Theorem
from proofs.toolkit import Expr, ell, g, i, j, n, total, v, x
from proofs.triangle import Triangle
from refsoft.card import Claim

A, B, C, F, G, K, L, P, Q, S, V, Z = real("A B C Phi G K Lambda P Q S V Z")
a, b, c, d, e, f, k, p, r, w, y, z = real("a b c delta e f k p r w y z")
zeta = real("zeta")

CLAIMS = (
    Claim(
        "quotient",
        "A quotient of weights over their sum has the error F = E + L + beta u: that of the "
        "weight, of the sum and of the division.",
        r"|\hat y_j - y_j| \le y_j (e^{F_j} - 1),\quad F_j = E_j + L + \beta u",
    ),
    Claim(
        "lost_weights",
        "Weights that underflow, by z times the sum altogether, add -log(1 - z exp(L - h u)) to L.",
        r"\Big|\log\frac{\hat S}{S}\Big| \le L - \log\big(1 - z\,e^{L - hu}\big),\ "
        r"z = \frac{N\kappa q}{S}",
    ),
    Claim(
        "quanta",
        "Underflow adds at most Q = q + kappa q exp(L + beta u)/S to the error of a quotient.",
        r"|\hat y_j - y_j| \le y_j(e^{F_j} - 1) + Q,\quad Q = q + \kappa q\,e^{L + \beta u}/S",
    ),
    Claim(
        "exact_weights",
        "Weights without an error, symax's at p = 1, have F = (h + beta) u, whatever they are.",
        r"E = 0 \Rightarrow |\hat y_j - y_j| \le y_j(e^{(h + \beta)u} - 1)",
    ),
    Claim(
        "times_score",
        "A product of the quotient with its score, self_adjust, is off by at most "
        "|x| (y expm1(F + u) + Q exp(u)) + q.",
        r"|\hat y_j - x_j y_j| \le |x_j|\big(y_j(e^{F_j + u} - 1) + Qe^{u}\big) + q",
    ),
    Claim(
        "times_place",
        "A product with the place p in [0, 1], self_adjust_normalized, is off by at most "
        "p y expm1(F + (3 + beta) u) + Q (exp((2 + beta) u) + z) exp(u) + z y exp(F + u) + q, z "
        "what the place errs by beside its roundings.",
        r"p_jy_j(e^{F_j + (3+\beta)u} - 1) + Q(e^{(2+\beta)u} + \zeta)e^u"
        r" + \zeta y_je^{F_j + u} + q",
    ),
)

#: The error of a quotient, with A = e^E, L = e^L, B = e^(beta u), F their product.
QUOTIENT = y * (A * L * B - 1)
#: The factor that weights lost by underflow add to e^L, with P = e^(L - h u).
LOST = 1 / (1 - P * z)
#: What underflow adds, K quanta q per weight.
QUANTA = q + K * q * L * B / S
TIMES_SCORE = size(w) * (y * (F * U - 1) + Q * U) + q
TIMES_PLACE = p * y * (F * C * U - 1) + Q * (C + zeta) * U + zeta * y * F * U + q


def definition(n: Expr) -> Expr:
    """The computed entry: its weight over the computed sum, each with the factors of its errors."""
    return sp.exp(x[i] + g[i] + b) / total(sp.exp(x[j] + g[j] + v[j]), j, n)


def value(x: Row, g: Row, v: Row, b: Number) -> Row:
    """The row in mpmath, factor by factor."""
    computed = [mp.exp(score) * mp.exp(error) for score, error in zip(x, g, strict=True)]
    whole = mp.fsum(w * mp.exp(error) for w, error in zip(computed, v, strict=True))
    return [weight / whole * mp.exp(b) for weight in computed]


def _sample(point: Point, m: int) -> Number:
    return value(point.scores, point.cotangent, point.tangent, point.number("b"))[m - 1]


def quotient() -> Theorem:
    """Divide the model of the computed entry by the exact one."""
    share, own = (
        sp.exp(x[j]) / total(sp.exp(x[ell]), ell),
        sp.exp(x[i]) / total(sp.exp(x[ell]), ell),
    )
    sums = total(share * sp.exp(g[j] + v[j]))
    exact = Identity(
        subject=r"\hat y_i",
        left=definition(n),
        right=own * sp.exp(g[i] + b) / sums,
        sample=_sample,
        points=points(b="1/7"),
    )
    ratio = step(
        r"Over the exact entry $y_i = e^{x_i}/\sum_j e^{x_j}$ the computed one is the factor of "
        r"the weight and that of the division over $G = \sum_j y_j e^{g_j + v_j}$, that of the "
        r"sum:",
        exact,
        {
            "without the division": {"right": own * sp.exp(g[i]) / sums},
            "the errors of the additions left out": {
                "right": own * sp.exp(g[i] + b) / total(share * sp.exp(g[j]))
            },
        },
    )
    known = (y >= 0, A >= 1, L >= 1, B >= 1, *within(a, A), *within(G, L), *within(k, B))
    bound = step(
        r"With $A = e^{E}$, $\Lambda = e^{L}$ for $G$ by `positive_sum`, and $B = e^{\beta u}$, "
        r"the factors being $a$, $G$ and $k$, and $e^{F} = A\Lambda B$:",
        Implication(hypotheses=known, conclusion=size(y * a * k / G - y) <= QUOTIENT),
        {
            r"without $\beta u$": {"conclusion": size(y * a * k / G - y) <= y * (A * L - 1)},
            "without $L$": {"conclusion": size(y * a * k / G - y) <= y * (A * B - 1)},
            "never attained": {"conclusion": size(y * a * k / G - y) < QUOTIENT},
            r"$1 - e^{-F}$": {"conclusion": size(y * a * k / G - y) <= y * (1 - 1 / (A * L * B))},
        },
    )
    return Theorem("quotient", (ratio, bound))


def lost_weights() -> Theorem:
    """A sum that may lack some of its terms."""
    known = (P >= 1, V >= 1, z >= 0, P * z < 1, G <= P * V + z * V)
    found = step(
        r"Let every computed weight err by its factor and by $\delta_i$ besides, not being "
        r"negative, and $\sum|\delta_i| \le zS$. With $P = \sum y_iA_i$ and $V = e^{hu}$ the sum "
        r"over $S$, $G$, is at most $(P + z)V$, and at least $\big(\tfrac1P - z\big)/V$, by "
        r"`positive_sum`. With $Z = 1/(1 - Pz)$ it is within $PVZ$:",
        Implication(
            hypotheses=(*known, G * V >= 1 / P - z),
            conclusion=sp.And(*within(G, P * V * Z)),
            where={Z: LOST},
        ),
        {
            "$Z = 1 + z$": {"where": {Z: 1 + z}},
            "$Z = 1/(1 - z)$": {"where": {Z: 1 / (1 - z)}},
        },
    )
    return Theorem("lost_weights", (found,))


def quanta() -> Theorem:
    """The weight's underflow is divided by the sum, the quotient's is not."""
    first = (y * (a * k * r - 1), QUOTIENT)
    parts = (first, (d * k * r / S, K * q * L * B / S), (e, q))
    known = (y >= 0, A >= 1, L >= 1, B >= 1, S >= 1, K >= 1, q >= 0)
    found = step(
        r"Let the weight err by $\delta$ besides its factor $a$, $|\delta| \le \kappa q$, $K = "
        r"\kappa$, and the quotient by $e$ besides $k$, $|e| \le q$; $r = 1/G$, $S$ is the sum:",
        Triangle(
            error=y * (a * k * r - 1) + d * k * r / S + e,
            parts=parts,
            bound=QUOTIENT + QUANTA,
            hypotheses=(
                *(*known, size(d) <= K * q, size(e) <= q),
                *(*within(a, A), *within(r, L), *within(k, B)),
            ),
        ),
        {
            "one quantum for both": {"bound": QUOTIENT + K * q * L * B / S},
            "the quantum of the weight not grown": {"bound": QUOTIENT + q + K * q / S},
            "$S$ below 1 and left out": {
                "bound": QUOTIENT + q + K * q * L * B,
                "hypotheses": (
                    *(y >= 0, A >= 1, L >= 1, B >= 1, S > 0, K >= 1, q >= 0),
                    *(size(d) <= K * q, size(e) <= q),
                    *(*within(a, A), *within(r, L), *within(k, B)),
                ),
            },
        },
    )
    return Theorem("quanta", (found,))


def exact_weights() -> Theorem:
    """A = 1 and P = 1."""
    known = (y >= 0, V >= 1, B >= 1, *within(G, V), *within(k, B))
    found = step(
        r"At $p = 1$ symax's weights are $|x_j|$ over a power of two, which is exact: $A_i = 1$ "
        r"and, as $\sum y_i = 1$ with the offset among them, $P = 1$. What is left is $V = "
        r"e^{hu}$ of the sum and $B = e^{\beta u}$ of the division:",
        Implication(hypotheses=known, conclusion=size(y * k / G - y) <= y * (V * B - 1)),
        {
            "without the division": {"conclusion": size(y * k / G - y) <= y * (V - 1)},
            "without the sum": {"conclusion": size(y * k / G - y) <= y * (B - 1)},
            r"less than $(h + \beta)u$": {"conclusion": size(y * k / G - y) < y * (V * B - 1)},
        },
    )
    return Theorem("exact_weights", (found,))


def times_score() -> Theorem:
    """One product more."""
    parts = (
        (w * y * (f * EPSILON - 1), size(w) * y * (F * U - 1)),
        (d * w * EPSILON, Q * size(w) * U),
        (e, q),
    )
    found = step(
        r"Let $\hat y = yf + \delta$, $f$ within $\Phi = e^F$ and $|\delta| \le Q$; the product "
        r"with the score $w = x_j$ is rounded and may underflow, by $e$:",
        Triangle(
            error=(y * f + d) * w * EPSILON + e - w * y,
            parts=parts,
            bound=TIMES_SCORE,
            hypotheses=(
                *(y >= 0, F >= 1, U >= 1, Q >= 0, q >= 0, size(d) <= Q, size(e) <= q),
                *(*within(f, F), *within(EPSILON, U)),
            ),
        ),
        {
            "without the product's rounding": {"bound": size(w) * (y * (F - 1) + Q * U) + q},
            "the quantum not multiplied by the score": {
                "bound": size(w) * y * (F * U - 1) + Q * U + q
            },
            "$Q$ not grown": {"bound": size(w) * (y * (F * U - 1) + Q) + q},
        },
    )
    return Theorem("times_score", (found,))


def times_place() -> Theorem:
    """Two differences, their quotient and the product."""
    parts = (
        (p * y * (f * c * EPSILON - 1), p * y * (F * C * U - 1)),
        (d * p * c * EPSILON, Q * C * U),
        (d * z * EPSILON, Q * zeta * U),
        (y * f * z * EPSILON, zeta * y * F * U),
        (e, q),
    )
    found = step(
        r"The place $p = (x_j - \ell)/(h - \ell)$ has two differences and a quotient: its factor "
        r"$c$ is within $C = e^{(2 + \beta)u}$. It errs by $z$ besides, $|z| \le \zeta$; the "
        r"product may underflow, by $e$. With $\hat y = yf + \delta$ as before:",
        Triangle(
            error=(y * f + d) * (p * c + z) * EPSILON + e - p * y,
            parts=parts,
            bound=TIMES_PLACE,
            hypotheses=(
                *(y >= 0, p >= 0, p <= 1, F >= 1, C >= 1, U >= 1, Q >= 0, q >= 0),
                *(zeta >= 0, size(d) <= Q, size(e) <= q, size(z) <= zeta),
                *(*within(f, F), *within(c, C), *within(EPSILON, U)),
            ),
        ),
        {
            "one difference": {"bound": TIMES_PLACE.subs(F, F / U)},
            "without the product's rounding": {"bound": TIMES_PLACE.subs(U, 1)},
            r"$2Q + \zeta y$ for the rest": {"bound": p * y * (F * C * U - 1) + 2 * Q + zeta * y},
        },
    )
    lost = real("e_1 e_2")
    given = (q >= 0, r >= 0, k >= 0, k <= K, *(size(part) <= q for part in lost))
    first = step(
        r"A weight that is multiplied by $x_j - \ell$ before that is divided by $D = h - \ell$ "
        r"loses $q$ twice, and of the first $1/D = r$ times $k \le K$ remains: $e$ is at most",
        Implication(
            hypotheses=given, conclusion=size(lost[0] * k * r + lost[1]) <= q * (1 + K * r)
        ),
        {
            "the second alone": {"conclusion": size(lost[0] * k * r + lost[1]) <= q},
            "the first alone": {"conclusion": size(lost[0] * k * r + lost[1]) <= q * K * r},
        },
    )
    return Theorem("times_place", (found, first))


THEOREMS = (quotient, lost_weights, quanta, exact_weights, times_score, times_place)
