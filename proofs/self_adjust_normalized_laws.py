r"""What holds of self_adjust_normalized and what does not: the second part of its proofs.

Definitions
-----------
Those of :mod:`proofs.self_adjust_normalized`.

Statements
----------
- `max_gradient`, `self_gradient`, `row_sum`, `range`, `order`, `permutation`, `shift_between`.
- `shift_invariant` is refuted.
"""

from __future__ import annotations

import sympy as sp

from proofs import softmax
from proofs.derivations import a, b, rest, y_i, y_k
from proofs.methods import Counterexample
from proofs.numeric import Number, Point, mp
from proofs.permutations import permuted
from proofs.self_adjust_normalized import (
    BOTH,
    CASES,
    WHOLE,
    M,
    derive,
    high,
    low,
    m,
    samples,
    value,
    weight,
    y,
)  # fmt: skip
from proofs.theorem import Step, Theorem
from proofs.toolkit import derivative, i, k, n, scores, total, x

t, u, w, share, slope, plain_ = sp.symbols("t u w alpha_i r q", real=True)
half, zero, one = sp.Rational(1, 2), sp.Integer(0), sp.Integer(1)
OWN, OTHER = sp.exp(x[i]), sp.exp(x[k])
BETWEEN = (low <= u, u <= high, low < high, a > 0, rest >= 0)
PARTS = {a: OWN, rest: WHOLE - OWN, u: x[i], low: low, high: high}


def max_gradient() -> Theorem:
    """At the largest score the place is 1 and stays 1."""
    steps = []
    for name, rows, case in CASES[:2]:
        slope = derivative(y(i).subs(case), x[k]).subs({i: M, k: M})
        plain = (weight(i) * (1 - weight(i))).subs(case).subs(i, M)
        fixed = plain + (weight(i) / (high - low)).subs(case).subs(i, M)
        step = derive.identity(
            f"{name} with $h = x_M$ the place of $x_M$ is 1, and moves with nothing:",
            {"the extremes held fixed": fixed, "of both signs": -plain},
            subject=r"\frac{\partial y_M}{\partial x_M}",
            left=slope,
            right=plain,
            sample=lambda p: samples.jacobian(p, int(p.parameters["M"]), int(p.parameters["M"])),
            indices=(),
            points=rows[1:],
            apart=((m, M),),
        )
        steps.append(step)
    return Theorem("max_gradient", tuple(steps))


def self_gradient() -> Theorem:
    """Alpha (u (1 - alpha) + 1/D) > alpha (1 - alpha)."""
    own, plain = derivative(y(i), x[i]), weight(i) * (1 - weight(i))
    above = (high - u) * rest < a + rest
    step = derive.inequality(
        r"Between the extremes, which then stay. Let $r$ be the derivative of $y_i$ by $x_i$ and "
        r"$q = \alpha_i(1 - \alpha_i)$ that of softmax; $1 - \alpha_i = C/(a + C)$:",
        {
            "everywhere": {"conclusion": slope > plain_},
            "where $h - x_i < 1$ alone": {"conclusion": sp.Implies(slope > plain_, high - u < 1)},
        },
        quantities={slope: own, plain_: plain},
        statistics=PARTS,
        hypotheses=(low < u, u < high, a > 0, rest > 0),
        conclusion=sp.And(sp.Implies(slope > plain_, above), sp.Implies(above, slope > plain_)),
        sample=lambda p, q: (samples.jacobian(p, q, q), _plain(p, q)),
    )
    return Theorem("self_gradient", (step,))


def _plain(point: Point, q: int) -> Number:
    share_ = softmax.value(point.scores, mp.one)[q - 1]
    return share_ * (1 - share_)


def below_weight() -> Step:
    """0 <= y <= alpha."""
    return derive.inequality(
        r"With $l \le x_i \le h$ the place lies in $[0, 1]$, and $y_i$ between 0 and its weight:",
        {
            "below half of it": {"conclusion": y_i <= share / 2},
            "$x_i$ anywhere": {"hypotheses": (low < high, a > 0, rest >= 0)},
        },
        quantities={y_i: y(i), share: weight(i)},
        statistics=PARTS,
        hypotheses=BETWEEN,
        conclusion=sp.And(y_i >= 0, y_i <= share),
        sample=lambda p, q: (samples.entry(p, q), softmax.value(p.scores, mp.one)[q - 1]),
    )


def row_sum() -> Theorem:
    """0 <= y <= alpha, and the alpha sum to 1."""
    weights = derive.identity(
        "and the weights sum to 1:",
        {"to $n$": n, "to the mean place": total(y(i), i)},
        subject=r"\sum_i \alpha_i",
        left=total(weight(i), i),
        right=one,
        sample=lambda p: mp.fsum(softmax.value(p.scores, mp.one)),
        indices=(),
    )
    return Theorem("row_sum", (below_weight(), weights))


def range_() -> Theorem:
    """The product of two numbers between 0 and 1."""
    step = derive.inequality(
        r"With $l \le x_i \le h$ both factors lie in $[0, 1]$:",
        {
            r"$y_i \le \frac12$": {"conclusion": y_i <= half},
            "below 1": {"conclusion": y_i < 1},
            "positive": {"conclusion": y_i > 0},
        },
        quantities={y_i: y(i)},
        statistics=PARTS,
        hypotheses=BETWEEN,
        conclusion=sp.And(y_i >= 0, y_i <= 1),
        sample=lambda p, q: (samples.entry(p, q),),
    )
    return Theorem("range", (step,))


def order() -> Theorem:
    """The larger score has the larger place and the larger weight."""
    known = (low <= w, u <= high, low < high, a > 0, b > 0, rest >= 0)
    step = derive.inequality(
        "The larger score has the larger place, which is not negative, and the larger weight:",
        {
            "the order reversed": {"conclusion": y_i < y_k},
            "without the monotony of exp": {"hypotheses": (u > w, *known)},
            "$l$ above the smallest score": {
                "hypotheses": (u > w, sp.Implies(u > w, a > b), *known[1:])
            },
        },
        quantities={y_i: y(i), y_k: y(k)},
        statistics={**PARTS, b: OTHER, rest: WHOLE - OWN - OTHER, w: x[k]},
        hypotheses=(u > w, sp.Implies(u > w, a > b), *known),
        conclusion=y_i > y_k,
        sample=lambda p, *pair: tuple(samples.entry(p, q) for q in pair),
        indices=(i, k),
    )
    return Theorem("order", (step,))


def permutation() -> Theorem:
    """Exchanging two scores exchanges their entries."""
    return permuted(y, samples, derive, "the sum and the extremes", BOTH)


def shift_invariant() -> Theorem:
    """1 becomes 0 when the score 1 is shifted by -2."""
    moved = scores(y(i), lambda q: x[q] + t).subs({low: x[1] + t, high: zero})
    kept = y(i).subs({low: zero, high: x[1]})
    values = {i: one, t: sp.Integer(-2)}
    row = Counterexample(
        left=moved,
        right=kept,
        left_name="y_1(x + t)",
        right_name="y_1(x)",
        row=(one,),
        values=values,
        sample=lambda: (value([-mp.one])[0], value([mp.one])[0]),
    )
    step = Step("A shift can take all scores to the other side of 0, and the place with them:", row)
    step = step.but("against 0", right=zero)
    same = scores(y(i), lambda q: x[q] + t).subs({low: zero, high: x[1] + t})
    return Theorem(
        "shift_invariant", (step.but("a shift by 2", left=same, values={**values, t: 2 * one}),)
    )


def shift_between() -> Theorem:
    """Both extremes move with the scores."""
    _, rows, case = CASES[0]
    by = {low: x[m] + t, high: x[M] + t}
    step = derive.identity(
        "Scores of both signs, before and after: $l = x_m$ and $h = x_M$ move with the scores, and "
        "the weights do not change:",
        {"the extremes stay": scores(y(i), lambda q: x[q] + t).subs(case)},
        subject="y_i(x + t)",
        left=scores(y(i), lambda q: x[q] + t).subs(by),
        right=y(i).subs(case),
        sample=lambda p, q: samples.shifted(p, p.number("t"))[q - 1],
        points=rows,
    )
    step = step.but("the place moves by $t$", right=(y(i) + t * weight(i)).subs(case))
    return Theorem("shift_between", (step,))


THEOREMS = (
    *(
        max_gradient,
        self_gradient,
        row_sum,
        range_,
        order,
        permutation,
        shift_invariant,
        shift_between,
    ),
)
CONTINUED_IN = "proofs.self_adjust_normalized_limits"
