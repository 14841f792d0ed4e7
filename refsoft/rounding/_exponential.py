"""Rounding of exponential weights exp(c x) over their sum; docs/bounds.md, section 4."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refsoft.rounding._arithmetic import FORMATS, Arithmetic, Rows
from refsoft.rounding._gradient import Pulled, mean_score
from refsoft.rounding._quotient import Quotient, Scale, finite_or, grow, seen, upper


@dataclass(frozen=True, slots=True)
class Exponential:
    """A softmax over scores c x, and over one virtual score more if there is an offset.

    Attributes
    ----------
    quotient : Quotient
        Of the visible scores.
    offset : Quotient or None
        Of the virtual score, one column.
    lse : (rows, 1)
        The exact log-sum-exp.
    lse_error : (rows, 1)
        Of the log-sum-exp.
    log_error : (rows, columns)
        Of c x - lse before the final rounding of that subtraction.
    reach : (rows, columns)
        abs(x), measured from where an implementation may measure it.
    """

    quotient: Quotient
    offset: Quotient | None
    top: Rows
    lse: Rows
    lse_error: Rows
    log_error: Rows
    reach: Rows

    def over_total(self, pulled: Pulled) -> tuple[Rows, Rows]:
        """-e/Z, Z the unscaled sum, as e exp(-m)/S or e exp(-lse), and its error; section 7.4."""
        arithmetic = self.quotient.arithmetic
        u = arithmetic.u
        error = self.quotient.sum_error + arithmetic.exp_error(self.top)
        error = error + (arithmetic.division + 1) * u
        if arithmetic.scale_first:
            via_lse = self.lse_error + u
            error = np.maximum(error, via_lse + arithmetic.exp_error(np.abs(self.lse) + via_lse))
        size = np.abs(pulled.e) + pulled.e_error
        bound = grow(-self.lse, error) * np.abs(pulled.e)
        bound += upper(-self.lse, error) * pulled.e_error
        return -pulled.e * np.exp(-self.lse), bound + 3 * arithmetic.function_quantum * (size + 1)

    def times_offset(self, pulled: Pulled, kept: Quotient) -> tuple[Rows, Rows]:
        """-e y_s, y_s the virtual score's result, and its error; section 7.5."""
        if self.offset is None:
            raise TypeError("these weights have no offset; accepted: exponential(..., offset=...)")
        offset, u = self.offset, kept.arithmetic.u
        y_error = offset.grown(1) + offset.quantum * offset.visible
        if kept.arithmetic.scale_first:  # or as 1 - sum(y)
            complement = kept.product_error(np.ones_like(kept.log_y), kept.height)
            complement = complement * np.exp(u) + 2 * u
            y_error = np.maximum(y_error, complement)
        bound = y_error * np.abs(pulled.e) + (offset.y + y_error) * pulled.e_error
        return -pulled.e * offset.y, bound * np.exp(u) + kept.arithmetic.quantum


def identity(x: Rows) -> Scale:
    """The coefficient 1 of every row of x."""
    zeros = np.zeros((len(x), 1))
    return Scale(zeros + 1, zeros, zeros)


def reciprocal(temperature: Rows, arithmetic: Arithmetic, power: int = 1) -> Scale:
    """1/T or 1/T^2: T read, inverted, multiplied, each once or ``power`` times (4.1, 7.2)."""
    value = temperature**-power
    exact = np.frexp(temperature)[0] == 0.5
    read = arithmetic.parameter_reading(temperature)
    error = power * read + np.where(exact, 0.0, power * arithmetic.u)
    # What T^2 has lost where it underflows is relative to it, and 1/T^2 loses a quantum itself.
    normal, whole = 2 * FORMATS[arithmetic.format].normal, temperature**power
    lost = np.where((power > 1) & (whole < normal), arithmetic.quantum / whole, 0.0)
    lost = np.minimum(lost * np.exp(power * read + arithmetic.u), 1.0)
    error = value * np.expm1(error - np.log1p(-lost))
    error = error + np.where(value < normal, arithmetic.quantum, 0.0)
    # Distances that are known twice as precisely are divided so, too.
    apart = np.zeros_like(value) if arithmetic.exact_shift else None
    return Scale(value, error, np.where(exact, 0.0, power), apart)


def lse_of_temperature(
    quotient: Quotient, x: Rows, where: Any, reach: Rows, temperature: Rows
) -> tuple[Rows, dict[str, Rows]]:
    """The errors of y/T and of -<y, x>/T^2, the gradient of log(sum(exp(x/T))); section 7.9."""
    x, arithmetic = seen(x, where), quotient.arithmetic
    once, twice = (reciprocal(temperature, arithmetic, power) for power in (1, 2))
    dx_error = once.apply(quotient.y, quotient.absolute(), arithmetic)
    mean, mean_error = mean_score(quotient, x, np.abs(x) + reach)
    slope_error = twice.apply(mean, mean_error, arithmetic)
    return dx_error * quotient.visible, {"temperature": slope_error[:, 0]}


def exponential(
    x: Rows,
    where: Any,
    arithmetic: Arithmetic,
    dtype: Any,
    coefficient: Scale,
    offset: tuple[Rows, Rows] | None = None,
) -> Exponential:
    """Bound the errors of exp(c x_j) over their sum.

    Parameters
    ----------
    x, where : (rows, n)
    coefficient : Scale
        c; ``roundings`` is 0 where a product with it is exact.
    offset : tuple, optional
        The virtual score, a column, and the logarithmic error of its weight
        beyond that of a score's. Needs c = 1.
    """
    if offset is not None:
        x = np.hstack([x, offset[0]])
        where = np.hstack([where, np.ones_like(offset[0], dtype=bool)])
    c = coefficient.value
    z = np.where(where & ~np.isnan(x), np.where(c == 0, 0.0, c * x), -np.inf)
    finite = np.isfinite(z) & np.isfinite(x)
    top = finite_or(np.max(np.where(finite, z, -np.inf), axis=1, keepdims=True, initial=-np.inf))
    d = np.where(finite, top - z, np.inf)
    near = np.where(finite, x, 0.0)
    gap = _gap(near, finite, c)

    shift, rounded, common = _shift_errors(
        near, gap, np.where(finite, d, 0.0), arithmetic, dtype, coefficient
    )
    u = arithmetic.u
    at_top = np.max(np.where(d == 0, rounded, 0.0), axis=1, keepdims=True, initial=0.0)
    error = shift + arithmetic.exp_error(np.where(finite, d, 0.0) + shift + at_top)
    if offset is not None:
        error[:, -1:] += offset[1]
    quotient = Quotient.of(-d, error, arithmetic)

    # Section 4.4: the logarithm of the sum, and results formed from it.
    log_total = quotient.log_total
    sum_log_error = quotient.sum_error + np.expm1(arithmetic.log * u) * (
        np.abs(log_total) + quotient.sum_error + at_top
    )
    lse = top + log_total
    lse_error = (sum_log_error + at_top) * np.exp(u) + np.abs(lse) * np.expm1(u)
    log_error = shift + sum_log_error
    if arithmetic.scale_first:
        distance = np.where(finite, d, 0.0) + log_total
        via_lse = rounded + sum_log_error + u * (np.abs(lse) + common + sum_log_error)
        log_error = np.maximum(log_error, via_lse)
        via_lse = via_lse * np.exp(u) + np.expm1(u) * np.abs(distance)
        via_lse = via_lse + arithmetic.exp_error(np.abs(distance) + via_lse)
        quotient = quotient.at_least(via_lse)

    # Where c x overflows float64 itself nothing is proven of the row.
    lost = np.any(where & np.isfinite(x) & np.isinf(c * x), axis=1, keepdims=True)
    quotient = replace(quotient, quantum=np.where(lost, np.inf, quotient.quantum))
    log_error = np.where(lost, np.inf, log_error)

    n = x.shape[1] - (offset is not None)
    raw = arithmetic.scale_first or arithmetic.reading(dtype) > 0
    reach = np.maximum(gap, np.abs(near)) if raw else gap
    if arithmetic.exact_shift and arithmetic.storage is not None:
        # From the y that was kept: measured from where that would be 1.
        kept = np.max(quotient.error, axis=1, keepdims=True) + FORMATS[arithmetic.storage].roundoff
        reach = reach + (np.abs(log_total) + kept) / np.abs(np.where(c == 0, 1, c))
    return Exponential(
        quotient.columns(slice(0, n)),
        None if offset is None else quotient.columns(slice(n, n + 1)),
        top,
        lse,
        lse_error,
        log_error[:, :n],
        reach[:, :n],
    )


def _gap(x: Rows, finite: Any, c: Rows) -> Rows:
    """The distance of x from the entry with the largest c x, without overflow's NaN."""
    highest = np.max(np.where(finite, x, -np.inf), axis=1, keepdims=True, initial=-np.inf)
    lowest = np.min(np.where(finite, x, np.inf), axis=1, keepdims=True, initial=np.inf)
    return np.where(finite, np.abs(x - finite_or(np.where(c < 0, lowest, highest))), 0.0)


def _shift_errors(
    x: Rows, gap: Rows, d: Rows, arithmetic: Arithmetic, dtype: Any, coefficient: Scale
) -> tuple[Rows, Rows, Rows]:
    """Absolute errors of c (x_j - x_top), of c x_j beside a common shift, and this (4.2, 4.3)."""
    u, reading = arithmetic.u, arithmetic.reading(dtype)
    c, c_error = np.abs(coefficient.value), coefficient.error
    if arithmetic.exact_shift:  # section 11.2
        apart = c_error if coefficient.apart is None else coefficient.apart
        shift = np.where(apart > 0, gap * apart, 0.0)
        return shift, np.zeros_like(shift), np.zeros_like(c)
    k = (1 + coefficient.roundings) * u
    top = np.max(np.abs(x) * (gap == 0), axis=1, keepdims=True, initial=0.0)
    read = reading * (np.abs(x) + top)
    shift = (gap + read) * (c * np.expm1(k) + c_error * np.exp(k)) + c * reading * np.abs(x)
    lost = arithmetic.quantum * ((coefficient.roundings > 0) | (c < 1))
    shift = shift + lost * (gap > 0)
    if not arithmetic.scale_first:
        return shift, np.zeros_like(shift), np.zeros_like(c)
    # The factor log2(e) of a base-2 kernel is rounded, and so is c log2(e).
    c_error = c_error + 2 * u * (c + c_error)
    rounded = (c + c_error) * np.abs(x) * (np.expm1(u) + reading * np.exp(u)) + c_error * gap
    rounded = rounded + arithmetic.quantum * (x != 0)
    at_top = np.max(rounded * (gap == 0), axis=1, keepdims=True, initial=0.0)
    return np.maximum(shift, rounded + u * (d + rounded + at_top)), rounded, c_error * top
