"""Tangents of the maps whose Jacobian is not symmetric: exact ones, and those of honest code."""

from __future__ import annotations

import numpy as np

from tests.helpers import exact, honest
from tests.helpers.exact import LONG

NAMES = ("log_softmax", "self_adjust", "self_adjust_normalized", "symax")
# In which products and differences are taken; the second is that of our own kernels.
ORDERS = ("after", "before", "apart")


def _total(terms):
    return np.sum(terms, axis=1, keepdims=True)


def _ends(x, v):
    """The tangents of the first smallest and largest score where they move the place, or 0."""
    rows = np.arange(len(x))[:, None]
    low, high = x.argmin(1)[:, None], x.argmax(1)[:, None]
    return v[rows, low] * (x[rows, low] < 0), v[rows, high] * (x[rows, high] > 0)


def truth(name, x, v, where, params):
    """J v in extended precision."""
    x, v = np.where(where, x, 0).astype(LONG), np.where(where, v, 0).astype(LONG)
    p = {key: value.astype(LONG) for key, value in params.items()}
    if name == "symax":
        size = np.abs(x)
        m = np.maximum(np.max(size, axis=1, keepdims=True), p["eta"] ** (1 / p["p"]))
        m = np.where(m > 0, m, 1)
        z = p["eta"] / m ** p["p"] + _total((size / m) ** p["p"])
        z = np.where(z > 0, z, 1)
        base = np.where(size > 0, size / m, 1)
        slope = np.where(size > 0, p["p"] * base ** (p["p"] - 1) / m / z, 0) * np.sign(x)
        return np.where(where, slope * v - (size / m) ** p["p"] / z * _total(slope * v), 0)
    c = 1 / p["temperature"] if p else LONG(1)
    a, _ = exact.softmax(c * x, where)
    apart = v - _total(a * v)
    if name == "log_softmax":
        return np.where(where, c * apart, 0)
    if name == "self_adjust":
        return a * (x * apart + v)
    low, high = np.minimum(x.min(1, keepdims=True), 0), np.maximum(x.max(1, keepdims=True), 0)
    width = np.where(high > low, high - low, 1)
    u, rest = (x - low) / width, (high - x) / width
    by_low, by_high = _ends(x, v)
    t = a * (u * apart + (v - u * by_high - rest * by_low) / width)
    return np.where(high > low, t, 0)


def jvp(name, machine, x, v, where, p, style, order):
    """The tangent before the cast to the result's format."""
    m_ = machine
    x, v = m_.round(np.where(where, x, 0)), m_.round(np.where(where, v, 0))
    p = {key: m_.round(value) for key, value in p.items()}
    if name == "symax":
        return _symax(m_, x, v, where, style, order, **p)
    a, c, *_ = honest._weights(name, m_, x, where, p, style)
    a = m_.keep(a)
    if name == "log_softmax":
        if style == "lse":  # from the logarithms that were kept
            kept = m_.keep(honest.forward(name, m_, x, where, p, style))
            a = np.where(where, m_.exp(kept), 0)
        if order == "after":
            t = m_.mul(m_.sub(v, m_.sum(m_.mul(a, v))), c)
        elif order == "before":
            t = m_.sub(m_.mul(v, c), m_.sum(m_.mul(m_.mul(a, c), v)))
        else:
            t = m_.sub(m_.mul(v, c), m_.mul(m_.sum(m_.mul(a, v)), c))
        return np.where(where, t, 0)
    e = m_.sum(m_.mul(a, v))
    if name == "self_adjust":
        if order == "after":
            return m_.mul(a, m_.add(m_.mul(x, m_.sub(v, e)), v))
        y = m_.mul(a, x)
        if order == "before":
            return m_.sub(m_.mul(a, m_.mul(m_.add(x, 1.0), v)), m_.mul(y, e))
        return m_.add(m_.mul(y, m_.sub(v, e)), m_.mul(a, v))
    return _normalized(m_, x, v, a, e, order)


def _normalized(m_, x, v, a, e, order):
    u, width = honest._place(m_, x)
    by_low, by_high = _ends(x, v)
    high = np.maximum(x.max(1, keepdims=True), 0)
    if order == "after":
        moved = m_.sub(m_.sub(v, by_low), m_.mul(u, m_.sub(by_high, by_low)))
        t = m_.mul(a, m_.add(m_.mul(u, m_.sub(v, e)), m_.round(moved / width)))
    elif order == "before":
        rate = m_.round(1 / width)
        rest = m_.mul(m_.sub(high, x), rate)
        ends = m_.add(m_.mul(m_.mul(rest, rate), by_low), m_.mul(m_.mul(u, rate), by_high))
        t = m_.sub(m_.mul(a, m_.mul(m_.add(u, rate), v)), m_.mul(m_.mul(u, a), e))
        t = m_.sub(t, m_.mul(a, ends))
    else:
        moved = m_.sub(m_.sub(v, m_.mul(u, by_high)), m_.mul(m_.sub(1.0, u), by_low))
        t = m_.mul(m_.mul(u, a), m_.sub(v, e))
        t = m_.add(t, m_.mul(m_.round(a / width), moved))
    return np.where(np.any(x, axis=1, keepdims=True), t, 0)


def _symax(m_, x, v, where, style, order, eta, p):
    y, _, m, s = honest._symax(m_, x, where, style, eta, p)
    y, power = m_.keep(y), p[0, 0]
    present = np.abs(x) > 0
    size = np.where(present, np.abs(x) if power < 1 else m_.round(np.abs(x) / m), 1)
    slope = np.where(present, m_.power(size, m_.round(power - 1)), 0) * np.sign(x)
    if order == "apart":  # p and 1/S after the sum
        own = m_.mul(m_.round(slope / m), v)
        fall, own = (m_.mul(m_.round(t / s), p) for t in (m_.sum(own), own))
    else:
        slope = m_.round(m_.round(m_.mul(slope, p) / s) / m)
        own = m_.mul(slope, v)
        fall = m_.sum(own)
    return np.where(where, m_.sub(own, m_.mul(y, fall)), 0)
