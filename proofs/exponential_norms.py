r"""How large the Jacobian of y_i = e^(f x_i) / (c + sum_j e^(f x_j)) is, in every p-norm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy as sp

from proofs.derivations import a, rest
from proofs.exponential_laws import Laws, half, norm, t
from proofs.lemma import Lemma
from proofs.numeric import Number, Point, Row, mp
from proofs.parts import at
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, derivative, i, k, n, scores, total, v, x

A = sp.Symbol("A", real=True)
HALF = mp.mpf(1) / 2
POWERS = (mp.one, mp.mpf(3) / 2, mp.mpf(2), mp.mpf(3), mp.inf)
RIESZ_THORIN = (
    r"Let $\|J\|_p$ be the norm of a matrix from the $p$-norm to the $p$-norm, $1 \le p \le "
    r"\infty$. Then $\|J\|_p \le \|J\|_1^{1/p}\,\|J\|_\infty^{1 - 1/p}$, where $\|J\|_\infty$ is "
    r"the largest sum of sizes in a row and $\|J\|_1$ that in a column."
)


@dataclass(frozen=True)
class Norms:
    """The theorem about the norms of the Jacobian of one such map."""

    laws: Laws

    def lipschitz(self) -> Theorem:
        """Each row of |J|/f sums to y (1 + S/Z - 2 y), so does each column."""
        bound = self._bounded()
        steps = (self._absolute(), bound, self._everywhere(bound))
        return Theorem("lipschitz", (*steps, self._extremal()))

    @property
    def bare(self) -> Expr:
        """The sum of the sizes in a row of J, without the factor."""
        y = self.laws.map.entry(i)
        return y * (1 + self.laws.map.whole / self.laws.map.total - 2 * y)

    def _absolute(self) -> Step:
        laws, y = self.laws, self.laws.map.entry(i)
        size = sp.Abs(laws.map.factor)
        return laws.map.derive.identity(
            rf"The diagonal of $J$ is ${laws.f}y_i(1 - y_i)$, the rest $-{laws.f}y_i y_k$, with "
            r"$0 < y \le 1$; so the sizes in a row sum to",
            {
                "the diagonal alone": size * y * (1 - y),
                "the diagonal twice": size * (self.bare + y * (1 - y)),
            },
            subject=r"\sum_k |J_{ik}|",
            left=size * (y * (1 - y) + y * (total(laws.map.entry(k), k) - y)),
            right=size * self.bare,
            sample=laws.map.samples.absolute_row,
        )

    def _bounded(self) -> Step:
        laws = self.laws
        wrong = {r"below $\frac{49}{100}$": {"conclusion": norm < sp.Rational(49, 100)}}
        if laws.map.offset == 0 or laws.part:
            wrong["never attained"] = {
                "conclusion": norm < half,
                "hypotheses": (a > 0, rest >= 0, *laws.not_negative),
            }
        return laws.of_entry(
            ("which is " if laws.map.factor == 1 else "which without the factor is ")
            + (r"at most" if laws.map.offset == 0 else "below")
            + r" $\frac12$"
            + (r", attained at $y_i = \frac12$:" if laws.map.offset == 0 else ":"),
            wrong,
            laws.part,
            quantities={norm: self.bare},
            hypotheses=(a > 0, rest >= 0, *laws.positive),
            conclusion=norm <= half if laws.map.offset == 0 else norm < half,
            sample=lambda point, m: (
                laws.map.samples.absolute_row(point, m) / abs(laws.map.scale(point)),
            ),
        )

    def _everywhere(self, bound: Step) -> Step:
        """Riesz and Thorin between the rows and the columns."""
        laws, y = self.laws, self.laws.map.entry
        symmetric = laws.map.symmetric(laws.map.factor * y(i) * (sp.KroneckerDelta(i, k) - y(k)))
        rows = ("the sizes in a row are bounded, as shown", bound.method)
        columns = ("those in a column too, as $J_{ik} = J_{ki}$", symmetric.method)

        def sides(point: Point, share: Number = HALF) -> Iterator[tuple[Number, Number]]:
            moved = [laws.map.samples.jvp(point, m) for m in range(1, point.n + 1)]
            limit = share * abs(laws.map.scale(point))
            for power in POWERS:
                yield length(moved, power), limit * length(point.tangent, power)

        size = "" if laws.map.factor == 1 else r"|f|"
        lemma = Lemma(
            title="Riesz, Thorin",
            statement=RIESZ_THORIN,
            hypotheses=(rows, columns),
            conclusion=rf"\|J\|_p \le \frac{{{size or 1}}}{{2}},\quad 1 \le p \le \infty",
            sides=sides,
            points=self._opposed(),
        )
        step = Step(
            "This is the maximum norm of $J$. A bound of $J$ in a norm, everywhere, is a Lipschitz "
            "constant in that norm, by the mean value theorem. For the other $p$-norms:",
            lemma,
        )
        step = step.but("$49/100$ in place of $1/2$", sides=lambda p: sides(p, mp.mpf(49) / 100))
        (mistake, *_) = symmetric.twins
        return step.but(
            f"columns that are not the rows: {mistake.statement}",
            hypotheses=(rows, (columns[0], mistake.method)),
        )

    def _opposed(self) -> tuple[Point, ...]:
        """Rows with a tangent; the last has two equal, large scores and an opposed tangent."""
        last = replace(
            self.laws.map.points[1], x=(Fraction(20),) * 2, v=(Fraction(1), Fraction(-1))
        )
        return (*self.laws.map.points[:4], last)

    def _extremal(self) -> Step:
        """J v = f v/2 at two equal scores and v = (1, -1), or near it where there is an offset."""
        laws = self.laws
        if laws.map.offset == 0:
            slopes = total(derivative(laws.map.entry(i), x[k]) * v[k], k)
            pair = at(slopes, 2, {x: (t, t), v: (sp.S.One, -sp.S.One)}, {i: sp.S.One})
            rows = tuple(replace(p, v=(Fraction(1), Fraction(-1))) for p in laws.map.points[1:2])
            f = laws.map.factor.subs(n, 2)
            return laws.map.derive.identity(
                "The constant is the best: two equal scores and $v = (1, -1)$ attain it in every "
                "norm, as $Jv$ is a multiple of $v$ there:",
                {"half of it": f / 4, "of unequal sign": -f / 2},
                subject=r"n = 2,\ x = (t, t):\quad (Jv)_1",
                left=pair,
                right=f / 2,
                sample=lambda p: laws.map.samples.jvp(replace(p, x=(p.parameters["t"],) * 2), 1),
                indices=(),
                points=rows,
            )

        def near(point: Point, score: Number) -> Number:
            row = laws.map.samples.row(point, [score] * 2)
            return row[0] * (1 - row[0] + row[1])

        return laws.map.derive.limit(
            r"The constant is the best, though no row attains it: two equal scores that grow come "
            r"near it, with $A = e^t \to \infty$:",
            {"to 1": sp.S.One, r"to $\frac14$": half / 2},
            subject=r"n = 2,\ x = (t, t):\quad \lim_{t\to\infty} \|J\|_\infty",
            expression=scores(self.bare, lambda _: t).doit().subs(n, 2),
            value=half,
            statistics={A: sp.exp(t), **laws.part},
            variable=A,
            direction=-1,
            near=lambda p: near(p, p.number("t")),
            far=lambda p: near(p, mp.mpf(400)),
            hypotheses=laws.not_negative,
            indices=(),
        )


def length(row: Row, power: Number) -> Number:
    """The p-norm of a row."""
    sizes = [abs(entry) for entry in row]
    return max(sizes) if power == mp.inf else mp.fsum(s**power for s in sizes) ** (1 / power)
