r"""The tangent of symax, and its limits in scores and offset: the third part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `jvp`; `ray`, `one_up`, `one_to_zero`, `no_offset`, `large_offset`.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import a, b, rest
from proofs.numeric import Number, Point, mp
from proofs.symax import (
    WHOLE,
    S,
    closed_jacobian,
    derive,
    eta,
    h,
    normaliser,
    p,
    samples,
    slope,
    term,
    y,
)
from proofs.symax_laws import A, half, one, t
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, i, k, n, normal, scores, total, v, x

B, N, Q, R, W, width, z = sp.symbols("B N Q R W d z", real=True)
P, K, M = sp.symbols("P K M", positive=True)
zero = sp.Integer(0)
HUGE = mp.mpf(10) ** 60


def jvp() -> Theorem:
    """Sum the Jacobian against a tangent."""
    own = slope().subs(k, i) * v[i]
    moved = total(slope() * v[k], k)
    step = derive.identity(
        r"With the slopes $s_k = p|x_k|^{p-1}\operatorname{sgn}(x_k)/Z$ the sum over $k$ is "
        r"$s_i v_i - y_i\langle s, v\rangle$:",
        {
            "the sign flipped": own + y(i) * moved,
            r"without $\langle s, v\rangle$": own,
            "the slope of another power": own - y(i) * moved / p,
        },
        subject=r"\sum_k J_{ik} v_k",
        left=normal(total(closed_jacobian() * v[k], k)),
        right=normal(own - y(i) * moved),
        sample=samples.jvp,
        indices=(i,),
    )
    return Theorem("jvp", (step,))


def no_offset() -> Theorem:
    """a/(h + a + C) -> a/(a + C) with h -> 0, and these entries sum to 1."""
    whole = y(i).subs(eta, 0)
    limit = derive.limit(
        r"In a row with a score that is not 0 the offset may tend to 0:",
        {"it stays": y(i), "the limit is $1/n$": 1 / n},
        subject=r"\lim_{\eta\to0} y_i",
        expression=y(i),
        value=whole,
        statistics={a: term(i), rest: WHOLE - term(i), h: eta},
        variable=h,
        near=samples.entry,
        far=lambda point, m: samples.row(point, eta=1 / HUGE)[m - 1],
        hypotheses=(a > 0, rest >= 0),
    )
    summed = derive.identity(
        "and what remains sums to 1:",
        {"to less than 1": half, "to $n$": n},
        subject=r"\sum_i y_i",
        left=normal(total(whole, i)),
        right=one,
        sample=lambda point: mp.fsum(samples.row(point, eta=mp.zero)),
        indices=(),
    )
    return Theorem("no_offset", (limit, summed))


def large_offset() -> Theorem:
    """a/(h + a + C) -> 0 with h -> inf."""
    step = derive.limit(
        r"A growing offset leaves nothing:",
        {"it stays": y(i), r"the limit is $\frac12$": half},
        subject=r"\lim_{\eta\to\infty} y_i",
        expression=y(i),
        value=zero,
        statistics={a: term(i), rest: WHOLE - term(i), h: eta},
        variable=h,
        direction=-1,
        near=samples.entry,
        far=lambda point, m: samples.row(point, eta=HUGE)[m - 1],
        hypotheses=(a > 0, rest >= 0),
    )
    return Theorem("large_offset", (step,))


def ray() -> Theorem:
    """A a/(eta + A S) -> a/S with A = |t|^p -> inf."""
    step = derive.limit(
        r"With $tx$, $t \to \infty$ and $A = |t|^p \to \infty$, $x \ne 0$, the offset vanishes:",
        {"the limit is $y_i$": y(i), "the limit is 1": one},
        subject=r"\lim_{t\to\infty} y_i(tx)",
        expression=scores(y(i), lambda m: t * x[m]),
        value=y(i).subs(eta, 0),
        statistics={A: sp.Abs(t) ** p, a: term(i), S: WHOLE, h: eta},
        variable=A,
        direction=-1,
        near=lambda point, m: samples.scaled(point, point.number("t"))[m - 1],
        far=lambda point, m: samples.scaled(point, HUGE)[m - 1],
        hypotheses=(S > 0,),
    )
    return Theorem("ray", (step,))


def _one(way: int, text: str, value: Expr, wrong: dict[str, Expr], of: Expr = i) -> Step:
    """The entry ``of`` as |x_i| goes to 0 for way 1 and to inf for way -1."""
    own, other = term(i), term(k)
    parts = {a: own, rest: WHOLE - own}
    if of == k:
        parts = {a: own, b: other, rest: WHOLE - own - other}

    def far(point: Point, m: int, by: int | None = None) -> Number:
        row = [*point.scores]
        row[m - 1] = -HUGE if way < 0 else -1 / HUGE
        return samples.row(point, row)[(by or m) - 1]

    return derive.limit(
        text,
        wrong,
        subject=rf"\lim_{{|x_i|\to{sp.latex(zero if way > 0 else sp.oo)}}} y_{of}",
        expression=y(of),
        value=value,
        statistics={**parts, h: eta},
        variable=a,
        direction=way,
        near=lambda point, m, by=None: samples.entry(point, by or m),
        far=far,
        hypotheses=(*((b > 0,) if of == k else ()), rest >= 0, h > 0),
        indices=(i,) if of == i else (i, k),
    )


def one_up() -> Theorem:
    """a/(h + a + C) -> 1 and b/(h + a + b + C) -> 0 with a -> inf."""
    own = _one(
        -1,
        r"As $x_i \to \pm\infty$ alone, $a = |x_i|^p \to \infty$ and the other terms stay:",
        one,
        {"it stays": y(i), r"it tends to $\frac12$": half},
    )
    other = _one(-1, "and another entry", zero, {"it stays": y(k), "it tends to 1": one}, k)
    return Theorem("one_up", (own, other))


def one_to_zero() -> Theorem:
    """a/(h + a + C) -> 0 and b/(h + a + b + C) -> b/(h + b + C) with a -> 0."""
    own = _one(
        1,
        r"As $x_i \to 0$ alone, from either side, $a = |x_i|^p \to 0$ and the other terms stay:",
        zero,
        {"it stays": y(i), "it tends to $1/(n + 1)$": 1 / (n + 1)},
    )
    without = term(k) / (normaliser(n) - term(i))
    other = _one(
        1,
        r"and another entry tends to that of the row without $x_i$:",
        without,
        {"it stays": y(k), "it tends to 1": one},
        k,
    )
    return Theorem("one_to_zero", (own, other))


THEOREMS = (jvp, no_offset, large_offset, ray, one_up, one_to_zero)
CONTINUED_IN = "proofs.symax_powers"
