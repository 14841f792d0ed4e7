r"""What holds of symax and what does not: the second part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `row_sum`, `range`, `permutation`, `even`, `order_of_magnitudes`, `homogeneous`.
- `shift_invariant`, `order` and `extreme_is_quiet` are refuted; `quiet_at_zero` is what holds.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import Terms, a, b, rest, y_i, y_k
from proofs.methods import Counterexample
from proofs.numeric import mp
from proofs.permutations import permuted
from proofs.symax import WHOLE, S, derive, eta, h, p, s, samples, term, value, y
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, k, n, scores, x

t = sp.Symbol("t", real=True)
factor = sp.Symbol("a", real=True, nonzero=True)
A, count, norm, q, u, v = sp.symbols("A N L q u v", real=True)
half, one = sp.Rational(1, 2), sp.Integer(1)
TERMS = Terms(y, term, WHOLE)


def row_sum() -> Theorem:
    """S/(eta + S), which is below 1 for positive eta."""
    closed = WHOLE / (eta + WHOLE)
    step = derive.row_sum(
        y(i),
        closed,
        "The denominator does not depend on $i$ and leaves the sum:",
        {"the sum is 1": one, r"$S/(2\eta + S)$": WHOLE / (2 * eta + WHOLE)},
    )
    bound = derive.inequality(
        r"which is below 1 for $h = \eta > 0$:",
        {
            r"for $\eta \ge 0$": {"hypotheses": (S >= 0, h >= 0, S + h > 0)},
            "the sum is positive, for $x = 0$ too": {"conclusion": s > 0},
        },
        quantities={s: closed},
        statistics={S: WHOLE, h: eta},
        hypotheses=(S >= 0, h > 0),
        conclusion=sp.And(s >= 0, s < 1),
        sample=lambda point: (samples.sum(point),),
        indices=(),
    )
    return Theorem("row_sum", (step, bound))


def range_() -> Theorem:
    """The quotient a/(eta + a + C) is at least 0 and below 1 for positive eta."""
    step = derive.of_entry(
        r"Powers of magnitudes are not negative; $C$ is the sum of the other terms, $h = \eta$:",
        {
            r"$\eta \ge 0$": {"hypotheses": (a >= 0, rest >= 0, h >= 0, a + rest + h > 0)},
            "$0 < y_i$": {"conclusion": y_i > 0},
        },
        TERMS,
        {h: eta},
        hypotheses=(a >= 0, rest >= 0, h > 0),
        conclusion=sp.And(y_i >= 0, y_i < 1),
    )
    return Theorem("range", (step,))


def shift_invariant() -> Theorem:
    """1/2 becomes 2/3 when the score 1 is shifted by 1."""
    values = {i: one, eta: one, p: one}
    row = Counterexample(
        left=scores(y(i), lambda m: x[m] + t),
        right=y(i),
        left_name="y_1(x + t)",
        right_name="y_1(x)",
        row=(one,),
        values={**values, t: one},
        sample=lambda: tuple(value([mp.mpf(m)], mp.one, mp.one)[0] for m in (2, 1)),
    )
    step = Step("A shift changes the magnitudes against the offset:", row)
    step = step.but("the shift 0", values={**values, t: sp.Integer(0)})
    return Theorem(
        "shift_invariant", (step.but("the shift $-2x$", values={**values, t: sp.Integer(-2)}),)
    )


def permutation() -> Theorem:
    """Exchanging two scores exchanges their entries."""
    return permuted(y, samples, derive)


def even() -> Theorem:
    """|(-1)^m x| = |x|."""
    flips = sp.IndexedBase("m", integer=True)
    step = derive.identity(
        r"A score enters through its magnitude, and $|(-1)^m x| = |x|$ for every integer $m$:",
        {"the sign stays in front": sp.sign(x[i]) * y(i), "odd": -y(i)},
        subject=r"y_i(\pm x_1, \dots, \pm x_n)",
        left=scores(y(i), lambda m: (-1) ** flips[m] * x[m]),
        right=y(i),
        sample=lambda point, m: samples.row(
            point, [score * (-1) ** index for index, score in enumerate(point.scores)]
        )[m - 1],
    )
    return Theorem("even", (step,))


def order_of_magnitudes() -> Theorem:
    """The larger term over one denominator is the larger entry."""
    larger = (u > v, v >= 0)
    known = (sp.Implies(sp.And(*larger, q > 0), a > b), b >= 0, rest >= 0, h >= 0)
    step = derive.of_pair(
        r"For $q = p > 0$ the power increases strictly on magnitudes; $h = \eta$:",
        {
            "the order reversed": {"conclusion": y_i < y_k},
            "$p > 0$ dropped": {"hypotheses": (*larger, a > 0, *known)},
        },
        TERMS,
        {u: sp.Abs(x[i]), v: sp.Abs(x[k]), q: p, h: eta},
        hypotheses=(*larger, q > 0, *known),
        conclusion=y_i > y_k,
    )
    return Theorem("order_of_magnitudes", (step,))


def order() -> Theorem:
    """1/4 and 1/2 for x = (1, -2)."""
    row = Counterexample(
        left=y(i),
        right=sp.Max(y(i), y(k)),
        left_name="y_1",
        right_name=r"\max(y_1, y_2)",
        row=(one, sp.Integer(-2)),
        values={i: one, k: sp.Integer(2), eta: one, p: one},
        sample=lambda: (value([mp.one, -mp.mpf(2)], mp.one, mp.one)[0], mp.mpf(1) / 2),
    )
    step = Step("The larger score has the smaller entry where its magnitude is smaller:", row)
    step = step.but(r"at the row $(2, -1)$", row=(sp.Integer(2), -one))
    return Theorem("order", (step.but("against the smaller entry", right=sp.Min(y(i), y(k))),))


def homogeneous() -> Theorem:
    """Divide numerator and denominator by |a|^p."""
    step = derive.identity(
        r"Numerator and sum have the factor $|a|^p$, $a \ne 0$, which goes to the offset:",
        {
            "the offset multiplied": y(i).subs(eta, eta * sp.Abs(factor) ** p),
            "the offset kept": y(i),
            r"$\eta/|a|$": y(i).subs(eta, eta / sp.Abs(factor)),
        },
        subject=r"y_i(ax; \eta)",
        left=scores(y(i), lambda m: factor * x[m]),
        right=y(i).subs(eta, eta / sp.Abs(factor) ** p),
        sample=lambda point, m: samples.scaled(point, point.number("a"))[m - 1],
    )
    return Theorem("homogeneous", (step,))


def extreme_is_quiet() -> Theorem:
    """With x = (t, ..., t) the limit is 1/n."""
    step = derive.limit(
        r"Where all scores are the same $t \to -\infty$, so that $A = |t|^p \to \infty$:",
        {"the limit is 0, as claimed": sp.Integer(0), "the limit is $1/(n+1)$": 1 / (n + 1)},
        subject=r"\lim_{t\to-\infty} y_i(t, \dots, t)",
        expression=scores(y(i), lambda _: t),
        value=1 / n,
        statistics={A: sp.Abs(t) ** p, h: eta, count: n},
        variable=A,
        hypotheses=(count >= 1,),
        direction=-1,
        near=lambda point, m: samples.row(point, [point.number("t")] * point.n)[m - 1],
        far=lambda point, m: samples.row(point, [-(mp.mpf(10) ** 60)] * point.n)[m - 1],
    )
    far = -(mp.mpf(10) ** 160)
    row = Counterexample(
        left=1 / n,
        right=sp.Integer(0),
        left_name=r"\lim_{t\to-\infty} y_1(x)",
        right_name=r"\text{claimed}",
        row=(t, t, t),
        values={i: one},
        sample=lambda: (value([far] * 3, mp.one, mp.one)[0], mp.zero),
    )
    exact = Step("which is not 0, for instance", row)
    third = sp.Rational(1, 3)
    return Theorem("extreme_is_quiet", (step, exact.but(r"against $\frac13$", right=third)))


def quiet_at_zero() -> Theorem:
    """A a/(eta + A S) -> 0 with A = |t|^p -> 0."""
    tiny = mp.mpf(10) ** -60
    step = derive.limit(
        r"With $tx$, $t \to 0$ and $A = |t|^p$, the offset $h = \eta$ remains:",
        {"the limit is $y_i$": y(i)},
        subject=r"\lim_{t\to0} y_i(tx)",
        expression=scores(y(i), lambda m: t * x[m]),
        value=sp.Integer(0),
        statistics={A: sp.Abs(t) ** p, a: term(i), S: WHOLE, h: eta},
        variable=A,
        near=lambda point, m: samples.scaled(point, point.number("t"))[m - 1],
        far=lambda point, m: samples.scaled(point, tiny)[m - 1],
        hypotheses=(h > 0,),
    )
    step = step.but(
        r"for $\eta = 0$",
        expression=scores(y(i).subs(eta, 0), lambda m: t * x[m]),
        near=lambda point, m: samples.scaled(point, point.number("t"), eta=mp.zero)[m - 1],
        far=lambda point, m: samples.scaled(point, tiny, eta=mp.zero)[m - 1],
    )
    return Theorem("quiet_at_zero", (step,))


THEOREMS = (
    *(row_sum, range_, shift_invariant, permutation, even, order, order_of_magnitudes),
    *(homogeneous, extreme_is_quiet, quiet_at_zero),
)
CONTINUED_IN = "proofs.symax_limits"
