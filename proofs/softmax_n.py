r"""softmax_n, proved for rows of any length and offsets that are not negative.

Definitions
-----------
- `definition`: $y_i = e^{x_i} / (\nu + \sum_{j=1}^n e^{x_j})$ with $\nu \ge 0$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `gradient_n`, `lse_gradient`, `hessian`: the derivatives;
  `jacobian_sums`, `semidefinite`, `lipschitz`: what they sum to and how large they are.
- `row_sum`, `range`, `order`, `permutation`, `below_softmax`, `falls_with_n`.
- `quiet`, `loud`, `one_up`, `one_down`, `ray`, `ray_below`, `flattens`, `reduces`, `drowned`:
  limits.
- `shift_invariant` is refuted; `shifted_offset` and `virtual_logit` say what holds.
- `online`: the statistic that is kept of a part of a row.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the sum of the exponentials,
and $y_i$ is written where the entry stands. Inequalities are proved between the terms of a
row, the sum $C$ of its other terms and the offset $h$; of exp they assume that it is
positive and strictly increasing. They hold over the reals: in floating point the row sum
rounds to 1 once $S$ is large. A bound of the Jacobian in the largest norm holds in the
1-norm too, because the Jacobian is symmetric, and in every p-norm between them by the
theorem of Riesz and Thorin. What is false for every offset is refuted at the card's
default, $\nu = 1$.

References
----------
E. Miller, Attention is off by one, 2023; generalised from 1 to n.
"""

from __future__ import annotations

import sympy as sp

from proofs import softmax, softmax_one
from proofs.derivations import a, rest
from proofs.exponential import Exponential, S
from proofs.exponential_below import Below
from proofs.exponential_laws import Laws, h, t
from proofs.exponential_limits import Limits
from proofs.exponential_norms import Norms
from proofs.exponential_online import Online
from proofs.exponential_rays import Rays
from proofs.exponential_symmetries import Symmetries
from proofs.methods import Counterexample
from proofs.numeric import Number, Point, Row, Samples, mp, points
from proofs.rows import prepended
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, derivative, g, i, j, k, n, total, x
from refsoft.catalogue.softmax_n import CARD as CARD

nu = sp.Symbol("nu", nonnegative=True)
slope = sp.Symbol("r", real=True)
half, zero, one = sp.Rational(1, 2), sp.Integer(0), sp.Integer(1)
SYMBOLS = {"n": nu}
WHERE = r"In what follows $a_j = e^{x_j}$ and $S = \sum_j a_j$."


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return sp.exp(x[i]) / (nu + total(sp.exp(x[j]), j, n))


def value(x: Row, nu: Number) -> Row:
    """The row in mpmath."""
    weights = [mp.exp(score) for score in x]
    return [weight / (nu + mp.fsum(weights)) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


samples = Samples(value)
POINTS = points(nu="3/4", t="-4/3", d="4")
MAP = Exponential(y, one, nu, samples, POINTS)
LAWS = Laws(MAP)
LIMITS = Limits(LAWS)
RAYS = Rays(LAWS)
SYMMETRIES = Symmetries(LAWS)
PLAIN = softmax.definition(n).subs(softmax.T, 1)


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


def gradient_n() -> Theorem:
    """Differentiate the sum of g y by the offset."""
    closed = -total(g[i] * y(i), i) / MAP.total
    step = MAP.derive.gradient(
        y(i),
        nu,
        closed,
        r"Only the denominator depends on $\nu$, and $\partial_\nu y_i = -y_i/(\nu + S)$:",
        {"the sign flipped": -closed, "without the denominator": closed * MAP.total},
    )
    return Theorem("gradient_n", (step,))


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""
    return MAP.lse_gradient(lambda row, p: mp.log(p.number("nu") + mp.fsum(map(mp.exp, row))))


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
    """1/2 becomes 2/3 when the score 0 is shifted by log 2, for the offset 1."""
    values = {i: one, nu: one, t: sp.log(2)}
    row = Counterexample(
        left=LAWS.shifted(),
        right=y(i),
        left_name="y_1(x + t)",
        right_name="y_1(x)",
        row=(zero,),
        values=values,
        sample=lambda: (value([mp.log(2)], mp.one)[0], value([mp.zero], mp.one)[0]),
    )
    step = Step("A shift scales the sum, and not the offset beside it:", row)
    step = step.but("the shift 0", values={**values, t: zero})
    step = step.but(r"for $\nu = 0$", values={**values, nu: zero})
    return Theorem("shift_invariant", (step,))


def shifted_offset() -> Theorem:
    """Cancel exp(t)."""
    moved = LAWS.shifted()

    def sample(point: Point, m: int) -> Number:
        shift = point.number("t")
        row = [score + shift for score in point.scores]
        return samples.row(point, row, nu=point.number("nu") * mp.exp(shift))[m - 1]

    step = MAP.derive.identity(
        r"With the offset $\nu e^t$ every term of the quotient has the factor $e^t$:",
        {"the offset kept": moved, "the offset divided": moved.subs(nu, nu / sp.exp(t))},
        subject=r"y_i(x + t; \nu e^t)",
        left=y(i),
        right=moved.subs(nu, nu * sp.exp(t)),
        sample=sample,
    )
    return Theorem("shifted_offset", (step,))


def virtual_logit() -> Theorem:
    """Softmax over the scores and log n."""
    step = MAP.derive.identity(
        r"The softmax of the $n + 1$ scores $\log\nu, x_1, \dots, x_n$ has the offset as "
        r"$e^{\log\nu}$:",
        {"no virtual score": PLAIN, r"the score $\nu$": prepended(PLAIN, nu)},
        subject=r"\operatorname{softmax}([\log\nu; x])_{1+i}",
        left=y(i),
        right=prepended(PLAIN, sp.log(nu)),
        sample=lambda p, m: softmax.value([mp.log(p.number("nu")), *p.scores], mp.one)[m],
    )
    return Theorem("virtual_logit", (step,))


def falls_with_n() -> Theorem:
    """-a/(h + a + C)^2 is negative."""
    step = LAWS.of_entry(
        r"The derivative of an entry by the offset is $-y_i/(\nu + S)$:",
        {
            r"steeper than $-\frac12$": {"conclusion": slope < -half},
            "grows": {"conclusion": slope > 0},
        },
        LAWS.part,
        quantities={slope: derivative(y(i), nu)},
        hypotheses=(a > 0, rest >= 0, h >= 0),
        conclusion=slope < 0,
        sample=lambda p, m: (samples.entry_slope("nu")(p, m),),
    )
    return Theorem("falls_with_n", (step,))


def reduces() -> Theorem:
    """The offset 0, and the limit there."""
    exact = MAP.derive.identity(
        r"At $\nu = 0$ the definition is that of softmax:",
        {"it is softmax_one": y(i).subs(nu, 1), "it is $y_i$": y(i)},
        subject=r"y_i(x; 0)",
        left=y(i).subs(nu, 0),
        right=PLAIN,
        sample=lambda p, m: samples.row(p, nu=mp.zero)[m - 1],
        names=(),
    )
    limit = _at_end(1, r"\nu\to0", "and is its limit:", PLAIN)
    return Theorem("reduces", (exact, limit, _one()))


def _one() -> Step:
    return MAP.derive.identity(
        r"At $\nu = 1$ it is that of softmax_one:",
        {"it is softmax": PLAIN, "it is $y_i$": y(i)},
        subject=r"y_i(x; 1)",
        left=y(i).subs(nu, 1),
        right=softmax_one.definition(n),
        sample=lambda p, m: softmax_one.value(p.scores)[m - 1],
        names=(),
    )


def drowned() -> Theorem:
    """a/(h + S) -> 0 with h -> inf."""
    return Theorem("drowned", (_at_end(-1, r"\nu\to\infty", "The sum of the row stays:", zero),))


def _at_end(way: int, ends: str, text: str, claimed: Expr) -> Step:
    end = mp.mpf(10) ** (-80 * way)
    return MAP.derive.limit(
        text,
        {"the limit is $y_i$": y(i), "the limit is $1/(n + 1)$": 1 / (n + 1)},
        subject=rf"\lim_{{{ends}}} y_i",
        expression=y(i),
        value=claimed,
        statistics={a: sp.exp(x[i]), S: MAP.whole, h: nu},
        variable=h,
        direction=way,
        near=samples.entry,
        far=lambda p, m: samples.row(p, nu=end)[m - 1],
        hypotheses=(S > 0,),
    )


THEOREMS = (
    *(jacobian, vjp, jvp, gradient_n, lse_gradient, hessian, jacobian_sums, semidefinite),
    *(
        Norms(LAWS).lipschitz,
        LAWS.row_sum,
        LAWS.range_,
        shift_invariant,
        shifted_offset,
        SYMMETRIES.order,
    ),
    *(SYMMETRIES.permutation, LAWS.below_softmax, virtual_logit, falls_with_n, reduces, drowned),
    *(LIMITS.quiet, LIMITS.loud, LIMITS.one_up, LIMITS.one_down, RAYS.ray, Below(LAWS).ray_below),
    RAYS.flattens,
    Online(MAP).online,
)
