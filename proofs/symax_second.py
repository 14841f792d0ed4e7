r"""Sums of symax's Jacobian, and what its second derivatives are: the fifth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `lse_gradient`, `jacobian_sums`, `hessian`; `semidefinite` is refuted.
"""

from __future__ import annotations

import sympy as sp

from proofs.methods import Counterexample
from proofs.numeric import Number, Row, mp, slope
from proofs.symax import closed_jacobian, derive, eta, normaliser, p, samples, value, y
from proofs.symax import slope as rate
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, derivative, ell, i, k, n, normal, scores, total, x

one, two = sp.Integer(1), sp.Integer(2)
AT = {eta: one, p: one}


def rate_of(index: Expr) -> Expr:
    """The derivative of a term by its score, over the denominator."""
    return rate().subs(k, index)


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""

    def sample(row: Row, power: Number, offset: Number) -> Number:
        return mp.log(offset + mp.fsum(abs(score) ** power for score in row))

    step = derive.lse_gradient(
        normaliser(n),
        p * y(k) * sp.sign(x[k]) / sp.Abs(x[k]),
        lambda row, point: sample(row, point.number("p"), point.number("eta")),
        {"the size of the slope": p * y(k) / sp.Abs(x[k]), "the entry": y(k)},
    )
    return Theorem("lse_gradient", (step,))


def jacobian_sums() -> Theorem:
    """The slopes sum over a row; over a column the offset's share is left."""
    rows = derive.identity(
        r"With the slopes $s_k = p|x_k|^{p-1}\operatorname{sgn}(x_k)/Z$ a row sums to "
        r"$s_i - y_i\sum_k s_k$:",
        {
            "the slope alone": rate_of(i),
            "the slope $n$ times": rate_of(i) - n * y(i) * rate_of(i),
        },
        subject=r"\sum_k J_{ik}",
        left=normal(total(closed_jacobian(), k)),
        right=rate_of(i) - y(i) * total(rate(), k),
        sample=lambda point, m: samples.jacobian_sums(point)[0][m - 1],
    )
    columns = derive.identity(
        r"and a column to $s_k(1 - \sum_i y_i)$, the offset's share:",
        {"0, as without an offset": sp.S.Zero, "the diagonal alone": rate() * (1 - y(k))},
        subject=r"\sum_i J_{ik}",
        left=normal(total(closed_jacobian(), i)),
        right=rate() * eta / normaliser(n),
        sample=lambda point, m: samples.jacobian_sums(point)[1][m - 1],
        indices=(k,),
    )
    return Theorem("jacobian_sums", (rows, columns))


def hessian() -> Theorem:
    """Differentiate the definition twice, where no score is 0."""
    bend = p * (p - 1) * sp.Abs(x[k]) ** (p - 2) / normaliser(n)
    own = sp.KroneckerDelta(k, ell) * bend * (delta - y(i))
    met = delta + sp.KroneckerDelta(i, ell) - 2 * y(i)
    cross = rate() * rate_of(ell) * met
    step = derive.identity(
        r"With the slopes $s_k$ as before and $r_k = p(p-1)|x_k|^{p-2}/Z$, the second derivative "
        r"of a term over the denominator; $s_k$ has the derivative $\delta_{kl}r_k - s_k s_l$:",
        {
            "the terms not bent": -cross,
            "the sign flipped": own + cross,
            "$y_i$ once": own - cross - rate() * rate_of(ell) * y(i),
        },
        subject=r"\frac{\partial^2 y_i}{\partial x_k\,\partial x_l}",
        left=derivative(derivative(y(i), x[k]), x[ell]),
        right=own - cross,
        sample=samples.hessian,
        indices=(i, k, ell),
    )
    return Theorem("hessian", (step,))


def semidefinite() -> Theorem:
    """-1/16 and -1/8 at (1, 2); -1/4 at (-1); 4 > 3 for the denominator around 1."""

    def entry(row: Row) -> Row:
        return value(row, mp.one, mp.one)

    def rates(m: int, by: int, row: tuple[int, ...]) -> Number:
        moved = [mp.mpf(score) for score in row]
        return slope(lambda q: entry([*moved[: by - 1], q, *moved[by:]])[m - 1], moved[by - 1])

    across = Counterexample(
        left=derivative(y(i), x[k]),
        right=derivative(y(k), x[i]),
        left_name="J_{12}",
        right_name="J_{21}",
        row=(one, two),
        values={**AT, i: one, k: two},
        sample=lambda: (rates(1, 2, (1, 2)), rates(2, 1, (1, 2))),
    )
    own = derivative(y(i), x[i])
    down = Counterexample(
        left=own,
        right=sp.Max(own, 0),
        left_name="J_{11}",
        right_name=r"\max(J_{11}, 0)",
        row=(-one,),
        values={**AT, i: one},
        sample=lambda: (rates(1, 1, (-1,)), mp.zero),
    )

    def moved(by: int) -> Expr:
        return scores(normaliser(n), lambda m: x[m] + by)

    middle, ends = normaliser(n) ** 2, moved(-1) * moved(1)
    bent = Counterexample(
        left=middle,
        right=sp.Min(middle, ends),
        left_name="Z(1)^2",
        right_name=r"\min\big(Z(1)^2, Z(0)\,Z(2)\big)",
        row=(one,),
        values=AT,
        sample=lambda: (mp.mpf(2) ** 2, mp.mpf(3)),
    )
    steps = (
        Step("It is not symmetric:", across)
        .but("at equal scores", row=(one, one))
        .but("against itself", right=across.left),
        Step("and not semidefinite: a negative score has a negative slope.", down)
        .but("a positive score", row=(one,))
        .but(r"against $-\frac14$", right=sp.Rational(-1, 4)),
        Step(
            r"Nor is $\log Z$ convex: that would give $Z(1)^2 \le Z(0)\,Z(2)$ for the row $(1)$ "
            "between $(0)$ and $(2)$.",
            bent,
        )
        .but("around 0, where $Z$ has its kink", row=(sp.S.Zero,))
        .but("against itself", right=middle),
    )
    return Theorem("semidefinite", steps)


THEOREMS = (lse_gradient, jacobian_sums, hessian, semidefinite)
CONTINUED_IN = "proofs.symax_norms"
