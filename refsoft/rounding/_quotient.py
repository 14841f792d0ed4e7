"""Rounding of y_i = w_i / (sum of w) and of what is derived from it; docs/bounds.md."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from refsoft.rounding._arithmetic import Arithmetic, Rows

LARGEST = 709.0  # exp of more overflows


def upper(log_y: Rows, error: Rows) -> Rows:
    """Y times exp(error), from log y."""
    return np.asarray(np.exp(np.minimum(log_y + error, LARGEST)))


def grow(log_y: Rows, error: Rows) -> Rows:
    """By how much a factor exp(e), abs(e) <= error, moves y: y * expm1(error).

    Where y is so small that float64 has no relative error to speak of, and
    where the error is large, y * exp(error) is the safe form.
    """
    small = error < 1
    moved = np.exp(log_y) * np.expm1(np.where(small, error, 0.0))
    return np.asarray(np.where(small, moved, upper(log_y, error)))


def log_sum(log_w: Rows) -> Rows:
    """log(sum(exp(log_w))) of every row."""
    top = np.max(log_w, axis=1, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.asarray(top + np.log(np.sum(np.exp(log_w - top), axis=1, keepdims=True)))


def total(terms: Rows) -> Rows:
    """Row sums as a column."""
    return np.asarray(np.sum(terms, axis=1, keepdims=True))


def lost(quantum: float, operations: int, *factors: Rows, before: Rows | float = 0.0) -> Rows:
    """What underflow takes from a product of the factors, in any order; section 1.3.

    Each of the operations, quotients among them, loses a quantum, which the other factors
    multiply; the last one's is multiplied by nothing. ``before`` is what factors have lost.
    """
    error = np.expm1((operations - 1) * quantum + before)
    for factor in factors:
        error = error * np.maximum(1.0, np.abs(factor))
    return np.asarray(error + quantum)


@dataclass(frozen=True, slots=True)
class Scale:
    """A factor that is applied after something else.

    Attributes
    ----------
    value, error, roundings : (rows, 1)
        The factor, its absolute error, and the roundings of a product with it.
    apart : (rows, 1), optional
        Its error where it multiplies a distance between scores, if that is another one.
    """

    value: Rows
    error: Rows
    roundings: Rows
    apart: Rows | None = None

    def apply(
        self, value: Rows, bound: Rows, arithmetic: Arithmetic, after: Rows | float = 0.0
    ) -> Rows:
        """The error of the product, with the quanta of its underflow; sections 1.3, 6.3, 7.2.

        ``after`` is the size of what may be multiplied by the product with the factor, in
        place of before it.
        """
        k = self.roundings * arithmetic.u
        factor = np.abs(self.value)
        spread = factor * np.expm1(k) + self.error * np.exp(k)
        moved = bound * (factor + self.error) * np.exp(k) + np.abs(value) * spread
        quantum = np.where((self.roundings > 0) | (factor < 1), arithmetic.quantum, 0.0)
        # Of two products with 1/T the second multiplies what the first has lost.
        twice = np.where(self.roundings > 1, 2 * np.sqrt(factor), 0.0)
        after = after * np.exp(2 * arithmetic.u)
        return np.asarray(moved + quantum * (1 + twice + after))


@dataclass(frozen=True, slots=True)
class Quotient:
    """A computed quotient: y exp(f) + q with abs(f) <= error, abs(q) <= quantum.

    Attributes
    ----------
    log_y : (rows, columns)
        Logarithm of the exact quotient; -inf where it is 0 or masked.
    weight_error, error : (rows, columns)
        Logarithmic error of w, and of w / sum(w).
    sum_error, log_total : (rows, 1)
        Logarithmic error of the sum, and the logarithm of the sum when the
        largest weight is 1.
    quantum, height : (rows, 1)
    reading : float
        Roundoff of reading g and x, in a gradient.
    """

    arithmetic: Arithmetic
    log_y: Rows
    weight_error: Rows
    error: Rows
    sum_error: Rows
    log_total: Rows
    quantum: Rows
    height: Rows
    reading: float = 0.0

    @classmethod
    def of(
        cls, log_w: Rows, weight_error: Rows, arithmetic: Arithmetic, below: Rows | float = 1.0
    ) -> Quotient:
        """Normalise weights whose largest is 1; a weight of 0 has log_w = -inf (section 3).

        ``below`` is the factor by which an implementation's weights may be
        smaller than those given, so that more of them underflow.
        """
        u = arithmetic.u
        weight_error = np.where(log_w > -np.inf, weight_error, 0.0)
        entries = total((log_w > -np.inf).astype(np.float64))
        height = arithmetic.height(entries, log_w.shape[1])
        log_total = log_sum(log_w)
        log_y = np.where(log_w > -np.inf, log_w - log_total, -np.inf)
        average = np.maximum(log_sum(log_y + weight_error), 0.0)
        summed = arithmetic.sum_height(entries, log_w.shape[1]) * u
        function_quantum = arithmetic.function_quantum * below
        share = np.where(entries > 0, np.exp(average - log_total), 0.0)
        lost = entries * function_quantum * share
        shrunk = np.where(lost < 1, -np.log1p(-np.minimum(lost, 1)), np.inf)
        sum_error = average + shrunk + summed
        divided = upper(-log_total, sum_error + arithmetic.division * u)
        quantum = np.maximum(arithmetic.quantum + function_quantum * divided, function_quantum)
        return cls(
            arithmetic,
            log_y,
            weight_error,
            weight_error + sum_error + arithmetic.division * u,
            sum_error,
            log_total,
            quantum,
            height,
        )

    def columns(self, keep: slice) -> Quotient:
        """The same for some of the columns."""
        return replace(
            self,
            log_y=self.log_y[:, keep],
            weight_error=self.weight_error[:, keep],
            error=self.error[:, keep],
        )

    @property
    def y(self) -> Rows:
        """The exact quotient, in float64."""
        return np.asarray(np.exp(self.log_y))

    @property
    def most(self) -> Rows:
        """The largest y that may be computed."""
        return upper(self.log_y, self.error) + self.quantum

    @property
    def visible(self) -> Rows:
        """1 where there is a weight, 0 where there is none."""
        return (self.log_y > -np.inf).astype(np.float64)

    def grown(self, roundings: Rows | float = 0.0) -> Rows:
        """The error of y, or of y with so many roundings after it, without quanta."""
        return grow(self.log_y, self.error + roundings * self.arithmetic.u)

    def absolute(self) -> Rows:
        """The error of y before its final rounding."""
        return self.grown() + self.quantum * self.visible

    def kept(self, dtype: Any) -> Quotient:
        """The same y as a gradient reads it, with g and x: in their formats; section 6.2."""
        relative, quantum = self.arithmetic.kept()
        reading = self.arithmetic.reading(dtype)
        error = self.error + relative + 2 * reading
        return replace(self, error=error, quantum=self.quantum + quantum, reading=reading)

    def at_least(self, error: Rows) -> Quotient:
        """The same with an error not below ``error``: that of another way to compute it."""
        error = np.where(self.log_y > -np.inf, error, 0.0)
        return replace(self, error=np.maximum(self.error, error))

    def product_error(
        self, g: Rows, roundings: Rows | float, quanta: Rows | float | None = None
    ) -> Rows:
        """The error of <g, y> when every term passes ``roundings``; section 6.1.

        ``quanta`` is what underflow takes from a product, if that is not one quantum.
        """
        k = roundings * self.arithmetic.u
        each = self.arithmetic.quantum if quanta is None else quanta
        quanta = (np.abs(g) * self.quantum + each) * np.exp(k)
        return total(np.abs(g) * self.grown(roundings) + quanta * self.visible)


def finite_or(value: Rows, default: float = 0.0) -> Rows:
    """``value`` where it is a finite number, ``default`` elsewhere."""
    return np.where(np.isfinite(value), value, default)


def seen(values: Any, where: Any) -> Rows:
    """Values in float64, 0 at masked and at infinite entries."""
    return finite_or(np.where(where, np.asarray(values, dtype=np.float64), 0.0))
