r"""softmax, proved for rows of any length.

Definitions
-----------
- `definition`: $y_i = e^{x_i/T} / \sum_{j=1}^n e^{x_j/T}$ with $T > 0$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `gradient_temperature`, `lse_gradient`: the derivatives.
- `row_sum`, `shift_invariant`, `range`, `order`, `lipschitz`.
- `quiet` is refuted: a row of softmax keeps its sum wherever it goes.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $Z$ is the denominator, and
$y_i$ is written where the entry stands.
Inequalities are proved between the terms of a row and the sum $C$ of its other
terms; of exp they assume that it is positive and strictly increasing. The bound of
the Jacobian in the largest norm holds in the 1-norm too, because the Jacobian is
symmetric, and in every p-norm between them by the theorem of Riesz and Thorin.

References
----------
J. S. Bridle, Probabilistic interpretation of feedforward classification network
outputs, 1990. B. Gao and L. Pavel, On the properties of the softmax function with
application in game theory and reinforcement learning, arXiv 1704.00805, 2017.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import Derivations, Terms, a, b, rest, y_i, y_k
from proofs.methods import Counterexample
from proofs.numeric import Number, Row, Samples, mp, points
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, g, i, j, k, n, scores, total, x
from refsoft.catalogue.softmax import CARD as CARD

T = sp.Symbol("T", positive=True)
t = sp.Symbol("t", real=True)
A, S, Z, norm, tau, u, v = sp.symbols("A S Z L tau u v", real=True)
half = sp.Rational(1, 2)
SYMBOLS = {"temperature": T}


def term(index: Expr) -> Expr:
    """The numerator."""
    return sp.exp(x[index] / T)


def normaliser(n: Expr) -> Expr:
    """The denominator."""
    return total(term(j), j, n)


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return term(i) / normaliser(n)


def value(x: Row, T: Number) -> Row:
    """The row in mpmath."""
    weights = [mp.exp(score / T) for score in x]
    return [weight / mp.fsum(weights) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


TERMS = Terms(y, term, normaliser(n))
samples = Samples(value)
NAMES = {normaliser(n): Z, term(i): Z * y_i, term(k): Z * y_k}
derive = Derivations(samples, points(T="3/2", t="-4/3"), (NAMES,))


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return y(i) * (delta - y(k)) / T


def shifted() -> Expr:
    """The entry of the row x + t."""
    return scores(y(i), lambda m: x[m] + t)


def jacobian() -> Theorem:
    """Differentiate the definition."""
    step = derive.jacobian(
        y(i),
        closed_jacobian(),
        r"The quotient rule with $\partial x_j/\partial x_k = \delta_{jk}$ gives "
        r"$y_i(\delta_{ik} - y_k)/T$:",
        {"a sign flipped": y(i) * (delta + y(k)) / T, "without $1/T$": y(i) * (delta - y(k))},
    )
    return Theorem("jacobian", (step,))


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    closed = y(k) * (g[k] - total(g[i] * y(i), i)) / T
    step = derive.vjp(
        closed_jacobian(),
        closed,
        r"The sum over $i$ gives $y_k(g_k - \langle g, y\rangle)/T$:",
        {"the negative gradient": -closed, r"without $\langle g, y\rangle$": y(k) * g[k] / T},
    )
    return Theorem("vjp", (step,))


def gradient_temperature() -> Theorem:
    """Differentiate the sum of g y by T."""
    closed = -total(g[i] * y(i) * (x[i] - total(y(i) * x[i], i)), i) / T**2
    step = derive.gradient(
        y(i),
        T,
        closed,
        r"The chain rule gives $-\langle g\odot y,\ x - \langle y, x\rangle\rangle/T^2$:",
        {"the sign flipped": -closed, "$1/T$ in place of $1/T^2$": closed * T},
    )
    return Theorem("gradient_temperature", (step,))


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""
    step = derive.lse_gradient(
        normaliser(n),
        y(k) / T,
        lambda row, point: mp.log(mp.fsum(mp.exp(v / point.number("T")) for v in row)),
        {"without the factor $1/T$": y(k), "$1/T^2$ in its place": y(k) / T**2},
    )
    return Theorem("lse_gradient", (step,))


def row_sum() -> Theorem:
    """Sum the entries."""
    text = "The denominator does not depend on $i$ and leaves the sum:"
    wrong = {"the sum is $n$": n, "one entry less": 1 - 1 / n}
    step = derive.row_sum(y(i), sp.Integer(1), text, wrong)
    return Theorem("row_sum", (step,))


def shift_invariant() -> Theorem:
    """Cancel exp(t/T)."""
    step = derive.identity(
        r"Every term has the factor $e^{t/T}$, which cancels:",
        {"the factor stays": y(i) * sp.exp(t / T)},
        subject="y_i(x + t)",
        left=shifted(),
        right=y(i),
        sample=lambda point, m: samples.shifted(point, point.number("t"))[m - 1],
    )
    return Theorem("shift_invariant", (step,))


def range_() -> Theorem:
    """The quotient a/(a + C) lies between 0 and 1 for positive a and C."""
    step = derive.of_entry(
        r"Every exponential is positive, and so for $n \ge 2$ is the sum $C$ of the other terms:",
        {
            r"$C \ge 0$, which is $n \ge 1$": {"hypotheses": (a > 0, rest >= 0)},
            r"$y_i < \frac12$": {"conclusion": y_i < half},
        },
        TERMS,
        {},
        hypotheses=(a > 0, rest > 0),
        conclusion=sp.And(y_i > 0, y_i < 1),
    )
    return Theorem("range", (step,))


def order() -> Theorem:
    """The larger term over one denominator is the larger entry."""
    known = (sp.Implies(u / tau > v / tau, a > b), a > 0, b > 0, rest >= 0)
    step = derive.of_pair(
        "The exponential is positive and increases strictly; $C$ is the sum of the other terms:",
        {
            "the order reversed": {"conclusion": y_i < y_k},
            "$T < 0$ allowed": {"hypotheses": (u > v, sp.Ne(tau, 0), *known)},
        },
        TERMS,
        {u: x[i], v: x[k], tau: T},
        hypotheses=(u > v, tau > 0, *known),
        conclusion=y_i > y_k,
    )
    return Theorem("order", (step,))


def lipschitz() -> Theorem:
    """Each row of |J| sums to 2 y (1 - y)/T."""
    closed = 2 * y(i) * (1 - y(i)) / T
    absolute = derive.identity(
        r"As $0 < y \le 1$, the diagonal of $J$ is not negative and the rest is not positive:",
        {"the diagonal alone": closed / 2},
        subject=r"\sum_k |J_{ik}| = J_{ii} - \sum_{k \ne i} J_{ik}",
        left=y(i) * (1 - y(i)) / T + y(i) * (total(y(k), k) - y(i)) / T,
        right=closed,
        sample=samples.absolute_row,
    )
    bound = derive.of_entry(
        r"which is at most $1/(2T)$, attained at $y_i = \frac12$:",
        {
            "never attained": {"conclusion": norm < half / tau},
            "at most $1/(4T)$": {"conclusion": norm <= half / (2 * tau)},
        },
        TERMS,
        {tau: T},
        quantities={norm: closed},
        hypotheses=(a > 0, rest >= 0, tau > 0),
        conclusion=norm <= half / tau,
        sample=lambda point, m: (samples.absolute_row(point, m),),
    )
    return Theorem("lipschitz", (absolute, bound))


def quiet() -> Theorem:
    """The limit is y itself, 1/2 at n = 2 and x = 0."""
    limit = derive.limit(
        r"Where all scores go to $-\infty$ together, $x + t$ with $A = e^{t/T} \to 0$, "
        r"the limit is $y_i$ itself:",
        {"the limit is 0": sp.Integer(0)},
        subject=r"\lim_{t\to-\infty} y_i(x + t)",
        expression=shifted(),
        value=y(i),
        statistics={A: sp.exp(t / T), a: term(i), S: normaliser(n)},
        variable=A,
        near=lambda point, m: samples.shifted(point, point.number("t"))[m - 1],
        far=lambda point, m: samples.shifted(point, -300)[m - 1],
        hypotheses=(S > 0,),
    )
    row = Counterexample(
        left=y(i),
        right=sp.Integer(0),
        left_name=r"\lim_{t\to-\infty} y_1(x + t)",
        right_name=r"\text{claimed}",
        row=(sp.Integer(0), sp.Integer(0)),
        values={T: sp.Integer(1), i: sp.Integer(1)},
        sample=lambda: (value([mp.zero, mp.zero], mp.one)[0], mp.zero),
    )
    step = Step("which is never 0, for instance", row)
    return Theorem("quiet", (limit, step.but(r"against $\frac12$, its own value", right=half)))


THEOREMS = (
    *(jacobian, vjp, gradient_temperature, lse_gradient, row_sum),
    *(range_, shift_invariant, order, quiet, lipschitz),
)
