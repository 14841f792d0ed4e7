r"""softmax_one, proved for rows of any length.

Definitions
-----------
- `definition`: $y_i = e^{x_i} / (1 + \sum_{j=1}^n e^{x_j})$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `lse_gradient`, `hessian`: the derivatives; `jacobian_sums`,
  `semidefinite`, `lipschitz`: what they sum to and how large they are.
- `row_sum`, `range`, `order`, `permutation`, `below_softmax`, `virtual_logit`.
- `quiet`, `loud`, `one_up`, `one_down`, `ray`, `ray_below`, `flattens`: limits.
- `logistic_at_one`: a row of one score.
- `shift_invariant` is refuted: a shift changes the row against its 1.
- `online`: the statistic that is kept of a part of a row.

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
from proofs.exponential import Exponential
from proofs.exponential_below import Below
from proofs.exponential_laws import Laws, t
from proofs.exponential_limits import Limits
from proofs.exponential_norms import Norms
from proofs.exponential_online import Online
from proofs.exponential_rays import Rays
from proofs.exponential_symmetries import Symmetries
from proofs.methods import Counterexample
from proofs.numeric import Row, Samples, mp, points
from proofs.rows import prepended
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, i, j, k, n, scores, total, x
from refsoft.catalogue.softmax_one import CARD as CARD

one = sp.Integer(1)
WHERE = r"In what follows $a_j = e^{x_j}$ and $S = \sum_j a_j$."


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return sp.exp(x[i]) / (1 + total(sp.exp(x[j]), j, n))


def value(x: Row) -> Row:
    """The row in mpmath."""
    weights = [mp.exp(score) for score in x]
    return [weight / (1 + mp.fsum(weights)) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


samples = Samples(value)
MAP = Exponential(y, one, one, samples, points(t="-4/3", d="4"))
LAWS = Laws(MAP)
LIMITS, RAYS, SYMMETRIES = Limits(LAWS), Rays(LAWS), Symmetries(LAWS)


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return y(i) * (delta - y(k))


def jacobian() -> Theorem:
    """Differentiate the definition."""
    return MAP.jacobian(closed_jacobian())


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    return MAP.vjp(closed_jacobian())


def jvp() -> Theorem:
    """Sum the Jacobian against a tangent."""
    return MAP.jvp(closed_jacobian())


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""
    return MAP.lse_gradient(lambda row, _: mp.log(1 + mp.fsum(map(mp.exp, row))))


def hessian() -> Theorem:
    """Differentiate the definition twice."""
    return MAP.hessian()


def jacobian_sums() -> Theorem:
    """Sum the rows and the columns of the Jacobian."""
    return MAP.jacobian_sums(closed_jacobian())


def semidefinite() -> Theorem:
    """Write the quadratic form as a sum of squares."""
    return MAP.semidefinite(closed_jacobian())


def shift_invariant() -> Theorem:
    """1/2 becomes 2/3 when the score 0 is shifted by log 2."""
    row = Counterexample(
        left=LAWS.shifted(),
        right=y(i),
        left_name="y_1(x + t)",
        right_name="y_1(x)",
        row=(sp.Integer(0),),
        values={i: sp.Integer(1), t: sp.log(2)},
        sample=lambda: (value([mp.log(2)])[0], value([mp.zero])[0]),
    )
    step = Step("A shift scales the sum, and not the 1 beside it:", row)
    step = step.but("the shift 0", values={i: sp.Integer(1), t: sp.Integer(0)})
    moved = scores(sp.exp(x[i]) / (sp.exp(t) + MAP.whole), lambda m: x[m] + t)
    return Theorem("shift_invariant", (step.but("the 1 shifted too, to $e^t$", left=moved),))


def virtual_logit() -> Theorem:
    """Softmax over the scores and a 0."""
    plain = softmax.definition(n).subs(softmax.T, 1)
    step = MAP.derive.identity(
        r"The softmax of the $n + 1$ scores $0, x_1, \dots, x_n$ has the 1 as $e^0$:",
        {"no virtual score": plain, "a virtual 1": prepended(plain, sp.Integer(1))},
        subject=r"\operatorname{softmax}([0; x])_{1+i}",
        left=y(i),
        right=prepended(plain, sp.Integer(0)),
        sample=lambda point, m: softmax.value([mp.zero, *point.scores], mp.one)[m],
    )
    return Theorem("virtual_logit", (step,))


def logistic_at_one() -> Theorem:
    """e^x/(1 + e^x) = 1/(1 + e^-x)."""
    single = y(i).subs(n, 1).subs(i, 1).doit()
    step = MAP.derive.identity(
        "For $n = 1$ the sum has the one term $e^{x_1}$; divide by it:",
        {"its mirror image": 1 / (1 + sp.exp(x[1])), "softmax": one},
        subject="y_1(x_1)",
        left=single,
        right=1 / (1 + sp.exp(-x[1])),
        sample=lambda point: samples.entry(point, 1),
        indices=(),
        points=MAP.points[:1],
    )
    return Theorem("logistic_at_one", (step,))


THEOREMS = (
    *(
        jacobian,
        vjp,
        jvp,
        lse_gradient,
        hessian,
        jacobian_sums,
        semidefinite,
        Norms(LAWS).lipschitz,
    ),
    *(LAWS.row_sum, LAWS.range_, shift_invariant, SYMMETRIES.order, SYMMETRIES.permutation),
    *(LAWS.below_softmax, virtual_logit, LIMITS.quiet, LIMITS.loud, LIMITS.one_up),
    *(LIMITS.one_down, RAYS.ray, Below(LAWS).ray_below, RAYS.flattens, logistic_at_one),
    Online(MAP).online,
)
