"""Rounding of the gradients of a quotient; docs/bounds.md, sections 6 and 7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from refsoft.rounding._arithmetic import Arithmetic, Rows
from refsoft.rounding._quotient import Quotient, lost, total, upper


@dataclass(frozen=True, slots=True)
class Pulled:
    """A sum over the row and the pulled-back row, with their errors.

    ``e`` is <g, y> and ``h`` is y (g - e); for log_softmax, ``e`` is sum(g)
    and ``h`` is g - y e.
    """

    e: Rows
    e_error: Rows
    h: Rows
    h_error: Rows

    def size(self, g: Rows | float) -> Rows:
        """abs(g) and that of e as it may be computed, added."""
        return np.asarray(np.abs(g) + np.abs(self.e) + self.e_error)


def pull(quotient: Quotient, g: Rows) -> Pulled:
    """H = y (g - e), e = <g, y>, subtracted before or after the product; section 6.1."""
    u, quantum = quotient.arithmetic.u, quotient.arithmetic.quantum
    e = total(g * quotient.y)
    e_error = quotient.product_error(g, quotient.height + 1)
    size = np.abs(g) + np.abs(e) + e_error
    error = quotient.grown() * np.abs(g - e)
    error += upper(quotient.log_y, quotient.error) * (
        e_error + np.expm1(2 * u + quotient.reading) * size
    )
    error += (quotient.quantum * np.exp(2 * u) * size + 2 * quantum) * quotient.visible
    return Pulled(e, e_error, quotient.y * (g - e), error)


def modulated(
    quotient: Quotient,
    w: Rows,
    extra: Rows,
    roundings: float,
    w_error: Rows | float,
    quanta: tuple[Rows, Rows | float],
) -> Rows:
    """The error of y (w - <w, y> + extra), w and extra after ``roundings``; section 6.4.

    Parameters
    ----------
    quotient : Quotient
    w, extra : (rows, columns)
    roundings : float
    w_error : (rows, columns)
        The error of w beside its roundings and its underflow.
    quanta : tuple of (rows, columns)
        What underflow takes from the products y w and y extra.
    """
    u, quantum = quotient.arithmetic.u, quotient.arithmetic.quantum
    mean = total(w * quotient.y)
    lost_w, lost_extra = quanta
    passed = quotient.height + 1
    kept = upper(quotient.log_y, quotient.error + passed * u)
    kept = w_error * (kept + quotient.quantum * np.exp(passed * u)) * quotient.visible
    mean_error = quotient.product_error(w, passed + roundings, lost_w) + total(kept)
    size = np.abs(w) + np.abs(mean) + np.abs(extra)
    k = (3 + roundings) * u + 2 * quotient.reading  # of g, and of the x that it multiplies
    error = quotient.grown() * np.abs(w - mean + extra)
    error += upper(quotient.log_y, quotient.error + k) * (mean_error + w_error)
    error += upper(quotient.log_y, quotient.error) * np.expm1(k) * size
    underflow = quotient.quantum * (size + mean_error + w_error) + lost_w + lost_extra + quantum
    return np.asarray(error + underflow * np.exp(k) * quotient.visible)


def moment(
    quotient: Quotient, g: Rows, t: Rows, reach: Rows, left_out: Rows | float = 0.0
) -> tuple[Rows, Rows]:
    """K = <y (g - e), t> and its error; section 7.1.

    Parameters
    ----------
    quotient : Quotient
    g, t : (rows, columns)
    reach : (rows, columns)
        abs(t), measured from where an implementation may measure it.
    left_out : (rows, 1), optional
        What e may lack besides.
    """
    k = quotient.height + 4
    e = total(g * quotient.y)
    e_error = quotient.product_error(g, k) + left_out
    value = total(quotient.y * (g - e) * t)
    size = np.abs(g) + np.abs(e) + e_error
    terms = size * reach * quotient.grown(k) + e_error * reach * quotient.y
    quanta = size * quotient.quantum * (reach + 1)
    for factor in (g, np.abs(e) + e_error):
        quanta = quanta + lost(quotient.arithmetic.quantum, 2, quotient.most, factor, reach)
    return value, total(terms + quanta * np.exp(k * quotient.arithmetic.u) * quotient.visible)


def log_pull(quotient: Quotient, g: Rows) -> Pulled:
    """H = g - y sum(g); section 6.5."""
    u, quantum = quotient.arithmetic.u, quotient.arithmetic.quantum
    e = total(g)
    e_error = total(np.abs(g) * np.expm1(quotient.height * u + quotient.reading))
    error = quotient.grown(1) * np.abs(e)
    error += upper(quotient.log_y, quotient.error + u) * e_error
    error += (quotient.quantum * np.exp(u) * (np.abs(e) + e_error) + quantum) * quotient.visible
    h = g - quotient.y * e  # g where the score is -inf
    error += quotient.reading * np.abs(g)
    return Pulled(e, e_error, h, error * np.exp(u) + np.abs(h) * np.expm1(u))


def log_moment(quotient: Quotient, g: Rows, t: Rows, reach: Rows) -> tuple[Rows, Rows]:
    """K = <g - y sum(g), t> and its error; section 7.3."""
    u = quotient.arithmetic.u
    k = quotient.height + 4 + 2 * quotient.reading / u
    e = total(g)
    e_error = total(np.abs(g) * np.expm1(k * u))
    value = total((g - quotient.y * e) * t * quotient.visible)
    terms = np.abs(g) * np.expm1(k * u) + np.abs(e) * quotient.grown(k)
    terms += e_error * upper(quotient.log_y, quotient.error + k * u)
    size, quantum = np.abs(e) + e_error, quotient.arithmetic.quantum
    quanta = size * quotient.quantum * (reach + 1) + quantum
    quanta = quanta + lost(quantum, 2, quotient.most, size, reach)
    return value, total(terms * reach + quanta * np.exp(k * u) * quotient.visible)


def mean_score(quotient: Quotient, x: Rows, reach: Rows) -> tuple[Rows, Rows]:
    """<y, x>, from 0 or from the largest score, and its error; section 7.9.

    Parameters
    ----------
    quotient : Quotient
    x : (rows, columns)
    reach : (rows, columns)
        abs(x) and the distance from the largest score, added.
    """
    k = quotient.height + 4
    quanta = (quotient.quantum + quotient.arithmetic.quantum) * (reach + 1)
    terms = reach * quotient.grown(k)
    quanta = quanta * np.exp(k * quotient.arithmetic.u) * quotient.visible
    return total(quotient.y * x), total(terms + quanta)


def on_both(bound: Rows, size: Rows, of_lse: Rows, arithmetic: Arithmetic) -> Rows:
    """The error of a loss on y and on the log-sum-exp; sections 6.8 and 7.9.

    Parameters
    ----------
    bound, of_lse : (rows, ...)
        Of the gradient of y alone, and of that of the log-sum-exp.
    size : (rows, ...)
        Of the log-sum-exp's cotangent.
    """
    return np.asarray(4 * (bound + size * of_lse) + 4 * arithmetic.quantum)


def shared(bound: Rows, value: Rows, entries: int, arithmetic: Arithmetic) -> float:
    """The error of a parameter's gradient that rows of so many entries share; section 7.8."""
    count = len(bound)
    terms = np.array([[entries + 1.0], [count * (entries + 1.0)]])
    one, every = (float(arithmetic.height(t[None], int(t[0]))[0, 0]) + 1 for t in terms)
    added = float(np.sum(np.abs(value) + bound)) * np.expm1(count * arithmetic.u)
    return float(np.sum(bound)) * every / one + float(added)


def unit(x: Rows) -> Pulled:
    """An e of -1, exact: of what multiplies -e it gives the factor alone."""
    ones = np.ones((len(x), 1))
    return Pulled(-ones, 0 * ones, 0 * ones, 0 * ones)


def finish_gradient(
    arithmetic: Arithmetic, value: Rows, bound: Rows, dtype: Any, where: Any = True
) -> Rows:
    """``bound`` with the final rounding of a gradient; +inf where evaluating it overflows."""
    finite = np.isfinite(value)
    value, bound = np.where(finite, value, 0.0), np.where(finite, bound, np.inf)
    return arithmetic.finish(value, bound, dtype, where)
