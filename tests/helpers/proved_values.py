"""Values of the proved expressions, and rows to take them at."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from proofs import explicit, rounding_underflow
from proofs.numeric import mp


def at(expression, **names):
    """The value of a proved expression; names are those of its symbols."""
    symbols = {str(s): s for s in expression.free_symbols}
    values = {symbol: exact(names[name]) for name, symbol in symbols.items()}
    return explicit.value(expression, values)


def exact(number):
    """A float as it stands, other numbers as they are."""
    if isinstance(number, mp.mpf):
        return number
    return mp.mpf(Fraction(float(number)).numerator) / Fraction(float(number)).denominator


def e(number):
    """The exponential."""
    return mp.exp(exact(number))


def lost(arithmetic, before, *factors):
    """What underflow takes from a product whose operations but the last have lost ``before``."""
    product = mp.mpf(1)
    for factor in factors:
        product *= max(1, abs(exact(factor)))
    known = {"M": product, "K": 1, "N": e(before), "q": arithmetic.quantum}
    return at(rounding_underflow.LOST, **known)


def most(quotient, row):
    """The largest that the entries of a row may be computed as."""
    quantum, pairs = exact(quotient.quantum[row, 0]), zip(*_logs(quotient, row), strict=True)
    return [e(y) * e(error) + quantum for y, error in pairs]


def _logs(quotient, row):
    return quotient.log_y[row], quotient.error[row]


def rows(seed=1, n=7, size=3.0):
    """Scores and cotangents."""
    rng = np.random.default_rng(seed)
    return size * rng.standard_normal((3, n)), rng.standard_normal((3, n))


def copy_of(module, code):
    """The module, or the changed copy that comes with the package."""
    return getattr(code, module.__name__.split(".")[-1], module)
