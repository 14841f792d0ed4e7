r"""log_softmax, proved for rows of any length and every temperature T > 0.

Definitions
-----------
- `definition`: $y_i = x_i/T - \log \sum_{j=1}^n e^{x_j/T}$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `gradient_temperature`, `lse_gradient`, `hessian`: the derivatives;
  `jacobian_sums`, `concave`, `lipschitz`: what they sum to and how large they are.
- `exp_row_sum`, `log_of_softmax`, `range`, `shift_invariant`, `order`, `homogeneous`.
- `permutation`, `one_up`, `one_down`, `ray`, `level`, `flattens` speak of $p_i = e^{y_i}$.
- `online`: the statistic that is kept of a part of a row.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the sum of the exponentials.
The logarithm is continuous and strictly increasing, so that what is shown of $p_i = e^{y_i}$,
an entry of softmax, is shown of $y_i$: where $p_i$ tends to 0, $y_i$ tends to $-\infty$.
The factor of the scores is $f = 1/T$. Inequalities are between the terms of a row and the
sum $C$ of its other terms; of exp they assume that it is positive and strictly increasing.
In floating point $\log p$ is not a substitute: where $p$ underflows, $y$ is finite.

References
----------
J. S. Bridle, Probabilistic interpretation of feedforward classification network
outputs, 1990; the logarithm and its derivatives by the chain rule.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import Derivations
from proofs.exponential import Exponential
from proofs.exponential_laws import Laws
from proofs.exponential_limits import Limits
from proofs.exponential_online import Online
from proofs.exponential_rays import Rays
from proofs.exponential_symmetries import Symmetries
from proofs.numeric import Number, Row, Samples, mp, points
from proofs.theorem import Theorem
from proofs.toolkit import Expr, delta, derivative, ell, g, i, j, k, n, normal, total, v, x
from refsoft.catalogue.log_softmax import CARD as CARD

T = sp.Symbol("T", positive=True)
zero = sp.Integer(0)
SYMBOLS = {"temperature": T}
WHERE = r"In what follows $p_i = e^{y_i}$, $a_j = e^{x_j/T}$ and $S = \sum_j a_j$."


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return x[i] / T - sp.log(total(sp.exp(x[j] / T), j, n))


def value(x: Row, T: Number) -> Row:
    """The row in mpmath."""
    log_sum = mp.log(mp.fsum(mp.exp(score / T) for score in x))
    return [score / T - log_sum for score in x]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


def p(index: Expr) -> Expr:
    """The exponential of an entry."""
    return sp.exp(y(index))


def exponentials(x: Row, T: Number) -> Row:
    """The exponentials of a row in mpmath."""
    return [mp.exp(entry) for entry in value(x, T)]


samples = Samples(value)
POINTS = points(T="3/2", t="-4/3", a="7/5", d="4")
MAP = Exponential(
    p, 1 / T, zero, Samples(exponentials), POINTS, lambda point: 1 / point.number("T"), "p"
)
LAWS = Laws(MAP)
LIMITS, RAYS, SYMMETRIES = Limits(LAWS), Rays(LAWS), Symmetries(LAWS)
derive = Derivations(samples, POINTS, MAP.derive.names)


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return (delta - p(k)) / T


def jacobian() -> Theorem:
    """Differentiate the definition."""
    step = derive.jacobian(
        y(i),
        closed_jacobian(),
        r"The derivative of the log-sum-exp by $x_k$ is $p_k/T$:",
        {
            "a sign flipped": (delta + p(k)) / T,
            "$p_i$ in place of $p_k$": (delta - p(i)) / T,
            "without $1/T$": delta - p(k),
        },
    )
    return Theorem("jacobian", (step,))


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    closed = (g[k] - p(k) * total(g[i], i)) / T
    step = derive.vjp(
        closed_jacobian(),
        closed,
        r"The sum over $i$ gives $(g_k - p_k \sum_i g_i)/T$:",
        {
            "the negative gradient": -closed,
            r"$\langle g, p\rangle$ in place of $\sum_i g_i$": (
                (g[k] - p(k) * total(g[i] * p(i), i)) / T
            ),
        },
    )
    return Theorem("vjp", (step,))


def jvp() -> Theorem:
    """Sum the Jacobian against a tangent."""
    step = derive.identity(
        r"The sum over $k$ gives $(v_i - \langle p, v\rangle)/T$:",
        {
            r"without $\langle p, v\rangle$": v[i] / T,
            r"the mean of $v$ in its place": (v[i] - total(v[k], k) / n) / T,
        },
        subject=r"\sum_k J_{ik} v_k",
        left=normal(total(closed_jacobian() * v[k], k)),
        right=(v[i] - total(p(k) * v[k], k)) / T,
        sample=samples.jvp,
    )
    return Theorem("jvp", (step,))


def gradient_temperature() -> Theorem:
    """Differentiate the sum of g y by T."""
    closed = -total((g[i] - p(i) * total(g[j])) * x[i], i) / T**2
    step = derive.gradient(
        y(i),
        T,
        closed,
        r"The chain rule gives $-\langle g - p \sum_j g_j,\ x\rangle/T^2$:",
        {"the sign flipped": -closed, "$1/T$ in place of $1/T^2$": closed * T},
    )
    return Theorem("gradient_temperature", (step,))


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the sum."""
    return MAP.lse_gradient(
        lambda row, point: mp.log(mp.fsum(mp.exp(score / point.number("T")) for score in row))
    )


def second() -> Expr:
    """The second derivatives, the same for every entry."""
    return -p(k) * (sp.KroneckerDelta(k, ell) - p(ell)) / T**2


def hessian() -> Theorem:
    """Differentiate the definition twice."""
    step = derive.identity(
        "Only the log-sum-exp bends, and its second derivative is the Jacobian of softmax:",
        {"the sign flipped": -second(), "$1/T$ in place of $1/T^2$": second() * T},
        subject=r"\frac{\partial^2 y_i}{\partial x_k\,\partial x_l}",
        left=derivative(derivative(y(i), x[k]), x[ell]),
        right=second(),
        sample=samples.hessian,
        indices=(i, k, ell),
    )
    return Theorem("hessian", (step,))


def concave() -> Theorem:
    """The negative of a sum of squares with positive weights."""
    mean = total(p(k) * v[k], k)
    bent = derivative(derivative(y(i), x[k]), x[ell])
    closed = -total(p(k) * (v[k] - mean) ** 2, k) / T**2
    step = derive.identity(
        r"With $\bar v = \langle p, v\rangle$ the quadratic form of the second derivatives is "
        r"$-\sum_k p_k (v_k - \bar v)^2/T^2$, and no weight is negative:",
        {"convex": -closed, r"without $\bar v$": -total(p(k) * v[k] ** 2, k) / T**2},
        subject=r"\sum_{k,l} v_k v_l\,\partial_k\partial_l y_i",
        left=normal(total(v[k] * normal(total(bent * v[ell], ell)), k)),
        right=closed,
        sample=samples.curvature,
    )
    return Theorem("concave", (step,))


def jacobian_sums() -> Theorem:
    """The p sum to 1."""
    rows = derive.identity(
        "The sum over $k$, a row's, is 0 because the $p_k$ sum to 1:",
        {"the sum is $1/T$": 1 / T, "the sum of a column": (1 - n * p(i)) / T},
        subject=r"\sum_k J_{ik}",
        left=normal(total(closed_jacobian(), k)),
        right=zero,
        sample=lambda point, m: samples.jacobian_sums(point)[0][m - 1],
    )
    columns = derive.identity(
        "and the sum over $i$, a column's, has $p_k$ in it $n$ times:",
        {"the sum is 0": zero, "once": (1 - p(k)) / T},
        subject=r"\sum_i J_{ik}",
        left=normal(total(closed_jacobian(), i)),
        right=(1 - n * p(k)) / T,
        sample=lambda point, m: samples.jacobian_sums(point)[1][m - 1],
        indices=(k,),
    )
    return Theorem("jacobian_sums", (rows, columns))


THEOREMS = (
    *(jacobian, vjp, jvp, gradient_temperature, lse_gradient, hessian, concave, jacobian_sums),
    Online(MAP).online,
)
CONTINUED_IN = "proofs.log_softmax_laws"
