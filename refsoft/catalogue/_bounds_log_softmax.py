"""How far an honest log_softmax may be from the truth; docs/bounds.md, 5.2, 6.5, 6.9, 7.3."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft import rounding


@np.errstate(all="ignore")
def bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any) -> Any:
    """How far an honest result may be from y; docs/bounds.md, section 5.2."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    return arithmetic.finish(y, _before_storage(y, weights, arithmetic), dtype, where)


def ulp_bound(length: int, arithmetic: Any, dtype: Any, *, temperature: Any) -> float:
    """The largest error of a result in units in the last place; docs/bounds.md, section 11.3."""
    # Of the sum over the largest weight, which is 1 on a GPU and a float64 exponential elsewhere.
    average = rounding.weight_errors(length, arithmetic)[1]
    average += 0.0 if arithmetic.held else rounding.CLOSE * arithmetic.u
    # Of its logarithm and of the subtraction, which are below the result.
    error = rounding.sum_error(length, arithmetic, average)
    relative = (arithmetic.log + 1) * arithmetic.u
    relative += float(arithmetic.parameter_error(np.full(1, temperature))[0]) / temperature
    return rounding.absolute_ulps(error, relative, arithmetic, dtype)


def _before_storage(y: Any, weights: rounding.Exponential, arithmetic: Any) -> Any:
    size = np.where(np.isinf(y), 0.0, np.abs(y))
    # One rounding, or two where the subtraction is followed by what the distance lost.
    k = (1 + arithmetic.exact_shift) * arithmetic.u
    return weights.log_error * np.exp(k) + size * np.expm1(k) + arithmetic.quantum


def _exponential(y: Any, weights: rounding.Exponential, arithmetic: Any, dtype: Any) -> Any:
    """The quotient exp(y) from the y that was kept, or a softmax computed afresh."""
    kept = _before_storage(y, weights, arithmetic)
    kept = kept + arithmetic.stored(
        np.where(np.isinf(y), 0.0, np.abs(y)) + kept, *arithmetic.keeping
    )
    size = np.where(np.isinf(y), 0.0, np.abs(y)) + kept
    return weights.quotient.kept(dtype).at_least(kept + arithmetic.exp_error(size))


def _derived(
    y: Any, weights: rounding.Exponential, arithmetic: Any, dtype: Any, scale: rounding.Scale
) -> Any:
    """The same in a derivative."""
    quotient = _exponential(y, weights, arithmetic, dtype)
    if arithmetic.exact_shift:
        # Both terms are scaled before they are subtracted.
        quotient = quotient.at_least(quotient.error + 2 * arithmetic.u * scale.roundings)
    return quotient


@np.errstate(all="ignore")
def vjp_bound(
    x: Any, g: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any
) -> Any:
    """How far honest gradients may be from the truth; docs/bounds.md, section 6.5 and 7.3."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    g, x = rounding.seen(g, where), rounding.seen(x, where)
    quotient = _derived(y, weights, arithmetic, dtype, scale)
    pulled = rounding.log_pull(quotient, g)
    after = pulled.size(1.0) * quotient.visible
    dx_error = scale.apply(pulled.h, pulled.h_error, arithmetic, after)
    square = rounding.reciprocal(temperature, arithmetic, power=2)
    moment, moment_error = rounding.log_moment(quotient, g, x, weights.reach)
    slope_error = square.apply(moment, moment_error, arithmetic)
    slope = rounding.finish_gradient(arithmetic, moment * square.value, slope_error, dtype)[:, 0]
    return rounding.finish_gradient(arithmetic, pulled.h * scale.value, dx_error, dtype, where), {
        "temperature": slope
    }


@np.errstate(all="ignore")
def jvp_bound(
    x: Any, v: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any
) -> Any:
    """How far an honest tangent may be from the truth; docs/bounds.md, section 6.9."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    quotient = _derived(y, weights, arithmetic, dtype, scale)
    tangent, error = rounding.log_tangent(quotient, rounding.seen(v, where), scale)
    return rounding.finish_gradient(arithmetic, tangent, error, dtype, where)


@np.errstate(all="ignore")
def lse_bound(x: Any, y: Any, where: Any, arithmetic: Any, dtype: Any, *, temperature: Any) -> Any:
    """How far an honest gradient of the log-sum-exp may be; docs/bounds.md, section 6.8 and 7.9."""
    scale = rounding.reciprocal(temperature, arithmetic)
    weights = rounding.exponential(x, where, arithmetic, dtype, scale)
    quotient = _exponential(y, weights, arithmetic, dtype)
    return rounding.lse_of_temperature(quotient, x, where, weights.reach, temperature)
