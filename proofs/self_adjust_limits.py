r"""The limits of self_adjust: the third part of its proofs.

Definitions
-----------
Those of :mod:`proofs.self_adjust`.

Statements
----------
- `quiet_at_zero`, `one_up`, `one_down`, `online`; `lipschitz` is refuted.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, b, rest, y_i
from proofs.exponential import Exponential
from proofs.exponential_online import Online
from proofs.numeric import Number, Point, mp
from proofs.self_adjust import POINTS, WHOLE, closed_jacobian, derive, samples, y
from proofs.self_adjust_laws import refutes
from proofs.theorem import Theorem
from proofs.toolkit import derivative, i, k, n, scores, x

t, u, w, bound = sp.symbols("t u w L", real=True)
zero, one = sp.Integer(0), sp.Integer(1)
OWN, OTHER = sp.exp(x[i]), sp.exp(x[k])


def _with(point: Point, m: int, score: Number) -> list[Number]:
    """The row with another score in that place."""
    return samples.row(point, [*point.scores[: m - 1], score, *point.scores[m:]])


def quiet_at_zero() -> Theorem:
    """|y| <= |x|."""
    step = derive.inequality(
        "A weight is at most 1, so that an entry is at most its score in size:",
        {
            "half of it": {"conclusion": y_i**2 <= u**2 / 4},
            "strictly": {"conclusion": y_i**2 < u**2},
        },
        quantities={y_i: y(i)},
        statistics={a: OWN, rest: WHOLE - OWN, u: x[i]},
        hypotheses=(a > 0, rest >= 0),
        conclusion=y_i**2 <= u**2,
        sample=lambda p, m: (samples.entry(p, m),),
        points=POINTS[1:],
    )
    limit = derive.limit(
        "and the scores of $tx$ tend to 0 with $t$:",
        {"to 1": one, "to the score": x[i] ** 2},
        subject=r"\lim_{t\to0} (tx_i)^2",
        expression=(t * x[i]) ** 2,
        value=zero,
        statistics={t: t, u: x[i]},
        variable=t,
        near=lambda p, m: (p.number("t") * p.scores[m - 1]) ** 2,
        far=lambda p, m: (mp.mpf(10) ** -60 * p.scores[m - 1]) ** 2,
    )
    return Theorem("quiet_at_zero", (step, limit))


def one_up() -> Theorem:
    """a/(a + C) -> 1 and w b/(a + b + C) -> 0 with a -> inf."""
    far = mp.mpf(400)
    own = derive.limit(
        r"As $x_i \to \infty$ alone, $a = e^{x_i} \to \infty$, and its weight tends to 1:",
        {"the weight stays": y(i) / x[i], "the weight tends to $1/n$": 1 / (n + 1)},
        subject=r"\lim_{x_i\to\infty} y_i/x_i",
        expression=y(i) / x[i],
        value=one,
        statistics={a: OWN, rest: WHOLE - OWN},
        variable=a,
        direction=-1,
        near=lambda p, m: samples.entry(p, m) / p.scores[m - 1],
        far=lambda p, m: _with(p, m, far)[m - 1] / far,
    )
    other = derive.limit(
        "and another entry, $w = x_k$ its score, to 0:",
        {"it stays": y(k), "it tends to its score": x[k]},
        subject=r"\lim_{x_i\to\infty} y_k",
        expression=y(k),
        value=zero,
        statistics={a: OWN, b: OTHER, rest: WHOLE - OWN - OTHER, w: x[k]},
        variable=a,
        direction=-1,
        near=lambda p, _, by: samples.entry(p, by),
        far=lambda p, m, by: _with(p, m, far)[by - 1],
        indices=(i, k),
    )
    return Theorem("one_up", (own, other))


def one_down() -> Theorem:
    """0 > y >= 2/(u C) for u < 0, as (1 - u + u^2/2) e^u <= 1."""
    known = (a > 0, rest > 0, u < 0)
    own = derive.inequality(
        r"For $u = x_i < 0$ the series of $e^{-u}$ gives $(1 - u + u^2/2)\,a \le 1$, and so",
        {
            "half of it": {"conclusion": y_i >= 1 / (4 * u * rest)},
            "without the series": {"hypotheses": known},
        },
        quantities={y_i: y(i)},
        statistics={a: OWN, rest: WHOLE - OWN, u: x[i]},
        hypotheses=(*known, (1 - u + u**2 / 2) * a <= 1),
        conclusion=sp.And(y_i < 0, y_i >= 2 / (u * rest)),
        sample=lambda p, m: (samples.entry(p, m),),
    )

    def distant(point: Point, m: int, score: Number) -> Number:
        others = [mp.exp(q) for index, q in enumerate(point.scores, 1) if index != m]
        return 2 / (score * mp.fsum(others))

    limit = derive.limit(
        r"which tends to 0 as $x_i \to -\infty$ and the others stay:",
        {"to $-1$": -one, "to 2": 2 * one},
        subject=r"\lim_{u\to-\infty} \frac{2}{uC}",
        expression=2 / (x[i] * (WHOLE - OWN)),
        value=zero,
        statistics={u: x[i], a: OWN, rest: WHOLE - OWN},
        variable=u,
        direction=-1,
        near=lambda p, m: distant(p, m, p.scores[m - 1]),
        far=lambda p, m: distant(p, m, mp.mpf(-(10**60))),
        hypotheses=(rest > 0,),
        points=POINTS[1:],
    )
    other = derive.limit(
        r"Another entry tends to that of the row without $x_i$:",
        {"it stays": y(k), "it tends to its score": x[k]},
        subject=r"\lim_{x_i\to-\infty} y_k",
        expression=y(k),
        value=x[k] * OTHER / (WHOLE - OWN),
        statistics={a: OWN, b: OTHER, rest: WHOLE - OWN - OTHER, w: x[k]},
        variable=a,
        near=lambda p, _, by: samples.entry(p, by),
        far=lambda p, m, by: _with(p, m, mp.mpf(-400))[by - 1],
        hypotheses=(b > 0, rest >= 0),
        indices=(i, k),
        points=POINTS[2:],
    )
    return Theorem("one_down", (own, limit, other))


def lipschitz() -> Theorem:
    """1/n + t (n - 1)/n^2 at (t, ..., t)."""
    far = n**2 * bound / (n - 1)
    level = scores(derivative(y(i), x[i]), lambda _: far)

    def sample(point: Point, m: int) -> Number:
        row = Fraction(point.n**2, point.n - 1) * point.parameters["L"]
        return samples.jacobian(replace(point, x=(row,) * point.n), m, m)

    grows = derive.identity(
        r"Let $L$ be a Lipschitz constant, $n \ge 2$. Where all scores are $n^2L/(n - 1)$, the "
        "derivative of an entry by its own score is",
        {"$L$": bound, r"$L - \frac1n$": bound - 1 / n},
        subject=r"J_{ii}",
        left=level,
        right=bound + 1 / n,
        sample=sample,
        points=POINTS[1:],
    )
    jacobian = closed_jacobian().subs(k, i)
    exact = samples.jacobian(replace(POINTS[1], x=(Fraction(4), Fraction(4))), 1, 1)
    four = (sp.Integer(4), sp.Integer(4))
    step = refutes(jacobian, one, "J_{11}", four, exact)
    step = replace(step, text="which exceeds $L$. For instance with $L = 1$. " + step.text)
    return Theorem("lipschitz", (grows, step.but("at the row $(0, 0)$", row=(zero, zero))))


MAP = Exponential(y, one, zero, samples, POINTS, letter=r"\alpha")

THEOREMS = (quiet_at_zero, one_up, one_down, lipschitz, Online(MAP, x[i]).online)
CONTINUED_IN = "proofs.self_adjust_far"
