r"""ssmax, proved for rows of any length and every real s and b.

Definitions
-----------
- `definition`: $y_i = e^{(s\log n + b)x_i} / \sum_{j=1}^n e^{(s\log n + b)x_j}$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `gradient_s`, `gradient_b`, `lse_gradient`, `hessian`: the
  derivatives; `jacobian_sums`, `semidefinite`, `lipschitz`: what they sum to, how large they are.
- `row_sum`, `range`, `shift_invariant`, `order`, `reversed`, `homogeneous`, `permutation`.
- `uniform_at_one`, `reduces`: lengths and parameters at which it is another map.
- `one_up`, `one_down`, `ray`, `level`, `top_bounds`, `critical`: limits.
- `quiet` is refuted: a row keeps its sum wherever it goes.
- `online`: the statistic that is kept of a part of a row.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the sum of the exponentials,
and $y_i$ is written where the entry stands. The length $n$ is that of the visible row, and
$f = s\log n + b$ is the factor of the scores, the card's $c$. Inequalities are between the
terms of a row and the sum $C$ of its other terms; of exp they assume that it is positive and
strictly increasing. A bound of the Jacobian in the largest norm holds in the 1-norm too,
because the Jacobian is symmetric, and in every p-norm between them by the theorem of Riesz
and Thorin. That a power $n^{-q}$, $q > 0$, tends to 0 as $n$ grows is taken as known.

References
----------
K. M. Nakanishi, Scalable-Softmax is superior for attention, arXiv 2501.19399, 2025.
"""

from __future__ import annotations

import sympy as sp

from proofs.exponential import Exponential
from proofs.exponential_laws import Laws
from proofs.exponential_limits import Limits
from proofs.exponential_online import Online
from proofs.exponential_rays import Rays
from proofs.exponential_symmetries import Symmetries
from proofs.numeric import Number, Point, Row, Samples, mp, points
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, g, i, j, k, n, total, x
from refsoft.catalogue.ssmax import CARD as CARD

s, b = sp.symbols("s b", real=True)
SYMBOLS = {"s": s, "b": b}
WHERE = (
    r"In what follows $a_j = e^{f x_j}$, with the factor $f = s\log n + b$, and $S = \sum_j a_j$."
)
#: What multiplies the scores.
FACTOR = s * sp.log(n) + b


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    factor = s * sp.log(n) + b
    return sp.exp(factor * x[i]) / total(sp.exp(factor * x[j]), j, n)


def value(x: Row, s: Number, b: Number) -> Row:
    """The row in mpmath."""
    weights = [mp.exp((s * mp.log(len(x)) + b) * score) for score in x]
    return [weight / mp.fsum(weights) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


def scale(point: Point) -> Number:
    """The factor in mpmath."""
    return point.number("s") * mp.log(point.n) + point.number("b")


samples = Samples(value)
POINTS = points(s="3/5", b="1/4", t="-4/3", a="7/5", d="4")
MAP = Exponential(y, FACTOR, sp.Integer(0), samples, POINTS, scale)
LAWS = Laws(MAP)
LIMITS, RAYS, SYMMETRIES = Limits(LAWS), Rays(LAWS), Symmetries(LAWS)


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return FACTOR * y(i) * (delta - y(k))


def jacobian() -> Theorem:
    """Differentiate the definition."""
    return MAP.jacobian(closed_jacobian())


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    return MAP.vjp(closed_jacobian())


def jvp() -> Theorem:
    """Sum the Jacobian against a tangent."""
    return MAP.jvp(closed_jacobian())


def _by_factor() -> Expr:
    """The sum of g y (x - <y, x>)."""
    return total(g[i] * y(i) * (x[i] - total(y(i) * x[i], i)), i)


def gradient_s() -> Theorem:
    """Differentiate the sum of g y by s."""
    step = _gradient(s, sp.log(n), r"The derivative of the factor by $s$ is $\log n$:")
    return Theorem("gradient_s", (step.but(r"without $\log n$", right=_by_factor()),))


def gradient_b() -> Theorem:
    """Differentiate the sum of g y by b."""
    step = _gradient(b, sp.Integer(1), "The derivative of the factor by $b$ is 1:")
    return Theorem("gradient_b", (step.but(r"with $\log n$", right=sp.log(n) * _by_factor()),))


def _gradient(parameter: Expr, inner: Expr, text: str) -> Step:
    closed = inner * _by_factor()
    mean = inner * total(g[i] * y(i) * x[i], i)
    wrong = {"the sign flipped": -closed, r"without $\langle y, x\rangle$": mean}
    return MAP.derive.gradient(y(i), parameter, closed, text, wrong)


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""

    def log_sum(row: Row, point: Point) -> Number:
        return mp.log(mp.fsum(mp.exp(scale(point) * score) for score in row))

    return MAP.lse_gradient(log_sum)


def hessian() -> Theorem:
    """Differentiate the definition twice."""
    return MAP.hessian()


def jacobian_sums() -> Theorem:
    """Sum the rows and the columns of the Jacobian."""
    return MAP.jacobian_sums(closed_jacobian())


def semidefinite() -> Theorem:
    """Write the quadratic form as a sum of squares."""
    return MAP.semidefinite(closed_jacobian())


THEOREMS = (
    *(jacobian, vjp, jvp, gradient_s, gradient_b, lse_gradient),
    *(hessian, jacobian_sums, semidefinite),
    Online(MAP).online,
)
CONTINUED_IN = "proofs.ssmax_laws"
