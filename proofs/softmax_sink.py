r"""softmax_sink, proved for rows of any length and every sink.

Definitions
-----------
- `definition`: $y_i = e^{x_i} / (e^s + \sum_{j=1}^n e^{x_j})$ with a real $s$.
- `value`: the same in mpmath, for the comparison at explicit rows.

Statements
----------
- `jacobian`, `vjp`, `jvp`, `gradient_sink`, `lse_gradient`, `hessian`: the derivatives;
  `jacobian_sums`, `semidefinite`, `lipschitz`: what they sum to and how large they are.
- `row_sum`, `range`, `order`, `permutation`, `below_softmax`, `falls_with_sink`.
- `quiet`, `loud`, `one_up`, `one_down`, `ray`, `ray_below`, `flattens`, `reduces`, `drowned`:
  limits.
- `shift_invariant` is refuted; `joint_shift` and `virtual_logit` say what holds.
- `online`: the statistic that is kept of a part of a row.

Notes
-----
Derivatives hold for all free indices in $1, \dots, n$; $S$ is the sum of the exponentials,
and $y_i$ is written where the entry stands. Inequalities are proved between the terms of a
row, the sum $C$ of its other terms and the offset $h$; of exp they assume that it is
positive and strictly increasing. They hold over the reals: in floating point the row sum
rounds to 1 once $S$ is large. A bound of the Jacobian in the largest norm holds in the
1-norm too, because the Jacobian is symmetric, and in every p-norm between them by the
theorem of Riesz and Thorin. The sink
$-\infty$ is softmax by its limit; `shift_invariant` is refuted at the default, $s = 0$.

References
----------
G. Xiao, Y. Tian, B. Chen, S. Han and M. Lewis, Efficient streaming language models with
attention sinks, arXiv 2309.17453, 2023.
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
from refsoft.catalogue.softmax_sink import CARD as CARD

sink = sp.Symbol("s", real=True)
slope = sp.Symbol("r", real=True)
half, zero, one = sp.Rational(1, 2), sp.Integer(0), sp.Integer(1)
SYMBOLS = {"sink": sink}
WHERE = r"In what follows $a_j = e^{x_j}$ and $S = \sum_j a_j$."


def definition(n: Expr) -> Expr:
    """One entry, of the free index i."""
    return sp.exp(x[i]) / (sp.exp(sink) + total(sp.exp(x[j]), j, n))


def value(x: Row, s: Number) -> Row:
    """The row in mpmath."""
    weights = [mp.exp(score) for score in x]
    return [weight / (mp.exp(s) + mp.fsum(weights)) for weight in weights]


def y(index: Expr) -> Expr:
    """The entry of an index."""
    return definition(n).subs(i, index)


samples = Samples(value)
POINTS = points(s="-1/3", t="-4/3", d="4")
MAP = Exponential(y, one, sp.exp(sink), samples, POINTS)
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


def gradient_sink() -> Theorem:
    """Differentiate the sum of g y by the sink."""
    left = 1 - total(y(i), i)
    closed = -left * total(g[i] * y(i), i)
    step = MAP.derive.gradient(
        y(i),
        sink,
        closed,
        r"$\partial_s y_i = -y_i\,e^s/(e^s + S)$, where the quotient is what the row leaves of 1:",
        {
            "the sign flipped": -closed,
            "without what is left of 1": closed / left,
            "the square of it": closed * left,
        },
    )
    return Theorem("gradient_sink", (step,))


def lse_gradient() -> Theorem:
    """Differentiate the logarithm of the denominator."""
    return MAP.lse_gradient(
        lambda row, p: mp.log(mp.exp(p.number("s")) + mp.fsum(map(mp.exp, row)))
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


def shift_invariant() -> Theorem:
    """1/2 becomes 2/3 when the score 0 is shifted by log 2, beside the sink 0."""
    values = {i: one, sink: zero, t: sp.log(2)}
    row = Counterexample(
        left=LAWS.shifted(),
        right=y(i),
        left_name="y_1(x + t)",
        right_name="y_1(x)",
        row=(zero,),
        values=values,
        sample=lambda: (value([mp.log(2)], mp.zero)[0], value([mp.zero], mp.zero)[0]),
    )
    step = Step("A shift moves the scores against the sink:", row)
    step = step.but("the shift 0", values={**values, t: zero})
    step = step.but("the sink shifted too", left=LAWS.shifted().subs(sink, sink + t))
    return Theorem("shift_invariant", (step,))


def joint_shift() -> Theorem:
    """Cancel exp(t)."""
    moved = LAWS.shifted()

    def sample(point: Point, m: int) -> Number:
        shift = point.number("t")
        row = [score + shift for score in point.scores]
        return samples.row(point, row, s=point.number("s") + shift)[m - 1]

    step = MAP.derive.identity(
        r"With the sink $s + t$ every term of the quotient has the factor $e^t$:",
        {"the sink kept": moved, "the sink moved back": moved.subs(sink, sink - t)},
        subject=r"y_i(x + t; s + t)",
        left=y(i),
        right=moved.subs(sink, sink + t),
        sample=sample,
    )
    return Theorem("joint_shift", (step,))


def virtual_logit() -> Theorem:
    """Softmax over the scores and the sink."""
    step = MAP.derive.identity(
        r"The softmax of the $n + 1$ scores $s, x_1, \dots, x_n$ has the offset as $e^s$:",
        {"no virtual score": PLAIN, "a virtual 0": prepended(PLAIN, zero)},
        subject=r"\operatorname{softmax}([s; x])_{1+i}",
        left=y(i),
        right=prepended(PLAIN, sink),
        sample=lambda p, m: softmax.value([p.number("s"), *p.scores], mp.one)[m],
    )
    return Theorem("virtual_logit", (step,))


def falls_with_sink() -> Theorem:
    """-a h/(h + a + C)^2 is negative."""
    step = LAWS.of_entry(
        r"With $h = e^s$ the derivative of an entry by the sink is $-h\,y_i/(h + S)$:",
        {
            r"steeper than $-\frac14$": {"conclusion": slope < -half / 2},
            "grows": {"conclusion": slope > 0},
            r"the sink may be $-\infty$": {"hypotheses": (a > 0, rest >= 0, h >= 0)},
        },
        LAWS.part,
        quantities={slope: derivative(y(i), sink)},
        hypotheses=(a > 0, rest >= 0, h > 0),
        conclusion=slope < 0,
        sample=lambda p, m: (samples.entry_slope("s")(p, m),),
    )
    return Theorem("falls_with_sink", (step,))


def reduces() -> Theorem:
    """The limit at exp(s) = 0."""
    text = r"As $s \to -\infty$, $h = e^s \to 0$, and softmax remains:"
    one_more = MAP.derive.identity(
        "At $s = 0$ the offset is 1, that of softmax_one:",
        {"it is softmax": PLAIN, "it is $y_i$": y(i)},
        subject=r"y_i(x; 0)",
        left=y(i).subs(sink, 0),
        right=softmax_one.definition(n),
        sample=lambda p, m: softmax_one.value(p.scores)[m - 1],
        names=(),
    )
    return Theorem("reduces", (_at_end(1, text, PLAIN), one_more))


def drowned() -> Theorem:
    """a/(h + S) -> 0 with h -> inf."""
    text = r"As $s \to \infty$, $h = e^s \to \infty$, and the sum $S$ of the row stays:"
    return Theorem("drowned", (_at_end(-1, text, zero),))


def _at_end(way: int, text: str, claimed: Expr) -> Step:
    return MAP.derive.limit(
        text,
        {"the limit is $y_i$": y(i), "the limit is $1/(n + 1)$": 1 / (n + 1)},
        subject=rf"\lim_{{s\to{'-' if way > 0 else ''}\infty}} y_i",
        expression=y(i),
        value=claimed,
        statistics={a: sp.exp(x[i]), S: MAP.whole, h: sp.exp(sink)},
        variable=h,
        direction=way,
        near=samples.entry,
        far=lambda p, m: samples.row(p, s=mp.mpf(-200 * way))[m - 1],
        hypotheses=(S > 0,),
    )


THEOREMS = (
    *(jacobian, vjp, jvp, gradient_sink, lse_gradient, hessian, jacobian_sums, semidefinite),
    *(
        Norms(LAWS).lipschitz,
        LAWS.row_sum,
        LAWS.range_,
        shift_invariant,
        joint_shift,
        SYMMETRIES.order,
    ),
    *(SYMMETRIES.permutation, LAWS.below_softmax, virtual_logit, falls_with_sink, reduces, drowned),
    *(LIMITS.quiet, LIMITS.loud, LIMITS.one_up, LIMITS.one_down, RAYS.ray, Below(LAWS).ray_below),
    RAYS.flattens,
    Online(MAP).online,
)
