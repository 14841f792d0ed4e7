r"""self_adjust_normalized, proved for rows of any length with a score that is not 0.

Definitions
-----------
- `definition`: $y_i = \frac{x_i - l}{h - l}\, e^{x_i} / \sum_{j=1}^n e^{x_j}$ with
  $l = \min(0, x_1, \dots, x_n)$ and $h = \max(0, x_1, \dots, x_n)$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `hessian`: the derivatives, where the extremes are not tied;
  `max_gradient`, `self_gradient`: where they exceed those of softmax.
- `jacobian_sums`; `kink`: what the slopes do at a tie; `online`.
- `row_sum`, `range`, `order`, `permutation`, `shift_between`, `discontinuous_at_zero`.
- `quiet`, `loud`, `one_up`, `one_down`, `ray`, `flattens`: limits.
- `shift_invariant`, `semidefinite` and `lipschitz` are refuted.

Notes
-----
Where no score is 0 and the extremes are not tied, one of three cases holds in a whole
neighbourhood: scores of both signs, with $l = x_m$ and $h = x_M$; only positive ones, with
$l = 0$ and $h = x_M$; only negative ones, with $l = x_m$ and $h = 0$. The derivatives are
taken in all three at once, of $l = \chi_- x_m$ and $h = \chi_+ x_M$: $\chi_-$ and $\chi_+$ are 1
where $l$ and $h$ move with a score, and 0 where they are 0. At a tie, and where an extreme is
exactly 0, there is no derivative: the correction then goes to the first of the tied scores, and
an extreme of 0 takes none; that is a convention, not a theorem. $S$ is the sum of the
exponentials and $C$ that of the other terms. Of exp it is assumed that it is positive and
strictly increasing.

References
----------
C. Zheng et al., Self-Adjust Softmax, arXiv 2502.18277, 2025.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.derivations import Derivations, Wrong
from proofs.numeric import Point, Row, Samples, mp, points
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, derivative, ell, g, i, j, k, n, normal, total, v, x
from refsoft.catalogue.self_adjust_normalized import CARD as CARD

low, high, S = sp.symbols("l h S", real=True)
with_low, with_high = sp.symbols("chi_- chi_+", real=True)
m, M = sp.symbols("m M", integer=True)
WHOLE = total(sp.exp(x[j]))
WHERE = (
    r"with $l = \min(0, x_1, \dots, x_n)$ and $h = \max(0, x_1, \dots, x_n)$. In what follows "
    r"$D = h - l$, $u_i = (x_i - l)/D$ is the place, $\alpha = \operatorname{softmax}(x)$ the "
    r"weight and $S = \sum_j e^{x_j}$; $m$ and $M$ are where the smallest and the largest score "
    "stand. Derivatives are of rows without ties at the extremes and without a score 0, where "
    r"$l = \chi_- x_m$ and $h = \chi_+ x_M$ with $\chi_- = [\min x < 0]$ and "
    r"$\chi_+ = [\max x > 0]$. A row of zeros, 0/0, is a row of zeros."
)


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return (x[i] - low) / (high - low) * sp.exp(x[i]) / total(sp.exp(x[j]), j, n)


def value(x: Row) -> Row:
    """The row in mpmath."""
    bottom, top = min([mp.zero, *x]), max([mp.zero, *x])
    weights = [mp.exp(score) for score in x]
    return [
        (score - bottom) / (top - bottom) * weight / mp.fsum(weights)
        for score, weight in zip(x, weights, strict=True)
    ]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


def place(index: Expr) -> Expr:
    """Where a score lies between l and h."""
    return (x[index] - low) / (high - low)


def weight(index: Expr) -> Expr:
    """The entry without the place."""
    return y(index) / place(index)


samples = Samples(value)
#: What l and h are in one of the three cases.
Case = Mapping[Expr, Any]


def _rows(change: Callable[[Fraction], Fraction]) -> tuple[Point, ...]:
    """The usual rows with changed scores, and where their extremes stand."""
    found = []
    for point in points(t="1/7", w="7/2"):
        row = tuple(map(change, point.x))
        ends = {
            "m": Fraction(row.index(min(row)) + 1), "M": Fraction(row.index(max(row)) + 1),
            "l": min(Fraction(0), *row), "h": max(Fraction(0), *row),
            "chi_-": Fraction(min(row) < 0), "chi_+": Fraction(max(row) > 0),
        }  # fmt: skip
        found.append(replace(point, x=row, parameters={**point.parameters, **ends}))
    return tuple(found)


BOTH, POSITIVE, NEGATIVE = _rows(lambda s: s)[1:], _rows(abs), _rows(lambda s: -abs(s))
CASES = (
    ("Scores of both signs:", BOTH, {low: x[m], high: x[M], with_low: 1, with_high: 1}),
    ("Only positive scores:", POSITIVE, {low: 0, high: x[M], with_low: 0, with_high: 1}),
    ("Only negative scores:", NEGATIVE, {low: x[m], high: 0, with_low: 1, with_high: 0}),
)
#: What they are in any of them.
MOVING = {low: with_low * x[m], high: with_high * x[M]}
D = sp.Symbol("D", real=True)


def _written() -> dict[Expr, Expr]:
    """What the page abbreviates: weights, the distance of the extremes, places."""
    bottom, top = MOVING[low], MOVING[high]
    found: dict[Expr, Expr] = {WHOLE: S, top - bottom: D, high - low: D}
    for index in (i, k, ell):
        weighted, placed = (sp.Symbol(f"{name}_{index}", real=True) for name in ("alpha", "u"))
        found[sp.exp(x[index])] = S * weighted
        found[x[index] - bottom] = found[x[index] - low] = D * placed
    return found


derive = Derivations(samples, (*BOTH, *POSITIVE, *NEGATIVE), (_written(),))


def at_low(index: Expr) -> Expr:
    """1 where the smallest score stands, if l moves with it."""
    return with_low * sp.KroneckerDelta(index, m)


def at_high(index: Expr) -> Expr:
    """1 where the largest score stands, if h moves with it."""
    return with_high * sp.KroneckerDelta(index, M)


def closed_jacobian() -> Expr:
    """The Jacobian with the corrections at the extremes."""
    moved = delta - place(i) * at_high(k) - (1 - place(i)) * at_low(k)
    return y(i) * (delta - weight(k)) + weight(i) * moved / (high - low)


def moving(
    text: str, wrong: Wrong, left: Callable[[Case], Expr], right: Expr, **statement: Any
) -> Step:
    """An identity in all three cases at once."""
    return derive.identity(
        text,
        {mistake: claimed.subs(MOVING) for mistake, claimed in wrong.items()},
        left=left(MOVING),
        right=right.subs(MOVING),
        **statement,
    )


def jacobian() -> Theorem:
    """Differentiate the definition in each case."""
    fixed = y(i) * (delta - weight(k)) + weight(i) * delta / (high - low)
    step = moving(
        r"$J_{ik} = y_i(\delta_{ik} - \alpha_k) + \alpha_i\big(\delta_{ik} - u_i\chi_+\delta_{kM} "
        r"- (1 - u_i)\chi_-\delta_{km}\big)/D$.",
        {
            "the extremes held fixed": fixed,
            "the corrections added": 2 * fixed - closed_jacobian(),
        },
        lambda case: derivative(y(i).subs(case), x[k]),
        closed_jacobian(),
        subject=r"\frac{\partial y_i}{\partial x_k}",
        sample=samples.jacobian,
        indices=(i, k),
    )
    return Theorem("jacobian", (step,))


def vjp() -> Theorem:
    """Sum the Jacobian against a cotangent in each case."""
    width, w = high - low, g[i] * place(i)
    plain = weight(k) * (g[k] * place(k) - total(w * weight(i), i)) + g[k] * weight(k) / width
    up = at_high(k) * total(g[i] * weight(i) * place(i), i) / width
    down = at_low(k) * total(g[i] * weight(i) * (1 - place(i)), i) / width
    step = moving(
        r"With $w = g \odot u$ the sum over $i$ is $\alpha_k(w_k - \langle w, \alpha\rangle) + "
        r"g_k\alpha_k/D$, less $\sum_i g_i\alpha_i u_i/D$ at the largest score, where $h$ moves, "
        r"and $\sum_i g_i\alpha_i(1 - u_i)/D$ at the smallest, where $l$ moves.",
        {"the extremes held fixed": plain, "the ends exchanged": plain + up + down},
        lambda case: normal(total(g[i] * closed_jacobian().subs(case), i)),
        plain - up - down,
        subject=r"\sum_i g_i J_{ik}",
        sample=samples.vjp,
        indices=(k,),
    )
    return Theorem("vjp", (step,))


def jvp() -> Theorem:
    """Sum the Jacobian against a tangent in each case."""
    mean, width = total(weight(k) * v[k], k), high - low
    plain = y(i) * (v[i] - mean)
    moved = v[i] - place(i) * with_high * v[M] - (1 - place(i)) * with_low * v[m]
    step = moving(
        r"The place of $x_i$ moves by $(v_i - u_i\chi_+v_M - (1 - u_i)\chi_-v_m)/D$.",
        {
            "the place held fixed": plain,
            "the extremes held fixed": plain + weight(i) * v[i] / width,
        },
        lambda case: normal(total(closed_jacobian().subs(case) * v[k], k)),
        plain + weight(i) * moved / width,
        subject=r"\sum_k J_{ik} v_k",
        sample=samples.jvp,
        indices=(i,),
    )
    return Theorem("jvp", (step,))


THEOREMS = (jacobian, vjp, jvp)
CONTINUED_IN = "proofs.self_adjust_normalized_laws"
