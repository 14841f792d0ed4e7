"""How far an honest ssmax may be from the truth; docs/bounds.md, sections 5.6, 6.3, 6.8, 7.6, 7.9."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft import rounding


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, s: Any, b: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.6."""
    scale = _scale(where, arithmetic, s, b)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    return arithmetic.finish(y, weights.quotient.absolute(), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any, *, s: Any, b: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    scale = _coefficient(
        np.log(np.full(1, max(length, 1))), arithmetic, np.full(1, s), np.full(1, b)
    )
    distance = scale.error if scale.apart is None else scale.apart
    error, size = float(distance[0]), abs(float(scale.value[0]))
    rate = error / size if error else 0.0
    return rounding.exponential_ulps(length, arithmetic, dtype, rate=rate)


def _scale(where: Any, arithmetic: Any, s: Any, b: Any) -> rounding.Scale:
    log_n = np.log(np.maximum(np.sum(where, axis=1, keepdims=True), 1))
    return _coefficient(log_n, arithmetic, s, b)


def _coefficient(log_n: Any, arithmetic: Any, s: Any, b: Any) -> rounding.Scale:
    # c = s log(n) + b: s and b read, the logarithm, the product, the sum; section 4.1.
    u = arithmetic.u
    product, read = s * log_n, arithmetic.parameter_error(s) * log_n
    k = (arithmetic.log + 1) * u
    normal = 2 * rounding.FORMATS[arithmetic.format].normal
    lost = arithmetic.quantum * (np.abs(product) < normal)  # the product, where it underflows
    error = np.abs(product) * np.expm1(k) + read * np.exp(k) + lost
    error = error * np.exp(u) + arithmetic.parameter_error(b) * np.exp(u)
    c = product + b
    error = np.where(product == 0, arithmetic.parameter_error(b), error + np.abs(c) * np.expm1(u))
    # Our kernels take the logarithm, the product and the sum as pairs; section 11.2.
    close = np.abs(product) * (arithmetic.log_pair + 2.0**-40) * u + read * np.exp(u)
    close = close + arithmetic.parameter_error(b) * np.exp(u)
    apart = np.where(product == 0, error, close) if arithmetic.exact_shift else None
    exact = (error == 0) & (np.abs(np.frexp(c)[0]) == 0.5) | (c == 0) & (error == 0)
    return rounding.Scale(c, error, np.where(exact, 0.0, 1.0), apart)


def _log_length(where: Any, arithmetic: Any) -> rounding.Scale:
    log_n = np.log(np.maximum(np.sum(where, axis=1, keepdims=True), 1))
    error = log_n * np.expm1(arithmetic.log * arithmetic.u)
    return rounding.Scale(log_n, error, np.ones_like(log_n))


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, s: Any, b: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.3 and 7.6."""
    scale = _scale(where, arithmetic, s, b)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    quotient = weights.quotient.kept(dtype)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    pulled = rounding.pull(quotient, g)
    after = pulled.size(g) * quotient.visible
    dx_error = scale.apply(pulled.h, pulled.h_error, arithmetic, after)
    centre = np.sum(quotient.y * x, axis=1, keepdims=True)
    moment, moment_error = rounding.moment(quotient, g, x - centre, weights.reach)
    log_n = _log_length(where, arithmetic)
    slope_error = log_n.apply(moment, moment_error, arithmetic)
    return rounding.finish_gradient(arithmetic, pulled.h * scale.value, dx_error, dtype, where), {
        "s": rounding.finish_gradient(arithmetic, moment * log_n.value, slope_error, dtype)[:, 0],
        "b": rounding.finish_gradient(arithmetic, moment, moment_error, dtype)[:, 0],
    }


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, s: Any, b: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8 and 7.9."""
    scale = _scale(where, arithmetic, s, b)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    quotient, x = weights.quotient.kept(dtype), rounding.seen(x, where)
    dx_error = scale.apply(quotient.y, quotient.absolute(), arithmetic)
    mean, mean_error = rounding.mean_score(quotient, x, np.abs(x) + weights.reach)
    log_n = _log_length(where, arithmetic)
    slope_error = log_n.apply(mean, mean_error, arithmetic)
    return dx_error * quotient.visible, {"s": slope_error[:, 0], "b": mean_error[:, 0]}
