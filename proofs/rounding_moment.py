r"""Gradients: of log_softmax, of a loss on both results, and with respect to parameters.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `log_pulled_back`, `loss_on_both`, `moment`, `shared_parameter`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.rounding_parts import U, at, q, real, size, step, u, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

D, F, G, H, K, N = real("Delta Phi G H K N")
P, Q, R, T, V, W, Y = real("P Q R T V W Y")
N_2, T_2 = real("N_2 T_2")
d, e, f, g, h, k, r, t, w, y = real("delta e f g h k r t w y")
eta, e_hat, eps_1 = real("eta ehat epsilon_1")
d_1, d_2, eta_t = real("D_1 D_2 eta_t")

CLAIMS = (
    Claim(
        "log_pulled_back",
        "g - p sum(g) errs by (p (expm1(F + u) |e| + exp(F + u) Delta_e) + Q exp(u) (|e| + "
        "Delta_e) + q) exp(u) + expm1(u) |h|.",
        r"\big(p(e^{F + u} - 1)|e| + pe^{F + u}\Delta_e + Qe^u(|e| + \Delta_e) + q\big)e^u + "
        r"(e^u - 1)|h|",
    ),
    Claim(
        "loss_on_both",
        "The gradient of a loss on y and on the log-sum-exp, with cotangents g and gamma, errs by "
        "at most 4 (B_g + |gamma| B_lambda), quanta apart.",
        r"4(B_g + |\gamma|B_\lambda)",
    ),
    Claim(
        "moment",
        "K = <y (g - e), t>, computed in any of three ways, errs by the sum of (|g| + |e| + "
        "Delta_e) r y expm1(F + k u), and Delta_e times the sum of y r; r is at least |t|.",
        r"|\hat K - K| \le \sum_j (|g_j| + |e| + \Delta_e)r_jy_j(e^{F_j + ku} - 1) + "
        r"\Delta_e\sum_j y_jr_j",
    ),
    Claim(
        "shared_parameter",
        "The sum over all rows, taken at once, errs by at most (h' + 1)/(h + 1) times the sum of "
        "the rows' bounds.",
        r"X + h'uY \le \frac{h' + 1}{h + 1}(X + huY),\ X = e^E - 1,\ Y = e^E,\ E \ge 2u",
    ),
)

LOG_PULLED = (y * (F * U - 1) * size(e) + y * F * U * D + Q * U * (size(e) + D) + q) * U + size(
    h
) * (U - 1)
#: Of h' + 1 = H + 1 roundings over h + 1.
RATIO = (H + 1) / (h + 1)
MOMENT = P + (size(e) + D) * H + D * R
_Y = (y >= 0, F >= 1, Q >= 0, size(d) <= Q, *within(f, F))
_E = (D >= 0, size(e_hat - e) <= D)


def log_pulled_back() -> Theorem:
    """A product, then a subtraction."""
    parts = (
        (y * (1 - f * eps_1) * e * eta, y * (F * U - 1) * size(e) * U),
        (y * f * eps_1 * (e - e_hat) * eta, y * F * U * D * U),
        (-d * e_hat * eps_1 * eta, Q * U * (size(e) + D) * U),
        (-r * eta, q * U),
        (h * (eta - 1), size(h) * (U - 1)),
    )
    error = (h + y * e - (y * f + d) * e_hat * eps_1 - r) * eta - h
    only = step(
        r"Here $e = \sum g$, $\hat e$ within $\Delta$ of it, $y = p$ and $h = g - pe$. The "
        r"product is rounded, by $\varepsilon_1$, and may underflow, by $r$; the difference is "
        r"rounded, by $\eta$:",
        Triangle(
            error=error,
            parts=parts,
            bound=LOG_PULLED,
            hypotheses=(
                *(*_Y, *_E, U >= 1, q >= 0, size(r) <= q),
                *(*within(eps_1, U), *within(eta, U)),
            ),
        ),
        {
            "without the last rounding": {"bound": LOG_PULLED - size(h) * (U - 1)},
            "the error not grown by it": {
                "bound": (LOG_PULLED - size(h) * (U - 1)) / U + size(h) * (U - 1)
            },
            r"without $\Delta_e$": {"bound": LOG_PULLED.subs(D, 0)},
        },
    )
    return Theorem("log_pulled_back", (only,))


def loss_on_both() -> Theorem:
    """Four roundings of g's terms within 4 B_g, of gamma's within 4 |gamma| B_lambda."""
    first = step(
        r"Every term passes at most $4u$; of the terms of $g$, $B_g$ holds $y\Phi(U^2 - 1)(|g| + "
        r"|e|)$. With $G$ for $|g| + |e|$ and $U^2 \le 2$:",
        Implication(
            hypotheses=(y >= 0, F >= 1, G >= 0, U >= 1, U**2 <= 2),
            conclusion=y * F * (U**4 - 1) * G <= 4 * y * F * (U**2 - 1) * G,
        ),
        {
            "twice": {"conclusion": y * F * (U**4 - 1) * G <= 2 * y * F * (U**2 - 1) * G},
            "any $u$": {"hypotheses": (y >= 0, F >= 1, G >= 0, U >= 1)},
        },
    )
    known = (y >= 0, U >= 1, F >= U**2, U**4 + U**2 <= 3)
    second = step(
        r"$\gamma$'s term has an error of $y(\Phi U^4 - 1)$, and $B_\lambda$ holds $y(\Phi - 1)$. "
        r"As $\Phi \ge e^{\beta u} \ge U^2$ the ratio is at most $U^4 + U^2 + 1$, which is at "
        r"most 4 where $U^4 + U^2 \le 3$:",
        Implication(hypotheses=known, conclusion=y * (F * U**4 - 1) <= 4 * y * (F - 1)),
        {
            "twice": {
                "conclusion": y * (F * U**4 - 1) <= 2 * y * (F - 1),
                "at": at("Phi U y", "2 9/8 1"),
            },
            r"$\beta = 1$": {
                "hypotheses": (y >= 0, U >= 1, F >= U, U**4 + U**2 <= 3),
                "at": at("Phi U y", "9/8 9/8 1"),
            },
        },
    )
    near = (u > 0, U * (1 - u) <= 1, U >= 1)
    small = step(
        r"For $u \le 2^{-4}$, by the tangent of exp at 0, $e^{-u} \ge 1 - u$, both hold:",
        Implication(
            hypotheses=(*near, u <= sp.Rational(1, 16)),
            conclusion=sp.And(U**2 <= 2, U**4 + U**2 <= 3),
        ),
        {
            r"$u \le \frac12$": {"hypotheses": (*near, u <= sp.Rational(1, 2))},
            r"$U^4 + U^2 \le \frac{9}{4}$": {
                "conclusion": U**4 + U**2 <= sp.Rational(9, 4),
                "at": at("u U", "1/16 16/15"),
            },
        },
    )
    return Theorem("loss_on_both", (first, second, small))


def moment() -> Theorem:
    """Three ways, one algebra."""
    error = d_1 - (e + d_2) * (t + eta_t) + e * t
    only = step(
        r"$K = \sum y g t - e\,\bar t$, $\bar t = \sum yt$. As $\sum\hat h_jt_j$, as $\sum "
        r"g_jy_j(t_j - \bar t)$ or as $\sum gyt - e\bar t$, the computed one is $\sum "
        r"g_jy_jt_jf_j - (e + D_2)(\bar t + \eta_t)$: in the first two the terms of $e$, or of "
        r"$\bar t$, have factors of their own, and $D_2$ is $\sum g_jy_j(f'_j - 1)$ with others "
        r"of them. None passes more than $k = h + 4$ roundings: $|D_1| \le P = \sum|g|ry(\Phi "
        r"e^{ku} - 1)$ for the first sum, $|D_2| \le \Delta$, $|\eta_t| \le H = \sum ry(\Phi "
        r"e^{ku} - 1)$, and $|\bar t| \le R = \sum yr$:",
        Triangle(
            error=error,
            parts=((d_1, P), (-d_2 * t, D * R), (-(e + d_2) * eta_t, (size(e) + D) * H)),
            bound=MOMENT,
            hypotheses=(
                *(P >= 0, D >= 0, R >= 0, H >= 0, size(d_1) <= P, size(d_2) <= D),
                *(size(t) <= R, size(eta_t) <= H),
            ),
        ),
        {
            r"without $\Delta_eR$": {"bound": P + (size(e) + D) * H},
            r"without $|e|$": {"bound": P + D * H + D * R},
            r"without $\Delta_e$ beside $|e|$": {"bound": P + size(e) * H + D * R},
        },
    )
    return Theorem("moment", (only,))


def shared_parameter() -> Theorem:
    """A bound that is linear in the number of terms, for sums of any length."""
    sums = (u > 0, u <= sp.Rational(1, 2), N >= 1, N_2 >= 1, T >= 0, T_2 >= 0, r >= 0)
    errors = (N - 1) * u * T + (N_2 - 1) * u * T_2 + r
    together = errors <= (N + N_2 - 1) * u * (T + T_2)
    small = step(
        r"A sum of $N$ numbers errs by at most $(N - 1)uT$, $T$ the sum of their sizes, however "
        r"large $Nu$ is. By induction, for two sums with $N$ and $N_2$ terms: their addition errs "
        r"by $r$. Where $T_2 \le uT$, $r$ is at most the smaller summand, for the larger is a "
        r"number of the format; likewise with both exchanged:",
        Implication(
            hypotheses=(*sums, T_2 <= u * T, r <= T_2 + (N_2 - 1) * u * T_2), conclusion=together
        ),
        {
            "one less": {"conclusion": errors <= (N + N_2 - 2) * u * (T + T_2)},
            "anywhere": {"hypotheses": (*sums, r <= T_2 + (N_2 - 1) * u * T_2)},
        },
    )
    computed = T + T_2 + (N - 1) * u * T + (N_2 - 1) * u * T_2
    alike = step(
        r"Elsewhere $r$ is at most $u$ times the computed summands:",
        Implication(
            hypotheses=(*sums, T_2 >= u * T, T >= u * T_2, r <= u * computed), conclusion=together
        ),
        {
            "one less": {"conclusion": errors <= (N + N_2 - 2) * u * (T + T_2)},
            "anywhere": {"hypotheses": (*sums, r <= u * computed)},
        },
    )
    known = (u > 0, u <= sp.Rational(1, 2), h >= 0, H >= h, Y >= 1 + 2 * u)
    longer = (Y - 1) + H * u * Y <= RATIO * ((Y - 1) + h * u * Y)
    rows = step(
        r"So terms with the error $E$, $Y = e^E \ge 1 + E$, err in a sum of $h' + 1$ of them by "
        r"at most $(Y - 1) + h'uY$ times their sizes, $H = h'$. A row's bound is $e^{E + hu} - 1 "
        r"\ge (Y - 1) + huY$ times these, by the tangent of exp; and $E \ge \beta u + u$:",
        Implication(hypotheses=known, conclusion=longer),
        {
            "terms without an error": {"hypotheses": (*known[:-1], Y >= 1)},
            "one rounding less": {
                "conclusion": (Y - 1) + H * u * Y <= H / (h + 1) * ((Y - 1) + h * u * Y)
            },
        },
    )
    short = (V > 0, w >= 0, V + w <= sp.Rational(1, 2), W >= 1, W * (1 - w) <= 1)
    any_tree = step(
        r"In a tree, $h'$ its height, the errors grow by $W = e^{w}$, $w = (h' - h)u$. With $V = "
        r"(h + 1)u$ the row's have $Y \ge 1 + 2V$, and the ratio is $1 + w/V$; the tangent of exp "
        r"at 0 gives $e^{-w} \ge 1 - w$. Where $(h' + 1)u \le \frac12$:",
        Implication(
            hypotheses=(*short, Y >= 1 + 2 * V), conclusion=(Y * W - 1) * V <= (V + w) * (Y - 1)
        ),
        {
            "terms without an error": {
                "hypotheses": (*short, Y >= 1),
                "at": at("V w W Y", "1/4 1/4 5/4 1"),
            },
            "longer sums": {
                "hypotheses": (
                    *short[:2],
                    V + w <= 2,
                    *short[3:],
                    w <= sp.Rational(3, 4),
                    Y >= 1 + 2 * V,
                )
            },
        },
    )
    return Theorem("shared_parameter", (small, alike, rows, any_tree))


THEOREMS = (log_pulled_back, loss_on_both, moment, shared_parameter)
