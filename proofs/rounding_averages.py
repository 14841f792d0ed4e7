r"""Sums of positive terms, and averages under their weights.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `positive_sum`, `average`, `entropy`.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from proofs.implication import Implication
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import real, step, within
from proofs.theorem import Theorem
from refsoft.card import Claim

A, D, G, H, K, M, N, P, Q, R, V, Y, Z = real("A D G H K M N P Q R V Y Z")
a, f, y, ell, E, mean, sigma = real("a f y ell E mu sigma")

CLAIMS = (
    Claim(
        "positive_sum",
        "A sum of positive terms y_i S errs logarithmically by at most L, from above and below.",
        r"\Big|\log\frac{\hat S}{S}\Big| \le L = \log\sum_i y_i e^{E_i} + hu",
    ),
    Claim(
        "average",
        "L - h u is at least the average of the errors under the weights y, and minus the "
        "logarithm of the sum of y exp(-E) at most that.",
        r"-\log\sum_i y_i e^{-E_i} \le \sum_i y_i E_i \le \log\sum_i y_i e^{E_i}",
    ),
    Claim(
        "entropy",
        "The average distance D of the scores from the largest is at most the logarithm of their "
        "number.",
        r"D = \sum_i y_i d_i \le \log N - \log S \le \log N",
    ),
)


def positive_sum() -> Theorem:
    """From above by the largest factors; from below by the smallest, and a mean inequality."""
    before = real("G_1 P_1 Q_1 R_1")
    term = (y > 0, A >= 1, *within(f, A * V))
    grown = (before[0] + y * f, before[1] + y * A, before[2] + y / A, before[3] + y)
    sums = sp.And(Q <= G * V, G <= P * V)
    ends = step(
        r"Let $G = \sum y_i f_i$ be $\hat S/S$, $f_i$ within $A_i V$, $A_i = e^{E_i}$, $V = "
        r"e^{hu}$. With $P = \sum y_i A_i$ and $Q = \sum y_i/A_i$:",
        StructuralInduction(
            state=(G, P, Q, R),
            claim=sums,
            cases=(
                Case(name="One term", result=(y * f, y * A, y / A, y), given=term),
                Case(name="One term more", parts=(before,), result=grown, given=term),
            ),
            fixed=(V >= 1,),
        ),
        {
            "without $hu$": {"claim": sp.And(Q <= G, G <= P)},
            r"$\frac1P$ from below by the factors alone": {"claim": R <= G * V},
        },
    )
    means = step(
        r"and, with $R = \sum y_i$, the inequality of the arithmetic and the harmonic mean:",
        StructuralInduction(
            state=(P, Q, R),
            claim=sp.And(P > 0, Q > 0, R > 0, P * Q >= R**2),
            cases=(
                Case(name="One term", result=(y * A, y / A, y), given=(y > 0, A >= 1)),
                Case(
                    name="One term more",
                    parts=(real("P_1 Q_1 R_1"),),
                    result=tuple(
                        s + v for s, v in zip(real("P_1 Q_1 R_1"), (y * A, y / A, y), strict=True)
                    ),
                    given=(y > 0, A >= 1),
                ),
            ),
        ),
        {
            "strictly": {"claim": sp.And(P > 0, P * Q > R**2)},
            r"$Q \ge R$": {"claim": sp.And(P > 0, Q >= R)},
        },
    )
    known = (P > 0, V >= 1, P * Q >= 1, Q <= G * V, G <= P * V)
    both = step(
        r"As $R = 1$, $G$ is within $e^L = PV$:",
        Implication(hypotheses=known, conclusion=sp.And(*within(G, P * V))),
        {
            "without $hu$": {"conclusion": sp.And(*within(G, P))},
            "weights that sum to less than 1": {
                "hypotheses": (P > 0, V >= 1, R > 0, R <= 1, P * Q >= R**2, Q <= G * V, G <= P * V)
            },
        },
    )
    return Theorem("positive_sum", (ends, means, both))


def average() -> Theorem:
    """Jensen's inequality, from the tangent of exp at the mean."""
    before = real("P_1 Y_1 Z_1")
    term = (y >= 0, A >= K * (1 + sigma * (E - mean)))

    new = (y * A, y, y * sigma * (E - mean))
    cases = (
        Case(name="No term", result=(sp.S.Zero,) * 3),
        Case(
            name="One term more",
            parts=(before,),
            result=tuple(s + v for s, v in zip(before, new, strict=True)),
            given=term,
        ),
    )
    jensen = StructuralInduction(
        state=(P, Y, Z),
        claim=P >= K * (Y + Z),
        cases=cases,
        fixed=(K > 0, sigma**2 >= 1, sigma**2 <= 1),
        meanings={K: sp.exp(sigma * mean), A: sp.exp(sigma * E)},
    )
    tangents = step(
        r"Let $\sigma = \pm1$, $K = e^{\sigma\mu}$. The tangent of exp at $\sigma\mu$ gives $A_i = "
        r"e^{\sigma E_i} \ge K(1 + \sigma(E_i - \mu))$ for any $\mu$. Over the terms, with $P = "
        r"\sum y_i A_i$, $Y = \sum y_i$ and $Z = \sum y_i\sigma(E_i - \mu)$:",
        jensen,
        {
            "strictly": {"claim": P > K * (Y + Z)},
            "a steeper tangent": {"claim": P >= K * (Y + 2 * Z)},
            "weights of either sign": {
                "cases": tuple(replace(case, given=case.given[1:]) for case in cases)
            },
        },
    )
    at_mean = step(
        r"At $\mu = \sum y_i E_i$ and $Y = 1$, $Z$ is 0, and $P \ge K$: $\sum y_i e^{\sigma E_i} "
        r"\ge e^{\sigma\mu}$, which is Jensen's inequality for both signs:",
        Implication(
            hypotheses=(K > 0, P >= K * (Y + Z), sp.Eq(Y, 1), sp.Eq(Z, 0)), conclusion=P >= K
        ),
        {
            "at another $\\mu$": {"hypotheses": (K > 0, P >= K * (Y + Z), sp.Eq(Y, 1))},
            "for weights that sum to less": {
                "hypotheses": (K > 0, P >= K * (Y + Z), Y > 0, Y <= 1, sp.Eq(Z, 0))
            },
        },
    )
    return Theorem("average", (tangents, at_mean))


def entropy() -> Theorem:
    """Gibbs' inequality against the uniform weights."""
    before = real("H_1 Y_1 N_1")
    term = (y > 0, 1 / (M * y) >= 1 + ell)
    gibbs = StructuralInduction(
        state=(H, Y, N),
        claim=H <= N / M - Y,
        cases=(
            Case(name="No weight", result=(sp.S.Zero,) * 3),
            Case(
                name="One weight more",
                parts=(before,),
                result=(before[0] + y * ell, before[1] + y, before[2] + 1),
                given=term,
            ),
        ),
        fixed=(M >= 1,),
        meanings={ell: -sp.log(M * y)},
    )
    tangents = step(
        r"Let $M$ be the number of all weights and $\ell_i = -\log(My_i)$. The tangent of exp at 0 "
        r"gives $1/(My_i) = e^{\ell_i} \ge 1 + \ell_i$. For the first $N$ of them, with $H = \sum "
        r"y_i\ell_i$ and $Y = \sum y_i$:",
        gibbs,
        {
            "strictly": {"claim": H < N / M - Y},
            "half": {"claim": H <= (N / M - Y) / 2},
        },
    )
    distances = step(
        r"All together have $N = M$ and $Y = 1$, so $H \le 0$. The weight of distance $d_i$ is "
        r"$y_i = e^{-d_i}/e^{\sigma}$, $\sigma = \log S \ge 0$, and so $H = D + \sigma - \ell$ "
        r"with $\ell = \log N$:",
        Implication(
            hypotheses=(H <= 0, sp.Eq(H, D + sigma - ell), sigma >= 0),
            conclusion=sp.And(D <= ell - sigma, D <= ell),
        ),
        {
            r"$\log N$ not needed": {"conclusion": D <= 0},
            r"$S < 1$": {"hypotheses": (H <= 0, sp.Eq(H, D + sigma - ell))},
        },
    )
    return Theorem("entropy", (tangents, distances))


THEOREMS = (positive_sum, average, entropy)
