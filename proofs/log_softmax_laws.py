r"""What holds of log_softmax: the second part of its proofs.

Definitions
-----------
Those of :mod:`proofs.log_softmax`.

Statements
----------
- `lipschitz`, `exp_row_sum`, `log_of_softmax`, `range`, `shift_invariant`, `order`.
- `semidefinite` is refuted.
- `homogeneous`, `permutation`, `one_up`, `one_down`, `ray`, `level`, `flattens`.
"""

from __future__ import annotations

import sympy as sp

from proofs import softmax
from proofs.derivations import a, rest
from proofs.exponential_laws import norm, t
from proofs.exponential_symmetries import f, u, w
from proofs.log_softmax import (
    LAWS,
    LIMITS,
    MAP,
    RAYS,
    SYMMETRIES,
    T,
    derive,
    p,
    samples,
    value,
    y,
)  # fmt: skip
from proofs.methods import Counterexample
from proofs.numeric import Number, Point, mp, slope
from proofs.theorem import Step, Theorem
from proofs.toolkit import derivative, i, k, n, scores, total, x

factor = sp.Symbol("a", positive=True)
gap, mass = sp.symbols("D p_i", real=True)


def lipschitz() -> Theorem:
    """Each row of |J| sums to 2 (1 - p)/T."""
    closed = 2 * (1 - p(i)) / T
    absolute = derive.identity(
        r"As $0 < p \le 1$, the diagonal of $J$ is not negative and the rest is negative:",
        {"the diagonal alone": closed / 2, "with $1 + p_i$ on it": closed + 2 * p(i) / T},
        subject=r"\sum_k |J_{ik}| = J_{ii} - \sum_{k \ne i} J_{ik}",
        left=(1 - p(i)) / T + (total(p(k), k) - p(i)) / T,
        right=closed,
        sample=samples.absolute_row,
    )
    bound = LAWS.of_entry(
        r"which without the factor is below 2, and comes near it where $p_i$ is small:",
        {
            r"below $\frac{199}{100}$": {"conclusion": norm < sp.Rational(199, 100)},
            "equal to 2": {"conclusion": sp.Eq(norm, 2)},
        },
        {},
        quantities={norm: closed * T},
        hypotheses=(a > 0, rest >= 0),
        conclusion=norm < 2,
        sample=lambda q, m: (samples.absolute_row(q, m) * q.number("T"),),
    )
    return Theorem("lipschitz", (absolute, bound))


def semidefinite() -> Theorem:
    """-1/4 and -3/4 at (log 3, 0); v J v = -1/12 for v = (1, 2/3)."""
    one, two = sp.Integer(1), sp.Integer(2)
    row, values = (sp.log(3), sp.Integer(0)), {T: one, i: one, k: two}

    def rate(m: int, by: int) -> Number:
        moved = [mp.log(3), mp.zero]
        at = moved[by - 1]
        return slope(lambda q: value([*moved[: by - 1], q, *moved[by:]], mp.one)[m - 1], at)

    across = Counterexample(
        left=derivative(y(i), x[k]),
        right=derivative(y(k), x[i]),
        left_name="J_{12}",
        right_name="J_{21}",
        row=row,
        values=values,
        sample=lambda: (rate(1, 2), rate(2, 1)),
    )
    third = sp.Rational(2, 3)
    form = sum(
        (1, third)[a] * (1, third)[b] * derivative(y(i), x[k]).subs({i: a + 1, k: b + 1})
        for a in (0, 1)
        for b in (0, 1)
    )

    def form_value() -> Number:
        v = (mp.one, mp.mpf(2) / 3)
        return mp.fsum(v[a] * v[b] * rate(a + 1, b + 1) for a in (0, 1) for b in (0, 1))

    negative = Counterexample(
        left=form,
        right=sp.Max(form, 0),
        left_name=r"v^\top J v",
        right_name=r"\max(v^\top J v, 0)",
        row=row,
        values={T: one},
        sample=lambda: (form_value(), mp.zero),
    )
    return Theorem(
        "semidefinite",
        (
            Step("It is not symmetric, as a row sums to 0 and a column does not:", across)
            .but("at equal scores", row=(row[1], row[1]))
            .but("against itself", right=across.left),
            Step(r"and for $v = (1, \tfrac23)$ its quadratic form is negative:", negative)
            .but("at equal scores", row=(row[1], row[1]))
            .but(r"against $-\frac1{12}$", right=sp.Rational(-1, 12)),
        ),
    )


def exp_row_sum() -> Theorem:
    """The denominator leaves the sum."""
    step = derive.identity(
        "The exponential of an entry is a term over the sum of all terms:",
        {"the sum is $S$": MAP.whole, "the sum is $S/(1 + S)$": MAP.whole / (1 + MAP.whole)},
        subject=r"\sum_i e^{y_i}",
        left=total(p(i), i),
        right=sp.Integer(1),
        sample=lambda q: mp.fsum(mp.exp(entry) for entry in samples.row(q)),
        indices=(),
    )
    return Theorem("exp_row_sum", (step,))


def log_of_softmax() -> Theorem:
    """The exponential of the definition."""
    plain = softmax.definition(n).subs(softmax.T, T)
    step = derive.identity(
        r"$e^{x_i/T - \log S} = e^{x_i/T}/S$, where $S$ is the sum of the terms:",
        {"without $1/T$": plain.subs(T, 1), "the offset 1": plain * MAP.whole / (1 + MAP.whole)},
        subject=r"e^{y_i}",
        left=p(i),
        right=plain,
        sample=lambda q, m: softmax.value(q.scores, q.number("T"))[m - 1],
    )
    return Theorem("log_of_softmax", (step,))


def range_() -> Theorem:
    """The logarithm of a/(a + C), which is at most 1."""
    step = LAWS.of_entry(
        r"Every exponential is positive, and $\log p_i \le 0$ exactly where $p_i \le 1$; $C$ is "
        "the sum of the other terms, 0 for $n = 1$:",
        {
            "never 0": {"conclusion": mass < 1},
            r"at most $\log\frac12$": {"conclusion": mass <= sp.Rational(1, 2)},
        },
        {},
        hypotheses=(a > 0, rest >= 0),
        conclusion=sp.And(mass > 0, mass <= 1),
    )
    return Theorem("range", (step,))


def shift_invariant() -> Theorem:
    """t/T - log exp(t/T) = 0."""
    step = derive.identity(
        r"Every term has the factor $e^{t/T}$; its logarithm $t/T$ leaves the sum and cancels:",
        {"the shift stays": y(i) + t / T, "its negative stays": y(i) - t / T},
        subject="y_i(x + t)",
        left=scores(y(i), lambda m: x[m] + t),
        right=y(i),
        sample=lambda q, m: samples.shifted(q, q.number("t"))[m - 1],
    )
    return Theorem("shift_invariant", (step,))


def order() -> Theorem:
    """Differences of entries are differences of scores over T."""
    exact = derive.identity(
        "The log-sum-exp is common to all entries:",
        {"without $1/T$": x[i] - x[k], "the negative": (x[k] - x[i]) / T},
        subject="y_i - y_k",
        left=y(i) - y(k),
        right=(x[i] - x[k]) / T,
        sample=lambda q, m, other: samples.entry(q, m) - samples.entry(q, other),
        indices=(i, k),
    )
    sign = derive.inequality(
        "which for $f = 1/T > 0$ has the sign of the difference of the scores:",
        {
            "the order reversed": {"conclusion": gap < 0},
            "$f < 0$ allowed": {"hypotheses": (u > w, sp.Ne(f, 0))},
        },
        quantities={gap: (x[i] - x[k]) / T},
        statistics={u: x[i], w: x[k], f: 1 / T},
        hypotheses=(u > w, f > 0),
        conclusion=gap > 0,
        sample=lambda q, m, other: (samples.entry(q, m) - samples.entry(q, other),),
        indices=(i, k),
    )
    return Theorem("order", (exact, sign))


def homogeneous() -> Theorem:
    """x/T does not change."""
    scaled = scores(y(i), lambda m: factor * x[m])

    def sample(point: Point, m: int) -> Number:
        by = point.number("a")
        return samples.scaled(point, by, T=by * point.number("T"))[m - 1]

    step = derive.identity(
        "Scores and temperature enter by their quotient alone:",
        {"the temperature kept": scaled, r"divided": scaled.subs(T, T / factor)},
        subject="y_i(ax; aT)",
        left=scaled.subs(T, factor * T),
        right=y(i),
        sample=lambda q, m: samples.scaled(q, q.number("a"), T=q.number("a") * q.number("T"))[
            m - 1
        ],
    )
    return Theorem("homogeneous", (step,))


THEOREMS = (
    *(
        lipschitz,
        semidefinite,
        exp_row_sum,
        log_of_softmax,
        range_,
        shift_invariant,
        order,
        homogeneous,
    ),
    *(SYMMETRIES.permutation, LIMITS.one_up, LIMITS.one_down, RAYS.ray, RAYS.level, RAYS.flattens),
)
