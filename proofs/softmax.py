r"""softmax, proved for rows of any length.

Definitions
-----------
- `definition`: $y_i = e^{x_i/T} / \sum_{j=1}^n e^{x_j/T}$ with $T > 0$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `gradient_temperature`, `lse_gradient`, `hessian`: the derivatives;
  `jacobian_sums`, `semidefinite`, `lipschitz`: what they sum to and how large they are.
- `row_sum`, `range`, `shift_invariant`, `order`, `homogeneous`, `permutation`.
- `one_up`, `one_down`, `ray`, `level`, `flattens`: limits.
- `quiet` is refuted: a row of softmax keeps its sum wherever it goes.
- `online`: the statistic that is kept of a part of a row.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the denominator, $f = 1/T$ the
factor of the scores, and $y_i$ is written where the entry stands. Inequalities are proved
between the terms of a row and the sum $C$ of its other terms; of exp they assume that it is
positive and strictly increasing. The bound of the Jacobian in the largest norm holds in the
1-norm too, because the Jacobian is symmetric, and in every p-norm between them by the
theorem of Riesz and Thorin. At $n = 2$ and equal scores every p-norm attains it.

References
----------
J. S. Bridle, Probabilistic interpretation of feedforward classification network
outputs, 1990. B. Gao and L. Pavel, On the properties of the softmax function with
application in game theory and reinforcement learning, arXiv 1704.00805, 2017.
"""

from __future__ import annotations

import sympy as sp

from proofs.exponential import Exponential
from proofs.exponential_laws import Laws
from proofs.exponential_limits import Limits
from proofs.exponential_norms import Norms
from proofs.exponential_online import Online
from proofs.exponential_rays import Rays
from proofs.exponential_symmetries import Symmetries
from proofs.methods import Counterexample
from proofs.numeric import Number, Point, Row, Samples, mp, points
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, g, i, j, k, n, scores, total, x
from refsoft.catalogue.softmax import CARD as CARD

T = sp.Symbol("T", positive=True)
factor = sp.Symbol("a", positive=True)
zero, half = sp.Integer(0), sp.Rational(1, 2)
SYMBOLS = {"temperature": T}
WHERE = r"In what follows $a_j = e^{x_j/T}$ and $S = \sum_j a_j$."


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return sp.exp(x[i] / T) / total(sp.exp(x[j] / T), j, n)


def value(x: Row, T: Number) -> Row:
    """The row in mpmath."""
    weights = [mp.exp(score / T) for score in x]
    return [weight / mp.fsum(weights) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


samples = Samples(value)
POINTS = points(T="3/2", t="-4/3", a="7/5", d="4")
MAP = Exponential(y, 1 / T, zero, samples, POINTS, lambda point: 1 / point.number("T"))
LAWS = Laws(MAP)
LIMITS, RAYS, SYMMETRIES = Limits(LAWS), Rays(LAWS), Symmetries(LAWS)


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return y(i) * (delta - y(k)) / T


def jacobian() -> Theorem:
    """Differentiate the definition."""
    return MAP.jacobian(closed_jacobian())


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    return MAP.vjp(closed_jacobian())


def jvp() -> Theorem:
    """Sum the Jacobian against a tangent."""
    return MAP.jvp(closed_jacobian())


def gradient_temperature() -> Theorem:
    """Differentiate the sum of g y by T."""
    closed = -total(g[i] * y(i) * (x[i] - total(y(i) * x[i], i)), i) / T**2
    step = MAP.derive.gradient(
        y(i),
        T,
        closed,
        r"The chain rule gives $-\langle g\odot y,\ x - \langle y, x\rangle\rangle/T^2$:",
        {"the sign flipped": -closed, "$1/T$ in place of $1/T^2$": closed * T},
    )
    return Theorem("gradient_temperature", (step,))


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""
    return MAP.lse_gradient(
        lambda row, point: mp.log(mp.fsum(mp.exp(score / point.number("T")) for score in row))
    )


def hessian() -> Theorem:
    """Differentiate the definition twice."""
    return MAP.hessian()


def jacobian_sums() -> Theorem:
    """Sum the rows and the columns of the Jacobian."""
    return MAP.jacobian_sums(closed_jacobian())


def semidefinite() -> Theorem:
    """Write the quadratic form as a sum of squares."""
    return MAP.semidefinite(closed_jacobian())


def homogeneous() -> Theorem:
    """x/T does not change."""
    scaled = scores(y(i), lambda m: factor * x[m])

    def sample(point: Point, m: int) -> Number:
        by = point.number("a")
        return samples.scaled(point, by, T=by * point.number("T"))[m - 1]

    step = MAP.derive.identity(
        "Scores and temperature enter by their quotient alone:",
        {"the temperature kept": scaled, "divided": scaled.subs(T, T / factor)},
        subject="y_i(ax; aT)",
        left=scaled.subs(T, factor * T),
        right=y(i),
        sample=sample,
    )
    return Theorem("homogeneous", (step,))


def quiet() -> Theorem:
    """The limit is y itself, 1/2 at n = 2 and x = 0."""
    limit = LIMITS.together(
        r"Where all scores go to $-\infty$ together, $x + t$ with $A = e^{ft} \to 0$, the limit is "
        "$y_i$ itself:",
        1,
        y(i),
        {"the limit is 0": zero, "the limit is $1/(n + 1)$": 1 / (n + 1)},
    )
    row = Counterexample(
        left=y(i),
        right=zero,
        left_name=r"\lim_{t\to-\infty} y_1(x + t)",
        right_name=r"\text{claimed}",
        row=(zero, zero),
        values={T: sp.Integer(1), i: sp.Integer(1)},
        sample=lambda: (value([mp.zero, mp.zero], mp.one)[0], mp.zero),
    )
    step = Step("which is never 0, for instance", row)
    return Theorem("quiet", (limit, step.but(r"against $\frac12$, its own value", right=half)))


THEOREMS = (
    *(jacobian, vjp, jvp, gradient_temperature, lse_gradient, hessian, jacobian_sums),
    *(
        semidefinite,
        Norms(LAWS).lipschitz,
        LAWS.sums_to_one,
        LAWS.range_,
        SYMMETRIES.shift_invariant,
    ),
    *(SYMMETRIES.order, homogeneous, SYMMETRIES.permutation, LIMITS.one_up, LIMITS.one_down),
    *(RAYS.ray, RAYS.level, RAYS.flattens, quiet),
    Online(MAP).online,
)
