r"""The model of arithmetic: one rounding, products of factors, monotonicity, the last rounding.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `nearest`, `one_operation`, `factors_multiply`, `monotone`, `float_row_sum`, `last_rounding`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication, tangent
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import EPSILON, U, q, real, size, step, u, within
from proofs.theorem import Theorem
from refsoft.card import Claim

A, B, Y, N, D, W = real("A B Y N D W")
f, g, r, s, t, c, v, y, m = real("f g r s t c v y m")
half = sp.Rational(1, 2)

CLAIMS = (
    Claim(
        "nearest",
        "Rounding to nearest errs by at most u/(1+u) times the number, and does so at 1 + u.",
        r"|\operatorname{fl}(t) - t| \le \frac{u}{1+u}|t|",
    ),
    Claim(
        "one_operation",
        "One operation without underflow is a factor between exp(-u) and exp(u).",
        r"|\varepsilon| \le \frac{u}{1+u} \Rightarrow |\log(1+\varepsilon)| \le \log(1+u) \le u",
    ),
    Claim(
        "factors_multiply",
        "Logarithmic errors of products and quotients add, with no term of second order; a number "
        "known up to a factor exp(E) either way is known up to expm1(E) times itself.",
        r"|\hat v - v| \le |v|\,(e^{E} - 1)",
    ),
    Claim(
        "monotone",
        "Rounding is monotone: results stay in [0, 1], and in order up to ties.",
        r"s \le t \Rightarrow \operatorname{fl}(s) \le \operatorname{fl}(t)",
    ),
    Claim(
        "float_row_sum",
        "A row of correctly rounded entries sums to within u times the sum and n q/2 of it.",
        r"\Big|\sum_i \operatorname{fl}(y_i) - \sum_i y_i\Big| \le u \sum_i y_i + \frac{nq}{2}",
    ),
    Claim(
        "last_rounding",
        "A result within B of y, rounded to a format, is within B + max(u m, min(q/2, m)) of y, "
        "m = |y| + B.",
        r"|\operatorname{fl}(v) - y| \le B + \max\big(um, \min(\tfrac q2, m)\big),\ m = |y| + B",
    ),
)

_SMALL = (u > 0, u <= half)
#: What rounding to a format adds to an error, of a number of size m.
LAST = sp.Max(u * m, sp.Min(q / 2, m))


def nearest() -> Theorem:
    """Near a power of two that power is the nearest number; elsewhere the spacing decides."""
    bound = size(r - s) <= u * s / (1 + u)
    known = (*_SMALL, s >= 1, s < 2, size(r - s) <= u)
    found = step(
        r"Let $s = |t|/2^e$ lie in $[1, 2)$. The numbers of the format there are $2u$ apart, so "
        r"that $r = \operatorname{fl}(s)$ has $|r - s| \le u$, and 1 is one of them, no nearer "
        "than $r$. Either $s \\ge 1 + u$, or $1$ is nearer than $u$:",
        Implication(hypotheses=(*known, size(r - s) <= size(1 - s)), conclusion=bound),
        {
            "never attained": {"conclusion": size(r - s) < u * s / (1 + u)},
            "1 may not be a number of the format": {"hypotheses": known},
            "the next constant": {"conclusion": size(r - s) <= u * s / (1 + 2 * u)},
        },
    )
    return Theorem("nearest", (found,))


def one_operation() -> Theorem:
    """1/(1+u) <= 1 + eps <= 1 + u <= e^u."""
    known = (u > 0, size(EPSILON) <= u / (1 + u))
    plain = step(
        r"$1 - u/(1+u)$ is $1/(1+u)$ itself:",
        Implication(
            hypotheses=known,
            conclusion=sp.And((1 + EPSILON) * (1 + u) >= 1, 1 + EPSILON <= 1 + u),
        ),
        {
            r"$|\varepsilon| \le u$": {"hypotheses": (u > 0, size(EPSILON) <= u)},
            "half as far up": {"conclusion": 1 + EPSILON <= 1 + u / 2},
        },
    )
    wide = Implication(
        hypotheses=known,
        conclusion=sp.And((1 + EPSILON) * U >= 1, 1 + EPSILON <= U),
        meanings={U: sp.exp(u)},
        facts=(tangent(U, u),),
    )
    exponential = step(
        r"and $U = e^u$ is at least $1 + u$:",
        wide,
        {
            r"$|\varepsilon| \le u$": {"hypotheses": (u > 0, size(EPSILON) <= u)},
            "$U = e^{u/2}$": {"meanings": {U: sp.exp(u / 2)}, "facts": (tangent(U, u / 2),)},
        },
    )
    return Theorem("one_operation", (plain, exponential))


def factors_multiply() -> Theorem:
    """Products of factors, and what a factor moves a number by."""
    known = (A >= 1, B >= 1, *within(f, A), *within(g, B))
    product = step(
        "A product of a factor within $A$ and one within $B$ is within $AB$:",
        Implication(hypotheses=known, conclusion=sp.And(*within(f * g, A * B))),
        {
            "within $A$": {"conclusion": f * g <= A},
            "strictly": {"conclusion": f * g < A * B},
        },
    )
    quotient = step(
        "and so is their quotient:",
        Implication(
            hypotheses=(*known, f > 0, g > 0),
            conclusion=sp.And(f * A * B >= g, f <= A * B * g),
        ),
        {
            "the errors cancel": {"conclusion": f <= A * g},
            "within $B$": {"conclusion": f * B >= g},
        },
    )
    moved = Implication(
        hypotheses=(A >= 1, *within(f, A)), conclusion=size(f * v - v) <= size(v) * (A - 1)
    )
    change = step(
        r"With $A = e^E$ a factor within $A$ moves a number $v$ by at most $|v|(e^E - 1)$:",
        moved,
        {
            r"$1 - e^{-E}$ for $e^E - 1$": {"conclusion": size(f * v - v) <= size(v) * (1 - 1 / A)},
            "never attained": {"conclusion": size(f * v - v) < size(v) * (A - 1)},
        },
    )
    return Theorem("factors_multiply", (product, quotient, change))


def monotone() -> Theorem:
    """Nearest numbers do not cross."""
    first, second = size(r - s) <= size(g - s), size(g - t) <= size(r - t)
    order = step(
        r"Let $s < t$, $r$ and $g$ the numbers of the format that they round to. $r$ is no "
        "farther from $s$ than $g$ is, nor $g$ from $t$ than $r$ is:",
        Implication(hypotheses=(s < t, first, second), conclusion=r <= g),
        {
            "strict order stays strict": {"conclusion": r < g},
            "$g$ need not be nearest": {"hypotheses": (s < t, first)},
        },
    )
    ends = step(
        r"For a number $c$ of the format above $s$ this says $r \le c$; likewise from below. With "
        r"$c = 0$ and $c = 1$, an entry between 0 and 1 rounds to one between them, and with $c$ a "
        "rounded neighbour to no more than that:",
        Implication(hypotheses=(s <= c, size(r - s) <= size(c - s)), conclusion=r <= c),
        {
            "strictly below": {"conclusion": r < c},
            "rounded in some direction": {"hypotheses": (s <= c, size(r - s) <= 2 * size(c - s))},
        },
    )
    return Theorem("monotone", (order, ends))


def float_row_sum() -> Theorem:
    """Each entry errs by u y or half a quantum."""
    before = real("D_1 Y_1 N_1")
    added = Case(
        name="One entry more",
        parts=(before,),
        result=(before[0] + r - y, before[1] + y, before[2] + 1),
        given=(y >= 0, size(r - y) <= sp.Max(u * y, q / 2)),
    )
    total = step(
        r"Let $D$ be the sum of the errors of $N$ entries and $Y$ the sum of the entries; an entry "
        r"$y$ rounds to $r$, normal or subnormal:",
        StructuralInduction(
            state=(D, Y, N),
            claim=size(D) <= u * Y + N * q / 2,
            cases=(Case(name="No entry", result=(sp.S.Zero,) * 3), added),
            fixed=(u > 0, q > 0),
        ),
        {
            "without subnormal entries": {"claim": size(D) <= u * Y},
            "half of it": {"claim": size(D) <= u * Y / 2 + N * q / 4},
            "less": {"claim": size(D) < u * Y + N * q / 2},
        },
    )
    known = (u > 0, q > 0, N >= 1, Y >= 0, size(D) <= u * Y + N * q / 2)
    above = step(
        r"As $Y \le 1$, the rounded row sums to at most $1 + u + nq/2$:",
        Implication(hypotheses=(*known, Y <= 1), conclusion=Y + D <= 1 + u + N * q / 2),
        {
            "at most 1": {"conclusion": Y + D <= 1},
            r"any $Y$": {"hypotheses": known},
        },
    )
    return Theorem("float_row_sum", (total, above))


def last_rounding() -> Theorem:
    """To a narrower format, normal or subnormal."""
    here = {m: size(v)}
    known = (u > 0, q > 0, B >= 0, size(v - y) <= B, size(r - v) <= LAST.subs(here))
    bound = B + LAST.subs(m, size(y) + B)
    only = step(
        r"$v$ is rounded to a normal number with an error of $u|v|$, or to a multiple of $q$ with "
        r"one of $q/2$ and, as 0 is a number, of $|v|$. Both grow with $|v| \le |y| + B$:",
        Implication(hypotheses=known, conclusion=size(r - y) <= bound),
        {
            "$m = |y|$": {"conclusion": size(r - y) <= B + LAST.subs(m, size(y))},
            "without the quantum": {"conclusion": size(r - y) <= B + u * (size(y) + B)},
            "less": {"conclusion": size(r - y) < bound},
        },
    )
    return Theorem("last_rounding", (only,))


THEOREMS = (nearest, one_operation, factors_multiply, monotone, float_row_sum, last_rounding)
