r"""Names that the proofs of the rounding bounds share.

Capitals are bounds of factors: $U = e^u$ bounds one rounding, $A = e^E$ a weight's error. A
factor f "within A" lies between $1/A$ and $A$.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from proofs.evidence import Method
from proofs.theorem import Step
from proofs.toolkit import Expr

#: What is changed in falsified twins, by what is wrong with them.
Changes = Mapping[str, Mapping[str, Any]]


def real(names: str) -> Any:
    """Real symbols."""
    return sp.symbols(names, real=True)


def within(factor: Expr, most: Expr) -> tuple[Expr, ...]:
    """That 1/most <= factor <= most, for most >= 1."""
    return (factor * most >= 1, factor <= most)


def size(value: Expr) -> Expr:
    """The absolute value."""
    return sp.Abs(value)


def step(text: str, method: Method, wrong: Changes) -> Step:
    """A step with its falsified twins; ``at`` names a point where one of them fails."""
    made = Step(text, method)
    for mistake, changes in wrong.items():
        changed = dict(changes)
        if point := changed.pop("at", {}):
            known = changed.get("hypotheses", getattr(method, "hypotheses", ()))
            changed["hypotheses"] = (*known, *(sp.Eq(name, v) for name, v in point.items()))
        made = made.but(mistake, **changed)
    return made


def at(names: str, values: str) -> dict[Expr, Expr]:
    """A point: rational values of symbols."""
    return dict(zip(real(names), map(sp.Rational, values.split()), strict=True))


U, u, q = real("U u q")
#: One rounding.
EPSILON = real("epsilon")
