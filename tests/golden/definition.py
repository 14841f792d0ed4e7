"""The definitions in mpmath, one row without masked entries at a time.

Derivatives are central differences with a step of 1e-400 at 1200 digits: no formula for a
derivative is written here, so none can be shared with what is tested.
"""

from __future__ import annotations

from functools import lru_cache

import mpmath
from mpmath import mpf

DIGITS = 400
STEP_DIGITS = 1200
STEP = mpf(10) ** -400


@lru_cache(maxsize=4096)
def _exp(z, digits):  # the digits are part of the key
    # Below, the result rounds to 0 in float64, and as a term of a sum it is under 1e-4000 of it.
    return mpf(0) if z < -10000 else mpmath.exp(z)


def exp(z):
    """The exponential at the digits in force."""
    return _exp(z, mpmath.mp.dps)


def softmax(z, virtual=None, offset=1):
    """Weights over their sum, and the log of the sum.

    ``virtual`` is a score without a result, ``offset`` the number of times it counts.
    """
    scores = z if virtual is None else [*z, virtual]
    m = max(scores)
    weights = [exp(s - m) for s in scores]
    normaliser = mpmath.fsum(weights[: len(z)]) + offset * mpmath.fsum(weights[len(z) :])
    return [w / normaliser for w in weights[: len(z)]], m + mpmath.log(normaliser)


def softmax_n(x, n):
    # The virtual score is log n to the nearest float: a step to a negative n is no trouble.
    virtual = mpf(float(mpmath.log(abs(n)))) if n else max(x)
    return softmax(x, virtual, n * mpmath.exp(-virtual))


def log_softmax(z):
    m = max(z)
    log = mpmath.log(mpmath.fsum(exp(a - m) for a in z))
    return [(a - m) - log for a in z], m + log


def symax(x, eta, p):
    powers = [abs(a) ** p if a else mpf(0) for a in x]
    normaliser = eta + mpmath.fsum(powers)
    return [w / normaliser for w in powers], None


def place(x):
    """Where each score lies between min(x, 0) and max(x, 0)."""
    low, high = min([*x, mpf(0)]), max([*x, mpf(0)])
    return [(a - low) / (high - low) if high > low else mpf(0) for a in x]


def _weighted(factors, x):
    alpha, lse = softmax(x)
    return [f * a for f, a in zip(factors, alpha, strict=True)], lse


DEFINITIONS = {
    "softmax": lambda x, temperature: softmax([a / temperature for a in x]),
    "log_softmax": lambda x, temperature: log_softmax([a / temperature for a in x]),
    "softmax_one": lambda x: softmax(x, mpf(0)),
    "softmax_n": softmax_n,
    "softmax_sink": lambda x, sink: softmax(x, sink if mpmath.isfinite(sink) else None),
    "symax": symax,
    "ssmax": lambda x, s, b: softmax([(s * mpmath.log(len(x)) + b) * a for a in x]),
    "self_adjust": lambda x: _weighted(x, x),
    "self_adjust_normalized": lambda x: _weighted(place(x), x),
}


def exact(x, params):
    """Floats as mpmath numbers."""
    return [mpf(float(a)) for a in x], {k: mpf(float(v)) for k, v in params.items()}


def forward(name, x, params):
    with mpmath.workdps(DIGITS):
        x, p = exact(x, params)
        return DEFINITIONS[name](x, **p)[0]


def lse(name, x, params):
    with mpmath.workdps(DIGITS):
        x, p = exact(x, params)
        return DEFINITIONS[name](x, **p)[1]


def central(function, a, step=STEP):
    """The derivative of a function with a list of values."""
    below, above = function(a - step), function(a + step)
    return [(v - u) / (2 * step) for u, v in zip(below, above, strict=True)]


def moved(x, k, value):
    return [value if i == k else a for i, a in enumerate(x)]


def columns(name, x, params):
    """The Jacobian by columns: ``columns[k][i]`` is dy_i/dx_k."""
    return _columns(name, tuple(x), tuple(params.items()))


def parameter_columns(name, x, params):
    """dy_i by each parameter."""
    return _parameter_columns(name, tuple(x), tuple(params.items()))


@lru_cache(maxsize=4096)
def _columns(name, x, params):
    with mpmath.workdps(STEP_DIGITS):
        x, p = exact(x, dict(params))
        return [
            central(lambda a, k=k: DEFINITIONS[name](moved(x, k, a), **p)[0], x[k])
            for k in range(len(x))
        ]


@lru_cache(maxsize=4096)
def _parameter_columns(name, x, params):
    with mpmath.workdps(STEP_DIGITS):
        x, p = exact(x, dict(params))
        found = {}
        for k in p:
            step = STEP
            if k in ("eta", "n"):  # small against the denominator, which may be far below 1e-400
                powers = [exp(a) if k == "n" else abs(a) ** p["p"] for a in x if a or k == "n"]
                step *= min(mpf(1), p[k] + mpmath.fsum(powers))
            found[k] = central(lambda a, k=k: DEFINITIONS[name](x, **{**p, k: a})[0], p[k], step)
        return found
