r"""symax at the edges: logarithms near 1, bases that underflow, scores that are read as 0.

Definitions
-----------
Those of :mod:`proofs.rounding_powers`.

Statements
----------
- `near_one`, `flushed_moment`, `small_base`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Fact, Implication
from proofs.rounding_parts import real, size, step, u
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

A, B, C, D, F, L, M, R, T = real("A B C Delta Phi L M R T")
e, f, g, o, p, t, y, rho, mu, nu = real("e f g o p t y rho mu nu")
e_hat = real("ehat")

CLAIMS = (
    Claim(
        "near_one",
        "A logarithm that errs by alpha_log u absolutely, where its size is below 1, is covered by "
        "M + 1 and |log|x|| + 1 in the place of M and |log|x||.",
        r"|\hat t - t| \le (|t| + 1)\big(e^{\alpha_{\log}u} - 1\big)",
    ),
    Claim(
        "flushed_moment",
        "Scores that are read as 0 are left out of <y (g - e), t>, which moves it by their |t| y "
        "(|g| + |e|); and e lacks f of theirs, as if it erred by |f| more.",
        r"\sum_{j \in J} |t_j|y_j(|g_j| + |e|),\quad \Delta_e + |f|",
    ),
    Claim(
        "small_base",
        "A base below 1 that underflows by r moves its power o by at most r^o where o is at most "
        "1, and by o r where it is at least that.",
        r"(b + r)^o - b^o \le \begin{cases}r^o & o \le 1\\ or & o \ge 1\end{cases}",
    ),
)

#: What a score that is read as 0 is missed by, T at least |t|.
LEFT_OUT = T * y * (size(g) + size(e))


def near_one() -> Theorem:
    """An absolute error of alpha_log u beside the relative one."""
    either = step(
        r"Let the logarithm err by a factor within $C = e^{\alpha_{\log}u}$, or absolutely by at "
        r"most $C - 1$, which is $e$:",
        Implication(
            hypotheses=(C >= 1, e >= 0, sp.Or(e <= size(t) * (C - 1), e <= C - 1)),
            conclusion=e <= (size(t) + 1) * (C - 1),
        ),
        {
            r"$|t|$": {"conclusion": e <= size(t) * (C - 1)},
            "1": {"conclusion": e <= C - 1},
        },
    )
    known = (y >= 0, u >= 0, F >= 1 + 2 * u, C >= 1, C * (1 + 2 * u) <= 2, size(rho) <= u)
    term = y * (size(t) * (F * C - 1) + F * (C - 1) + F * C * u)
    moment = step(
        r"In a term of `power_moment` the absolute part is multiplied by $\Phi$ of the weight, and "
        r"reading $|x|$, by $u$, by $\Phi C$. Both together are within $\Phi C - 1$, for where $x$ "
        r"is read $\Phi \ge 1 + 2u$, and $C(1 + 2u) \le 2$ in every format:",
        Implication(hypotheses=known, conclusion=term <= y * (size(t) + 1) * (F * C - 1)),
        {
            "any $C$": {"hypotheses": (y >= 0, u >= 0, F >= 1 + 2 * u, C >= 1)},
            r"$\Phi \ge 1$": {"hypotheses": (y >= 0, u >= 0, F >= 1, C >= 1, C * (1 + 2 * u) <= 2)},
        },
    )
    x, m = real("X M")
    sizes = (p > 0, u > 0, x >= 0, T >= 0, T <= m, A >= 0, A <= m, R >= 0, R <= u * p)
    reached = T + 1
    tau = (1 + u) * (p * (1 + u) * reached * x + R * A)
    tau = tau + u * (p * A + p * (1 + u) * (reached + A) * x)
    most = R * A + p * (m + 1) * ((1 + u) * (1 + 3 * u) * x + u * (1 + u))
    power = step(
        r"In `power_error` it is $|t| + 1$ in the place of $|t|$, and $\tau$ at most",
        Implication(hypotheses=sizes, conclusion=tau <= most),
        {
            "$M$ for $M + 1$": {
                "conclusion": tau <= R * A + p * m * ((1 + u) * (1 + 3 * u) * x + u * (1 + u))
            },
            r"without $3u$": {
                "conclusion": tau <= R * A + p * (m + 1) * ((1 + u) * x + u * (1 + u)),
            },
        },
    )
    return Theorem("near_one", (either, moment, power))


def flushed_moment() -> Theorem:
    """What is left out, and what e lacks."""
    left = step(
        r"A score that is read as 0 has no term. In size its own, with $t$ at most $T$, was at "
        "most",
        Implication(
            hypotheses=(y >= 0, T >= 0, size(t) <= T),
            conclusion=size(y * (g - e) * t) <= LEFT_OUT,
        ),
        {
            r"$|g|$ alone": {"conclusion": size(y * (g - e) * t) <= T * y * size(g)},
            r"$|g - e|$ of their sizes": {
                "conclusion": size(y * (g - e) * t) <= T * y * size(size(g) - size(e))
            },
        },
    )
    lacks = step(
        r"Of $e$ lacks $f$, at most $M = \sum_J|g|y$: $\hat e$ is within $\Delta + M$ of $e$, and "
        r"`moment` holds with $\Delta + M$ for $\Delta$:",
        Triangle(
            error=e_hat - f - e,
            parts=((e_hat - e, D), (-f, M)),
            bound=D + M,
            hypotheses=(D >= 0, M >= 0, size(e_hat - e) <= D, size(f) <= M),
        ),
        {"nothing left out": {"bound": D}, "the larger of both": {"bound": sp.Max(D, M)}},
    )
    return Theorem("flushed_moment", (left, lacks))


def small_base() -> Theorem:
    """Powers between 0 and 1 are subadditive."""
    powers = {A: sp.exp((1 - o) * L), B: sp.exp((1 - o) * M)}
    exponents = (o >= 0, o <= 1, L >= 0, M >= 0)
    above = step(
        r"Let $\mu = b/(b + r)$, $L = -\log\mu \ge 0$: $\mu^o = \mu e^{(1 - o)L}$, and likewise "
        r"for $\nu = r/(b + r)$ and $M$. With $A$, $B$ these exponentials $\mu^o + \nu^o$ is at "
        r"least $\mu + \nu = 1$:",
        Implication(
            hypotheses=(*exponents, mu >= 0, nu >= 0, sp.Eq(mu + nu, 1)),
            conclusion=mu * A + nu * B >= 1,
            meanings=powers,
            facts=(
                Fact("the tangent of exp", A >= 1 + (1 - o) * L),
                Fact("the tangent of exp", B >= 1 + (1 - o) * M),
            ),
        ),
        {
            "one of the two": {"conclusion": mu * A >= 1},
            "powers above 1": {
                "hypotheses": (o >= 1, L >= 0, M >= 0, mu >= 0, nu >= 0, sp.Eq(mu + nu, 1)),
                "facts": (),
            },
        },
    )
    tangents = (
        Fact("the tangent of exp", A >= 1 - (o - 1) * L),
        Fact("the tangent of exp", mu * (1 + L) <= 1),
        Fact("the tangent of exp", mu > 0),
    )
    below = step(
        r"For $o \ge 1$, with $\mu = e^{-L}$ and $A = e^{-(o - 1)L}$, $\mu^o = \mu A$ is at least "
        r"$1 - o(1 - \mu)$. So $(b + r)^o$ falls by at most $(b + r)^oo\nu = or(b + r)^{o - 1}$, "
        r"at most $or$:",
        Implication(
            hypotheses=(o >= 1, L >= 0),
            conclusion=mu * A >= 1 - o * (1 - mu),
            meanings={mu: sp.exp(-L), A: sp.exp(-(o - 1) * L)},
            facts=tangents,
        ),
        {
            r"$1 - \nu$": {"conclusion": mu * A >= mu},
            "powers below 1": {"hypotheses": (o <= 1, L >= 0)},
        },
    )
    return Theorem("small_base", (above, below))


THEOREMS = (near_one, flushed_moment, small_base)
