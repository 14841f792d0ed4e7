r"""Sums: what a term that passes through additions is multiplied by, and how many these are.

Definitions
-----------
Those of :mod:`proofs.rounding`.

Statements
----------
- `path`, `signed_sum`, `heights`, `blocked_sum`.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from proofs.implication import Implication
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import EPSILON, U, at, real, size, step, within
from proofs.theorem import Theorem
from refsoft.card import Claim

A, B, D, H, J, M, N, P, W = real("A B D H J M N P W")
a, d, f, h, m, n, t, E = real("a d f h m n t E")

CLAIMS = (
    Claim(
        "path",
        "A term with error E that passes through h additions is multiplied by a factor within "
        "exp(E + h u), in any order of addition.",
        r"\hat s = \sum_i t_i f_i,\ |\log f_i| \le E_i + hu",
    ),
    Claim(
        "signed_sum",
        "A computed sum is off by at most sum |t_i| expm1(E_i + h u).",
        r"|\hat s - s| \le \sum_i |t_i|\,\big(e^{E_i + hu} - 1\big)",
    ),
    Claim(
        "heights",
        "No term of a sum of N passes more than N - 1 additions; in a balanced tree it passes "
        "ceil(log2 N), in blocks of b whose sums are added in three more steps b + 2.",
        r"h \le N - 1,\quad 2^{h-1} < N \le 2^h",
    ),
    Claim(
        "blocked_sum",
        "In NumPy's pairwise sum of n terms none passes more than ceil(log2 n) + 18 additions.",
        r"h \le \lceil \log_2 n\rceil + 18",
    ),
)

one = sp.Integer(1)


def path() -> Theorem:
    """Each addition is one factor more."""
    before = real("f_1 W_1")
    leaf = Case(name="A term", result=(a, A), given=(A >= 1, *within(a, A)))
    node = Case(
        name="One addition more",
        parts=(before,),
        result=(before[0] * EPSILON, before[1] * U),
        given=within(EPSILON, U),
    )
    along = step(
        r"A rounded addition multiplies both of its summands by the same $1 + \varepsilon$ within "
        "$U = e^u$. So the computed sum is $\\sum t_i f_i$, where $f$ is the product of the term's "
        "own factor, within $A = e^E$, and one of each addition; $W = A U^h$ after $h$ of them:",
        StructuralInduction(
            state=(f, W), claim=sp.And(W >= 1, *within(f, W)), cases=(leaf, node), fixed=(U >= 1,)
        ),
        {
            "$h - 1$ for $h$": {"claim": sp.And(W >= 1, *within(f * U, W))},
            "the term's own error left out": {"cases": (replace(leaf, result=(a, one)), node)},
            "half a rounding each": {
                "cases": (leaf, replace(node, result=(node.result[0], before[1] * (1 + U) / 2)))
            },
        },
    )
    return Theorem("path", (along,))


def signed_sum() -> Theorem:
    """The triangle inequality over the terms."""
    before = real("D_1 B_1")
    no_term = Case(name="No term", result=(sp.S.Zero, sp.S.Zero))
    more = Case(
        name="One term more",
        parts=(before,),
        result=(before[0] + t * (f - 1), before[1] + size(t) * (W - 1)),
        given=(W >= 1, *within(f, W)),
    )

    def charged(each: sp.Basic) -> dict[str, object]:
        return {"cases": (no_term, replace(more, result=(more.result[0], before[1] + each)))}

    total = step(
        r"With $D = \sum t_i(f_i - 1)$ and $B = \sum |t_i| (W_i - 1)$, $f_i$ within $W_i = "
        r"e^{E_i + hu}$:",
        StructuralInduction(state=(D, B), claim=size(D) <= B, cases=(no_term, more)),
        {
            "less": {"claim": size(D) < B},
            r"$1 - 1/W$ for $W - 1$": charged(size(t) * (1 - 1 / W)),
            "$t$ for $|t|$": charged(t * (W - 1)),
            "one rounding more": {
                "cases": (no_term, replace(more, given=(W >= 1, U >= 1, *within(f, W * U))))
            },
        },
    )
    return Theorem("signed_sum", (total,))


def heights() -> Theorem:
    """By induction on the tree of additions."""
    left, right = real("N_1 h_1"), real("N_2 h_2")
    leaf = Case(name="A term", result=(one, sp.S.Zero))
    node = Case(
        name="The sum of two sums",
        parts=(left, right),
        result=(left[0] + right[0], h),
        given=(sp.Or(sp.Eq(h, left[1] + 1), sp.Eq(h, right[1] + 1)),),
    )
    any_order = step(
        "In whatever order $N$ terms are added, the longest path has $h$ additions:",
        StructuralInduction(
            state=(N, h),
            claim=sp.And(N >= 1, h <= N - 1),
            cases=(leaf, node),
        ),
        {
            "$N - 2$": {"claim": sp.And(N >= 1, h <= N - 2)},
            "half of it": {"claim": sp.And(N >= 1, h <= N / 2)},
        },
    )
    half = real("M_1 P_1")

    single = Case(name="A term", result=(one, one))
    halved = Case(
        name=r"Two halves, the larger of $M_1$ terms",
        parts=(half,),
        result=(N, 2 * half[1]),
        given=(N >= 2, sp.Or(sp.Eq(N, 2 * half[0]), sp.Eq(N, 2 * half[0] - 1))),
    )
    ends = sp.Or(sp.And(sp.Eq(M, 1), sp.Eq(P, 1)), P <= 2 * M - 2)
    balanced = step(
        r"In a tree that halves its terms, with $M$ of them and $P = 2^h$, $h$ is "
        r"$\lceil\log_2 M\rceil$, for $2^h \ge M$ and $2^{h-1} \le M - 1$:",
        StructuralInduction(state=(M, P), claim=sp.And(P >= M, ends), cases=(single, halved)),
        {
            r"$2^h \le M$": {"claim": P <= M},
            r"$2^{h-1} \le M - 2$": {
                "claim": sp.And(P >= M, sp.Or(sp.And(sp.Eq(M, 1), sp.Eq(P, 1)), P <= 2 * M - 4))
            },
        },
    )
    blocked = step(
        r"A block of $b$ terms, in any order, costs $b - 1$; its sum is added to the sum of the "
        "blocks, what that lost is added to the rest, and an offset to both, one rounding each:",
        Implication(hypotheses=(N >= 1, B >= N, h <= N - 1, H <= h + 3), conclusion=H <= B + 2),
        {
            "two roundings between": {"conclusion": H <= B + 1},
            "blocks of more": {"hypotheses": (N >= 1, B >= N - 1, h <= N - 1, H <= h + 3)},
        },
    )
    return Theorem("heights", (any_order, balanced, blocked))


def blocked_sum() -> Theorem:
    """NumPy's leaves of 128 terms in 8 accumulators."""
    leaf_known = (a >= 1, d >= 0, d <= 7, 8 * a + d <= 128)
    whole = (sp.Or(a <= 14, sp.Eq(a, 15), a >= 16), sp.Or(d <= 6, sp.Eq(d, 7)))
    leaf = step(
        "A leaf has at most 128 terms, $8a + d$ of them, in 8 accumulators of $a - 1$ additions "
        "each, which 3 more bring together; the last $d$ are added one by one. Both are whole:",
        Implication(hypotheses=(*leaf_known, *whole), conclusion=(a - 1) + 3 + d <= 24),
        {
            "23": {"conclusion": (a - 1) + 3 + d <= 23, "at": at("a d", "15 7")},
            "any real numbers": {"hypotheses": leaf_known, "at": at("a d", "151/10 7")},
        },
    )
    part = step(
        r"More terms are split at half of them, rounded down to a multiple of 8: at $m \ge "
        r"(n-1)/2 - 7$. No part has more than $(n + 15)/2$:",
        Implication(
            hypotheses=(m >= (n - 1) / 2 - 7, m <= n / 2),
            conclusion=sp.Max(m, n - m) <= (n + 15) / 2,
        ),
        {
            "$n/2$": {"conclusion": sp.Max(m, n - m) <= n / 2},
            "$(n + 14)/2$": {"conclusion": sp.Max(m, n - m) <= (n + 14) / 2},
        },
    )
    before = real("n_1 J_1")
    above = Case(
        name="A split with such a part",
        parts=(before,),
        result=(n, 2 * before[1]),
        given=(before[0] <= (n + 15) / 2,),
    )
    last = Case(name="A split into leaves", result=(n, sp.Integer(2)), given=(n >= 129,))
    splits = step(
        r"So $n - 15$ at least doubles with each split above a leaf, the last being of 129 terms "
        r"or more; with $J = 2^j$, $j$ the splits above a leaf:",
        StructuralInduction(state=(n, J), claim=n - 15 >= 57 * J, cases=(last, above)),
        {
            "58": {"claim": n - 15 >= 58 * J},
            "14": {"claim": n - 14 >= 58 * J},
        },
    )
    height = step(
        r"Hence $n > 2^{j+5}$, so $\lceil\log_2 n\rceil \ge j + 6$, and with a leaf $h \le j + 24 "
        r"\le \lceil\log_2 n\rceil + 18$; without a split $n \le 128$, where the leaf alone stays "
        r"below:",
        Implication(hypotheses=(J >= 2, n - 15 >= 57 * J), conclusion=n > 32 * J),
        {
            "$n > 2^{j+6}$": {"conclusion": n > 64 * J, "at": at("n J", "243 4")},
            "of any number of terms": {"hypotheses": (J >= 2, n >= 1)},
        },
    )
    return Theorem("blocked_sum", (leaf, part, splits, height))


THEOREMS = (path, signed_sum, heights, blocked_sum)
