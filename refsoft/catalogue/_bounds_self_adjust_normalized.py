"""How far an honest self_adjust_normalized may be from the truth; docs/bounds.md, 5.8, 6.6, 6.9."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from refsoft import rounding


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.8."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    place = _place(x, where, arithmetic, dtype)
    quotient, u, quantum = weights.quotient, arithmetic.u, arithmetic.quantum
    # Two differences, their quotient, the product; what else the place errs by, and quanta.
    k, lost = (2 + arithmetic.division) * u, place.error + quantum
    error = place.u * quotient.grown(3 + arithmetic.division)
    # A product with the difference, taken first, has its quantum divided by D.
    first = place.over * np.exp(k) * (1 + place.error)
    error = error + quotient.quantum * (np.exp(k) + lost) * np.exp(u) + quantum + first
    error = error + lost * rounding.upper(quotient.log_y, quotient.error + u)
    zero_row = ~np.any(rounding.seen(x, where), axis=1, keepdims=True)
    return arithmetic.finish(y, np.where(zero_row, 0.0, error), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    # Of the quotient and of the place, four, unless these are pairs; their product is the last.
    roundings = arithmetic.division + 4 if arithmetic.held else 0.0
    return rounding.exponential_ulps(length, arithmetic, dtype, roundings=roundings)


class _Places(NamedTuple):
    u: Any  # (x - l)/D, D = h - l
    rest: Any  # 1 - u
    rate: Any  # 1/D, one column
    over: Any  # a quantum over D, one column
    error: Any  # of u and of 1 - u: absolute, beyond the roundings that are counted


def _place(x: Any, where: Any, arithmetic: Any, dtype: Any) -> _Places:
    endless = np.any(where & np.isneginf(x), axis=1, keepdims=True)
    x = rounding.seen(x, where)
    low = np.minimum(np.min(x, axis=1, keepdims=True, initial=0.0), 0.0)
    high = np.maximum(np.max(x, axis=1, keepdims=True, initial=0.0), 0.0)
    # By a power of two: D may overflow where nothing that is made of it does.
    exponent = np.frexp(np.maximum(high, -low))[1]
    size, low, high = (np.ldexp(v, -exponent) for v in (x, low, high))
    zero = high == low  # a row of zeros, whose results are zeros
    width = np.where(zero, 1.0, high - low)
    # 1/D may underflow, before it is multiplied by a difference.
    error = width * np.ldexp(arithmetic.quantum, exponent)
    reading = arithmetic.reading(dtype)
    error = error + 2 * reading * (np.abs(size) + np.abs(low) + width) / width
    if arithmetic.flush or reading > 0:
        # Each difference loses its result and both scores, where they are below what is held.
        lost = np.ldexp(3 * arithmetic.quantum, -exponent)
        error = error + np.where(width > lost, 2 * lost / (width - lost), np.inf)
    # Beside a score of -inf the place of every finite one is 1, by its limit, and moves no more.
    return _Places(
        np.where(endless, 1.0, (size - low) / width),
        np.where(endless, 0.0, (high - size) / width),
        np.where(endless | zero, 0.0, np.ldexp(1 / width, -exponent)),
        np.where(endless | zero, 0.0, np.ldexp(arithmetic.quantum, -exponent) / width),
        np.where(endless | zero, 0.0, error),
    )


@np.errstate(all="ignore")
def vjp_bound(x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.6."""
    if not x.size:
        return np.zeros(x.shape), {}
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    quotient = weights.quotient.kept(dtype)
    place = _place(x, where, arithmetic, dtype)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    y, size, quantum, k = quotient.y, np.abs(g), arithmetic.quantum, 3 + arithmetic.division
    # What is lost of y g (x - l) or g (x - l) is divided by D after that; and of y g/D what the
    # first of its products loses is multiplied by the third factor, 1/D's by both others.
    near, most = quantum * np.maximum(1.0, place.rate), quotient.most
    third = np.maximum(np.maximum(size, place.rate), most)
    lost_w = rounding.lost(quantum, 1, most, g, before=2 * near)
    quanta = lost_w, quantum * (1 + third + size * most)
    w, extra = g * place.u, g * place.rate
    error = rounding.modulated(quotient, w, extra, k, size * place.error, quanta)
    dx = y * (w - rounding.total(w * y) + extra)

    # The corrections at the extremes: sums of g a (1 - u) and of g a u, over h - l.
    k = k + quotient.height + arithmetic.division + 3
    underflow = size * quotient.quantum * (1 + place.error) * place.rate
    before = 3 * near + quantum
    underflow = underflow + rounding.lost(quantum, 1, most, g, place.rate, before=before)
    underflow = rounding.total(underflow * np.exp(k * arithmetic.u) * quotient.visible) + quantum
    top = rounding.upper(quotient.log_y, quotient.error)
    for at, sign, part, apart in (
        (np.argmin(x, axis=1), -1, place.rest, place.u),
        (np.argmax(x, axis=1), 1, place.u, 0.0),
    ):
        extreme = np.arange(x.shape[1]) == at[:, None]
        score = rounding.total(extreme * x)
        moved = extreme * (sign * x > 0)
        # 1 - u errs as u does, absolutely.
        inexact = place.error * np.exp(k * arithmetic.u) + apart * np.expm1(k * arithmetic.u)
        part_error = size * (part * quotient.grown(k) + top * inexact)
        value = moved * rounding.total(g * y * part) * place.rate
        value_error = moved * (rounding.total(part_error) * place.rate + underflow)
        # Scores that reading may make equal: the subgradient may go to either.
        near = np.abs(x - score) < 2 * arithmetic.reading(dtype) * np.abs(score)
        contested = near & (np.sum(near, axis=1, keepdims=True) > 1)
        error = error + value_error
        kept = np.expm1(max(arithmetic.u, arithmetic.weight_roundoff))
        error = error + kept * moved * (np.abs(dx) + np.abs(value) + error)
        error = np.where(contested, np.inf, error)
        dx = dx - value
    return rounding.finish_gradient(arithmetic, dx, error, dtype, where), {}


@np.errstate(all="ignore")
def jvp_bound(x: Any, v: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest tangent may be from the truth; docs/bounds.md, section 6.9."""
    if not x.size:
        return np.zeros(x.shape)
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    quotient = weights.quotient.kept(dtype)
    place = _place(x, where, arithmetic, dtype)
    v, x = rounding.seen(v, where), rounding.seen(x, where)
    mean, mean_error = rounding.mean_tangent(quotient, v)
    low, low_apart = _end(x, v, -1, arithmetic, dtype)
    high, high_apart = _end(x, v, 1, arithmetic, dtype)
    rate, zeta, k = place.rate, place.error, 10 + 2 * arithmetic.division
    inner = place.u * (v - mean) + rate * (v - place.u * high - place.rest * low)

    reach, size = np.abs(mean) + mean_error, np.abs(v)
    low, high = np.abs(low) + low_apart, np.abs(high) + high_apart
    grown = np.exp(k * arithmetic.u + 2 * quotient.reading)
    terms = place.u * (size + reach) + rate * (size + place.u * high + (1 + place.u) * low)
    # What the place errs by otherwise, and 1/D relatively.
    apart = size + reach + rate * (size + (2 + zeta) * high + (3 + zeta) * low)
    inner_error = (grown - 1) * terms + place.u * mean_error + grown * zeta * apart
    inner_error = inner_error + rate * (place.u * high_apart + place.rest * low_apart)

    most, quantum = quotient.most, arithmetic.quantum
    least = quantum * np.maximum(1.0, rate)
    underflow = quantum + sum(
        rounding.lost(quantum, 1, most, t, before=2 * least) for t in (v, reach)
    )
    before = 3 * least + quantum
    for times, t in ((1, v), (1, high), (2, low)):
        underflow = underflow + times * rounding.lost(quantum, 1, most, t, rate, before=before)
    error = rounding.pushed(quotient, inner, inner_error, underflow, k)
    return rounding.finish_gradient(arithmetic, quotient.y * inner, error, dtype, where)


def _end(x: Any, v: Any, sign: int, arithmetic: Any, dtype: Any) -> Any:
    """The tangent of the smallest or of the largest score, if that moves the place of others.

    And by how much another may differ that reading makes as extreme, or its absence.
    """
    at = np.argmax(sign * x, axis=1)
    extreme = np.arange(x.shape[1]) == at[:, None]
    score = rounding.total(extreme * x)
    moved = rounding.total(extreme * v) * (sign * score > 0)
    near = np.abs(x - score) < 2 * arithmetic.reading(dtype) * np.abs(score)
    apart = np.max(near * np.abs(v - moved) * (sign * score > 0), axis=1, keepdims=True)
    gone = arithmetic.flush & (np.abs(score) < arithmetic.quantum)
    return moved, np.maximum(apart, np.where(gone, np.abs(moved), 0.0))


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8."""
    weights = rounding.exponential(x, where, arithmetic, dtype, rounding.identity(x))
    return weights.quotient.kept(dtype).absolute(), {}
