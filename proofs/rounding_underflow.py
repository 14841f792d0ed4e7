r"""Underflow in products: what is lost, and what is multiplied by it afterwards.

Definitions
-----------
Those of :mod:`proofs.rounding`. A factor that is known is computed as $a + \delta$: $a$ with the
roundings on the way, $\delta$ what underflow has made of it. $M \ge 1$ bounds $|a|$, and
$G - 1$ the share of $M$ that $|\delta|$ may have.

Statements
----------
- `any_order`, `place_quanta`.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from proofs.implication import Implication, tangent
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import EPSILON, U, q, real, size, step, within
from proofs.theorem import Theorem
from proofs.triangle import Triangle
from refsoft.card import Claim

B, D, G, K, M, N, R, W = real("B D G K M N R W")
a, c, d, g, k, r, s, t = real("a c delta g k r s t")
d_1, d_2, d_3, E_1, E_2, E_3, f_1, f_2, f_3 = real("d_1 d_2 d_3 E_1 E_2 E_3 f_1 f_2 f_3")
nu = real("nu")

CLAIMS = (
    Claim(
        "any_order",
        "A product in any order, of n operations that may underflow, errs beside its roundings by "
        "at most q and expm1((n - 1) q + nu) times the product of max(1, |t|) over its factors t, "
        "nu what these have lost before.",
        r"|\delta| \le e^{ku}\big(e^{(n - 1)q + \nu} - 1\big)\prod_i\max(1, |t_i|) + q",
    ),
    Claim(
        "place_quanta",
        "Products that are divided by D, before or after other factors, lose as any_order says "
        "with q max(1, 1/D) for q: y g p in three operations, y g p/D in four; y g/D loses at most "
        "q (1 + max(|g|, 1/D, y) + |g| y).",
        r"q' = q\max(1, 1/D)",
    ),
)

#: What underflow makes of one product: of its factors M, N = e^((n-1)q + nu) and its roundings K.
LOST = M * K * (N - 1) + q
#: Of a product of three factors, one of them a quotient: M the largest, t that of y.
THREE = q * M + q + q * t * size(g)
#: What it makes of three products that are added up.
SUM = (E_1 + E_2 + E_3) * K


def any_order() -> Theorem:
    """Induction on the tree of products."""
    left, right = real("delta_1 a_1 M_1 G_1"), real("delta_2 a_2 M_2 G_2")
    given = Case(
        name=r"A factor",
        result=(r, t, B, 1 + nu),
        given=(B >= 1, nu >= 0, size(t) <= B, size(r) <= nu),
    )
    (e_1, a_1, M_1, G_1), (e_2, a_2, M_2, G_2) = left, right
    product = Case(
        name="The exact product of two",
        parts=(left, right),
        result=((a_1 + e_1) * (a_2 + e_2) - a_1 * a_2, a_1 * a_2, M_1 * M_2, G_1 * G_2),
    )
    rounded = Case(
        name="One that is rounded",
        parts=(left,),
        result=(e_1 * EPSILON + r, a_1 * EPSILON, M_1 * U, G_1 * (1 + q)),
        given=(*within(EPSILON, U), size(r) <= q),
    )
    claim = sp.And(M >= 1, G >= 1, size(a) <= M, size(d) <= M * (G - 1))

    def changed(place: int, value: sp.Basic, of: Case) -> dict[str, object]:
        result = tuple(value if m == place else v for m, v in enumerate(of.result))
        cases = (given, product, rounded)
        return {"cases": tuple(replace(of, result=result) if c is of else c for c in cases)}

    tree = step(
        r"A product of two is $a_1a_2$, and what the other factor makes of $\delta_1$ and "
        r"$\delta_2$. It is rounded, and may underflow, by $r$. A factor may be off already, by "
        r"$\nu$: a quotient or a function has made it. In whatever order they are multiplied:",
        StructuralInduction(
            state=(d, a, M, G),
            claim=claim,
            cases=(given, product, rounded),
            fixed=(q >= 0, U >= 1),
        ),
        {
            "the quantum left out": changed(3, G_1, rounded),
            "of one factor alone": changed(3, G_1, product),
            "the other factor left out": changed(2, sp.Max(M_1, M_2), product),
        },
    )
    grown = step(
        r"A quantum is $1 + q \le e^q$, $N = e^q$, more, and so is $\nu$; so $G \le e^{(n - 1)q + "
        r"\nu}$ before the last of $n$ operations:",
        Implication(
            hypotheses=(q >= 0, G >= 1, W >= G),
            conclusion=G * (1 + q) <= W * N,
            meanings={N: sp.exp(q)},
            facts=(tangent(N, q),),
        ),
        {
            "$e^{q/2}$": {"meanings": {N: sp.exp(q / 2)}, "facts": (tangent(N, q / 2),)},
            "strictly": {"conclusion": G * (1 + q) < W * N},
        },
    )
    last = step(
        r"Nothing multiplies what the last operation loses, $r$; with $N$ for the bound of $G$:",
        Triangle(
            error=d * EPSILON + r,
            parts=((d * EPSILON, M * K * (N - 1)), (r, q)),
            bound=LOST,
            hypotheses=(
                *(M >= 1, N >= 1, K >= 1, q >= 0, size(d) <= M * (N - 1), size(r) <= q),
                *within(EPSILON, K),
            ),
        ),
        {"its own left out": {"bound": LOST - q}, "its own alone": {"bound": q}},
    )
    known = (K >= 1, *(c >= 0 for c in (E_1, E_2, E_3)))
    off = tuple(zip((d_1, d_2, d_3), (E_1, E_2, E_3), (f_1, f_2, f_3), strict=True))
    added = step(
        r"Where products are added, what each has lost is multiplied by what follows, a factor "
        r"within $K$. Of $y(w - m + x)$, $yw$ has lost $E_1$, $ym$ $E_2$ and $yx$ $E_3$:",
        Triangle(
            error=sum(e * f for e, _, f in off),
            parts=tuple((e * f, most * K) for e, most, f in off),
            bound=sp.expand(SUM),
            hypotheses=(
                *known,
                *(size(e) <= most for e, most, _ in off),
                *(h for _, _, f in off for h in within(f, K)),
            ),
        ),
        {
            "the largest of the three": {"bound": sp.Max(E_1, E_2, E_3) * K},
            "not grown": {"bound": E_1 + E_2 + E_3},
        },
    )
    return Theorem("any_order", (tree, grown, last, added))


def place_quanta() -> Theorem:
    """What is divided by D before or after it has lost a quantum."""
    near = q * sp.Max(1, R)
    later = step(
        r"With $R = 1/D$ a product that has lost $r$ loses $rR$ when it is divided by $D$, and one "
        r"that has been divided loses $r$, in terms of what it is then, at most",
        Implication(
            hypotheses=(q >= 0, R > 0, size(r) <= q, sp.Or(sp.Eq(s, r), sp.Eq(s, r * R))),
            conclusion=size(s) <= near,
        ),
        {
            "$q$": {"conclusion": size(s) <= q},
            "$q/D$": {"conclusion": size(s) <= q * R},
        },
    )
    far = step(
        r"$1/D$ underflows where $D$ is beyond 1: below, it is at least 1. Its quantum is "
        r"multiplied by $x - \ell$, at most $D$: with $\zeta$ the place has it as $qD$, and the "
        r"rest of the product multiplies that by $yg$:",
        Implication(
            hypotheses=(D > 0, q >= 0, s >= 0, s <= D, size(r) <= q),
            conclusion=size(s * r) <= q * D,
        ),
        {
            "$q$": {"conclusion": size(s * r) <= q},
            "half of it": {"conclusion": size(s * r) <= q * D / 2},
        },
    )
    three = (t >= 0, R >= 0, q >= 0, size(r) <= q, size(s) <= q, size(nu) <= q)
    extra = step(
        r"Of $yg/D$ the first product loses $r$, which the third factor $k$ multiplies, and the "
        r"second $s$; $1/D$ has lost $\nu$, which $y$ and $g$ multiply. With $y$ at most $t$ and "
        r"$M = \max(|g|, 1/D, y)$:",
        Triangle(
            error=r * k + s + nu * c * g,
            parts=((r * k, q * M), (s, q), (nu * c * g, q * t * size(g))),
            bound=THREE,
            hypotheses=(*three, M >= 0, size(c) <= t, size(k) <= M),
        ),
        {
            "the first left out": {"bound": THREE - q * M},
            "$1/D$ left out": {"bound": THREE - q * t * size(g)},
            "the last left out": {"bound": THREE - q},
        },
    )
    parts = ((g * d_1, B * E_1), (-g * (s - 1) * d_2, B * (K - 1) * E_2), (-g * d_2, B * E_2))
    rest = step(
        r"$1 - p$ loses what $p$ has lost, $\delta_2$, and its rounding $s$ is one of the $ku$: so "
        r"$gy(1 - p)/D$ loses what $gyp/D$ does. With $|g|$ for what it is multiplied by, at most "
        r"$B$, and $\delta_1$ for what the products with it lose:",
        Triangle(
            error=g * (d_1 - s * d_2),
            parts=parts,
            bound=B * (E_1 + K * E_2),
            hypotheses=(
                *(B >= 0, size(g) <= B, size(d_1) <= E_1, size(d_2) <= E_2, E_1 >= 0, E_2 >= 0),
                *(K >= 1, size(s - 1) <= K - 1),
            ),
        ),
        {
            "the place's left out": {"bound": B * E_1},
            "not grown": {"bound": B * (E_1 + E_2)},
        },
    )
    return Theorem("place_quanta", (later, far, extra, rest))


THEOREMS = (any_order, place_quanta)
