"""The toy variant in ball arithmetic.

Termination: every entry is a rational function of the scores with rational
coefficients, so its value is computed exactly and a tie is seen as one.
"""

from __future__ import annotations


def _parts(x, c):
    weights = [0 if v is None else 1 / (1 + v * v) for v in x]
    return weights, c + sum(weights)


def forward(x, c):
    """y_i = w_i / (c + sum w)."""
    weights, z = _parts(x, c)
    return lambda i: weights[i] / z


def vjp(x, g, c):
    """dx_k = -2 x_k w_k^2 (g_k - <g,y>)/Z, dc = -<g,y>/Z."""
    weights, z = _parts(x, c)
    mean = sum(a * w for a, w in zip(g, weights, strict=True)) / z

    def entry(k):
        if x[k] is None:
            return 0
        return -2 * x[k] * weights[k] ** 2 * (g[k] - mean) / z

    return entry, {"c": lambda: -mean / z}
