"""Honest backwards of the nine, as anybody writes them: closed forms in the format of the scores.

``backward(name)`` is called b(x, g, mask=None, **params); where a parameter is a scalar its
gradient is summed over the rows.
"""

from __future__ import annotations

import numpy as np

from refsoft.card import Card
from refsoft.catalogue import VARIANTS

OFFSETS = {"softmax_one": lambda _: 0.0, "softmax_n": lambda p: np.log(p["n"])}
OFFSETS["softmax_sink"] = lambda p: p["sink"]


def backward(name):
    """The backward of a variant."""

    def b(x, g, mask=None, **params):
        where = np.ones(x.shape, bool) if mask is None else np.broadcast_to(mask, x.shape)
        columns = {k: np.asarray(v, x.dtype)[..., np.newaxis] for k, v in params.items()}
        x, g = np.where(where, x, x.dtype.type(0)), np.where(where, g, g.dtype.type(0))
        form = FORMS.get(name, exponential)
        dx, slopes = form(name, x, g, where, columns)
        dx = np.where(where, dx, x.dtype.type(0)).astype(x.dtype)
        if not params:
            return dx
        return dx, {
            k: shared(slopes[k][..., 0], value).astype(x.dtype) for k, value in params.items()
        }

    b.__qualname__ = f"backward of {name}"
    return b


def shared(rows, value):
    return rows if np.ndim(value) else np.sum(rows)


def weights(name, x, where, params):
    """The weights over their sum, the coefficient of the scores, the shift and the sum."""
    c = x.dtype.type(1)
    if "temperature" in params:
        c = 1 / params["temperature"]
    if name == "ssmax":
        n = np.sum(where, axis=-1, keepdims=True).astype(x.dtype)
        c = params["s"] * np.log(np.maximum(n, 1)) + params["b"]
    low = np.where(where, x, -np.inf).max(axis=-1, keepdims=True)
    if name == "ssmax":
        low = np.where(c < 0, np.where(where, x, np.inf).min(axis=-1, keepdims=True), low)
    top = low
    offset = None
    if name in OFFSETS:
        offset = np.asarray(OFFSETS[name](params), x.dtype)
        top = np.maximum(top, offset)
    apart = np.where(c == 0, 0, x - top)
    w = np.where(where, np.exp(apart * c), 0).astype(x.dtype)
    total = w.sum(axis=-1, keepdims=True)
    if offset is not None:
        offset = np.exp(offset - np.where(np.isneginf(top), 0, top))
        total = total + offset
    total = np.where(total == 0, 1, total)
    return w / total, c, np.where(np.isneginf(top), 0, top), total, offset


def exponential(name, x, g, where, params):
    y, c, top, total, offset = weights(name, x, where, params)
    if name == "self_adjust":
        finite = np.where(np.isneginf(x), 0, x)
        w = g * finite
        return y * (w - np.sum(w * y, axis=-1, keepdims=True)) + g * y, {}
    if name == "log_softmax":
        h = g - y * np.sum(g, axis=-1, keepdims=True)
    else:
        e = np.sum(g * y, axis=-1, keepdims=True)
        h = y * (g - e)
    slopes = {}
    if "temperature" in params or name == "ssmax":
        apart = np.where(np.isneginf(x) & (h == 0), 0, x - top)
        moment = np.sum(np.where(h == 0, 0, h * apart), axis=-1, keepdims=True)
    if "temperature" in params:
        slopes["temperature"] = -moment * c * c
    if name == "ssmax":
        n = np.sum(where, axis=-1, keepdims=True).astype(x.dtype)
        slopes = {"s": moment * np.log(np.maximum(n, 1)), "b": moment}
    if name == "softmax_n":
        slopes["n"] = -e / total * np.exp(-top)
    if name == "softmax_sink":
        slopes["sink"] = -e * offset / total
    return h * c, slopes


def normalised(name, x, g, where, params):
    a = weights("softmax", x, where, {})[0]
    endless = np.isneginf(x).any(axis=-1, keepdims=True)
    if endless.any():
        dx = np.where(endless, a * (g - np.sum(g * a, axis=-1, keepdims=True)), 0)
        finite = np.where(endless, 0, x)
        return np.where(endless, dx, normalised(name, finite, g, where, params)[0]), {}
    low = np.minimum(np.where(where, x, np.inf).min(axis=-1, keepdims=True), 0)
    high = np.maximum(np.where(where, x, -np.inf).max(axis=-1, keepdims=True), 0)
    large = np.where(np.maximum(high, -low) > 1e38, x.dtype.type(0.25), x.dtype.type(1))
    x, low, high, g = x * large, low * large, high * large, g * large
    width = np.where(high > low, high - low, 1)
    u = (x - low) / width / large
    w = g * u
    dx = a * (w - np.sum(w * a, axis=-1, keepdims=True)) + g * a / width
    for end, moves, part in ((low, low < 0, 1 - u), (high, high > 0, u)):
        first = (x == end) & where
        first &= np.cumsum(first, axis=-1) == 1
        total = np.sum(g * a * part, axis=-1, keepdims=True) / width
        dx = dx - np.where(first & moves, total, 0)
    return np.where(high == low, 0, dx), {}


def powers(name, x, g, where, params):
    eta, p = params["eta"], params["p"]
    size = np.abs(x)
    below = p < 1
    terms = np.where(below, size**p, size)
    top = np.maximum(terms.max(axis=-1, keepdims=True), np.where(below, eta, eta ** (1 / p)))
    exponent = np.frexp(np.where((top > 0) & np.isfinite(top), top, 1))[1] - 1
    m = np.ldexp(x.dtype.type(1), exponent)
    terms = np.ldexp(terms, -exponent)
    w = np.where(below, terms, terms**p)
    half = np.where(below, np.sqrt(m), m ** (p / 2))
    scaled = np.where(below, np.ldexp(eta, -exponent), eta / half / half)
    total = w.sum(axis=-1, keepdims=True) + scaled
    total = np.where(total == 0, 1, total)
    y = w / total
    e = np.sum(g * y, axis=-1, keepdims=True)
    base = np.where(below, size, size / m)
    slope = np.where(size > 0, p * np.where(size > 0, base, 1) ** (p - 1), 0)
    dx = slope * np.sign(x) / total / m * (g - e)
    logs = np.log(np.where(size > 0, size, 1))
    return dx, {
        "eta": -e / total / half / half,
        "p": np.sum(y * (g - e) * logs, axis=-1, keepdims=True),
    }


FORMS = {"self_adjust_normalized": normalised, "symax": powers}


def card(name) -> Card:
    return VARIANTS[name].card
