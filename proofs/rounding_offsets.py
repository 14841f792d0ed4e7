r"""Gradients with respect to an offset: what is divided by the sum, and the sink.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `over_sum`, `sink_slope`.

Notes
-----
$\hat e$ and $\Delta_e$ are those of `mean`, $\lambda$ and its error those of `from_lse`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import EPSILON, U, q, real, size, step, u, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

B, D, F, K, L, P, Q, R, V = real("B Delta Phi K L P Q R V")
a, b, d, e, f, k, lam, n, r, t, y, z = real("a b delta e f k lambda n r t y z")
e_hat, q_1, q_2, e_exp, eta = real("ehat q_1 q_2 e_exp eta")

CLAIMS = (
    Claim(
        "over_sum",
        "-e/Z errs by (expm1(F) |e| + exp(F) Delta_e)/Z and 3 kappa q (|e| + Delta_e + 1), F what "
        "1/Z and the product with it err by: L + alpha(m) u + (beta + 1) u, or from the "
        "log-sum-exp.",
        r"\big((e^F - 1)|e| + e^F\Delta_e\big)/Z + 3\kappa q(|e| + \Delta_e + 1)",
    ),
    Claim(
        "sink_slope",
        "-e y_s errs by (Y (|e| + Delta_e) + y_s Delta_e) exp(u) + q, Y = y_s expm1(F + u) + Q, "
        "or, y_s being 1 - sum(y), Y = P exp(u) + 2u with P the error of the sum.",
        r"\big(Y(|e| + \Delta_e) + y_s\Delta_e\big)e^u + q",
    ),
)

OVER_SUM = z * ((F - 1) * size(e) + F * D)
OVER_SUM_QUANTA = 3 * k * q * (size(e) + D + 1)
SINK = (V * (size(e) + D) + y * D) * U + q
SINK_RESULT = y * (F * U - 1) + Q
COMPLEMENT = P * U + 2 * u
_E = (D >= 0, size(e_hat - e) <= D)


def over_sum() -> Theorem:
    """The same for exp(-m)/S, m^-p/S and exp(-lambda)."""
    factors = (L >= 1, K >= 1, B >= 1, *within(f, K), *within(r, L), *within(k, B))
    whole = step(
        r"$1/Z = e^{-m}/S$: $e^{-m}$ is within $K = e^{\alpha(m)u}$, one over the sum within "
        r"$\Lambda = e^L$, and the division and the product with $\hat e$ within $B = e^{(\beta + "
        r"1)u}$. Together they are within $\Phi = K\Lambda B$. symax has $m^{-p}$ for $e^{-m}$, "
        r"the error of a power:",
        Implication(hypotheses=factors, conclusion=sp.And(*within(f * r * k, K * L * B))),
        {
            "without the sum": {"conclusion": sp.And(*within(f * r * k, K * B))},
            "without the exponential": {"conclusion": sp.And(*within(f * r * k, L * B))},
            "without the division": {"conclusion": sp.And(*within(f * r * k, K * L))},
        },
    )
    away = size(t - lam)
    known = (u > 0, a >= 0, b >= 0, V >= 0, away <= V, size(e_exp) <= (a + b * size(t)) * u)
    total = size(lam - t + e_exp + eta)
    most = V + u + (a + b * (size(lam) + V + u)) * u
    via_lse = step(
        r"As $\hat e\,e^{-\hat\lambda}$: $\hat\lambda = t$ is within $V$ of $\lambda$, exp errs by "
        r"at most $\alpha(t)u = (a + b|t|)u$, and the product by $|\eta| \le u$. The larger of "
        r"both is $F$:",
        Implication(hypotheses=(*known, size(eta) <= u), conclusion=total <= most),
        {
            "without the product": {"conclusion": total <= V + (a + b * (size(lam) + V)) * u},
            r"$\alpha(\lambda)$": {"conclusion": total <= V + u + (a + b * size(lam)) * u},
            "without exp": {"conclusion": total <= V + u},
        },
    )
    known = (z >= 0, F >= 1, *_E, *within(f, F))
    product = step(
        r"With $z = 1/Z$ and $\hat e$ within $\Delta$ of $e$:",
        Triangle(
            error=e_hat * z * f - e * z,
            parts=((e * z * (f - 1), z * size(e) * (F - 1)), ((e_hat - e) * z * f, z * D * F)),
            bound=OVER_SUM,
            hypotheses=known,
        ),
        {
            r"without $\Delta$": {"bound": OVER_SUM.subs(D, 0)},
            r"$\Delta$ not grown": {"bound": z * ((F - 1) * size(e) + D)},
            r"$1 - e^{-F}$": {"bound": z * ((1 - 1 / F) * size(e) + F * D)},
        },
    )
    parts = ((d * e_hat * n, k * q * (size(e) + D) * n), (q_1 * t, q * t), (q_2, q))
    lost = (k >= 1, q >= 0, *_E, t >= 0, n >= 0, size(d) <= k * q, size(q_1) <= q, size(q_2) <= q)
    most = k * q * (size(e) + D) * n + q * t + q
    sizes = step(
        r"$e^{-m}$ may underflow, by $\delta$, at most $\kappa q$ with $\kappa = k \ge 1$, the "
        r"first of what follows by $q_1$, and the last by $q_2$. $n$ and $t$ are what multiplies "
        r"them afterwards:",
        Triangle(error=d * e_hat * n + q_1 * t + q_2, parts=parts, bound=most, hypotheses=lost),
        {
            "one quantum for the two": {"bound": most - q * t},
            r"$|e|$ for $|e| + \Delta$": {"bound": k * q * size(e) * n + q * t + q},
        },
    )
    short = (k >= 1, q >= 0, D >= 0, n >= 0, n <= sp.Rational(3, 2))
    most = k * q * (size(e) + D) * n + q * t + q
    quanta = step(
        r"$S \ge 1$, so $n$ is a factor of roundings, at most $e^{(\beta + 1)u + L} \le \frac32$; "
        r"so is $t$ where the product with $\hat e$ comes first, and where it comes last $t \le "
        r"\frac32(|e| + \Delta)$:",
        Implication(
            hypotheses=(*short, sp.Or(t <= sp.Rational(3, 2), t <= n * (size(e) + D))),
            conclusion=most <= OVER_SUM_QUANTA,
        ),
        {
            r"$q(2(|e| + \Delta) + 1)$": {
                "conclusion": most <= q * (2 * (size(e) + D) + 1),
            },
            r"$S < 1$": {
                "hypotheses": (*short[:-1], sp.Or(t <= sp.Rational(3, 2), t <= n * (size(e) + D)))
            },
        },
    )
    return Theorem("over_sum", (whole, via_lse, product, sizes, quanta))


def sink_slope() -> Theorem:
    """The result of the virtual score, or what the others leave of 1."""
    result = step(
        r"$y_s$ is a quotient, $\hat y = yf + \delta$ with $f$ within $\Phi = e^F$ and $|\delta| "
        r"\le Q$, so it is within $V$ of $y$, where one rounding is held back for the product:",
        Implication(
            hypotheses=(y >= 0, F >= 1, U >= 1, Q >= 0, size(d) <= Q, *within(f, F)),
            conclusion=size(y * f + d - y) <= SINK_RESULT - y * F * (U - 1),
        ),
        {
            "without $Q$": {"conclusion": size(y * f + d - y) <= y * (F - 1)},
            r"$1 - e^{-F}$": {"conclusion": size(y * f + d - y) <= y * (1 - 1 / F) + Q},
        },
    )
    known = (y >= 0, y <= 1, P >= 0, u > 0, U >= 1 + u, size(d) <= P, size(eta) <= u)
    rest = step(
        r"As $1 - \sum y$ the sum, at most 1, errs by $|\delta| \le P$, and the difference is "
        r"rounded, by $\eta$; by the tangent of exp $U \ge 1 + u$. Again one $u$ is held back:",
        Implication(hypotheses=known, conclusion=size((y + d) * (1 + eta) - y) <= COMPLEMENT - u),
        {
            "$P + u$": {"conclusion": size((y + d) * (1 + eta) - y) <= P + u},
            "relative to $y_s$": {
                "conclusion": size((y + d) * (1 + eta) - y) <= y * (U - 1) + u,
            },
        },
    )
    y_hat = t
    parts = (
        ((y_hat - y) * e_hat * EPSILON, R * (size(e) + D) * U),
        (y * (EPSILON - 1) * e, y * (U - 1) * size(e)),
        (y * (e_hat - e) * EPSILON, y * D * U),
        (d, q),
    )
    most = R * (size(e) + D) * U + y * (U - 1) * size(e) + y * D * U + q
    given = (y >= 0, R >= 0, U >= 1, q >= 0, size(y_hat - y) <= R, size(d) <= q)
    product = step(
        r"With $\hat y = t$ within $R$ of $y$, $R$ without what is held back, the product is "
        r"rounded and may underflow, by $\delta$:",
        Triangle(
            error=y_hat * e_hat * EPSILON + d - e * y,
            parts=parts,
            bound=most,
            hypotheses=(*given, *_E, *within(EPSILON, U)),
        ),
        {
            r"$|e|$ for $|e| + \Delta$ beside $R$": {"bound": most - R * D * U},
            r"without $y\Delta$": {"bound": most - y * D * U},
            "without the rounding": {"bound": most.subs(U, 1)},
        },
    )
    held = (V >= R, y >= 0, y <= 1, U >= 1, D >= 0, R >= 0, F >= 1, u > 0, U * (1 - u) <= 1)
    enough = sp.Or(V >= R + y * F * (U - 1), V >= R + u)
    both = step(
        r"In both cases what is held back is enough for it; by the tangent of exp $e^{-u} \ge 1 - "
        r"u$:",
        Implication(
            hypotheses=(*held, enough),
            conclusion=R * (size(e) + D) * U + y * (U - 1) * size(e) + y * D * U + q <= SINK,
        ),
        {
            "nothing held back": {"hypotheses": held},
            r"half of it": {"hypotheses": (*held, V >= R + u / 2)},
        },
    )
    return Theorem("sink_slope", (result, rest, product, both))


THEOREMS = (over_sum, sink_slope)
