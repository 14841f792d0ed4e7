"""Rounding of the tangents of what is made of a quotient; docs/bounds.md, section 6.9."""

from __future__ import annotations

import numpy as np

from refsoft.rounding._arithmetic import Rows
from refsoft.rounding._quotient import Quotient, Scale, lost, total, upper


def pushed(
    quotient: Quotient, inner: Rows, inner_error: Rows, underflow: Rows, roundings: float
) -> Rows:
    """The error of y c, c known up to ``inner_error``; c holds the roundings of the product.

    Parameters
    ----------
    quotient : Quotient
    inner, inner_error : (rows, columns)
    underflow : (rows, columns)
        What it takes from the products, which pass ``roundings`` after it.
    roundings : float
    """
    error = quotient.grown() * np.abs(inner)
    error += upper(quotient.log_y, quotient.error) * inner_error
    error += quotient.quantum * (np.abs(inner) + inner_error) * quotient.visible
    after = np.exp(roundings * quotient.arithmetic.u)
    return np.asarray(error + underflow * after * quotient.visible)


def mean_tangent(quotient: Quotient, v: Rows) -> tuple[Rows, Rows]:
    """The mean <y, v> and its error, as in section 6.1."""
    return total(v * quotient.y), quotient.product_error(v, quotient.height + 1)


def log_tangent(quotient: Quotient, v: Rows, scale: Scale) -> tuple[Rows, Rows]:
    """The tangent c (v - <y, v>) and its error, with c applied to all of it or to parts."""
    u, quantum = quotient.arithmetic.u, quotient.arithmetic.quantum
    k, c = scale.roundings, np.abs(scale.value)
    products = lost(quantum, 2, quotient.most, v, c)
    mean = total(v * quotient.y)
    mean_error = quotient.product_error(v, quotient.height + 1 + k, 0.0)
    moved = np.exp((1 + k) * u + quotient.reading)
    error = moved * mean_error + (moved - 1) * (np.abs(v) + np.abs(mean))
    error = (c + scale.error) * error + scale.error * np.abs(v - mean)
    passed = np.exp((quotient.height + 2 + k) * u)
    return scale.value * (v - mean), error + total(products * quotient.visible) * passed + 3 * (
        quantum * moved
    )
