"""The identities that every variant has, each as a step derived from its definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from proofs.inequality import Inequality
from proofs.methods import Identity, Limit
from proofs.numeric import Number, Point, Samples, partial
from proofs.theorem import Step
from proofs.toolkit import Expr, derivative, g, i, k, normal, total, x

#: Falsified right sides, by what is wrong with them.
Wrong = Mapping[str, Expr]
#: What is changed in falsified twins, by what is wrong with them.
Changes = Mapping[str, Mapping[str, Any]]

a, b, rest, y_i, y_k = sp.symbols("a b C y_i y_k", real=True)


@dataclass(frozen=True)
class Terms:
    """The parts of y_i = term(i) / (offset + whole).

    Attributes
    ----------
    entry, term : callable
        Of an index.
    whole : Expr
        The sum of the terms over the row.
    """

    entry: Callable[[Expr], Expr]
    term: Callable[[Expr], Expr]
    whole: Expr


@dataclass(frozen=True)
class Derivations:
    """Derives a left side from the entry of a definition and holds a closed form against it.

    Attributes
    ----------
    samples : Samples
        The variant in mpmath.
    points : tuple of Point
    names : tuple of mappings
        What the page abbreviates, and how, one after the other.
    """

    samples: Samples
    points: tuple[Point, ...]
    names: tuple[Mapping[Expr, Expr], ...] = ()

    def identity(self, text: str, wrong: Wrong, **statement: Any) -> Step:
        """Any identity, with its falsified right sides."""
        given = {"points": self.points, "names": self.names, **statement}
        step = Step(text, Identity(**given))
        for mistake, right in wrong.items():
            step = step.but(mistake, right=right)
        return step

    def inequality(self, text: str, wrong: Changes, **statement: Any) -> Step:
        """Any inequality, with what is changed in its falsified twins."""
        step = Step(text, Inequality(**{"points": self.points, **statement}))
        for mistake, changed in wrong.items():
            step = step.but(mistake, **changed)
        return step

    def of_entry(
        self, text: str, wrong: Changes, terms: Terms, also: Mapping[Expr, Expr], **statement: Any
    ) -> Step:
        """An inequality of y_i, with a = its term and C = the sum of the others."""
        return self.inequality(
            text,
            wrong,
            **{
                "quantities": {y_i: terms.entry(i)},
                "statistics": {a: terms.term(i), rest: terms.whole - terms.term(i), **also},
                "sample": lambda point, m: (self.samples.entry(point, m),),
                **statement,
            },
        )

    def of_pair(
        self, text: str, wrong: Changes, terms: Terms, also: Mapping[Expr, Expr], **statement: Any
    ) -> Step:
        """An inequality of y_i and y_k, with a and b = their terms, C = the sum of the others."""
        others = terms.whole - terms.term(i) - terms.term(k)
        return self.inequality(
            text,
            wrong,
            quantities={y_i: terms.entry(i), y_k: terms.entry(k)},
            statistics={a: terms.term(i), b: terms.term(k), rest: others, **also},
            sample=lambda point, *pair: tuple(self.samples.entry(point, m) for m in pair),
            indices=(i, k),
            **statement,
        )

    def limit(self, text: str, wrong: Wrong, **statement: Any) -> Step:
        """Any limit, with its falsified values."""
        step = Step(text, Limit(**{"points": self.points, **statement}))
        for mistake, claimed in wrong.items():
            step = step.but(mistake, value=claimed)
        return step

    def jacobian(self, entry: Expr, closed: Expr, text: str, wrong: Wrong) -> Step:
        """The derivative of entry i by score k."""
        return self.identity(
            text,
            wrong,
            subject=r"\frac{\partial y_i}{\partial x_k}",
            left=derivative(entry, x[k]),
            right=closed,
            sample=self.samples.jacobian,
            indices=(i, k),
        )

    def vjp(self, jacobian: Expr, closed: Expr, text: str, wrong: Wrong) -> Step:
        """The Jacobian summed against a cotangent."""
        return self.identity(
            text,
            wrong,
            subject=r"\sum_i g_i J_{ik}",
            left=normal(total(g[i] * jacobian, i)),
            right=normal(closed),
            sample=self.samples.vjp,
            indices=(k,),
        )

    def gradient(self, entry: Expr, parameter: Expr, closed: Expr, text: str, wrong: Wrong) -> Step:
        """The derivative of <g, y> by a parameter."""
        return self.identity(
            text,
            wrong,
            subject=rf"\frac{{\partial \langle g, y\rangle}}{{\partial {sp.latex(parameter)}}}",
            left=normal(derivative(total(g[i] * entry, i), parameter)),
            right=normal(closed),
            sample=self.samples.gradient(parameter.name),
            indices=(),
        )

    def lse_gradient(
        self, normaliser: Expr, closed: Expr, sample: Callable[..., Number], wrong: Wrong
    ) -> Step:
        """The derivative of the logarithm of the normaliser by score k.

        ``sample(row, point)`` is that logarithm in mpmath.
        """
        return self.identity(
            "The derivative of the logarithm of the denominator:",
            wrong,
            subject=r"\frac{\partial \log Z}{\partial x_k}",
            left=derivative(sp.log(normaliser), x[k]),
            right=closed,
            sample=lambda point, m: partial(lambda row: sample(row, point), point.scores, m),
            indices=(k,),
        )

    def row_sum(self, entry: Expr, closed: Expr, text: str, wrong: Wrong) -> Step:
        """The sum of the entries."""
        return self.identity(
            text,
            wrong,
            subject=r"\sum_i y_i",
            left=normal(total(entry, i)),
            right=closed,
            sample=self.samples.sum,
            indices=(),
        )
