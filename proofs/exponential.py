r"""The derivatives of every map y_i = e^(f x_i) / (c + sum_j e^(f x_j)).

softmax, softmax_one, softmax_n, softmax_sink and ssmax are such maps: each has its own
factor f and offset c. A theorem here is derived from the entry of the variant that asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from proofs.derivations import Derivations
from proofs.numeric import Number, Point, Row, Samples, mp, partial
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, delta, derivative, ell, g, i, j, k, n, normal, total, v, x

S = sp.Symbol("S", real=True)


@dataclass(frozen=True)
class Exponential:
    """The parts of such a map.

    Attributes
    ----------
    entry : callable
        The entry of an index, as the variant defines it.
    factor, offset : Expr
        f and c above.
    samples : Samples
    points : tuple of Point
    scale : callable
        ``scale(point)``, the factor without SymPy.
    letter : str
        What the page calls an entry.
    """

    entry: Callable[[Expr], Expr]
    factor: Expr
    offset: Expr
    samples: Samples
    points: tuple[Point, ...]
    scale: Callable[[Point], Number] = lambda _: mp.one
    letter: str = "y"

    def term(self, index: Expr) -> Expr:
        """The exponential of a score."""
        return sp.exp(self.factor * x[index])

    def named(self, index: Expr) -> Expr:
        """The name of an entry."""
        return sp.Symbol(f"{self.letter}_{index}", real=True)

    @cached_property
    def whole(self) -> Expr:
        """The sum of the exponentials."""
        return total(self.term(j))

    @property
    def total(self) -> Expr:
        """The denominator."""
        return self.offset + self.whole

    @cached_property
    def derive(self) -> Derivations:
        """Derivations at the points of the variant."""
        terms = sp.IndexedBase("a", real=True)
        entries = {terms[m]: (self.offset + S) * self.named(m) for m in (i, k, ell)}
        whole = {self.whole.xreplace({self.term(j): terms[j]}): S}
        written = {self.term(m): terms[m] for m in (i, j, k, ell)}
        for m in (i, j, k, ell):
            # A term that the toolkit has split is written by one of its factors.
            product = normal(self.term(m).subs(j, i)).subs(i, m)
            if product.is_Mul:
                written[product.args[0]] = terms[m] * product.args[0] / product
        return Derivations(self.samples, self.points, (written, {**whole, **entries}))

    def jacobian(self, closed: Expr) -> Theorem:
        """Differentiate the entry."""
        y = self.entry
        wrong = {
            "a sign flipped": self.factor * y(i) * (delta + y(k)),
            "diagonal": self.factor * delta * y(i) * (1 - y(i)),
        }
        if self.factor != 1:
            wrong["without the factor"] = closed / self.factor
        text = "The offset has no derivative; the quotient rule gives"
        if self.offset == 0:
            text = "The quotient rule gives"
        return Theorem("jacobian", (self.derive.jacobian(y(i), closed, text, wrong),))

    def vjp(self, jacobian: Expr) -> Theorem:
        """Sum the Jacobian against a cotangent."""
        y = self.entry(k)
        mean = total(g[i] * self.entry(i), i)
        step = self.derive.vjp(
            jacobian,
            self.factor * y * (g[k] - mean),
            r"The sum over $i$ has $g_k - \langle g, y\rangle$ as its last factor:",
            {
                "the negative gradient": -self.factor * y * (g[k] - mean),
                r"without $\langle g, y\rangle$": self.factor * y * g[k],
            },
        )
        return Theorem("vjp", (step,))

    def jvp(self, jacobian: Expr) -> Theorem:
        """Sum the Jacobian against a tangent."""
        y = self.entry(i)
        mean = total(self.entry(k) * v[k], k)
        step = self.derive.identity(
            r"The sum over $k$ has $v_i - \langle y, v\rangle$ as its last factor:",
            {
                r"without $\langle y, v\rangle$": self.factor * y * v[i],
                r"the mean of $v$ in place of $\langle y, v\rangle$": self.factor
                * y
                * (v[i] - total(v[k], k) / n),
            },
            subject=r"\sum_k J_{ik} v_k",
            left=normal(total(jacobian * v[k], k)),
            right=normal(self.factor * y * (v[i] - mean)),
            sample=self.samples.jvp,
        )
        return Theorem("jvp", (step,))

    def jacobian_sums(self, jacobian: Expr) -> Theorem:
        """What is left of a row's and of a column's sum is the offset's share."""
        steps = []
        for place, over, index in ((0, k, i), (1, i, k)):
            closed = self.factor * self.entry(index) * self.offset / self.total
            wrong = {
                "without the offset's share": self.factor * self.entry(index),
                "the diagonal alone": self.factor * self.entry(index) * (1 - self.entry(index)),
            }
            if self.offset != 0:
                wrong["0, as for softmax"] = sp.Integer(0)
            step = self.derive.identity(
                f"The sum over ${over}$ of {('a row', 'a column')[place]}, as "
                r"$1 - \sum_j y_j$ is the offset's share:",
                wrong,
                subject=rf"\sum_{over} J_{{ik}}",
                left=normal(total(jacobian, over)),
                right=closed,
                sample=lambda p, m, place=place: self.samples.jacobian_sums(p)[place][m - 1],
                indices=(index,),
            )
            steps.append(step)
        return Theorem("jacobian_sums", tuple(steps))

    def symmetric(self, jacobian: Expr) -> Step:
        """The Jacobian with its indices exchanged."""
        mirrored = jacobian.subs({i: k, k: i}, simultaneous=True)
        column = self.factor * (delta - self.entry(i)) * self.entry(i)
        return self.derive.identity(
            "The Jacobian is symmetric:",
            {"antisymmetric": -mirrored, "a row for a column": column},
            subject="J_{ik} = J_{ki}",
            left=jacobian,
            right=mirrored,
            sample=self.samples.jacobian,
            indices=(i, k),
        )

    def semidefinite(self, jacobian: Expr) -> Theorem:
        """A sum of squares with weights that are not negative."""
        y, symmetric = self.entry, self.symmetric(jacobian)
        mean = total(y(k) * v[k], k)
        spread = total(y(i) * (v[i] - mean) ** 2, i)
        rest = (1 - total(y(i), i)) * mean**2
        wrong = {
            "the mean not subtracted": self.factor * (total(y(i) * v[i] ** 2, i) + rest),
            "the negative": -self.factor * (spread + rest),
        }
        if self.offset != 0:
            wrong["without the offset's share"] = self.factor * spread
        squares = self.derive.identity(
            r"With $\bar v = \langle y, v\rangle$ its quadratic form is "
            + ("" if self.factor == 1 else "the factor of the scores times ")
            + r"$\sum_i y_i(v_i - \bar v)^2 + (1 - \sum_i y_i)\bar v^2$, and no weight is "
            r"negative, as $y_i > 0$ and $\sum_i y_i \le 1$:",
            wrong,
            subject=r"\sum_{i,k} v_i J_{ik} v_k",
            left=normal(total(v[i] * normal(total(jacobian * v[k], k)), i)),
            right=self.factor * (spread + rest),
            sample=self.samples.quadratic,
            indices=(),
        )
        return Theorem("semidefinite", (symmetric, squares, self._bent(jacobian)))

    def _bent(self, jacobian: Expr) -> Step:
        """The Jacobian as the second derivative of the logarithm of the denominator."""
        f = self.factor

        def log_sum(point: Point, row: Row) -> Number:
            return self.scale(point) * row[0] - mp.log(self.samples.row(point, row)[0])

        def sample(point: Point, m: int, by: int) -> Number:
            return partial(
                lambda row: partial(lambda r: log_sum(point, r), row, m), point.scores, by
            )

        wrong = {"the negative": -f * jacobian, "the diagonal alone": f * jacobian * delta}
        if f != 1:
            wrong["without the factor"] = jacobian
        return self.derive.identity(
            r"The second derivatives of the log-sum-exp $\log Z$, $Z$ the denominator, are "
            + ("this Jacobian" if f == 1 else "this Jacobian times the factor")
            + ": their quadratic form is not negative, and the log-sum-exp is convex:",
            wrong,
            subject=r"\frac{\partial^2 \log Z}{\partial x_i\,\partial x_k}",
            left=derivative(derivative(sp.log(self.total), x[i]), x[k]),
            right=f * jacobian,
            sample=sample,
            indices=(i, k),
        )

    def hessian(self) -> Theorem:
        """Differentiate the entry twice."""
        y = self.entry
        f, first, second = self.factor**2, delta - y(k), sp.KroneckerDelta(i, ell) - y(ell)
        cross = y(k) * (sp.KroneckerDelta(k, ell) - y(ell))
        step = self.derive.identity(
            "Differentiate the entry twice; the product rule brings the Jacobian of $y_k$:",
            {
                r"without the derivative of $y_k$": f * y(i) * first * second,
                "its sign flipped": f * y(i) * (first * second + cross),
            },
            subject=r"\frac{\partial^2 y_i}{\partial x_k\,\partial x_l}",
            left=derivative(derivative(y(i), x[k]), x[ell]),
            right=f * y(i) * (first * second - cross),
            sample=self.samples.hessian,
            indices=(i, k, ell),
        )
        return Theorem("hessian", (step,))

    def lse_gradient(self, sample: Callable[..., Number]) -> Theorem:
        """Differentiate the logarithm of the denominator."""
        wrong = {"the mean of two": self.factor * (self.entry(k) + 1) / 2}
        if self.factor != 1:
            wrong["without the factor"] = self.entry(k)
        if self.offset != 0:
            wrong["without the offset"] = self.factor * self.term(k) / self.whole
        closed = self.factor * self.entry(k)
        return Theorem(
            "lse_gradient", (self.derive.lse_gradient(self.total, closed, sample, wrong),)
        )
