"""Honest implementations of the nine maps on a machine, in the styles of real kernels."""

from __future__ import annotations

import numpy as np

# How the scores are shifted, scaled and divided. The first is within every
# preset; the others are what "scale first" allows.
STYLES = ("shift", "scale", "base2", "lse")
# In which the gradient of self_adjust_normalized is multiplied and divided.
ORDERS = ("places", "reciprocal", "scores")
LOG2E = 1.4426950408889634


def _largest(z, where):
    return np.max(np.where(where, z, -np.inf), axis=1, keepdims=True)


def _coefficient(name, machine, where, p):
    """1 where there is none."""
    if name == "ssmax":
        n = np.sum(where, axis=1, keepdims=True).astype(np.float64)
        return machine.add(machine.mul(p["s"], machine.log(n)), p["b"])
    return machine.round(1 / p["temperature"]) if "temperature" in p else None


def _weights(name, machine, x, where, p, style):
    """y, c, the shift, the sum and the virtual weight of an exponential normaliser."""
    m_ = machine
    c = _coefficient(name, m_, where, p)
    virtual, factor = (
        {"softmax_one": 0.0, "softmax_n": 0.0}.get(name, p.get("sink")),
        p.get("n", 1.0),
    )
    if name == "softmax_n" and factor[0, 0] < 1:
        virtual = m_.round(np.log(factor))
        factor = 1.0
    if style == "shift":
        top = _largest(x, where)
        if c is not None:
            top = np.where(c < 0, -_largest(-x, where), top)
        top = top if virtual is None else np.maximum(top, virtual)
        t = m_.sub(x, top) if c is None else m_.mul(m_.sub(x, top), c)
        exp, z, zero = m_.exp, x, virtual
    else:
        base2 = style == "base2"
        scale = c if not base2 else m_.round(LOG2E if c is None else c * LOG2E)
        z = x if scale is None else m_.mul(x, scale)
        zero = virtual if virtual is None or not base2 else m_.mul(virtual, scale)
        top = _largest(z, where)
        top = top if zero is None else np.maximum(top, zero)
        t, exp = m_.sub(z, top), m_.exp2 if base2 else m_.exp
    w = np.where(where, exp(t), 0)
    offset = None if virtual is None else m_.mul(exp(m_.sub(zero, top)), factor)
    s = m_.sum(w) if offset is None else m_.add(m_.sum(w), offset)
    if style == "lse":
        lse = m_.add(top, m_.log(s))
        y = np.where(where, exp(m_.sub(z, lse)), 0)
    else:
        y = m_.div(w, s)
    return y, c, t, top, s, offset


def styles(name, arithmetic):
    """The styles that an arithmetic allows; nobody takes logarithms in base 2."""
    if not arithmetic.scale_first:
        return STYLES[:1]
    return tuple(style for style in STYLES if (name, style) != ("log_softmax", "base2"))


def forward(name, machine, x, where, p, style):
    """y of a variant, before the cast to the result's format."""
    m_ = machine
    x = m_.round(np.where(where, x, 0))
    p = {key: m_.round(value) for key, value in p.items()}
    if name == "symax":
        return _symax(m_, x, where, style, **p)[0]
    y, c, t, top, s, _ = _weights(name, m_, x, where, p, style)
    if name == "log_softmax":
        if style in ("scale", "lse"):
            z = x if c is None else m_.mul(x, c)
            return np.where(where, m_.sub(z, m_.add(top, m_.log(s))), -np.inf)
        return np.where(where, m_.sub(t, m_.log(s)), -np.inf)
    if name == "self_adjust":
        return m_.mul(x, y)
    if name == "self_adjust_normalized":
        return m_.mul(_place(m_, x)[0], y)
    return y


def _place(m_, x):
    low, high = np.minimum(x.min(1, keepdims=True), 0), np.maximum(x.max(1, keepdims=True), 0)
    width = np.where(high > low, m_.sub(high, low), 1)
    return m_.round(m_.sub(x, low) / width), width  # 1 / width could overflow


def _symax(m_, x, where, style, eta, p):
    size = np.abs(x)
    below = p[0, 0] < 1  # size / m would underflow where its power does not
    if below:
        size = m_.power(size, p[0, 0])
    top = np.maximum(_largest(size, where), eta if below else m_.round(eta ** (1 / p)))
    m = np.where(top > 0, top, 1)
    if style in ("shift", "base2"):
        m = 2.0 ** np.ceil(np.log2(m))  # exact
    present = size > 0
    if below or p[0, 0] == 1:
        w, offset = m_.round(size / m), m_.round(eta / m)
    elif style == "lse":
        logs = m_.log(np.where(present, size, 1))
        w = np.where(present, m_.exp(m_.mul(p, m_.sub(logs, m_.log(m)))), 0)
        offset = m_.exp(m_.sub(m_.log(np.where(eta > 0, eta, 1)), m_.mul(p, m_.log(m))))
    else:
        half = m_.power(m, p[0, 0] / 2)
        w, offset = m_.power(m_.round(size / m), p[0, 0]), m_.round(m_.round(eta / half) / half)
    offset = np.where(eta > 0, offset, 0)
    s = m_.add(m_.sum(w), offset)
    s = np.where(s > 0, s, 1)
    return m_.div(w, s), size, m, s


def vjp(name, machine, x, g, where, p, style):
    """Dx and parameter gradients, before the cast to the result's format."""
    m_ = machine
    x, g = m_.round(np.where(where, x, 0)), m_.round(np.where(where, g, 0))
    p = {key: m_.round(value) for key, value in p.items()}
    if name == "symax":
        return _symax_vjp(m_, x, g, where, style, **p)
    y, c, _, top, s, offset = _weights(name, m_, x, where, p, style)
    y = m_.keep(y)
    if name == "log_softmax":
        if style == "lse":  # from the logarithms that were kept
            y = np.where(where, m_.exp(m_.keep(forward(name, m_, x, where, p, style))), 0)
        h = np.where(where, m_.sub(g, m_.mul(y, m_.sum(g))), 0)
    else:
        w = m_.mul(g, x) if name == "self_adjust" else g
        if name == "self_adjust_normalized":
            return _normalized_vjp(m_, x, g, y)
        e = m_.sum(m_.mul(w, y))
        if style in ("shift", "lse"):
            h = m_.mul(y, m_.sub(w, e))
        else:  # as automatic differentiation does it
            h = m_.sub(m_.mul(y, w), m_.mul(y, e))
        if name == "self_adjust":
            return m_.add(h, m_.mul(g, y)), {}
    dx = h if c is None else m_.mul(h, c)
    t = m_.sub(x, top) if style == "shift" else x
    moment = m_.sum(m_.mul(h, t))
    if style == "base2" and name != "log_softmax":
        mean = m_.sum(m_.mul(y, x))
        moment = m_.sum(m_.mul(m_.mul(g, y), m_.sub(x, mean)))
    if "temperature" in p:
        return dx, {"temperature": -m_.mul(moment, m_.mul(c, c))}
    if name == "ssmax":
        n = np.sum(where, axis=1, keepdims=True).astype(np.float64)
        return dx, {"s": m_.mul(moment, m_.log(n)), "b": moment}
    if name == "softmax_n":
        exp, shift = (m_.exp2, top) if style == "base2" else (m_.exp, top)
        return dx, {"n": -m_.mul(m_.div(e, s), exp(-shift))}
    if name == "softmax_sink":
        kept = m_.sub(1.0, m_.sum(y)) if style == "scale" else m_.div(offset, s)
        return dx, {"sink": -m_.mul(kept, e)}
    return dx, {}


def _symax_vjp(m_, x, g, where, style, eta, p):
    y, _, m, s = _symax(m_, x, where, style, eta, p)
    y = m_.keep(y)
    e = m_.sum(m_.mul(g, y))
    below, present = p[0, 0] < 1, np.abs(x) > 0
    size = np.where(present, np.abs(x) if below else m_.round(np.abs(x) / m), 1)
    slope = np.where(present, m_.mul(m_.power(size, p[0, 0] - 1), p), 0)
    dx = m_.mul(m_.round(m_.round(slope / s) / m), m_.sub(g, e)) * np.sign(x)
    whole = m_.round(e / s)
    for _ in range(2):  # by halves, for m^p may overflow where e / m^p does not
        half = m_.round(np.sqrt(m)) if below or p[0, 0] == 1 else m_.power(m, p[0, 0] / 2)
        whole = m_.round(whole / half)
    logs = np.where(np.abs(x) > 0, m_.log(np.where(np.abs(x) > 0, np.abs(x), 1)), 0)
    dp = m_.sum(m_.mul(m_.mul(y, m_.sub(g, e)), logs))
    return dx, {"eta": -whole, "p": dp}


def normalized_vjp(machine, x, g, where, order):
    """Dx of self_adjust_normalized, its products and quotients taken in one of the ORDERS."""
    a = _weights("self_adjust_normalized", machine, x, where, {}, "shift")[0]
    return _normalized_vjp(machine, x, g, a, order)[0]


def _normalized_vjp(m_, x, g, a, order="places"):
    u, width = _place(m_, x)
    low, high = np.minimum(x.min(1, keepdims=True), 0), np.maximum(x.max(1, keepdims=True), 0)
    if order == "reciprocal":
        rate = m_.round(1 / width)
        u = m_.mul(m_.sub(x, low), rate)
        w, extra = m_.mul(g, u), m_.mul(a, m_.mul(g, rate))
        rest = m_.sum(m_.mul(m_.mul(g, a), m_.mul(m_.sub(1.0, u), rate)))
        most = m_.sum(m_.mul(m_.mul(g, a), m_.mul(u, rate)))
    else:
        w, extra = m_.mul(g, u), m_.round(m_.mul(g, a) / width)
        beside = m_.sub(1.0, u)
        if order == "scores":
            w, extra = m_.round(m_.mul(g, m_.sub(x, low)) / width), m_.mul(g, m_.round(a / width))
            beside = m_.round(m_.sub(high, x) / width)
        rest = m_.round(m_.sum(m_.mul(m_.mul(g, a), beside)) / width)
        most = m_.round(m_.sum(m_.mul(w, a)) / width)
    dx = m_.add(m_.mul(a, m_.sub(w, m_.sum(m_.mul(w, a)))), extra)
    rows = np.arange(len(x))
    for at, sign, part in ((x.argmin(1), -1, rest), (x.argmax(1), 1, most)):
        moved = m_.sub(dx[rows, at], part[:, 0])
        dx[rows, at] = np.where(sign * x[rows, at] > 0, moved, dx[rows, at])
    return np.where(np.any(x, axis=1, keepdims=True), dx, 0), {}
