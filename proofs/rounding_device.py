r"""A GPU's arithmetic: what is documented of it, the exponential of a pair, parts of a row.

Definitions
-----------
Those of :mod:`proofs.rounding`. A pair is a number and what rounding has lost of it.

Statements
----------
- `documented`, `pair_exponential`, `moved_parts`.

Notes
-----
Hypotheses about the hardware, which no proof can show, named where they are used. **(F)** The
library's exponential, logarithm and power err by as many units in the last place as CUDA
documents. **(N)** Sums, differences, products, quotients and fused products are the nearest
numbers, subnormal ones kept. **(S)** Two numbers and the nearest to their sum give what that has
lost, exactly, in six operations (Knuth's lemma, which follows from N).
"""

from __future__ import annotations

import sympy as sp

from proofs.implication import Fact, Implication
from proofs.induction import Case, StructuralInduction
from proofs.rounding_parts import EPSILON, U, at, real, size, step, u, within
from proofs.theorem import Theorem
from refsoft.card import Claim

A, B, C, W, Y = real("A B C W Y")
a, b, d, f, k, lost, r, s, t, y = real("a b d f k lost r s t y")
lam = real("lambda")

CLAIMS = (
    Claim(
        "documented",
        "Under F a function of a units in the last place is a factor within 1/(1 - 2 a u).",
        r"(F) \Rightarrow \alpha = -\log(1 - 2au)/u",
    ),
    Claim(
        "pair_exponential",
        "Under F and N exp of a pair, near + near lost, has the error alpha u + u + b d u of exp, "
        "of one rounding, and of the pair, b at least 2 u (d + 1).",
        r"(F), (N) \Rightarrow \alpha u + u + bdu,\ b \ge 2u(d + 1)",
    ),
    Claim(
        "moved_parts",
        "A part of a row that is moved c times to a larger scale adds c (alpha + 1) u to the error "
        "of its terms.",
        r"E + (h + c(\alpha + 1))u",
    ),
)

#: The factor of a function of a units in the last place.
DOCUMENTED = 1 / (1 - 2 * a * u)
#: What b of a pair's exponential has to be, at a distance of d at most.
PAIR = 2 * u * (d + 1)


def documented() -> Theorem:
    """A unit in the last place is at most 2u of the number."""
    known = (a >= 0, u > 0, 2 * a * u < 1, t > 0, y > 0, Y <= 2 * u * t)
    only = step(
        r"**(F)** $f(t)$ is $t$, the computed one within $a$ units $Y$ in its last place, and "
        r"$Y \le 2u\,t$. Their ratio is at most $A = 1/(1 - 2au)$ and at least $1/A$:",
        Implication(
            hypotheses=(*known, Y >= 0, size(y - t) <= a * Y),
            conclusion=sp.And(y <= A * t, A * y >= t),
            where={A: DOCUMENTED},
        ),
        {
            "$1 + 2au$": {"where": {A: 1 + 2 * a * u}},
            "$1/(1 - au)$": {
                "where": {A: 1 / (1 - a * u)},
                "at": at("a u t y Y", "1 1/4 1 1/2 1/2"),
            },
        },
    )
    return Theorem("documented", (only,))


def pair_exponential() -> Theorem:
    """1 + t for e^t, and two roundings."""
    small = (u > 0, u <= sp.Rational(1, 256), lam >= 0, lam <= sp.Rational(1, 16))
    facts = (
        Fact("the tangent of exp", W >= 1 + lost),
        Fact("the tangent of exp", W * (1 - lost) <= 1),
    )
    known = (*small, size(lost) <= lam, size(r) <= u * lam)
    factor = 1 + 2 * lam * (lam + u)
    above = step(
        r"**(N)** The distance is $d + \ell$, $\ell$ what its rounding has lost, $|\ell| = "
        r"\lambda$. $e^\ell$, $W$ here, is taken as $1 + \ell$, the product rounded, $r$. By the "
        r"tangent of exp at $\ell$ this is at most $W$ times $1 + 2\lambda(\lambda + u)$:",
        Implication(
            hypotheses=known,
            conclusion=1 + lost + r <= factor * W,
            meanings={W: sp.exp(lost)},
            facts=facts[:1],
        ),
        {
            "without the product's rounding": {
                "conclusion": 1 + lost + r <= W,
                "at": at("lambda lost r", "1/16 1/4096 1/4096"),
            },
            "half of it": {
                "conclusion": 1 + lost + r <= W * (1 + lam * u / 2),
                "at": at("lambda lost r", "1/16 0 1/4096"),
            },
        },
    )
    below = step(
        r"and by that at $-\ell$, $W \le 1/(1 - \ell)$, no less than $W$ over it:",
        Implication(
            hypotheses=known,
            conclusion=factor * (1 + lost + r) >= W,
            meanings={W: sp.exp(lost)},
            facts=facts[1:],
        ),
        {
            "without the product's rounding": {
                "conclusion": (1 + 2 * lam**2) * (1 + lost + r) >= W,
                "at": at("lambda lost r", "1/4096 0 -1/1048576"),
            },
            r"any $\ell$": {
                "hypotheses": (u > 0, lam >= 0, size(lost) <= lam, size(r) <= u * lam),
                "facts": (),
                "at": at("lambda lost r", "2 -2 0"),
            },
        },
    )
    distance = step(
        r"$\lambda \le ud$. So this is at most $e^{bdu}$, $B$ here, where $b \ge 2u(d + 1)$:",
        Implication(
            hypotheses=(u > 0, d >= 0, lam >= 0, lam <= u * d, b >= PAIR),
            conclusion=factor <= B,
            meanings={B: sp.exp(b * d * u)},
            facts=(Fact("the tangent of exp", B >= 1 + b * d * u),),
        ),
        {
            r"$b \ge ud$, which the lost part of the product alone would need": {
                "hypotheses": (u > 0, d >= 0, lam >= 0, lam <= u * d, b >= u * d),
                "facts": (),
                "at": at("d lambda b", "1/4 1/16 1/16"),
            },
            r"no $b$": {"hypotheses": (u > 0, d >= 0, lam >= 0, lam <= u * d, sp.Eq(b, 0))},
        },
    )
    parts = step(
        r"**(F)** With exp's factor $f$ within $A$, this one $k$ within $B$, and the rounding of "
        r"the sum, $\varepsilon$ within $U$, the weight is within $ABU$:",
        Implication(
            hypotheses=(
                *(A >= 1, B >= 1, U >= 1, *within(f, A), *within(k, B), *within(EPSILON, U)),
            ),
            conclusion=sp.And(*within(f * k * EPSILON, A * B * U)),
        ),
        {
            "without the sum's rounding": {"conclusion": f * k * EPSILON <= A * B},
            "without exp's": {"conclusion": f * k * EPSILON <= B * U},
        },
    )
    return Theorem("pair_exponential", (above, below, distance, parts))


def moved_parts() -> Theorem:
    """A move is a weight and a product."""
    before = real("f_1 W_1")
    leaf = Case(name="A term", result=(a, A), given=(A >= 1, *within(a, A)))
    node = Case(
        name="One addition more",
        parts=(before,),
        result=(before[0] * EPSILON, before[1] * U),
        given=within(EPSILON, U),
    )
    moved = Case(
        name="A move to another scale",
        parts=(before,),
        result=(before[0] * k * EPSILON, before[1] * C * U),
        given=(*within(k, C), *within(EPSILON, U)),
    )
    along = step(
        r"A part of a row has been added up at the scale of its own largest score. At a larger "
        r"scale it is multiplied by $e^{m - m'}$, whose factor $k$ is within $C = e^{\alpha u}$, "
        r"and rounded. A term's factor $f$ stays within $W$, which is $e^{E + (h + c(\alpha + "
        r"1))u}$ after $h$ additions and $c$ moves, in any order:",
        StructuralInduction(
            state=(f, W),
            claim=sp.And(W >= 1, *within(f, W)),
            cases=(leaf, node, moved),
            fixed=(U >= 1, C >= 1),
        ),
        {
            "a move without the weight's error": {
                "cases": (leaf, node, _with(moved, before[1] * U))
            },
            "a move without its rounding": {"cases": (leaf, node, _with(moved, before[1] * C))},
        },
    )
    return Theorem("moved_parts", (along,))


def _with(case: Case, bound: sp.Basic) -> Case:
    return Case(name=case.name, parts=case.parts, result=(case.result[0], bound), given=case.given)


THEOREMS = (documented, pair_exponential, moved_parts)
