r"""Second derivatives of self_adjust_normalized, and what its Jacobian is not: the sixth part.

Definitions
-----------
Those of :mod:`proofs.self_adjust_normalized`.

Statements
----------
- `hessian`, where the extremes are not tied; `semidefinite` and `lipschitz` are refuted.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs.methods import Counterexample
from proofs.numeric import Number, Point, mp, slope
from proofs.self_adjust_normalized import (
    POSITIVE,
    at_high,
    at_low,
    derive,
    high,
    low,
    moving,
    place,
    samples,
    value,
    weight,
    y,
)
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, derivative, ell, i, k, n, scores, x

bound, t = sp.symbols("L t", real=True)
zero, one = sp.Integer(0), sp.Integer(1)
WIDTH = high - low


def _moved(by: Expr) -> Expr:
    """The derivative of the place by a score."""
    own = sp.KroneckerDelta(i, by)
    return (own - place(i) * at_high(by) - (1 - place(i)) * at_low(by)) / WIDTH


def hessian() -> Theorem:
    """Differentiate the definition twice in each case."""
    last, beside = sp.KroneckerDelta(i, ell), sp.KroneckerDelta(k, ell)
    by_k, by_l = weight(i) * (delta - weight(k)), weight(i) * (last - weight(ell))
    bent = weight(i) * (
        (delta - weight(k)) * (last - weight(ell)) - weight(k) * (beside - weight(ell))
    )
    wider = {index: (at_high(index) - at_low(index)) / WIDTH for index in (k, ell)}
    turned = -(_moved(k) * wider[ell] + _moved(ell) * wider[k])
    crossed = _moved(k) * by_l + _moved(ell) * by_k
    step = moving(
        r"Each derivative meets the place $u_i$ or the weight $\alpha_i$, and one may follow the "
        r"other. With $u_{ik}$ the derivative of the place by $x_k$ and $D_k$ that of $D$, "
        r"$\chi_+\delta_{kM} - \chi_-\delta_{km}$, the place has the second derivative "
        r"$-(u_{ik}D_l + u_{il}D_k)/D$.",
        {
            "the place not bent": crossed + place(i) * bent,
            "the place held fixed": place(i) * bent,
            "half of the cross terms": turned * weight(i) + crossed / 2 + place(i) * bent,
        },
        lambda case: derivative(derivative(y(i).subs(case), x[k]), x[ell]),
        turned * weight(i) + crossed + place(i) * bent,
        subject=r"\frac{\partial^2 y_i}{\partial x_k\,\partial x_l}",
        sample=samples.hessian,
        indices=(i, k, ell),
    )
    return Theorem("hessian", (step,))


def semidefinite() -> Theorem:
    """J_12 and J_21 at the row (1, 2, 3, -1) times log 2."""
    two = sp.log(2)
    ends = {low: x[4], high: x[3]}
    row = (two, 2 * two, 3 * two, -two)

    def across(q: int, by: int) -> Number:
        moved = [mp.log(2) * power for power in (1, 2, 3, -1)]
        at = moved[by - 1]
        return slope(lambda s: value([*moved[: by - 1], s, *moved[by:]])[q - 1], at)

    lopsided = Counterexample(
        left=derivative(y(i), x[k]).subs(ends),
        right=derivative(y(k), x[i]).subs(ends),
        left_name="J_{12}",
        right_name="J_{21}",
        row=row,
        values={i: one, k: sp.Integer(2)},
        sample=lambda: (across(1, 2), across(2, 1)),
    )
    step = Step(
        "It is not symmetric: between the extremes $J_{ik} = -u_i\\alpha_i\\alpha_k$ for "
        "$i \\ne k$, and places differ:",
        lopsided,
    )
    step = step.but("at equal scores", row=(two, two, 3 * two, -two))
    return Theorem("semidefinite", (step.but("against itself", right=lopsided.left),))


def lipschitz() -> Theorem:
    """A jump of 1/n between (t, ..., t) and (-t, ..., -t), however small t."""
    above = scores(y(i), lambda _: t).subs({low: zero, high: t})
    below = scores(y(i), lambda _: -t).subs({low: -t, high: zero})
    small = 1 / (4 * n * bound)
    jump = derive.identity(
        r"Let $L$ be a Lipschitz constant, and $t = 1/(4nL)$. Between the rows $(t, \dots, t)$ and "
        r"$(-t, \dots, -t)$ every score moves by $2t$, and every entry by its share of that times",
        {"$L$": bound, "$L/2$": bound / 2},
        subject=r"\frac{y_i(t, \dots, t) - y_i(-t, \dots, -t)}{2t}",
        left=((above - below) / (2 * t)).subs(t, small),
        right=2 * bound,
        sample=_jump,
        indices=(),
        points=tuple(replace(q, parameters={"L": Fraction(7, 2)}) for q in POSITIVE),
    )
    half = sp.Rational(1, 2)
    row = Counterexample(
        left=above - below,
        right=sp.Min(above - below, half),
        left_name="y_1(t) - y_1(-t)",
        right_name=r"\min(y_1(t) - y_1(-t), 2tL)",
        row=(one,),
        values={i: one, t: sp.Rational(1, 4)},
        sample=lambda: (value([mp.mpf(1) / 4])[0] - value([-mp.mpf(1) / 4])[0], mp.mpf(1) / 2),
    )
    step = Step("which exceeds $L$. For instance with $n = 1$, $t = 1/4$ and $L = 1$:", row)
    step = step.but("with $L = 2$", right=sp.Min(above - below, one)).but("against 1", right=one)
    return Theorem("lipschitz", (jump, step))


def _jump(point: Point) -> Number:
    small = 1 / (4 * point.n * point.number("L"))
    above, below = (value([way * small] * point.n)[0] for way in (1, -1))
    return (above - below) / (2 * small)


THEOREMS = (hessian, semidefinite, lipschitz)
