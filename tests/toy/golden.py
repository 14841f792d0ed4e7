"""The golden functions of the toy variant, in NumPy float64."""

from __future__ import annotations

import numpy as np


def _weight(x, where):
    return np.where(where, 1 / (1 + np.where(where, x, 0) ** 2), 0)


def forward(x, where, *, c):
    """y_i = w_i / (c + sum w), w_i = 1/(1 + x_i^2)."""
    w = _weight(x, where)
    total = c + w.sum(axis=-1, keepdims=True)
    return np.divide(w, total, out=np.zeros_like(w), where=total > 0)


def jacobian(x, where, *, c):
    """J_ik = w'_k (delta_ik - y_i) / Z, w' = -2 x w^2."""
    w, y = _weight(x, where), forward(x, where, c=c)
    slope = -2 * np.where(w > 0, x, 0) * w**2 / (c + w.sum(axis=-1, keepdims=True))
    return (np.eye(x.shape[-1]) - y[..., :, None]) * slope[..., None, :]


def vjp(x, g, where, *, c):
    """dx = J^T g, dc = -<g,y>/Z."""
    g = np.where(where, g, 0)
    dx = np.einsum("rik,ri->rk", jacobian(x, where, c=c), g)
    total = c[:, 0] + _weight(x, where).sum(axis=-1)
    return dx, {"c": -(g * forward(x, where, c=c)).sum(axis=-1) / total}


def jvp(x, v, where, dparams, *, c):
    """J v + dy/dc dc."""
    y = forward(x, where, c=c)
    total = c + _weight(x, where).sum(axis=-1, keepdims=True)
    along_x = np.einsum("rik,rk->ri", jacobian(x, where, c=c), np.where(where, v, 0))
    return along_x - y / total * dparams["c"]
