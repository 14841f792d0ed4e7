"""How far an honest symax may be from the truth; docs/bounds.md, sections 5.9, 6.7, 7.7."""

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
    offset += float(arithmetic.parameter_error(np.full(1, eta))[0] > 0) * u
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
    offset_error = np.where(arithmetic.parameter_error(eta) > 0, u, 0.0) + powers
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


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, eta: Any, p: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.7 and 7.7."""
    quotient, log_x, top = _quotient(x, where, arithmetic, dtype, eta, p)
    lost = _lost(x, where, y, arithmetic)
    quotient = _without(quotient, lost).kept(dtype)
    g, signs = rounding.seen(g, where), np.sign(rounding.seen(x, where))
    u, quantum = arithmetic.u, arithmetic.quantum
    log_z = p * top + quotient.log_total
    present = quotient.visible > 0
    log_a = np.where(present, log_x, top)

    # dx = p |x|^(p-1) sign(x) (g - e) / Z
    pulled = rounding.pull(quotient, g)
    left_out = np.sum(np.abs(g) * lost, axis=1, keepdims=True)
    pulled = replace(pulled, e_error=pulled.e_error + left_out)
    log_slope = np.where(present, np.log(p) + (p - 1) * log_a - log_z, -np.inf)
    error = np.maximum(
        _power_error(log_a, p, top, arithmetic, p), _power_error(log_a, p - 1, top, arithmetic, p)
    )
    error = error + quotient.sum_error + (arithmetic.division + 4 + np.abs(log_a - top)) * u
    error = error + arithmetic.parameter_error(p) / p + (p + 2) * arithmetic.reading(dtype)
    error = error + np.where(
        p == 1, 0.0, arithmetic.scale_first * (arithmetic.log + 1) * u * np.abs(log_z)
    )
    size = np.abs(g) + np.abs(pulled.e) + pulled.e_error
    dx_error = rounding.grow(log_slope, error) * np.abs(g - pulled.e)
    dx_error += rounding.upper(log_slope, error) * (pulled.e_error + np.expm1(2 * u) * size)
    at_top = np.log(p) + (p - 1) * top - log_z
    underflow = np.exp2(np.minimum(p, 64)) * rounding.upper(at_top, error)
    dx_error += arithmetic.function_quantum * present * (size * (1 + underflow) + 2)
    dx = np.exp(log_slope) * signs * (g - pulled.e)

    # deta = -e / Z, and dp = <y (g - e), log|x|>
    total_error = quotient.sum_error + (arithmetic.division + 2) * u
    total_error = total_error + _power_error(top, p, top, arithmetic, p)
    total_error = total_error + np.where(p == 1, 0.0, (arithmetic.power + 2) * u)  # m^(p/2) twice
    total_error = total_error + arithmetic.parameter_error(p) * np.abs(top)
    deta_error = rounding.grow(-log_z, total_error) * np.abs(pulled.e)
    deta_error += rounding.upper(-log_z, total_error) * pulled.e_error
    deta_error += quantum * (2 * (np.abs(pulled.e) + pulled.e_error) + 1)
    logs = np.where(present, log_x, 0.0)
    # Near 1, an inexact x or a fast logarithm errs absolutely; the latter may be that of 16 bits.
    fast = arithmetic.exp[1] > 0 or arithmetic.u > rounding.FORMATS["float32"].roundoff
    reach = np.abs(logs) + (fast or arithmetic.reading(dtype) > 0)
    inexact = quotient.at_least(quotient.error + arithmetic.log * u)
    dp, dp_error = rounding.moment(inexact, g, logs, reach)
    # What is read as 0 is lost to <y (g - e), log|x|>, and moves e in every other term.
    dp_error += rounding.total(reach * (size * lost + left_out * (y + quotient.grown())))
    return rounding.finish_gradient(arithmetic, dx, dx_error, dtype, where), {
        "eta": rounding.finish_gradient(arithmetic, -pulled.e * np.exp(-log_z), deta_error, dtype)[
            :, 0
        ],
        "p": rounding.finish_gradient(arithmetic, dp, dp_error, dtype)[:, 0],
    }
