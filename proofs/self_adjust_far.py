r"""Long rows, rays and far scores of self_adjust: the fourth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.self_adjust`.

Statements
----------
- `ray`, `together`, `flattens`; `semidefinite` is refuted.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs import softmax
from proofs.derivations import a, rest, y_i
from proofs.exponential import Exponential
from proofs.exponential_laws import Laws
from proofs.exponential_rays import Rays
from proofs.methods import Counterexample
from proofs.numeric import Number, Samples, mp, slope
from proofs.self_adjust import POINTS, WHOLE, alpha, derive, samples, value, y
from proofs.theorem import Step, Theorem
from proofs.toolkit import derivative, i, k, scores, x

t, u, share, bound = sp.symbols("t u alpha_i B", real=True)
one, zero = sp.Integer(1), sp.Integer(0)
WEIGHTS = Samples(lambda x: softmax.value(x, mp.one))
SPREAD = tuple(replace(p, parameters={**p.parameters, "d": Fraction(5)}) for p in POINTS)
#: The weights alone, which are softmax.
RAYS = Rays(Laws(Exponential(alpha, one, zero, WEIGHTS, SPREAD, letter=r"\alpha")))


def ray() -> Theorem:
    """The weights tend to 1/mu at the largest scores and to 0 elsewhere."""
    weights = RAYS.ray()
    step = derive.identity(
        r"So far of the weights $\alpha$. An entry of $tx$ over $t$ is the score times its weight:",
        {
            "not divided": scores(y(i), lambda m: t * x[m]),
            "the weight at $x$": x[i] * alpha(i),
        },
        subject="y_i(tx)/t",
        left=scores(y(i), lambda m: t * x[m]) / t,
        right=x[i] * scores(alpha(i), lambda m: t * x[m]),
        sample=lambda p, m: samples.scaled(p, p.number("t"))[m - 1] / p.number("t"),
    )
    return Theorem("ray", (*weights.steps, step))


def together() -> Theorem:
    """(x + t) alpha/t -> alpha with t -> inf and t -> -inf."""

    def step(way: int, text: str) -> Step:
        far = mp.mpf(10) ** 60

        def moved(score: Number, weight: Number, by: Number) -> Number:
            return (score + way * by) * weight / (way * by)

        return derive.limit(
            text,
            {"to 1": one, "to 0": zero},
            subject=rf"\lim_{{t\to\infty}} \frac{{y_i(x {'+' if way > 0 else '-'} t)}}"
            rf"{{{'' if way > 0 else '-'}t}}",
            expression=scores(y(i), lambda m: x[m] + way * t) / (way * t),
            value=alpha(i),
            statistics={t: t, a: sp.exp(x[i]), rest: WHOLE - sp.exp(x[i]), u: x[i]},
            variable=t,
            direction=-1,
            near=lambda p, m: (
                samples.shifted(p, way * p.number("t"))[m - 1] / (way * p.number("t"))
            ),
            far=lambda p, m: moved(p.scores[m - 1], WEIGHTS.entry(p, m), far),
            hypotheses=(a > 0, rest >= 0),
            points=tuple(
                replace(p, parameters={**p.parameters, "t": Fraction(7, 3)}) for p in POINTS[1:]
            ),
        )

    return Theorem(
        "together",
        (
            step(
                1, "A shift leaves the weights; over the shift, what is added to the scores stays:"
            ),
            step(-1, r"and likewise towards $-\infty$:"),
        ),
    )


def flattens() -> Theorem:
    """|y| <= B alpha, and alpha -> 0."""
    weights = RAYS.flattens()
    step = derive.inequality(
        r"So far of the weights. Scores of size at most $B$ lie within $d = 2B$ of each other, and "
        r"an entry is at most $B$ times its weight in size:",
        {
            "half of it": {"conclusion": y_i**2 <= bound**2 * share**2 / 4},
            "without the bound of the scores": {"hypotheses": (a > 0, rest >= 0)},
        },
        quantities={y_i: y(i), share: alpha(i)},
        statistics={a: sp.exp(x[i]), rest: WHOLE - sp.exp(x[i]), u: x[i], bound: bound},
        hypotheses=(a > 0, rest >= 0, u**2 <= bound**2),
        conclusion=y_i**2 <= bound**2 * share**2,
        sample=lambda p, m: (samples.entry(p, m), WEIGHTS.entry(p, m)),
        points=tuple(replace(p, parameters={"B": Fraction(5, 2)}) for p in POINTS),
    )
    return Theorem("flattens", (*weights.steps, step))


def semidefinite() -> Theorem:
    """-2/9 and -4/9 times log 2 at (log 2, 2 log 2); -1/4 at two scores -3."""
    two = sp.log(2)

    def across(m: int, by: int) -> Number:
        row = [mp.log(2), 2 * mp.log(2)]
        at = row[by - 1]
        return slope(lambda q: value([*row[: by - 1], q, *row[by:]])[m - 1], at) / mp.log(2)

    lopsided = Counterexample(
        left=derivative(y(i), x[k]) / two,
        right=derivative(y(k), x[i]) / two,
        left_name=r"J_{12}/\log 2",
        right_name=r"J_{21}/\log 2",
        row=(two, 2 * two),
        values={i: one, k: sp.Integer(2)},
        sample=lambda: (across(1, 2), across(2, 1)),
    )
    own = derivative(y(i), x[i])
    low = (mp.mpf(-3), mp.mpf(-3))
    down = Counterexample(
        left=own,
        right=sp.Max(own, 0),
        left_name="J_{11}",
        right_name=r"\max(J_{11}, 0)",
        row=(sp.Integer(-3),) * 2,
        values={i: one},
        sample=lambda: (slope(lambda q: value([q, low[1]])[0], low[0]), mp.zero),
    )
    return Theorem(
        "semidefinite",
        (
            Step("It is not symmetric:", lopsided)
            .but("at equal scores", row=(two, two))
            .but("against itself", right=lopsided.left),
            Step("and not semidefinite, where scores are far below 0:", down)
            .but("at two scores 0", row=(zero, zero))
            .but(r"against $-\frac14$", right=sp.Rational(-1, 4)),
        ),
    )


THEOREMS = (ray, together, flattens, semidefinite)
