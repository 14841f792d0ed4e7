"""softmax, softmax_one and symax in 60-digit arithmetic, from their definitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf


@dataclass
class Row:
    """A row's result and gradients, and the absolute sums that errors of gradients scale with."""

    y: list[Any]
    lse: Any
    dx: list[Any]
    slopes: list[Any]  # dx_j = slope_j (g_j - <g, y>)
    inner: Any
    inner_scale: Any  # sum |g| y
    gradients: list[Any]
    gradient_scales: list[Any]


def row(name, x, g, params):
    """One row of finite scores, at least one of them, without a 0/0."""
    with mp.workdps(60):
        x, g, params = ([mpf(float(v)) for v in values] for values in (x, g, params))
        f, slopes, logs, c, of_c = PARTS[name](x, *params)
        z = c + sum(f)
        y = [v / z for v in f]
        slopes = [s / z for s in slopes]
        inner = sum(a * b for a, b in zip(g, y, strict=True))
        inner_scale = sum(abs(a) * b for a, b in zip(g, y, strict=True))
        dx = [s * (a - inner) for s, a in zip(slopes, g, strict=True)]
        gradients, scales = [], []
        for column, d in zip(logs, of_c, strict=True):
            mean = d / z + sum(a * b for a, b in zip(column, y, strict=True))
            size = d / z + sum(abs(a) * b for a, b in zip(column, y, strict=True))
            terms = [a * b * (v - mean) for a, b, v in zip(g, y, column, strict=True)]
            gradients.append(sum(terms))
            scales.append(sum(map(abs, terms)) + inner_scale * size)
        top = max(x) / params[0] if name == "softmax" else 0
        return Row(y, mp.log(z) + top, dx, slopes, inner, inner_scale, gradients, scales)


def forward(name, x, params):
    """The results alone, for long rows, in 24 digits."""
    with mp.workdps(24):
        f, _, _, c, _ = PARTS[name]([mpf(float(v)) for v in x], *map(mpf, params))
        z = c + sum(f)
        return [v / z for v in f]


def _softmax(x, temperature):
    top = max(x)
    f = [mp.exp((v - top) / temperature) for v in x]
    # The derivative of log f by the temperature, up to what the row has in common.
    logs = [-(v - top) / temperature**2 for v in x]
    return f, [v / temperature for v in f], [logs], mpf(0), [mpf(0)]


def _softmax_one(x):
    f = [mp.exp(v) for v in x]
    return f, f, [], mpf(1), []


def _symax(x, eta, p):
    f = [abs(v) ** p for v in x]
    slopes = [p * abs(v) ** (p - 1) * mp.sign(v) if v else mpf(0) for v in x]
    logs = [mp.log(abs(v)) if v else mpf(0) for v in x]
    return f, slopes, [[mpf(0)] * len(x), logs], eta, [mpf(1), mpf(0)]


PARTS = {"softmax": _softmax, "softmax_one": _softmax_one, "symax": _symax}
