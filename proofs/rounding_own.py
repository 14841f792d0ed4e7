r"""Our own kernels: exact differences, the error of every weight alike, units in the last place.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `exact_difference`, `no_distance`, `largest_error`, `last_places`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Fact, Implication
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import U, at, real, size, step, u, within
from proofs.theorem import Theorem
from refsoft.card import Claim

A, B, G, M, P, R, V, X, Y = real("A B G M P R V X Y")
a, d, k, m, r, t, top, v, x, y = real("a d k m r t T v x y")
half = sp.Rational(1, 2)

CLAIMS = (
    Claim(
        "exact_difference",
        "The difference of two numbers within a factor of two of each other is exact.",
        r"\tfrac y2 \le x \le 2y \Rightarrow \operatorname{fl}(x - y) = x - y",
    ),
    Claim(
        "no_distance",
        "Every score whose weight is not 0 is within a factor of two of a largest score beyond "
        "twice the reach of exp; so no distance to it is rounded.",
        r"|m| \ge 2R,\ m - R \le x \le m \Rightarrow \operatorname{fl}(x - m) = x - m",
    ),
    Claim(
        "largest_error",
        "Where every weight errs by at most A and k roundings follow the quotient, F = 2A + (h + "
        "k) u.",
        r"E_j \le A \Rightarrow L \le A + hu,\ F \le 2A + (h + k)u",
    ),
    Claim(
        "last_places",
        "A result with the relative error r < 1 before its last rounding is off by at most B = "
        "r/u + 1/2 units in the last place of the truth where r < u, and r/u + 1 elsewhere.",
        r"B = \frac{e^F - 1}{u} + \begin{cases}\tfrac12 & e^F - 1 < u\\ 1 & \text{else}\end{cases}",
    ),
)

#: The error of a quotient whose weights all err by A, V = e^(hu) and U = e^(ku).
LARGEST = y * (A**2 * V * U - 1)


def exact_difference() -> Theorem:
    """Sterbenz' lemma, from integers."""
    known = (Y >= 0, Y <= P, X >= Y, X <= 2 * Y)
    multiple = step(
        r"Let $0 < y \le x$; the other order is the same with the sign changed. $y = Yw$, $w$ its "
        r"last place, $Y$ a whole number of at most $P = 2^t$, and $x$, being no smaller, is a "
        r"multiple $X$ of $w$ too. So $x - y = (X - Y)w$ with",
        Implication(hypotheses=known, conclusion=sp.And(X - Y >= 0, X - Y <= P)),
        {
            r"$x \le 3y$": {"hypotheses": (Y >= 0, Y <= P, X >= Y, X <= 3 * Y)},
            "more digits than needed": {"conclusion": X - Y <= P / 2},
            "no bound of $x$": {"hypotheses": (Y >= 0, Y <= P, X >= Y)},
        },
    )
    return Theorem("exact_difference", (multiple,))


def no_distance() -> Theorem:
    """The hypothesis of Sterbenz' lemma, for either sign of the largest score."""
    above = step(
        r"exp is 0 below $-R$ in the format. Let $m \ge 2R$ be the largest score; every other "
        r"whose weight is not 0 has $x \ge m - R$, and",
        Implication(
            hypotheses=(R > 0, m >= 2 * R, x <= m, x >= m - R),
            conclusion=sp.And(x >= m / 2, x <= 2 * m),
        ),
        {
            r"$m \ge R$": {"hypotheses": (R > 0, m >= R, x <= m, x >= m - R)},
            "every score": {"hypotheses": (R > 0, m >= 2 * R, x <= m)},
        },
    )
    below = step(
        r"and where $m \le -2R$ the sizes are the other way round:",
        Implication(
            hypotheses=(R > 0, m <= -2 * R, x <= m, x >= m - R),
            conclusion=sp.And(-x >= -m / 2, -x <= -2 * m),
        ),
        {
            r"within a factor of $\frac54$": {"conclusion": -x <= -m * sp.Rational(5, 4)},
            "every score": {"hypotheses": (R > 0, m <= -2 * R, x <= m)},
        },
    )
    reach = 1082 * t
    enough = step(
        r"In float64 the weights are kept down to $2^{-1022}$ over $2^{60}$, so $R = 1082\log 2$, "
        r"$t = \log 2$; in float32 it is smaller. $m = 4096x$, $x \ge 1$, is enough:",
        Implication(
            hypotheses=(x >= 1,),
            conclusion=4096 * x >= 2 * reach,
            meanings={t: sp.log(2)},
            facts=(Fact(r"the digits of $\log 2$", t < sp.Rational(694, 1000)),),
        ),
        {
            r"$m = 1024x$": {"conclusion": 1024 * x >= 2 * reach},
            "six times the reach": {"conclusion": 4096 * x >= 6 * reach},
        },
    )
    return Theorem("no_distance", (above, below, enough))


def largest_error() -> Theorem:
    """No average of the errors exceeds the largest."""
    before = real("P_1 Y_1")
    average = step(
        r"With $P = \sum y_iA_i$ and $Y = \sum y_i$, every $A_i$ at most $A = e^{A}$:",
        StructuralInduction(
            state=(P, Y),
            claim=P <= A * Y,
            cases=(
                Case(name="No weight", result=(sp.S.Zero, sp.S.Zero)),
                Case(
                    name="One weight more",
                    parts=(before,),
                    result=(before[0] + y * a, before[1] + y),
                    given=(y >= 0, a >= 1, a <= A),
                ),
            ),
            fixed=(A >= 1,),
        ),
        {
            "less": {"claim": P < A * Y},
            "half": {"claim": P <= (1 + A) / 2 * Y},
        },
    )
    known = (y >= 0, A >= 1, V >= 1, U >= 1, P >= 1, P <= A)
    factors = (*within(a, A), *within(G, P * V), *within(k, U))
    error = size(y * a * k / G - y)
    quotient = step(
        r"So the quotient is off by $A$ of its weight, $A + hu$ of the sum, and $ku$ of what "
        r"follows, with $V = e^{hu}$, and $U = e^{ku}$ here:",
        Implication(hypotheses=(*known, *factors), conclusion=error <= LARGEST),
        {
            "$A$ once": {
                "conclusion": error <= y * (A * V * U - 1),
                "at": at("A a P V G k U y", "2 2 2 1 1/2 1 1 1"),
            },
            "without the sum": {"conclusion": error <= y * (A**2 * U - 1)},
            "never attained": {"conclusion": error < LARGEST},
        },
    )
    return Theorem("largest_error", (average, quotient))


def last_places() -> Theorem:
    """What a binade's end does to the last rounding."""
    relative = step(
        r"Let $2^e \le y < 2^{e+1}$; the unit in the last place is $2u2^e$. With $M = 2^e$ a "
        r"relative error of $r$ is less than $r/u$ units:",
        Implication(
            hypotheses=(u > 0, M > 0, r > 0, y >= M, y < 2 * M),
            conclusion=y * r / (2 * u * M) < r / u,
        ),
        {
            r"$r/2u$": {"conclusion": y * r / (2 * u * M) <= r / (2 * u)},
            "where $y$ may be the end": {"hypotheses": (u > 0, M > 0, r > 0, y >= M, y <= 2 * M)},
        },
    )
    inside = sp.Or(v > top, size(d) <= half)
    beyond = sp.Or(v <= top, size(d) <= 1)
    to_the_end = sp.Or(v <= top, v >= top + 1, sp.Eq(v + d, top))
    known = (B >= 0, y >= 0, y < top, size(v - y) <= B, inside, beyond, to_the_end)
    small = step(
        r"In these units, let $T = 2^{e+1}/(2u2^e)$ be the end of the binade of $y$, and $v$, "
        r"within $B$ of $y$, rounded with an error $d$: at most a half below $T$; beyond, where "
        r"numbers are two units apart, at most one, and to $T$ itself where that is nearest. For "
        r"$B < 1$:",
        Implication(hypotheses=(*known, B < 1), conclusion=size(v + d - y) <= B + half),
        {
            r"$B < 2$": {
                "hypotheses": (*known, B < 2),
                "at": at("B y T v d", "13/8 1/2 1 2 1"),
            },
            r"$T$ need not be a number": {"hypotheses": (*known[:-1], B < 1)},
            r"$B + \frac14$": {"conclusion": size(v + d - y) <= B + half / 2},
        },
    )
    large = step(
        r"and for any $B$ that does not reach past the next binade:",
        Implication(hypotheses=known, conclusion=size(v + d - y) <= B + 1),
        {
            r"$B + \frac12$": {
                "conclusion": size(v + d - y) <= B + half,
                "at": at("B y T v d", "3/2 1/2 1 2 1"),
            },
            "two binades further": {
                "hypotheses": (*known[:4], inside, sp.Or(v <= top, size(d) <= 2))
            },
        },
    )
    return Theorem("last_places", (relative, small, large))


THEOREMS = (exact_difference, no_distance, largest_error, last_places)
