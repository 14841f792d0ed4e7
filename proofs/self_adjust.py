r"""self_adjust, proved for rows of any length.

Definitions
-----------
- `definition`: $y_i = x_i e^{x_i} / \sum_{j=1}^n e^{x_j}$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `hessian`, `lse_gradient`: the derivatives; `jacobian_sums`,
  `self_gradient`: what they sum to, and where they exceed those of softmax.
- `score_times_softmax`, `row_sum`, `shift_adds`, `permutation`, `order_above`.
- `quiet_at_zero`, `one_up`, `one_down`: limits; `online`.
- `range`, `shift_invariant`, `order`, `lipschitz` are refuted.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the sum of the exponentials and
$\alpha$ softmax. Inequalities are between the terms of a row and the sum $C$ of its other
terms; of exp they assume that it is positive, and for negative scores $u$ that
$e^{-u} \ge 1 - u + u^2/2$, the first terms of its series. A claim of the form $p \le q$ is
refuted by a row at which $p$ and $\min(p, q)$ differ.

References
----------
C. Zheng et al., Self-Adjust Softmax, arXiv 2502.18277, 2025.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import Derivations
from proofs.numeric import Row, Samples, mp, points
from proofs.theorem import Theorem
from proofs.toolkit import Expr, delta, derivative, ell, g, i, j, k, n, normal, total, v, x
from refsoft.catalogue.self_adjust import CARD as CARD

S = sp.Symbol("S", real=True)
WHERE = r"In what follows $\alpha = \operatorname{softmax}(x)$ and $S = \sum_j e^{x_j}$."
WHOLE = total(sp.exp(x[j]))


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return x[i] * sp.exp(x[i]) / total(sp.exp(x[j]), j, n)


def value(x: Row) -> Row:
    """The row in mpmath."""
    weights = [mp.exp(score) for score in x]
    return [score * weight / mp.fsum(weights) for score, weight in zip(x, weights, strict=True)]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


def alpha(index: Expr) -> Expr:
    """The weight of a score: the entry without the score."""
    return y(index) / x[index]


samples = Samples(value)
POINTS = points(t="-4/3", L="7/2")
NAMES = {sp.exp(x[m]): S * sp.Symbol(f"alpha_{m}", real=True) for m in (i, k, ell)}
derive = Derivations(samples, POINTS, ({WHOLE: S, **NAMES},))


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return delta * alpha(i) + x[i] * alpha(i) * (delta - alpha(k))


def jacobian() -> Theorem:
    """Differentiate the definition."""
    step = derive.jacobian(
        y(i),
        closed_jacobian(),
        r"The product rule, with $\alpha_i(\delta_{ik} - \alpha_k)$ the derivative of $\alpha_i$:",
        {
            "a sign flipped": delta * alpha(i) + x[i] * alpha(i) * (delta + alpha(k)),
            "the score held fixed": x[i] * alpha(i) * (delta - alpha(k)),
            "$x_k$ in place of $x_i$": delta * alpha(i) + x[k] * alpha(i) * (delta - alpha(k)),
        },
    )
    return Theorem("jacobian", (step,))


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    mean = total(g[i] * x[i] * alpha(i), i)
    closed = alpha(k) * (g[k] * x[k] - mean) + g[k] * alpha(k)
    step = derive.vjp(
        closed_jacobian(),
        closed,
        r"With $w = g \odot x$ the sum over $i$ is $\alpha_k(w_k - \langle w, \alpha\rangle) + "
        r"g_k\alpha_k$:",
        {
            "the negative gradient": -closed,
            r"without $g \odot \alpha$": alpha(k) * (g[k] * x[k] - mean),
            r"without $\langle w, \alpha\rangle$": alpha(k) * g[k] * (x[k] + 1),
        },
    )
    return Theorem("vjp", (step,))


def jvp() -> Theorem:
    """Sum the Jacobian against a tangent."""
    mean = total(alpha(k) * v[k], k)
    step = derive.identity(
        r"The sum over $k$ is $\alpha_i\big(v_i + x_i(v_i - \langle \alpha, v\rangle)\big)$:",
        {
            "the score held fixed": alpha(i) * x[i] * (v[i] - mean),
            r"without $\langle \alpha, v\rangle$": alpha(i) * v[i] * (1 + x[i]),
        },
        subject=r"\sum_k J_{ik} v_k",
        left=normal(total(closed_jacobian() * v[k], k)),
        right=alpha(i) * (v[i] + x[i] * (v[i] - mean)),
        sample=samples.jvp,
    )
    return Theorem("jvp", (step,))


def hessian() -> Theorem:
    """Differentiate the definition twice."""
    last = sp.KroneckerDelta(i, ell)
    by_k, by_l = alpha(i) * (delta - alpha(k)), alpha(i) * (last - alpha(ell))
    bent = alpha(i) * (
        (delta - alpha(k)) * (last - alpha(ell))
        - alpha(k) * (sp.KroneckerDelta(k, ell) - alpha(ell))
    )
    closed = delta * by_l + last * by_k + x[i] * bent
    step = derive.identity(
        r"Each derivative meets the score once and $\alpha_i$ otherwise:",
        {"the score held fixed": x[i] * bent, "the score met by one alone": closed - last * by_k},
        subject=r"\frac{\partial^2 y_i}{\partial x_k\,\partial x_l}",
        left=derivative(derivative(y(i), x[k]), x[ell]),
        right=closed,
        sample=samples.hessian,
        indices=(i, k, ell),
    )
    return Theorem("hessian", (step,))


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator of the definition."""
    step = derive.identity(
        r"With $S$ the quotient of $x_k e^{x_k}$ and the entry, its logarithm has the derivative",
        {"the entry": y(k), "the mean of both": (y(k) + alpha(k)) / 2},
        subject=r"\frac{\partial \log S}{\partial x_k}",
        left=derivative(sp.log(WHOLE), x[k]),
        right=y(k) / x[k],
        sample=lambda p, m: samples.entry(p, m) / p.scores[m - 1],
        indices=(k,),
    )
    return Theorem("lse_gradient", (step,))


def jacobian_sums() -> Theorem:
    """The Jacobian of softmax drops out of the rows, not of the columns."""
    rows = derive.identity(
        r"The derivatives of $\alpha_i$ sum to 0; the derivative of the score remains:",
        {"they sum to 0": sp.Integer(0), "the entry": y(i)},
        subject=r"\sum_k J_{ik}",
        left=normal(total(closed_jacobian(), k)),
        right=alpha(i),
        sample=lambda p, m: samples.jacobian_sums(p)[0][m - 1],
    )
    mean = total(alpha(i) * x[i], i)
    columns = derive.identity(
        r"and a column is the vector-Jacobian product of ones:",
        {"as the rows": alpha(k), "without the mean": alpha(k) * (1 + x[k])},
        subject=r"\sum_i J_{ik}",
        left=normal(total(closed_jacobian(), i)),
        right=alpha(k) * (1 + x[k] - mean),
        sample=lambda p, m: samples.jacobian_sums(p)[1][m - 1],
        indices=(k,),
    )
    return Theorem("jacobian_sums", (rows, columns))


THEOREMS = (jacobian, vjp, jvp, hessian, lse_gradient, jacobian_sums)
CONTINUED_IN = "proofs.self_adjust_laws"
