r"""softmax_one, proved for rows of any length.

Definitions
-----------
- `definition`: $y_i = e^{x_i} / (1 + \sum_{j=1}^n e^{x_j})$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `lse_gradient`: the derivatives.
- `row_sum`, `range`, `order`, `quiet`, `virtual_logit`, `lipschitz`.
- `shift_invariant` is refuted: a shift changes the row against its 1.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the sum of the
exponentials, and $y_i$ is written where the entry stands. Inequalities are proved
between the terms of a row and the sum $C$ of its other terms; of exp they assume that
it is positive and strictly increasing. They hold over the reals: in floating point
the row sum $S/(1 + S)$ rounds to 1 once $S$ is large. A bound of the Jacobian in the
largest norm holds in the 1-norm too, because the Jacobian is symmetric, and in every
p-norm between them by the theorem of Riesz and Thorin.

References
----------
E. Miller, Attention is off by one, 2023.
"""

from __future__ import annotations

import sympy as sp

from proofs import softmax
from proofs.derivations import Derivations, Terms, a, b, rest, y_i, y_k
from proofs.methods import Counterexample
from proofs.numeric import Row, Samples, mp, points
from proofs.rows import prepended
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, g, i, j, k, n, scores, total, x
from refsoft.catalogue.softmax_one import CARD as CARD

t = sp.Symbol("t", real=True)
A, S, norm, s, u, v = sp.symbols("A S L s u v", real=True)
half = sp.Rational(1, 2)


def term(index: Expr) -> Expr:
    """The numerator."""
    return sp.exp(x[index])


def normaliser(n: Expr) -> Expr:
    """The denominator."""
    return 1 + total(term(j), j, n)


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return term(i) / normaliser(n)


def value(x: Row) -> Row:
    """The row in mpmath."""
    weights = [mp.exp(score) for score in x]
    return [weight / (1 + mp.fsum(weights)) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


WHOLE = total(term(j))
TERMS = Terms(y, term, WHOLE)
samples = Samples(value)
NAMES = {WHOLE: S, term(i): (1 + S) * y_i, term(k): (1 + S) * y_k}
derive = Derivations(samples, points(t="-4/3"), (NAMES,))


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return y(i) * (delta - y(k))


def shifted() -> Expr:
    """The entry of the row x + t."""
    return scores(y(i), lambda m: x[m] + t)


def jacobian() -> Theorem:
    """Differentiate the definition."""
    text = r"The 1 has no derivative; the quotient rule gives $y_i(\delta_{ik} - y_k)$:"
    wrong = {"a sign flipped": y(i) * (delta + y(k)), "diagonal": delta * y(i) * (1 - y(i))}
    step = derive.jacobian(y(i), closed_jacobian(), text, wrong)
    return Theorem("jacobian", (step,))


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    closed = y(k) * (g[k] - total(g[i] * y(i), i))
    step = derive.vjp(
        closed_jacobian(),
        closed,
        r"The sum over $i$ gives $y_k(g_k - \langle g, y\rangle)$:",
        {"the negative gradient": -closed, r"without $\langle g, y\rangle$": y(k) * g[k]},
    )
    return Theorem("vjp", (step,))


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""
    step = derive.lse_gradient(
        normaliser(n),
        y(k),
        lambda row, _: mp.log(1 + mp.fsum(mp.exp(v) for v in row)),
        {"the gradient of softmax's": term(k) / WHOLE, "beside a 2": term(k) / (2 + WHOLE)},
    )
    return Theorem("lse_gradient", (step,))


def row_sum() -> Theorem:
    """S/(1 + S), which is between 0 and 1 for positive S."""
    closed = WHOLE / (1 + WHOLE)
    text = "The denominator does not depend on $i$ and leaves the sum:"
    wrong = {"the sum is 1": sp.Integer(1), "$S/(2 + S)$": WHOLE / (2 + WHOLE)}
    step = derive.row_sum(y(i), closed, text, wrong)
    bound = derive.inequality(
        "which is below 1, because $S$ is positive:",
        {
            "at most $\\frac12$": {"conclusion": s <= half},
            "any $S$": {"hypotheses": (sp.Ne(S, -1),)},
        },
        quantities={s: closed},
        statistics={S: WHOLE},
        hypotheses=(S > 0,),
        conclusion=sp.And(s > 0, s < 1),
        sample=lambda point: (samples.sum(point),),
        indices=(),
    )
    return Theorem("row_sum", (step, bound))


def range_() -> Theorem:
    """The quotient a/(1 + a + C) lies between 0 and 1 for positive a, C not negative."""
    step = derive.of_entry(
        r"Every exponential is positive; $C$, the sum of the other terms, is 0 for $n = 1$:",
        {
            r"$y_i < \frac12$": {"conclusion": y_i < half},
            r"$C \ge -1$": {"hypotheses": (a > 0, rest >= -1)},
        },
        TERMS,
        {},
        hypotheses=(a > 0, rest >= 0),
        conclusion=sp.And(y_i > 0, y_i < 1),
    )
    return Theorem("range", (step,))


def shift_invariant() -> Theorem:
    """1/2 becomes 2/3 when the score 0 is shifted by log 2."""
    row = Counterexample(
        left=shifted(),
        right=y(i),
        left_name="y_1(x + t)",
        right_name="y_1(x)",
        row=(sp.Integer(0),),
        values={i: sp.Integer(1), t: sp.log(2)},
        sample=lambda: (value([mp.log(2)])[0], value([mp.zero])[0]),
    )
    step = Step("A shift scales the sum, and not the 1 beside it:", row)
    step = step.but("the shift 0", values={i: sp.Integer(1), t: sp.Integer(0)})
    moved = scores(term(i) / (sp.exp(t) + WHOLE), lambda m: x[m] + t)
    return Theorem("shift_invariant", (step.but("the 1 shifted too, to $e^t$", left=moved),))


def order() -> Theorem:
    """The larger term over one denominator is the larger entry."""
    known = (a > 0, b > 0, rest >= 0)
    step = derive.of_pair(
        "The exponential is positive and increases strictly; $C$ is the sum of the other terms:",
        {
            "the order reversed": {"conclusion": y_i < y_k},
            "without the monotony of exp": {"hypotheses": (u > v, *known)},
        },
        TERMS,
        {u: x[i], v: x[k]},
        hypotheses=(u > v, sp.Implies(u > v, a > b), *known),
        conclusion=y_i > y_k,
    )
    return Theorem("order", (step,))


def quiet() -> Theorem:
    """A a/(1 + A S) -> 0 with A = exp(t) -> 0."""
    step = derive.limit(
        r"Where all scores go to $-\infty$ together, $x + t$ with $A = e^t \to 0$, the 1 remains:",
        {"the limit is that of softmax": term(i) / WHOLE, "the limit is $y_i$": y(i)},
        subject=r"\lim_{t\to-\infty} y_i(x + t)",
        expression=shifted(),
        value=sp.Integer(0),
        statistics={A: sp.exp(t), a: term(i), S: WHOLE},
        variable=A,
        near=lambda point, m: samples.shifted(point, point.number("t"))[m - 1],
        far=lambda point, m: samples.shifted(point, -300)[m - 1],
    )
    return Theorem("quiet", (step,))


def virtual_logit() -> Theorem:
    """Softmax over the scores and a 0."""
    plain = softmax.definition(n).subs(softmax.T, 1)
    step = derive.identity(
        r"The softmax of the $n + 1$ scores $0, x_1, \dots, x_n$ has the 1 as $e^0$:",
        {"no virtual score": plain, "a virtual 1": prepended(plain, sp.Integer(1))},
        subject=r"\operatorname{softmax}([0; x])_{1+i}",
        left=y(i),
        right=prepended(plain, sp.Integer(0)),
        sample=lambda point, m: softmax.value([mp.zero, *point.scores], mp.one)[m],
    )
    return Theorem("virtual_logit", (step,))


def lipschitz() -> Theorem:
    """Each row of |J| sums to y (1 + S/Z - 2 y)."""
    closed = y(i) * (1 + WHOLE / normaliser(n) - 2 * y(i))
    absolute = derive.identity(
        r"As $0 < y < 1$, the diagonal of $J$ is positive and the rest is negative:",
        {"the row sum of softmax": 2 * y(i) * (1 - y(i))},
        subject=r"\sum_k |J_{ik}| = J_{ii} - \sum_{k \ne i} J_{ik}",
        left=y(i) * (1 - y(i)) + y(i) * (total(y(k), k) - y(i)),
        right=closed,
        sample=samples.absolute_row,
    )
    bound = derive.of_entry(
        r"which is below $\frac12$:",
        {r"below $\frac{49}{100}$": {"conclusion": norm < sp.Rational(49, 100)}},
        TERMS,
        {},
        quantities={norm: closed},
        hypotheses=(a > 0, rest >= 0),
        conclusion=norm < half,
        sample=lambda point, m: (samples.absolute_row(point, m),),
    )
    return Theorem("lipschitz", (absolute, bound))


THEOREMS = (
    *(jacobian, vjp, lse_gradient, row_sum, range_),
    *(shift_invariant, order, quiet, virtual_logit, lipschitz),
)
