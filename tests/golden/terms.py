"""What the rounding bounds are relative to: sums of absolute terms, and subnormal quanta.

``U`` is the unit roundoff of float64. NumPy's exp, exp2, log, log1p and power are within one
unit in the last place, 2 U. The constants count roundings, each test says of what.
"""

from __future__ import annotations

import mpmath
from mpmath import mpf

from tests.golden import definition
from tests.golden.definition import DIGITS, STEP_DIGITS, central, exact, exp, moved, place

U = mpf(2) ** -53
QUANTUM = mpf(2) ** -1074
OVERFLOW = mpf(2) ** 1024 * (1 - mpf(2) ** -54)

# y = w/Z. A weight: 2 for exp, 1 for the low part of its exponent; 2 more for symax, exp2 and
# a product. Z: the weights', up to 6 for the offset n exp(-m/2)^2, 2 for the sum. 1 for the
# quotient; up to 4 for the factor u of self_adjust_normalized.
FORWARD = 13
# Slope and complement, each as y; 1/T or c, two products; 1 to add the parts of self_adjust.
JACOBIAN = 2 * FORWARD + 6
# The slope; the deviation, in which a term counts twice at most, with the weights' own error,
# the product, the sum and two differences; the same for the parts of self_adjust.
PULLED = 56


def absolute(name, x, columns):
    """|dy_i/dx_k| by columns, or the sum of its absolute terms where there are several."""
    if not name.startswith("self_adjust"):
        return [[abs(entry) for entry in column] for column in columns]
    factors = place if name == "self_adjust_normalized" else list
    with mpmath.workdps(STEP_DIGITS):
        x, _ = exact(x, {})
        alpha, factor, found = definition.softmax(x)[0], factors(x), []
        for k, size in enumerate(x):
            slopes = central(lambda a, k=k: factors(moved(x, k, a)), size)
            found.append(
                [
                    a * (abs(f * ((i == k) - alpha[k])) + abs(slope))
                    for i, (a, f, slope) in enumerate(zip(alpha, factor, slopes, strict=True))
                ]
            )
        return found


def absolute_by_parameter(name, x, params, columns):
    """The same by each parameter: z_i less the mean of z counts as |z_i| plus the mean of |z|."""
    found = {k: [abs(entry) for entry in column] for k, column in columns.items()}
    with mpmath.workdps(DIGITS):
        x, p = exact(x, params)
        y, _ = definition.DEFINITIONS[name](x, **p)
        if "temperature" in p:
            z = [(a - max(x)) / p["temperature"] ** 2 for a in x]
            share = [exp(a) for a in y] if name == "log_softmax" else y
            weight = [mpf(1)] * len(x) if name == "log_softmax" else y
            found["temperature"] = _about_mean(weight, share, z)
        if name == "symax":
            found["p"] = _about_mean(y, y, [mpmath.log(abs(a)) if a else mpf(0) for a in x])
        if name == "ssmax":
            found["b"] = _about_mean(y, y, [a - x[y.index(max(y))] for a in x])
            found["s"] = [mpmath.log(len(x)) * term for term in found["b"]]
    return found


def _about_mean(weight, share, z):
    mean = mpmath.fsum(s * abs(a) for s, a in zip(share, z, strict=True))
    return [w * (abs(a) + mean) for w, a in zip(weight, z, strict=True)]


def quanta(name, x, params):
    """The absolute error of an underflow: a quantum times the largest factor applied after it.

    800 stands for the largest |z| with a weight above 0, and for the largest log|x|.
    """
    with mpmath.workdps(DIGITS):
        x, p = exact(x, params)
        factor = mpf(1)
        if "temperature" in p:
            factor = 800 / p["temperature"]
        if name == "softmax_n" and p["n"]:
            factor = 1 / p["n"]
        if name == "softmax_n" and not p["n"]:
            factor = exp(-max(x))
        if name == "ssmax":
            factor = abs(p["s"] * mpmath.log(len(x)) + p["b"])
        if name == "self_adjust":
            factor = max(abs(a) for a in x)
        if name == "self_adjust_normalized":
            width = max([*x, 0]) - min([*x, 0])
            factor = 1 / width if width else mpf(1)
        if name == "symax":
            y, _ = definition.symax(x, **p)
            steep = [p["p"] * b / abs(a) for a, b in zip(x, y, strict=True) if a]
            factor = max([*steep, mpf(800)])
        return 4 * QUANTUM * (1 + factor)


def excess(got, truth, allowed):
    """The error over what is allowed; 0 for an overflow of the right sign."""
    if not mpmath.isfinite(mpf(float(got))):
        return mpf(0) if float(got) * truth > 0 and abs(truth) >= OVERFLOW else mpf("inf")
    error = abs(mpf(float(got)) - truth)
    return mpf(0) if error == 0 else error / allowed
