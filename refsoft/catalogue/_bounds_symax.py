"""How far an honest symax may be from the truth; docs/bounds.md, 5.9, 6.7, 6.9, 7.7."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from refsoft import rounding


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, eta: Any, p: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.9."""
    quotient = _quotient(x, where, arithmetic, dtype, eta, p)[0]
    lost = _lost(x, where, y, arithmetic)
    error = _without(quotient, lost).absolute() + lost
    return arithmetic.finish(y, error, dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any, *, eta: Any, p: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    u, order = arithmetic.u, float(p)
    power = 0.0 if order == 1 else arithmetic.power * u + arithmetic.weight_roundoff
    power += order * u if order > 64 else 0.0  # divided by the largest, not by a power of two
    offset = 0.0 if order <= 1 or eta == 0 else 2 * (arithmetic.power + 1) * u
    offset += float(arithmetic.parameter_reading(np.full(1, eta))[0])
    if arithmetic.parameter_error(np.full(1, p))[0] > 0:  # times log(|x|/m): that of a weight
        power -= u * np.log(rounding.FORMATS[arithmetic.format].subnormal)
    entries = length + bool(eta > 0)
    error = rounding.quotient_error(entries, arithmetic, power, max(power, offset))
    return rounding.ulps(error, arithmetic, dtype)


def _lost(x: Any, where: Any, y: Any, arithmetic: Any) -> Any:
    """The results of the scores that may be read as 0, where subnormals are flushed; 0 elsewhere."""
    seen = rounding.seen(x, where)
    return y * (arithmetic.flush * (np.abs(seen) < arithmetic.quantum))


def _without(quotient: Any, lost: Any) -> Any:
    """The same with a sum that may lack what is lost: section 5.9."""
    share = np.sum(lost, axis=1, keepdims=True)
    shrunk = np.where(share < 1, -np.log1p(-np.minimum(share, 1)), np.inf)
    return replace(
        quotient,
        error=np.where(quotient.visible > 0, quotient.error + shrunk, quotient.error),
        sum_error=quotient.sum_error + shrunk,
    )


def _quotient(x: Any, where: Any, arithmetic: Any, dtype: Any, eta: Any, p: Any) -> Any:
    """The rounded quotient, and the logarithms of the sizes and of the largest of them."""
    u = arithmetic.u
    with np.errstate(divide="ignore"):
        log_x = np.log(np.abs(rounding.seen(x, where)))
        log_size = np.hstack([log_x, np.log(eta) / p])  # the offset is a score of eta^(1/p)
    top = rounding.finite_or(np.max(log_size, axis=1, keepdims=True))
    error = _power_error(log_size, p, top, arithmetic, p) + p * arithmetic.reading(dtype)
    error = error + np.where(p == 1, 0.0, arithmetic.weight_roundoff)
    # eta is read and divided by m^p or twice by m^(p/2); an error of p counts as one of m there.
    powers = np.where(p == 1, 0.0, (arithmetic.power + 2) * u)
    offset_error = arithmetic.parameter_reading(eta) + powers
    error[:, -1:] += offset_error + arithmetic.parameter_error(p) * np.abs(top)
    # A scale rounded up to a power of two leaves weights below 2^-p.
    below = np.exp2(np.minimum(p, 64))
    quotient = rounding.Quotient.of(p * (log_size - top), error, arithmetic, below)
    return quotient.columns(slice(0, log_x.shape[1])), log_x, top


def _power_error(log_size: Any, exponent: Any, top: Any, arithmetic: Any, p: Any) -> Any:
    """The logarithmic error of a power whose exponent, p or p - 1, is as inexact as p."""
    u, order = arithmetic.u, np.abs(exponent)
    log_size = np.where(log_size > -np.inf, log_size, top)
    apart = np.abs(log_size - top)
    read = arithmetic.parameter_error(p) * (apart + np.log(2.0))
    library = read + np.where((order == 0) | (exponent == 1), 0.0, arithmetic.power * u)
    if arithmetic.exact_shift:  # the scale is a power of two up to p = 64
        return library + np.where(p > 64, order * u, 0.0)
    if not arithmetic.scale_first:
        return library
    # The scores divided by the largest, or the power as exp(p log(x)).
    far = np.maximum(np.abs(log_size), apart)
    grown = (arithmetic.log + 2) * u * np.exp((arithmetic.log + 5) * u)
    logs = read + grown * order * (far + 1)
    logs = logs + arithmetic.exp_error(order * far + 3 * logs)  # the largest's error is in it
    return np.maximum(library + order * u, np.where(exponent == 1, 0.0, logs))


def _slope_error(quotient: Any, log_a: Any, top: Any, arithmetic: Any, p: Any) -> Any:
    """The logarithmic error of p |x|^(p-1) / Z; section 6.7."""
    u, read = arithmetic.u, arithmetic.parameter_error(p)
    error = np.maximum(
        _power_error(log_a, p, top, arithmetic, p), _power_error(log_a, p - 1, top, arithmetic, p)
    )
    error = error + quotient.sum_error + np.abs(log_a - top) * u
    if arithmetic.scale_first:  # exp((p - 1) log|x| - log(Z))
        rounded = np.where(p < 0.5, u, 0.0)
        order, size = np.abs(p - 1), np.abs(log_a)
        moved = (order + read + rounded) * (size + 1) * np.expm1((arithmetic.log + 1) * u)
        moved = moved + read * np.abs(log_a - top) + rounded * size
        via_log = _from_log(order * size, moved, quotient, top, arithmetic, p)
        error = np.maximum(error, np.where(p == 1, 0.0, via_log))
    return error + (arithmetic.division + 4) * u + read / p


def _slope(quotient: Any, log_x: Any, top: Any, arithmetic: Any, dtype: Any, p: Any) -> Any:
    """log|x|, the largest for a score of 0; the logarithm of p |x|^(p-1) / Z; and its error."""
    present = quotient.visible > 0
    log_a = np.where(present, log_x, top)
    log_slope = np.log(p) + (p - 1) * log_a - p * top - quotient.log_total
    error = _slope_error(quotient, log_a, top, arithmetic, p)
    error = error + (p + 2) * arithmetic.reading(dtype)
    return log_a, np.where(present, log_slope, -np.inf), error


def _total_error(quotient: Any, top: Any, arithmetic: Any, p: Any) -> Any:
    """The logarithmic error of e / Z, e exact; section 7.7."""
    u = arithmetic.u
    powers = 2 * _power_error(top, p / 2, top, arithmetic, p)  # m^(p/2) twice
    error = quotient.sum_error + (arithmetic.division + 2) * u + np.where(p == 1, 0.0, powers)
    if arithmetic.scale_first:  # exp(-log(Z))
        via_log = _from_log(0.0, 0.0, quotient, top, arithmetic, p) + u
        error = np.maximum(error, np.where(p == 1, 0.0, via_log))
    return error + arithmetic.parameter_error(p) * np.abs(top)


def _from_log(size: Any, moved: Any, quotient: Any, top: Any, arithmetic: Any, p: Any) -> Any:
    """The error of exp(t - log(Z)), t of that size and known up to ``moved``.

    log(Z) is that of the sum or p log(m) + log(S), whose sum may cancel; a logarithm may err
    absolutely near 1.
    """
    u, lost = arithmetic.u, quotient.sum_error
    away = (p + arithmetic.parameter_error(p)) * np.abs(top) + quotient.log_total
    error = lost + np.expm1((arithmetic.log + 2) * u) * (away + lost + 1)
    error = (moved + error) * np.exp(u) + np.expm1(u) * (size + away)
    return error + arithmetic.exp_error(size + away + error)


def _slope_quanta(quotient: Any, log_a: Any, top: Any, arithmetic: Any, p: Any, factor: Any) -> Any:
    """What underflow takes from the slope times a factor; section 6.7."""
    quantum = arithmetic.quantum
    # p, the power, 1/S and 1/m, in any order; up to p = 1 the power is of |x| and the scale m^p.
    power = np.exp((p - 1) * np.where(p > 1, log_a - top, log_a))
    scale = np.exp(-np.minimum(p, 1) * top)
    small = (p > 1) & (log_a - top < np.log(4 * rounding.FORMATS[arithmetic.format].normal))
    base = np.where(small, np.where(p < 2, quantum ** (p - 1), p * quantum), 0.0)
    before, below = arithmetic.function_quantum + base, np.exp2(np.minimum(p, 64))
    scaled = rounding.lost(quantum, 6, p, power, scale, below, factor, before=before)
    # p, y and 1/x.
    before = quotient.quantum + base
    return np.maximum(scaled, rounding.lost(quantum, 4, p, np.exp(-log_a), factor, before=before))


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, eta: Any, p: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.7 and 7.7."""
    quotient, log_x, top = _quotient(x, where, arithmetic, dtype, eta, p)
    lost = _lost(x, where, y, arithmetic)
    quotient = _without(quotient, lost).kept(dtype)
    g, signs = rounding.seen(g, where), np.sign(rounding.seen(x, where))
    u = arithmetic.u
    log_z = p * top + quotient.log_total
    present = quotient.visible > 0

    # dx = p |x|^(p-1) sign(x) (g - e) / Z
    pulled = rounding.pull(quotient, g)
    left_out = np.sum(np.abs(g) * lost, axis=1, keepdims=True)
    pulled = replace(pulled, e_error=pulled.e_error + left_out)
    log_a, log_slope, error = _slope(quotient, log_x, top, arithmetic, dtype, p)
    size = pulled.size(g)
    dx_error = rounding.grow(log_slope, error) * np.abs(g - pulled.e)
    dx_error += rounding.upper(log_slope, error) * (pulled.e_error + np.expm1(2 * u) * size)
    for factor in (g, pulled.size(0.0)):
        underflow = _slope_quanta(quotient, log_a, top, arithmetic, p, factor)
        dx_error += underflow * np.exp(8 * u) * present
    dx = np.exp(log_slope) * signs * (g - pulled.e)

    # deta = -e / Z, and dp = <y (g - e), log|x|>
    total_error = _total_error(quotient, top, arithmetic, p)
    deta_error = rounding.grow(-log_z, total_error) * np.abs(pulled.e)
    deta_error += rounding.upper(-log_z, total_error) * pulled.e_error
    # e, 1/S and 1/m^(p/2) twice, in any order, or the exponential of -log(Z).
    factors = pulled.size(0.0), np.exp2(np.minimum(p, 64)), np.exp(-p * top)
    underflow = rounding.lost(arithmetic.quantum, 6, *factors, before=arithmetic.function_quantum)
    deta_error += underflow * np.exp(6 * u)
    logs = np.where(present, log_x, 0.0)
    # Near 1, an inexact x or a fast logarithm errs absolutely; the latter may be that of 16 bits.
    fast = arithmetic.exp[1] > 0 or arithmetic.u > rounding.FORMATS["float32"].roundoff
    reach = np.abs(logs) + (fast or arithmetic.reading(dtype) > 0)
    inexact = quotient.at_least(quotient.error + arithmetic.log * u)
    # What is read as 0 is lost to <y (g - e), log|x|>, and moves e in every other term.
    dp, dp_error = rounding.moment(inexact, g, logs, reach, left_out)
    dp_error += rounding.total(reach * (np.abs(g) + np.abs(pulled.e)) * lost)
    return rounding.finish_gradient(arithmetic, dx, dx_error, dtype, where), {
        "eta": rounding.finish_gradient(arithmetic, -pulled.e * np.exp(-log_z), deta_error, dtype)[
            :, 0
        ],
        "p": rounding.finish_gradient(arithmetic, dp, dp_error, dtype)[:, 0],
    }


@np.errstate(all="ignore")
def jvp_bound(
    x: Any, v: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, eta: Any, p: Any
) -> Any:
    """How far an honest tangent may be from the truth; docs/bounds.md, section 6.9."""
    quotient, log_x, top = _quotient(x, where, arithmetic, dtype, eta, p)
    lost = _lost(x, where, y, arithmetic)
    quotient = _without(quotient, lost).kept(dtype)
    v, u = rounding.seen(v, where), arithmetic.u
    log_a, log_slope, error = _slope(quotient, log_x, top, arithmetic, dtype, p)
    own = np.sign(rounding.seen(x, where)) * np.exp(log_slope) * v
    size, present = np.abs(v), quotient.visible
    underflow = _slope_quanta(quotient, log_a, top, arithmetic, p, v) * present

    # s v - y <s, v>, s = p |x|^(p-1) sign(x) / Z; a score read as 0 may be left out of both.
    passed = (quotient.height + 1) * u
    lost_own = np.abs(own) * (lost > 0)
    mean, mean_error = rounding.total(own), size * rounding.grow(log_slope, error + passed)
    mean_error = rounding.total(mean_error + underflow * np.exp(passed + 8 * u) + lost_own)
    reach = np.abs(mean) + mean_error
    bound = size * rounding.grow(log_slope, error + 2 * u) + lost_own
    bound = bound + quotient.grown(2) * np.abs(mean)
    bound = bound + rounding.upper(quotient.log_y, quotient.error + 2 * u) * mean_error
    bound = bound + quotient.quantum * np.exp(2 * u) * reach * present
    # p and 1/S may come after the sum.
    factors = p, np.exp2(np.minimum(p, 64)), reach * np.exp(quotient.log_total) / np.minimum(p, 1)
    after = rounding.lost(arithmetic.quantum, 4, quotient.most, *factors)
    bound = bound + (underflow + after * present) * np.exp(8 * u)
    return rounding.finish_gradient(arithmetic, own - quotient.y * mean, bound, dtype, where)
