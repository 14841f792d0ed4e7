"""The nine maps and their gradients in extended precision, from the definitions."""

from __future__ import annotations

import numpy as np

LONG = np.longdouble
# 64 bits on x86: errors below 2^-10 of a float64 rounding.
EXTENDED = np.finfo(LONG).nmant >= 63


def _total(terms):
    return np.sum(terms, axis=1, keepdims=True)


def softmax(z, where, virtual=None):
    """Weights of z and log-sum-exp; ``virtual`` is a score more, whose weight is dropped."""
    z = np.where(where, z, -np.inf)
    top = np.max(z, axis=1, keepdims=True)
    if virtual is not None:
        top = np.maximum(top, virtual)
    w = np.exp(z - top)
    s = _total(w) if virtual is None else _total(w) + np.exp(virtual - top)
    return w / s, top + np.log(s)


def _coefficient(name, where, p):
    if name == "ssmax":
        return p["s"] * np.log(LONG(1) * _total(where)) + p["b"]
    return 1 / p["temperature"] if "temperature" in p else np.ones((len(where), 1), LONG)


def _virtual(name, rows, p):
    with np.errstate(divide="ignore"):
        return {
            "softmax_one": np.zeros((rows, 1), LONG),
            "softmax_n": np.log(p["n"]) if "n" in p else None,
            "softmax_sink": p.get("sink"),
        }.get(name)


def maps(name, x, g, where, params):
    """y, dx and the parameter gradients of a variant, in extended precision."""
    x, g = np.where(where, x, 0).astype(LONG), np.where(where, g, 0).astype(LONG)
    p = {key: value.astype(LONG) for key, value in params.items()}
    if name == "symax":
        return _symax(x, g, where, **p)
    c = _coefficient(name, where, p)
    virtual = _virtual(name, len(x), p)
    a, lse = softmax(c * x, where, virtual)
    e = _total(g * a)
    h = a * (g - e)
    # From the largest weight's score: so the sum cancels nothing.
    apart = x - np.take_along_axis(x, np.argmax(a, axis=1)[:, None], axis=1)
    if name == "log_softmax":
        h = np.where(where, g - a * _total(g), 0)
        gradient = -_total(h * apart) / p["temperature"] ** 2
        return np.where(where, c * x - lse, -np.inf), c * h, {"temperature": gradient}
    if name == "self_adjust":
        return x * a, a * (g * x - _total(g * x * a) + g), {}
    if name == "self_adjust_normalized":
        return _normalized(x, g, a)
    moment = _total(h * apart)
    gradients = {
        "softmax": lambda: {"temperature": -moment / p["temperature"] ** 2},
        "softmax_one": dict,
        "softmax_n": lambda: {"n": -e * np.exp(-lse)},
        "softmax_sink": lambda: {"sink": -e * np.exp(virtual - lse)},
        "ssmax": lambda: {"s": moment * np.log(LONG(1) * _total(where)), "b": moment},
    }
    return a, c * h, gradients[name]()


def _symax(x, g, where, eta, p):
    size = np.abs(x)
    m = np.maximum(np.max(size, axis=1, keepdims=True), eta ** (1 / p))
    m = np.where(m > 0, m, 1)
    z = eta / m**p + _total((size / m) ** p)
    z = np.where(z > 0, z, 1)
    y = (size / m) ** p / z
    e = _total(g * y)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(size > 0, p * (size / m) ** (p - 1) / m / z, 0) * np.sign(x)
        logs = np.where(size > 0, np.log(size), 0)
    gradients = {"eta": -e / (z * m**p), "p": _total(y * (g - e) * logs)}
    return y, np.where(where, slope * (g - e), 0), gradients


def _normalized(x, g, a):
    low, high = np.minimum(x.min(1, keepdims=True), 0), np.maximum(x.max(1, keepdims=True), 0)
    width = np.where(high > low, high - low, 1)
    u = (x - low) / width
    w = g * u
    dx = a * (w - _total(w * a)) + g * a / width
    rows = np.arange(len(x))
    for at, sign, part in ((x.argmin(1), -1, g * a * (1 - u)), (x.argmax(1), 1, g * a * u)):
        dx[rows, at] -= np.where(sign * x[rows, at] > 0, (_total(part) / width)[:, 0], 0)
    zero = (high == low)[:, :1]
    return np.where(zero, 0, u * a), np.where(zero, 0, dx), {}
