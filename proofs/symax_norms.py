r"""How large symax's Jacobian is at p = 1: the seventh part of its proofs.

Definitions
-----------
Those of :mod:`proofs.symax`.

Statements
----------
- `lipschitz`, `lipschitz_max`.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import Derivations, a, rest
from proofs.numeric import Number, Point, mp
from proofs.symax import AT_ONE, WHOLE, Z, derive, eta, h, normaliser, p, samples, y
from proofs.symax_laws import A, half, norm, one, t
from proofs.theorem import Step, Theorem
from proofs.toolkit import i, k, n, scores, total, x

N = sp.Symbol("N", real=True)
WIDTH = normaliser(n).subs(p, 1)
TOTAL = WHOLE.subs(p, 1)
AT_ONES = Derivations(
    samples,
    AT_ONE,
    ({TOTAL: Z - eta, **{sp.Abs(x[m]): Z * sp.Symbol(f"y_{m}", real=True) for m in (i, k)}},),
)


def lipschitz() -> Theorem:
    """Each column of |J| sums to (1 + S/Z - 2 y)/Z, for p = 1."""
    own = y(k).subs(p, 1)
    closed = (1 + TOTAL / WIDTH - 2 * own) / WIDTH
    absolute = AT_ONES.identity(
        r"For $p = 1$, $|s_k| = 1/Z$, and as $0 \le y \le 1$ the column of $|J|$ has $(1 - y_k)/Z$ "
        "on the diagonal and $y_i/Z$ beside it:",
        {"the diagonal alone": (1 - own) / WIDTH, "the diagonal twice": closed + (1 - own) / WIDTH},
        subject=r"\sum_i |J_{ik}|",
        left=(1 - own + total(y(i).subs(p, 1), i) - own) / WIDTH,
        right=closed,
        sample=samples.absolute_column,
        indices=(k,),
        points=AT_ONE,
    )
    bound = derive.inequality(
        r"which with $h = \eta$ is at most",
        {
            "never reached": {"conclusion": norm < 1 / h},
            r"at most $1/(2\eta)$": {"conclusion": norm <= half / h},
        },
        quantities={norm: closed},
        statistics={a: sp.Abs(x[k]), rest: TOTAL - sp.Abs(x[k]), h: eta},
        hypotheses=(a >= 0, rest >= 0, h > 0),
        conclusion=norm <= 1 / h,
        sample=lambda point, m: (samples.absolute_column(point, m),),
        points=AT_ONE,
        indices=(k,),
    )

    def near(point: Point, score: Number) -> Number:
        row = samples.row(point, [score] * point.n)
        return (1 + mp.fsum(row) - 2 * row[0]) * row[0] / abs(score)

    best = derive.limit(
        r"The constant is the best: the sizes come near it where all scores are the same $t$, "
        r"$A = |t| \to 0$. At 0 itself there is a kink in place of a derivative:",
        {r"to $1/(2\eta)$": half / eta, "to 0": sp.S.Zero},
        subject=r"x = (t, \dots, t):\quad \lim_{t\to0} \sum_i |J_{ik}|",
        expression=scores(closed, lambda _: t),
        value=1 / eta,
        statistics={A: sp.Abs(t), h: eta, N: n},
        variable=A,
        near=lambda point: near(point, point.number("t")),
        far=lambda point: near(point, mp.mpf(10) ** -60),
        hypotheses=(h > 0, N >= 1),
        points=tuple(_at_one()),
        indices=(),
    )
    return Theorem("lipschitz", (absolute, bound, best))


def _at_one() -> list[Point]:
    given = {**derive.points[0].parameters, "p": AT_ONE[0].parameters["p"]}
    return [Point(q.x, q.g, given, q.v) for q in derive.points]


def lipschitz_max() -> Theorem:
    """Each row of |J| sums to (1 + (n - 2) y)/Z, for p = 1."""
    own = y(i).subs(p, 1)
    closed = (1 + (n - 2) * own) / WIDTH
    absolute = AT_ONES.identity(
        r"For $p = 1$ the row of $|J|$ has $(1 - y_i)/Z$ on the diagonal and $n - 1$ times $y_i/Z$ "
        "beside it:",
        {"the diagonal alone": (1 - own) / WIDTH, "$n$ beside it": closed + own / WIDTH},
        subject=r"\sum_k |J_{ik}|",
        left=(1 - own) / WIDTH + total(own / WIDTH, k) - own / WIDTH,
        right=closed,
        sample=samples.absolute_row,
        points=AT_ONE,
    )
    limit = (N - 1) ** 2 / (4 * (N - 2) * h)
    return Theorem(
        "lipschitz_max",
        (
            absolute,
            _row_bound(
                r"With $h = \eta$ and $|x_i| \le Z - h$ the bound says that "
                r"$\big((n - 1)Z - 2(n - 2)h\big)^2 \ge 0$:",
                N >= 3,
                norm <= limit,
                {
                    "never reached": {"conclusion": norm < limit},
                    r"at most $1/\eta$, as in the 1-norm": {"conclusion": norm <= 1 / h},
                },
            ),
            _row_bound(
                "and in rows of one or two scores $(n - 2)y_i$ is not positive:",
                N <= 2,
                norm <= 1 / h,
                {
                    "never reached": {"conclusion": norm < 1 / h},
                    r"at most $1/(2\eta)$": {"conclusion": norm <= half / h},
                },
            ),
            _row_best(),
        ),
    )


def _row_bound(
    text: str, which: sp.Basic, conclusion: sp.Basic, wrong: dict[str, dict[str, sp.Basic]]
) -> Step:
    return derive.inequality(
        text,
        wrong,
        quantities={norm: (1 + (n - 2) * y(i).subs(p, 1)) / WIDTH},
        statistics={a: sp.Abs(x[i]), rest: TOTAL - sp.Abs(x[i]), h: eta, N: n},
        hypotheses=(a >= 0, rest >= 0, h > 0, N >= 1, which),
        conclusion=conclusion,
        sample=lambda point, m: (samples.absolute_row(point, m),),
        points=AT_ONE,
    )


def _row_best() -> Step:
    """Equality at Z = 2 (n - 2) eta/(n - 1)."""
    best = 2 * (n - 2) * eta / (n - 1)
    sizes = ((1 + (n - 2) * (Z - eta) / Z) / Z).subs(Z, best)

    def sample(point: Point) -> Number:
        offset = point.number("eta")
        own = offset * (point.n - 3) / (point.n - 1)
        row = samples.row(point, [own, *[mp.zero] * (point.n - 1)])
        return (1 + (point.n - 2) * row[0]) / (offset + own)

    return AT_ONES.identity(
        r"The constant is the best: with a score $\eta(n - 3)/(n - 1)$, $n \ge 4$, and the others "
        r"as near to 0 as one likes, $Z = 2(n - 2)\eta/(n - 1)$ and $y_i = (Z - \eta)/Z$, so that "
        "the sizes come near",
        {"half of it": sizes / 2, r"$1/\eta$": one / eta},
        subject=r"\frac{1 + (n - 2)y_i}{Z}",
        left=sizes,
        right=(n - 1) ** 2 / (4 * (n - 2) * eta),
        sample=sample,
        indices=(),
        points=AT_ONE[3:],
    )


THEOREMS = (lipschitz, lipschitz_max)
CONTINUED_IN = "proofs.symax_far"
