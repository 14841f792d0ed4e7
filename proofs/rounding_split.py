r"""Sums in two parts, and inverses in two numbers, of our own kernels on a CPU.

Definitions
-----------
Those of :mod:`proofs.rounding`. A weight is at most $2^{80}$, and $\sigma = 1.5 \cdot 2^{81}$ is
added to it and taken off again; the unit here is the last place of what that gives, $2^{29}$.

Statements
----------
- `split_sum`, `split_inverse`, `split_product`.
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Implication
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import at, real, size, step, u
from proofs.theorem import Theorem
from refsoft.card import Claim

B, E, H, N, P, S, T, W = real("B E H N P S T W")
b, d, e, f, g, h, k, q, r, s, t, v, w = real("b d e f g h k q r s t v w")
half = sp.Rational(1, 2)

CLAIMS = (
    Claim(
        "split_sum",
        "The sum of a row of N in b + 1 blocks of 1024, of multiples of a unit and of what they "
        "leave, errs by at most 512 N u + 257 (b^2 + b) u units; the sum has 2^30 of them.",
        r"h = 2^{-21}N + 257 \cdot 2^{-30}(b^2 + b)",
    ),
    Claim(
        "split_inverse",
        "A product with an inverse in two numbers errs by at most 4 u^2 before its last rounding.",
        r"|w(\text{near} + \text{far}) - wt| \le 4u^2wt",
    ),
    Claim(
        "split_product",
        "A product of a weight, a number that is a pair and an inverse in two numbers errs by at "
        "most 16 u^2 before its last rounding.",
        r"|\hat y - w(a + b)t| \le 16u^2\,|w(a + b)t|",
    ),
)

#: What a product of three, two of them pairs, errs by.
PRODUCT = 16 * u**2
#: The roundings that a sum in two parts has lost, in u of the sum.
SPLIT = N / 2**21 + 257 * (B**2 + B) / sp.Integer(2) ** 30
#: What a product with the inverse in two numbers errs by.
INVERSE = 4 * u**2


def split_sum() -> Theorem:
    """Heads exactly, tails in any order, blocks one after the other."""
    binade = step(
        r"With $P = 2^{81}$ and $w \le P/2$ the sum $w + \frac32P$ stays in one binade, $[P, 2P]$, "
        r"so that it is $w$ to the nearest unit, the head, and $w$ less the head is exact, at most "
        r"half a unit:",
        Implication(
            hypotheses=(P > 0, w >= 0, w <= P / 2, sp.Eq(s, 3 * P / 2)),
            conclusion=sp.And(w + s >= P, w + s <= 2 * P),
        ),
        {
            r"$w \le P$": {"hypotheses": (P > 0, w >= 0, w <= P, sp.Eq(s, 3 * P / 2))},
            r"$\sigma = P/2$": {"hypotheses": (P > 0, w >= 0, w <= P / 2, sp.Eq(s, P / 2))},
        },
    )
    before = real("H_1 W_1 N_1")
    heads = step(
        r"Heads are whole, and $N$ of them, of weights with the sum $W$, are at most",
        StructuralInduction(
            state=(H, W, N),
            claim=H <= W + N / 2,
            cases=(
                Case(name="No weight", result=(sp.S.Zero,) * 3),
                Case(
                    name="One weight more",
                    parts=(before,),
                    result=(before[0] + h, before[1] + w, before[2] + 1),
                    given=(w >= 0, size(h - w) <= half),
                ),
            ),
        ),
        {"the weights alone": {"claim": H <= W}, "less": {"claim": H < W + N / 2}},
    )
    exact = step(
        r"A block of at most 1024 that sums up to no more than $2^{80}$, or $2^{51}$ units, has "
        r"heads below $2^{53}$: every sum of them is a number of the format, and exact, whatever "
        r"the order:",
        Implication(
            hypotheses=(W <= 2**51, N <= 1024, H <= W + N / 2), conclusion=H <= sp.Integer(2) ** 53
        ),
        {
            "any block": {
                "hypotheses": (N <= 1024, H <= W + N / 2),
                "at": at("H N W", f"{2**54} 0 {2**54}"),
            },
            "any number": {
                "hypotheses": (W <= 2**51, H <= W + N / 2),
                "at": at("H N W", f"{2**54} {2**56} 0"),
            },
        },
    )
    tails = step(
        r"The tails, $N$ of at most half a unit, err by at most $(N - 1)uT$, $T \le N/2$ the sum "
        r"of their sizes, in any order, as `shared_parameter` says of sums of any length. For $N "
        r"\le 1024$:",
        Implication(
            hypotheses=(u > 0, N >= 1, N <= 1024, T >= 0, T <= N / 2, E <= (N - 1) * u * T),
            conclusion=E <= 512 * u * N,
        ),
        {
            r"$uN$": {"conclusion": E <= u * N, "at": at("u N T E", "1 4 2 6")},
            "longer blocks": {
                "hypotheses": (u > 0, N >= 1, T >= 0, T <= N / 2, E <= (N - 1) * u * T),
                "at": at("u N T E", "1 2048 1024 2096128"),
            },
        },
    )
    done = real("b_1 E_1")
    blocks = step(
        r"Their sums, of at most 513 units with what the heads' sum has lost, are added to the "
        r"first one after the other. After $b$ of them, with $257ub \le 1$, they err by at most",
        StructuralInduction(
            state=(B, E),
            claim=sp.And(B >= 0, E <= 257 * u * (B**2 + B)),
            cases=(
                Case(name="No block", result=(sp.S.Zero,) * 2),
                Case(
                    name="One block more",
                    parts=(done,),
                    result=(done[0] + 1, done[1] + e),
                    given=(257 * u * done[0] <= 1, e <= u * (513 * (done[0] + 1) + done[1])),
                ),
            ),
            fixed=(u > 0,),
        ),
        {
            r"one unit for each": {"claim": sp.And(B >= 0, E <= u * (B**2 + B))},
            r"one rounding for each": {"claim": sp.And(B >= 0, E <= u * B)},
        },
    )
    lost = (512 * N + 257 * (B**2 + B)) * u
    known = (u > 0, B >= 0, N >= 1, S > 0, E <= lost)
    whole = step(
        r"The largest weight is at least $2^{59}$, so the sum $W$ has $S = 2^{30}$ units. All "
        r"together is at most $hu$ of it, $hS = 512N + 257(b^2 + b)$:",
        Implication(hypotheses=(*known, W >= S), conclusion=E * S <= lost * W),
        {
            "the blocks' tails alone": {"conclusion": E * S <= 512 * N * u * W},
            "a smaller sum": {"hypotheses": (*known, W >= S / 2)},
        },
    )
    return Theorem("split_sum", (binade, heads, exact, tails, blocks, whole))


def split_inverse() -> Theorem:
    """Two numbers of the narrow format for one of the wide."""
    known = (u > 0, u <= sp.Rational(1, 256), size(v) <= u**2 / 4, size(r) <= u)
    off = (1 + v) * (1 + r - r * (1 + s) * (1 + f)) - 1
    only = step(
        r"Let the inverse in float64 be $1 + v$ of the exact one, near that times $1 + r$, far "
        r"what is left, $-r$ of it, times $1 + s$, and the product of the weight with far rounded "
        r"by $f$; that with near is added to it in one operation, the last. Together they err by "
        r"at most",
        Implication(
            hypotheses=(*known, size(s) <= u, size(f) <= u), conclusion=size(off) <= INVERSE
        ),
        {
            "$u^2$": {
                "conclusion": size(off) <= u**2,
                "at": at("u v r s f", "1/256 0 1/256 1/256 1/256"),
            },
            "one number": {
                "conclusion": size((1 + v) * (1 + r) - 1) <= INVERSE,
                "at": at("u v r s f", "1/256 0 1/256 0 0"),
            },
        },
    )
    return Theorem("split_inverse", (only,))


def split_product() -> Theorem:
    """A weight times a distance over a sum: what the product has lost is multiplied, too."""
    known = (u > 0, u <= sp.Rational(1, 256), *(size(v) <= u for v in (d, e, k, r, s)))
    factors = step(
        r"The number is $a(1 + d)$, in two parts. The product of the weight with $a$ is $1 + e$ of "
        r"the exact one; what it has lost is known exactly, and its sum with the weight times $ad$ "
        r"is rounded by $g$. Near is $1 + r$ of the inverse; the product with near is rounded by "
        r"$h$. Together these are a factor $1 + q$, of at most",
        Implication(
            hypotheses=(*known, size(g) <= u, size(h) <= u),
            conclusion=size((1 + g) * (1 + r) * (1 + h) - 1) <= 4 * u,
        ),
        {
            "two roundings": {
                "conclusion": size((1 + g) * (1 + r) * (1 + h) - 1) <= 2 * u,
                "at": at("u e r s d k g h", "1/256 0 1/256 0 0 0 1/256 1/256"),
            },
            "three": {
                "conclusion": size((1 + g) * (1 + r) * (1 + h) - 1) <= 3 * u,
                "at": at("u e r s d k g h", "1/256 0 1/256 0 0 0 1/256 1/256"),
            },
        },
    )
    value = (1 + e) * (1 + r) + ((d - e) * (1 + q) - (1 + e) * r * (1 + s)) * (1 + k)
    bent = (*known, size(q) <= 4 * u)
    worst = at("u e r s d k q", "1/256 -1/256 1/256 1/256 1/256 1/256 1/64")
    parts = step(
        r"Far is $-r$ of the inverse, times $1 + s$. Its product with the product is added to that "
        r"in one operation, rounded by $k$, and the product with near to both in the last. Over "
        r"the weight, $a$ and the inverse, and without the last rounding, this is $1 + d$ but for",
        Implication(hypotheses=bent, conclusion=size(value - 1 - d) <= 14 * u**2),
        {
            "half of it": {"conclusion": size(value - 1 - d) <= 7 * u**2, "at": worst},
            "what was lost left out": {
                "conclusion": size(value - (d - e) * (1 + q) * (1 + k) - 1 - d) <= 14 * u**2,
                "at": worst,
            },
        },
    )
    found = (u > 0, u <= sp.Rational(1, 256), size(d) <= u, size(v) <= u**2)
    whole = step(
        r"The inverse itself may be $1 + v$ of the exact one. With $t$ for what was found:",
        Implication(
            hypotheses=(*found, size(t - 1 - d) <= 14 * u**2),
            conclusion=size((1 + v) * t - (1 + d)) <= PRODUCT * (1 + d),
        ),
        {
            "as before": {
                "conclusion": size((1 + v) * t - (1 + d)) <= 14 * u**2 * (1 + d),
                "at": at("u v d t", "1/256 1/65536 0 32775/32768"),
            },
            "a worse inverse": {
                "hypotheses": (*found[:3], size(v) <= 4 * u**2, size(t - 1 - d) <= 14 * u**2),
                "at": at("u v d t", "1/256 1/16384 0 32775/32768"),
            },
        },
    )
    return Theorem("split_product", (factors, parts, whole))


THEOREMS = (split_sum, split_inverse, split_product)
