r"""The ends of symax's power, its online statistic and a norm: the fourth part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `power_to_zero`, `power_grows`, `lipschitz_max`, `online`.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, rest, y_i
from proofs.numeric import Number, Point, mp
from proofs.rows import prepended
from proofs.symax import (
    AT_ONE,
    WHOLE,
    derive,
    eta,
    h,
    normaliser,
    p,
    samples,
    term,
    y,
)
from proofs.symax_laws import A, half, norm, one
from proofs.theorem import Theorem
from proofs.toolkit import i, j, n, total, x

B, N, Q, R, W, width, z = sp.symbols("B N Q R W d z", real=True)
P, K, M = sp.symbols("P K M", positive=True)
zero = sp.Integer(0)
HUGE = mp.mpf(10) ** 60


def _with(**more: str) -> tuple[Point, ...]:
    values = {name: Fraction(text) for name, text in more.items()}
    return tuple(replace(q, parameters={**q.parameters, **values}) for q in derive.points)


def power_to_zero() -> Theorem:
    """Q/(h + n R) <= y <= R/(h + n Q), Q and R -> 1."""
    far_below = (rest >= 0, rest <= (N - 1) * R)
    bounds = derive.inequality(
        r"Let no score be 0 and $d$ be at least every $|\log|x_j||$. With $Q = e^{-pd}$ and "
        r"$R = e^{pd}$ every term lies between $Q$ and $R$; $C$ is the sum of the others, "
        r"$h = \eta$:",
        {
            "one term more": {"conclusion": y_i <= R / (h + (N + 1) * Q)},
            "without the bound from below": {
                "hypotheses": (Q > 0, N >= 1, h >= 0, a > 0, a <= R, *far_below)
            },
        },
        quantities={y_i: y(i)},
        statistics={
            a: term(i), rest: WHOLE - term(i), h: eta, N: n,
            Q: sp.exp(-p * width), R: sp.exp(p * width),
        },
        hypotheses=(
            *(Q > 0, N >= 1, h >= 0, a >= Q, a <= R),
            *(rest >= (N - 1) * Q, rest <= (N - 1) * R, h + a + rest > 0),
        ),
        conclusion=sp.And(y_i >= Q / (h + N * R), y_i <= R / (h + N * Q)),
        sample=lambda point, m: (samples.entry(point, m),),
        points=_with(d="2"),
    )  # fmt: skip

    def bound(point: Point, power: Number) -> Number:
        spread = mp.exp(-power * point.number("d"))
        return spread / (point.number("eta") + point.n / spread)

    limit = derive.limit(
        r"Both bounds tend to $1/(n + \eta)$ with $p \to 0$, where $Q = 1/R \to 1$; the first, the "
        r"other being the same with $Q$ and $R$ exchanged:",
        {"to $1/n$": 1 / n, "to 1": one},
        subject=r"\lim_{p\to0} \frac{Q}{\eta + n/Q}",
        expression=sp.exp(-p * width) / (eta + n * sp.exp(p * width)),
        value=1 / (n + eta),
        statistics={Q: sp.exp(-p * width), h: eta, N: n},
        variable=Q,
        at=one,
        near=lambda point: bound(point, point.number("p")),
        far=lambda point: bound(point, 1 / HUGE),
        hypotheses=(N >= 1, h >= 0),
        points=_with(d="2"),
        indices=(),
    )
    return Theorem("power_to_zero", (bounds, limit))


def _shrinking(point: Point, power: Number) -> Number:
    return mp.exp(-power * point.number("d"))


def power_grows() -> Theorem:
    """Y >= 1/(1 + (h + n - 1) W) for the largest above 1, y <= W/h for all below 1."""
    parts = {
        a: term(i), rest: WHOLE - term(i), h: eta, N: n, W: sp.exp(-p * width),
    }  # fmt: skip
    large = (Fraction(7, 2), Fraction(-1, 3), Fraction(5, 4))
    small = (Fraction(1, 2), Fraction(-1, 3), Fraction(2, 5))
    ones = tuple(replace(q, x=large) for q in _with(d="1") if q.n == 3)
    known = (a > 0, W > 0, N >= 1, h >= 0, rest >= 0)
    above = derive.inequality(
        r"Let $|x_i| > 1$ be the only largest magnitude, and $d > 0$ at most $\log|x_i|$ and at "
        r"most its distance $\log|x_i/x_k|$ from the next. With $W = e^{-pd}$ its term is at least "
        r"$1/W$, and every other at most $W$ times it:",
        {
            "without an offset": {"conclusion": y_i >= 1 / (1 + (N - 1) * W)},
            "half of the others": {"conclusion": y_i >= 1 / (1 + (h + (N - 1) / 2) * W)},
            "where it is below 1": {"hypotheses": (*known, rest <= (N - 1) * W * a)},
        },
        quantities={y_i: y(i)},
        statistics=parts,
        hypotheses=(*known, a * W >= 1, rest <= (N - 1) * W * a),
        conclusion=y_i >= 1 / (1 + (h + N - 1) * W),
        sample=lambda point, m: (samples.entry(point, m),),
        points=ones,
    )
    bound = 1 / (1 + (eta + n - 1) * sp.exp(-p * width))

    def near(point: Point, power: Number) -> Number:
        reach = _shrinking(point, power)
        return 1 / (1 + (point.number("eta") + point.n - 1) * reach)

    all_of_it = derive.limit(
        r"which tends to 1 with $p \to \infty$, $W \to 0$; the other entries then tend to 0, for "
        "the row sums to at most 1:",
        {r"to $\frac12$": half, "to $1/n$": 1 / (n + 1)},
        subject=r"\lim_{p\to\infty} \frac{1}{1 + (\eta + n - 1)W}",
        expression=bound,
        value=one,
        statistics={W: sp.exp(-p * width), h: eta, N: n},
        variable=W,
        near=lambda point: near(point, point.number("p")),
        far=lambda point: near(point, mp.mpf(300)),
        points=ones,
        indices=(),
    )
    below = derive.inequality(
        r"Where all magnitudes are at most $e^{-d} < 1$, every term is at most $W$, and for "
        r"$\eta > 0$ nothing is left, as $W \to 0$:",
        {
            "by $W$ itself": {"conclusion": y_i <= W},
            "half as much": {"conclusion": y_i <= W / (2 * h)},
        },
        quantities={y_i: y(i)},
        statistics=parts,
        hypotheses=(*known, h > 0, a <= W),
        conclusion=y_i <= W / h,
        sample=lambda point, m: (samples.entry(point, m),),
        points=tuple(replace(q, x=small) for q in _with(d="1/2") if q.n == 3),
    )
    return Theorem("power_grows", (above, all_of_it, below))


def lipschitz_max() -> Theorem:
    """Each row of |J| sums to (1 + (n - 2) y)/Z, for p = 1."""
    closed = ((1 + (n - 2) * y(i)) / normaliser(n)).subs(p, 1)
    limit = (N - 1) ** 2 / (4 * (N - 2) * h)
    step = derive.inequality(
        r"For $p = 1$ the row of $|J|$ has $(1 - y_i)/Z$ on the diagonal and $n - 1$ times $y_i/Z$ "
        r"beside it, $Z = \eta + S$, together $(1 + (n - 2)y_i)/Z$. With $h = \eta$ and "
        r"$|x_i| \le Z - h$ the bound says that $\big((n - 1)Z - 2(n - 2)h\big)^2 \ge 0$:",
        {
            r"never attained": {"conclusion": norm < limit},
            r"at most $1/\eta$, as in the 1-norm": {"conclusion": norm <= 1 / h},
        },
        quantities={norm: closed},
        statistics={a: sp.Abs(x[i]), rest: total(sp.Abs(x[j])) - sp.Abs(x[i]), h: eta, N: n},
        hypotheses=(a >= 0, rest >= 0, h > 0, N >= 3),
        conclusion=norm <= limit,
        sample=lambda point, m: (samples.absolute_row(point, m),),
        points=AT_ONE,
    )
    return Theorem("lipschitz_max", (step,))


def online() -> Theorem:
    """Scales cancel, parts add up, and the offset belongs to none of them."""
    values = {"A": "5/3", "B": "7/4", "P": "3/2", "M": "4/5", "K": "2/9", "z": "-3/5"}
    rows = _with(**values)
    own = (sp.Abs(x[i]) / P) ** p
    whole = total((sp.Abs(x[j]) / P) ** p)
    scaled = derive.identity(
        "Any number $P > 0$ can divide the magnitudes, if its power divides the offset too:",
        {
            "the offset left unscaled": own / (eta + whole),
            "the offset divided by $P$": own / (eta / P + whole),
        },
        subject="y_i",
        left=y(i),
        right=own / (eta / P**p + whole),
        sample=samples.entry,
        points=rows,
    )
    merged = derive.identity(
        r"Let $(P, A)$ and $(M, B)$ keep two parts, which stand for the sums $AP^p$ and $BM^p$. "
        r"Merged at any $K > 0$ they stand for the sum of both; with $K$ the larger of $P$ and $M$ "
        "no factor exceeds 1. Merging is commutative and associative, as addition is:",
        {
            "the second not rescaled": A * P**p + B * K**p,
            "rescaled the wrong way": K**p * (A * (K / P) ** p + B * (K / M) ** p),
        },
        subject=r"K^p\big(A (P/K)^p + B (M/K)^p\big)",
        left=K**p * (A * (P / K) ** p + B * (M / K) ** p),
        right=A * P**p + B * M**p,
        sample=lambda q: (
            q.number("A") * q.number("P") ** q.number("p")
            + q.number("B") * q.number("M") ** q.number("p")
        ),
        indices=(),
        points=rows,
    )
    grown = derive.identity(
        "A row with one score $z$ more is the merge of that score and the row. By induction on the "
        "length the statistic of two parts one after the other is the merge of theirs, however the "
        "row is cut; an empty part has the sum 0; the offset is in none of them:",
        {"the score twice": 2 * sp.Abs(z) ** p + WHOLE, "its power alone": sp.Abs(z) ** p},
        subject="S(z, x)",
        left=prepended(WHOLE, z),
        right=sp.Abs(z) ** p + WHOLE,
        sample=lambda q: mp.fsum(
            abs(score) ** q.number("p") for score in (q.number("z"), *q.scores)
        ),
        indices=(),
        points=rows,
    )
    return Theorem("online", (scaled, merged, grown))


THEOREMS = (power_to_zero, power_grows, lipschitz_max, online)
