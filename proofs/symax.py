r"""symax, proved for rows of any length, offsets eta >= 0 and powers p > 0.

Definitions
-----------
- `definition`: $y_i = |x_i|^p / (\eta + \sum_{j=1}^n |x_j|^p)$, where the denominator
  is not 0.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `gradient_eta`, `gradient_p`: the derivatives, where $x_k \ne 0$.
- `kink`: there is none at $x_k = 0$ for p = 1.
- `row_sum`, `range`, `even`, `order_of_magnitudes`, `homogeneous`, `lipschitz`.
- `jvp`, limits, the ends of the power, `online` and `lipschitz_max` are in files of their own.
- `shift_invariant` and `extreme_is_quiet` are refuted; `quiet_at_zero` is what holds.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the sum of the powers,
and $y_i$ is written where the entry stands. The sign of 0 is 0 in SymPy, which would
hide the kink: nothing is evaluated there, and `kink` takes the two limits.
Inequalities are proved between the terms of a row and the sum $C$ of its other
terms; of the power they assume that it is not negative and strictly increasing on
magnitudes. The map is continuous, so that a bound of the Jacobian where it exists is a
Lipschitz constant everywhere.

References
----------
xnought, symax (code and notes); generalised from p = 1.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import Derivations, rest
from proofs.numeric import Number, Point, Row, Samples, mp, points
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, ell, g, i, j, k, n, total, x
from refsoft.catalogue.symax import CARD as CARD

eta = sp.Symbol("eta", nonnegative=True)
p = sp.Symbol("p", positive=True)
S, h, s = sp.symbols("S h s", real=True)


def term(index: Expr) -> Expr:
    """The numerator."""
    return sp.Abs(x[index]) ** p


def normaliser(n: Expr) -> Expr:
    """The denominator."""
    return eta + total(term(j), j, n)


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return term(i) / normaliser(n)


def value(x: Row, eta: Number, p: Number) -> Row:
    """The row in mpmath."""
    weights = [abs(score) ** p for score in x]
    return [weight / (eta + mp.fsum(weights)) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


WHOLE = total(term(j))
SYMBOLS = {"eta": eta, "p": p}
AT_ONE = points(eta="2/3", p="1")
samples = Samples(value)
Z = sp.Symbol("Z", real=True)
WHERE = (
    r"In what follows $S = \sum_j |x_j|^p$, $Z = \eta + S$ is the denominator and "
    r"$s_k = p|x_k|^{p-1}\operatorname{sgn}(x_k)/Z$ the slope of a term over it."
)


def _written() -> tuple[dict[Expr, Expr], ...]:
    """What the page abbreviates: entries and slopes, one after the other."""
    found: tuple[dict[Expr, Expr], ...] = ({}, {}, {})
    for m in (i, k, ell):
        size = sp.Abs(x[m])
        entry, rate = (sp.Symbol(f"{letter}_{m}", real=True) for letter in "ys")
        found[0][size ** (p - 1)] = size**p / size
        found[1][size**p] = Z * entry
        found[2][sp.sign(x[m])] = rate * size / (p * entry)
    return ({WHOLE: Z - eta}, *found)


derive = Derivations(samples, points(eta="2/3", p="5/2", a="-7/5", t="-4/3"), _written())


def slope() -> Expr:
    """The derivative of the numerator, over the denominator."""
    return p * sp.Abs(x[k]) ** (p - 1) * sp.sign(x[k]) / normaliser(n)


def closed_jacobian() -> Expr:
    """The Jacobian as the card states it."""
    return slope() * (delta - y(i))


def jacobian() -> Theorem:
    """Differentiate the definition where x_k is not 0."""
    step = derive.jacobian(
        y(i),
        closed_jacobian(),
        r"The derivative of $|x_k|^p$ is $p|x_k|^{p-1}\operatorname{sgn} x_k$ for $x_k \ne 0$, "
        "and the quotient rule gives",
        {
            "$y_k$ in place of $y_i$": slope() * (delta - y(k)),
            "a sign flipped": slope() * (delta + y(i)),
            "without the sign of the score": closed_jacobian() * sp.sign(x[k]),
        },
    )
    return Theorem("jacobian", (step,))


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent."""
    inner = total(g[i] * y(i), i)
    step = derive.vjp(
        closed_jacobian(),
        slope() * (g[k] - inner),
        r"The sum over $i$ has $g_k - \langle g, y\rangle$ as its last factor:",
        {
            "the negative gradient": -slope() * (g[k] - inner),
            r"without $\langle g, y\rangle$": slope() * g[k],
        },
    )
    return Theorem("vjp", (step,))


def gradient_eta() -> Theorem:
    """Differentiate the sum of g y by eta."""
    closed = -total(g[i] * y(i), i) / normaliser(n)
    step = derive.gradient(
        y(i),
        eta,
        closed,
        r"Only the denominator depends on $\eta$: $-\langle g, y\rangle/(\eta + S)$:",
        {"the sign flipped": -closed, "without the denominator": closed * normaliser(n)},
    )
    return Theorem("gradient_eta", (step,))


def gradient_p() -> Theorem:
    """Differentiate the sum of g y by p."""
    inner = total(g[i] * y(i), i)
    log = sp.log(sp.Abs(x[k]))
    step = derive.gradient(
        y(i),
        p,
        total(y(k) * (g[k] - inner) * log, k),
        r"The derivative of $|x_k|^p$ by $p$ is $|x_k|^p \log|x_k|$, so that the whole is "
        r"$\langle g\odot y - \langle g, y\rangle y, \log|x|\rangle$:",
        {
            "the sign flipped": total(y(k) * (inner - g[k]) * log, k),
            r"without $\langle g, y\rangle$": total(y(k) * g[k] * log, k),
        },
    )
    return Theorem("gradient_p", (step,))


def kink() -> Theorem:
    """(y_k(x_k = +-h) - 0)/(+-h) -> +-1/(eta + C) for p = 1."""
    others = total(sp.Abs(x[j])) - sp.Abs(x[k])

    def side(sign: int) -> Step:
        def far(point: Point, m: int) -> Number:
            small = mp.mpf(10) ** -80 * sign
            row = [*point.scores[: m - 1], small, *point.scores[m:]]
            return samples.row(point, row)[m - 1] / small

        side, way = ("right", "+") if sign > 0 else ("left", "-")
        claimed = sign / (eta + others.subs(k, i))
        return derive.limit(
            f"From the {side}, with $h = |x_i|$ and $x_i = {way}h$:",
            {"the derivative is 0, as a sign of 0 suggests": sp.Integer(0), "negated": -claimed},
            subject=rf"\partial^{way} y_i/\partial x_i",
            expression=y(i).subs(p, 1) / (sign * sp.Abs(x[i])),
            value=claimed,
            statistics={h: sp.Abs(x[i]), rest: others.subs(k, i), s: eta},
            variable=h,
            near=lambda point, m: samples.entry(point, m) / abs(point.scores[m - 1]) * sign,
            far=far,
            hypotheses=(rest >= 0, s > 0),
            points=AT_ONE,
        )

    return Theorem("kink", (side(1), side(-1)))


THEOREMS = (jacobian, vjp, gradient_eta, gradient_p, kink)
CONTINUED_IN = "proofs.symax_laws"
