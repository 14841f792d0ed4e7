r"""cauchy, proved for rows of any length.

Definitions
-----------
- `definition`: $y_i = (1 + x_i^2)^{-1} / (c + \sum_j (1 + x_j^2)^{-1})$.

Statements
----------
- `jacobian`; `shift_invariant` is refuted.

Notes
-----
Made up for the tests.

References
----------
None.
"""

from __future__ import annotations

import sympy as sp

from proofs.derivations import Derivations
from proofs.methods import Counterexample
from proofs.numeric import Samples, mp, points
from proofs.theorem import Step, Theorem
from proofs.toolkit import delta, i, j, k, n, scores, total, x
from toy.definition import CARD as CARD

c = sp.Symbol("c", positive=True)


def term(index):
    """The weight."""
    return 1 / (1 + x[index] ** 2)


def normaliser(n):
    """The denominator."""
    return c + total(term(j), j, n)


def definition(n):
    """One entry, of the free index i."""
    return term(i) / normaliser(n)


def value(x, c):
    """The row in mpmath."""
    weights = [1 / (1 + score**2) for score in x]
    return [weight / (c + sum(weights)) for weight in weights]


derive = Derivations(Samples(value), points(c="2/3"))
SIGN = -1  # a test flips it


def jacobian():
    """Differentiate the definition."""
    y = definition(n)
    closed = SIGN * 2 * x[k] * term(k) ** 2 * (delta - y) / normaliser(n)
    step = derive.jacobian(y, closed, "The quotient rule:", {"flipped": -closed})
    return Theorem("jacobian", (step,))


def shift_invariant():
    """At one score, 0 and 1 differ."""
    y, one = definition(n), sp.Integer(1)
    row = Counterexample(
        left=scores(y, lambda m: x[m] + 1),
        right=y,
        left_name="y_1(x + 1)",
        right_name="y_1(x)",
        row=(sp.Integer(0),),
        values={c: one, i: one},
        sample=lambda: (value([mp.one], mp.one)[0], value([mp.zero], mp.one)[0]),
    )
    step = Step("A shift moves the weight:", row)
    twin = step.but("the same row", left=y, sample=lambda: (value([mp.zero], mp.one)[0],) * 2)
    return Theorem("shift_invariant", (twin,))


THEOREMS = (jacobian, shift_invariant)
