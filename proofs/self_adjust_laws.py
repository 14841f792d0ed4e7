r"""What holds of self_adjust and what does not: the second part of its proofs.

Definitions
-----------
Those of :mod:`proofs.self_adjust`.

Statements
----------
- `score_times_softmax`, `row_sum`, `shift_adds`, `permutation`, `order_above`, `self_gradient`.
- `range`, `shift_invariant`, `order` are refuted.
"""

from __future__ import annotations

import sympy as sp

from proofs import numeric, softmax
from proofs.derivations import a, rest
from proofs.methods import Counterexample
from proofs.numeric import Number, Point, mp
from proofs.permutations import permuted
from proofs.self_adjust import WHOLE, alpha, derive, samples, value, y
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, derivative, i, k, n, scores, total, x

t, bound = sp.symbols("t L", real=True)
u, w, slope, other = sp.symbols("u w r q", real=True)
zero, one = sp.Integer(0), sp.Integer(1)
PLAIN = softmax.definition(n).subs(softmax.T, 1)


def score_times_softmax() -> Theorem:
    """The definition has softmax as its second factor."""
    step = derive.identity(
        "Without the score the definition is that of softmax:",
        {"softmax alone": PLAIN, "the size of the score": sp.Abs(x[i]) * PLAIN},
        subject="y_i",
        left=y(i),
        right=x[i] * PLAIN,
        sample=lambda p, m: p.scores[m - 1] * softmax.value(p.scores, mp.one)[m - 1],
    )
    return Theorem("score_times_softmax", (step,))


def row_sum() -> Theorem:
    """The mean of x under alpha is LSE + the mean of log alpha."""
    entropy = -total(alpha(i) * sp.log(sp.exp(x[i]) / WHOLE), i)
    log_sum = sp.log(WHOLE)

    def sample(point: Point) -> Number:
        weights = softmax.value(point.scores, mp.one)
        spread = -mp.fsum(weight * mp.log(weight) for weight in weights)
        return mp.log(mp.fsum(map(mp.exp, point.scores))) - spread

    step = derive.identity(
        r"As $x_i = \log\alpha_i + \log S$ and the $\alpha_i$ sum to 1, the mean of the scores "
        r"under $\alpha$ is $\log S - H$ with $H = -\sum_i \alpha_i\log\alpha_i$:",
        {"the entropy added": log_sum + entropy, "without the entropy": log_sum},
        subject=r"\sum_i y_i",
        left=total(y(i), i),
        right=log_sum - entropy,
        sample=sample,
        indices=(),
    )
    return Theorem("row_sum", (step,))


def refutes(left: Expr, limit: Expr, name: str, row: tuple[Expr, ...], sample: Number) -> Step:
    """The value at a row exceeds what is claimed of it."""
    step = Step(
        f"It is claimed that ${name} \\le {sp.latex(limit)}$. At the row",
        Counterexample(
            left=left,
            right=sp.Min(left, limit),
            left_name=name,
            right_name=rf"\min({name}, {sp.latex(limit)})",
            row=row,
            values={i: one},
            sample=lambda: (sample, min(sample, mp.mpf(int(limit)))),
        ),
    )
    return step.but("against 3", right=sp.Min(left, 2 * limit + 1))


def range_() -> Theorem:
    """The row (2) has the entry 2."""
    two = value([mp.mpf(2)])[0]
    step = refutes(y(i), one, "y_1", (sp.Integer(2),), two)
    return Theorem("range", (step.but("at the row $(1)$", row=(one,)),))


def shift_invariant() -> Theorem:
    """0 becomes 1 when the score 0 is shifted by 1."""
    values = {i: one, t: one}
    row = Counterexample(
        left=scores(y(i), lambda m: x[m] + t),
        right=y(i),
        left_name="y_1(x + t)",
        right_name="y_1(x)",
        row=(zero,),
        values=values,
        sample=lambda: (value([mp.one])[0], value([mp.zero])[0]),
    )
    step = Step("A shift does not change the weight, and changes its factor:", row)
    step = step.but("the shift 0", values={i: one, t: zero})
    return Theorem("shift_invariant", (step.but("with what it adds", right=y(i) + t * alpha(i)),))


def shift_adds() -> Theorem:
    """(x + t) alpha."""
    step = derive.identity(
        r"A shift by $t$ leaves $\alpha$ and adds $t$ to the score beside it:",
        {"nothing is added": y(i), "$t$ is added": y(i) + t},
        subject="y_i(x + t)",
        left=scores(y(i), lambda m: x[m] + t),
        right=y(i) + t * alpha(i),
        sample=lambda p, m: samples.shifted(p, p.number("t"))[m - 1],
    )
    return Theorem("shift_adds", (step,))


def permutation() -> Theorem:
    """Exchanging two scores exchanges their entries."""
    return permuted(y, samples, derive)


def order() -> Theorem:
    """-8/5 and -4/5 times log 2 for x = (-2 log 2, -4 log 2)."""
    two = sp.log(2)

    def sample() -> tuple[Number, Number]:
        entries = [entry / mp.log(2) for entry in value([-2 * mp.log(2), -4 * mp.log(2)])]
        return entries[0], max(entries)

    row = Counterexample(
        left=y(i) / two,
        right=sp.Max(y(i), y(k)) / two,
        left_name=r"y_1/\log 2",
        right_name=r"\max(y_1, y_2)/\log 2",
        row=(-2 * two, -4 * two),
        values={i: one, k: sp.Integer(2)},
        sample=sample,
    )
    step = Step("Where both scores are far below 0, the larger has the smaller entry:", row)
    step = step.but(r"at the row $(-\log 2, -2\log 2)$", row=(-two, -2 * two))
    step = step.but("against the smaller entry", right=sp.Min(y(i), y(k)) / two)
    return Theorem("order", (step,))


def order_above() -> Theorem:
    """The derivative of u e^u is (1 + u) e^u."""
    slopes = derive.identity(
        "Times their common denominator the entries are $x_i e^{x_i}$, with the slope",
        {"the weight held fixed": sp.exp(x[i]), "the score held fixed": x[i] * sp.exp(x[i])},
        subject=r"\frac{d}{d x_i}\, x_i e^{x_i}",
        left=derivative(y(i) * WHOLE, x[i]),
        right=(1 + x[i]) * sp.exp(x[i]),
        sample=lambda p, m: numeric.slope(lambda q: q * mp.exp(q), p.scores[m - 1]),
    )
    sign = derive.inequality(
        "which is positive above $-1$; by the mean value theorem the larger score has the larger "
        "entry there:",
        {
            "above $-2$": {"hypotheses": (a > 0, u > -2)},
            "at least 1": {"conclusion": slope >= 1},
        },
        quantities={slope: derivative(y(i) * WHOLE, x[i])},
        statistics={a: sp.exp(x[i]), u: x[i]},
        hypotheses=(a > 0, u > -1),
        conclusion=slope > 0,
        sample=lambda p, m: (numeric.slope(lambda q: q * mp.exp(q), p.scores[m - 1]),),
    )
    return Theorem("order_above", (slopes, sign))


def self_gradient() -> Theorem:
    """Alpha (1 + x (1 - alpha)) > alpha (1 - alpha)."""
    plain = alpha(i) * (1 - alpha(i))
    step = derive.inequality(
        r"Let $r$ be the derivative of $y_i$ by $x_i$ and $q = \alpha_i(1 - \alpha_i)$ that of "
        r"softmax; $C$ is the sum of the other terms, and $\alpha_i/(1 - \alpha_i) = a/C$:",
        {
            "everywhere": {"conclusion": slope > other},
            "where the score is positive alone": {"conclusion": sp.Implies(slope > other, u > 0)},
            "the bound at $a/C$": {"conclusion": sp.Implies(slope > other, u > a / rest)},
        },
        quantities={slope: derivative(y(i), x[i]), other: plain},
        statistics={a: sp.exp(x[i]), rest: WHOLE - sp.exp(x[i]), u: x[i]},
        hypotheses=(a > 0, rest > 0),
        conclusion=sp.And(
            sp.Implies(slope > other, u > -a / rest), sp.Implies(u > -a / rest, slope > other)
        ),
        sample=lambda p, m: (samples.jacobian(p, m, m), _plain(p, m)),
    )
    return Theorem("self_gradient", (step,))


def _plain(point: Point, m: int) -> Number:
    weight = softmax.value(point.scores, mp.one)[m - 1]
    return weight * (1 - weight)


THEOREMS = (
    *(score_times_softmax, row_sum, range_, shift_invariant, shift_adds, permutation),
    *(order, order_above, self_gradient),
)
CONTINUED_IN = "proofs.self_adjust_limits"
