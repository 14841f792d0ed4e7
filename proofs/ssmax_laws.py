r"""What holds of ssmax and what does not: the second part of its proofs.

Definitions
-----------
Those of :mod:`proofs.ssmax`.

Statements
----------
- `row_sum`, `range`, `shift_invariant`, `order`, `reversed`, `homogeneous`, `mirrored`.
- `permutation`, `uniform_at_one`, `reduces`, `one_up`, `one_down`, `ray`, `level`.
- `quiet` is refuted.
"""

from __future__ import annotations

import sympy as sp

from proofs import softmax
from proofs.derivations import a, rest, y_i, y_k
from proofs.derivations import b as other
from proofs.exponential_norms import Norms
from proofs.exponential_symmetries import f, u, w
from proofs.methods import Counterexample
from proofs.numeric import Number, Point, mp, points
from proofs.ssmax import (
    FACTOR,
    LAWS,
    LIMITS,
    MAP,
    POINTS,
    RAYS,
    SYMMETRIES,
    b,
    s,
    samples,
    value,
    y,
)  # fmt: skip
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, k, n, scores, x

factor = sp.Symbol("a", positive=True)
A, N, P, Q, W, gap, near_, reach, top = sp.symbols("A N P Q W gamma beta alpha x_max", real=True)
half, one, zero = sp.Rational(1, 2), sp.Integer(1), sp.Integer(0)
PLAIN = softmax.definition(n).subs(softmax.T, 1)


def reversed_() -> Theorem:
    """For a negative factor the larger score has the smaller term."""
    step = MAP.derive.inequality(
        "For $f < 0$ the term of a score decreases; $C$ is the sum of the other terms:",
        {
            "the order kept": {"conclusion": y_i > y_k},
            "$f > 0$ allowed": {
                "hypotheses": (u > w, sp.Implies(f * u < f * w, a < other), sp.Ne(f, 0), a > 0,
                               other > 0, rest >= 0),
            },
        },
        quantities={y_i: y(i), y_k: y(k)},
        statistics={
            a: MAP.term(i), other: MAP.term(k), rest: MAP.whole - MAP.term(i) - MAP.term(k),
            u: x[i], w: x[k], f: FACTOR,
        },
        hypotheses=(
            u > w, f < 0, sp.Implies(f * u < f * w, a < other), a > 0, other > 0, rest >= 0
        ),
        conclusion=y_i < y_k,
        sample=lambda p, *pair: tuple(samples.entry(p, m) for m in pair),
        indices=(i, k),
        points=points(s="-3/5", b="-1/4"),
    )  # fmt: skip
    return Theorem("reversed", (step,))


def homogeneous() -> Theorem:
    """The product of factor and score does not change."""
    scaled = scores(y(i), lambda m: factor * x[m])

    def sample(point: Point, m: int) -> Number:
        by = point.number("a")
        divided = {name: point.number(name) / by for name in ("s", "b")}
        return samples.scaled(point, by, **divided)[m - 1]

    step = MAP.derive.identity(
        "Scores and parameters enter by their products alone:",
        {"the parameters kept": scaled, "$b$ kept": scaled.subs(s, s / factor)},
        subject="y_i(ax; s/a, b/a)",
        left=scaled.subs({s: s / factor, b: b / factor}, simultaneous=True),
        right=y(i),
        sample=sample,
    )
    return Theorem("homogeneous", (step,))


def mirrored() -> Theorem:
    """The product of factor and score does not change."""
    across = scores(y(i), lambda m: -x[m])
    step = MAP.derive.identity(
        r"The factor of $-s$ and $-b$ is $-f$, and the product of factor and score stays. So what "
        "`ray` says for a positive factor holds of the smallest scores for a negative one, and as "
        r"$s$ or $b$ tends to $-\infty$:",
        {"the parameters kept": across, "$b$ kept": across.subs(s, -s)},
        subject="y_i(-x; -s, -b)",
        left=across.subs({s: -s, b: -b}, simultaneous=True),
        right=y(i),
        sample=lambda p, m: samples.scaled(
            p, -mp.one, **{name: -p.number(name) for name in ("s", "b")}
        )[m - 1],
    )
    return Theorem("mirrored", (step,))


def uniform_at_one() -> Theorem:
    """exp(b x) over itself."""
    single = y(i).subs(n, 1).subs(i, 1).doit()
    step = MAP.derive.identity(
        r"For $n = 1$, $\log n = 0$, and the sum has the one term $e^{bx_1}$:",
        {r"$\frac12$": half, "the term alone": sp.exp(b * x[1])},
        subject="y_1(x_1)",
        left=single,
        right=one,
        sample=lambda p: samples.entry(p, 1),
        indices=(),
        points=POINTS[:1],
    )
    return Theorem("uniform_at_one", (step,))


def reduces() -> Theorem:
    """The factor 1."""
    step = MAP.derive.identity(
        r"With $b = 1 - s\log n$ the factor is 1:",
        {"it is $y_i$": y(i), "softmax of $2x$": scores(PLAIN, lambda m: 2 * x[m])},
        subject=r"y_i(x; s, 1 - s\log n)",
        left=y(i).subs(b, 1 - s * sp.log(n)),
        right=PLAIN,
        sample=lambda p, m: samples.row(p, b=1 - p.number("s") * mp.log(p.n))[m - 1],
    )
    return Theorem("reduces", (step,))


def quiet() -> Theorem:
    """The limit is y itself, 1/2 at n = 2 and x = 0."""
    limit = LIMITS.together(
        r"Where all scores go to $-\infty$ together, $x + t$ with $A = e^{ft} \to 0$, the limit is "
        "$y_i$ itself:",
        1,
        y(i),
        {"the limit is 0": zero, "the limit is $1/(n + 1)$": 1 / (n + 1)},
    )
    row = Counterexample(
        left=y(i),
        right=zero,
        left_name=r"\lim_{t\to-\infty} y_1(x + t)",
        right_name=r"\text{claimed}",
        row=(zero, zero),
        values={s: one, b: zero, i: one},
        sample=lambda: (value([mp.zero, mp.zero], mp.one, mp.zero)[0], mp.zero),
    )
    step = Step("which is never 0, for instance", row)
    step = step.but(r"against $\frac12$, its own value", right=half)
    return Theorem("quiet", (limit, step))


THEOREMS = (
    *(Norms(LAWS).lipschitz, LAWS.sums_to_one, LAWS.range_, SYMMETRIES.shift_invariant),
    *(
        SYMMETRIES.order,
        reversed_,
        homogeneous,
        mirrored,
        SYMMETRIES.permutation,
        uniform_at_one,
        reduces,
    ),
    *(LIMITS.one_up, LIMITS.one_down, RAYS.ray, RAYS.level, quiet),
)
CONTINUED_IN = "proofs.ssmax_growth"
