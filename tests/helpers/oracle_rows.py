"""One row put to the oracle, in float64."""

from __future__ import annotations

import importlib

import numpy as np

from refsoft import oracle

NAMES = {
    "softmax": {"temperature": 1.0},
    "log_softmax": {"temperature": 1.0},
    "softmax_one": {},
    "softmax_n": {"n": 3.0},
    "softmax_sink": {"sink": 0.5},
    "symax": {"eta": 1.0, "p": 1.0},
    "ssmax": {"s": 0.43, "b": 0.0},
    "self_adjust": {},
    "self_adjust_normalized": {},
}


def module(name):
    return importlib.import_module(f"refsoft.oracle.{name}")


def columns(params, rows=1):
    return {k: np.full((rows, 1), v) for k, v in params.items()}


def exact(name, row, where=None, **params):
    x = np.array([row], dtype=np.float64)
    mask = None if where is None else np.array([where])
    return oracle.exact(module(name), x, mask, columns(params or NAMES[name]), "float64")


def values(name, row, **params):
    return exact(name, row, **params).value[0].tolist()


def pulled(name, row, g, where=None, **params):
    x, g = np.array([row], dtype=np.float64), np.array([g], dtype=np.float64)
    mask = None if where is None else np.array([where])
    dx, gradients = oracle.exact_vjp(
        module(name), x, g, mask, columns(params or NAMES[name]), "float64"
    )
    return dx.value[0].tolist(), {k: v.value[0] for k, v in gradients.items()}
