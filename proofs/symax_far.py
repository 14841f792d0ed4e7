r"""All scores of symax moved far away together: the eighth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `together`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, rest, y_i
from proofs.numeric import Number, Point, mp
from proofs.symax import WHOLE, derive, eta, h, p, samples, term, y
from proofs.symax_laws import A, half, one, t
from proofs.symax_powers import HUGE, N, Q, R, width, with_values
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, n, scores, x

q = sp.Symbol("q", real=True)
LARGE = (sp.Abs(t) + width) ** p


def together() -> Theorem:
    """Q/(h + n R) <= y <= R/(h + n Q), Q/R -> 1 and R -> inf."""
    return Theorem("together", (_between(), _closer(), _without_offset(), _level()))


def _between() -> Step:
    own, whole = (scores(part, lambda m: x[m] + t) for part in (term(i), WHOLE))
    known = (Q > 0, N >= 1, h >= 0, a >= Q, a <= R, rest >= (N - 1) * Q)
    rows = with_values(d="5/2", t="4") + with_values(d="5/2", t="-4")
    return derive.inequality(
        r"Let $d$ be at least every $|x_j|$, and $|t| > d$. With $Q = (|t| - d)^p$ and "
        r"$R = (|t| + d)^p$ every term $|x_j + t|^p$ lies between $Q$ and $R$; $C$ is the sum of "
        r"the others, $h = \eta$:",
        {
            "one term more": {"conclusion": y_i <= R / (h + (N + 1) * Q)},
            "without the bound from above": {"hypotheses": known},
        },
        quantities={y_i: scores(y(i), lambda m: x[m] + t)},
        statistics={
            a: own, rest: whole - own, h: eta, N: n, Q: (sp.Abs(t) - width) ** p, R: LARGE
        },
        hypotheses=(*known, rest <= (N - 1) * R),
        conclusion=sp.And(y_i >= Q / (h + N * R), y_i <= R / (h + N * Q)),
        sample=lambda point, m: (samples.shifted(point, point.number("t"))[m - 1],),
        points=rows,
    )  # fmt: skip


def _closer() -> Step:
    def ratio(point: Point, far: Number) -> Number:
        return (far - point.number("d")) / (far + point.number("d"))

    return derive.limit(
        r"The ratio $Q/R$ is a power of $(|t| - d)/(|t| + d)$, and tends to 1 with it:",
        {"to 0": sp.S.Zero, r"to $\frac12$": half},
        subject=r"\lim_{|t|\to\infty} \frac{|t| - d}{|t| + d}",
        expression=(sp.Abs(t) - width) / (sp.Abs(t) + width),
        value=one,
        statistics={A: sp.Abs(t), width: width},
        variable=A,
        direction=-1,
        near=lambda point: ratio(point, abs(point.number("t"))),
        far=lambda point: ratio(point, HUGE),
        points=with_values(d="5/2", t="-4"),
        indices=(),
    )


def _without_offset() -> Step:
    def bound(point: Point, large: Number) -> Number:
        kept = point.number("q") * large
        return kept / (point.number("eta") + point.n * large)

    return derive.limit(
        r"Let $q < 1$, and $|t|$ be so large that $Q \ge qR$. The first bound is then at least the "
        r"following, which tends to $q/n$ with $R \to \infty$; likewise the second is at most "
        r"$R/(\eta + nqR)$, which tends to $1/(qn)$:",
        {"to 0": sp.S.Zero, "to $1/n$": 1 / n},
        subject=r"\lim_{R\to\infty} \frac{qR}{\eta + nR}",
        expression=q * LARGE / (eta + n * LARGE),
        value=q / n,
        statistics={R: LARGE, q: q, h: eta, N: n},
        variable=R,
        direction=-1,
        near=lambda p_: bound(p_, (abs(p_.number("t")) + p_.number("d")) ** p_.number("p")),
        far=lambda p_: bound(p_, HUGE),
        hypotheses=(N >= 1,),
        points=with_values(d="5/2", t="-4", q="3/4"),
        indices=(),
    )


def _level() -> Step:
    return derive.limit(
        "As $q$ can be as near to 1 as one likes, both are squeezed to $1/n$:",
        {"to 1": one, "to $1/(n + 1)$": 1 / (n + 1)},
        subject=r"\lim_{q\to1} \frac{q}{n}",
        expression=q / n,
        value=1 / n,
        statistics={q: q, N: n},
        variable=q,
        at=one,
        near=lambda point: point.number("q") / point.n,
        far=lambda point: (1 + mp.mpf(10) ** -60) / point.n,
        hypotheses=(N >= 1,),
        points=tuple(
            replace(point, parameters={**point.parameters, "q": Fraction(3, 4)})
            for point in derive.points
        ),
        indices=(),
    )


THEOREMS = (together,)
