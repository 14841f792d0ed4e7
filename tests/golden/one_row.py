"""A golden module on one row."""

from __future__ import annotations

from importlib import import_module

import numpy as np


class Golden:
    """The functions of a golden module, or of a twin in its place, on one row."""

    def __init__(self, name, module=None):
        self.name = name
        self.module = module or import_module(f"refsoft.golden.{name}")

    def _call(self, function, rows, where, last, params):
        rows = [np.atleast_2d(np.asarray(a, dtype=np.float64)) for a in rows]
        visible = np.ones(rows[0].shape, bool) if where is None else np.atleast_2d(where)
        columns = {k: np.full((1, 1), v, dtype=np.float64) for k, v in params.items()}
        with np.errstate(all="ignore"):
            return getattr(self.module, function)(*rows, visible, *last, **columns)

    def forward(self, x, params, where=None):
        return self._call("forward", [x], where, (), params)[0]

    def lse(self, x, params, where=None):
        return self._call("lse", [x], where, (), params)[0]

    def jacobian(self, x, params, where=None):
        return self._call("jacobian", [x], where, (), params)[0]

    def vjp(self, x, g, params, where=None):
        dx, gradients = self._call("vjp", [x, g], where, (), params)
        return dx[0], {k: gradient[0] for k, gradient in gradients.items()}

    def jvp(self, x, v, params, dparams=None, where=None):
        full = {k: np.full((1, 1), (dparams or {}).get(k, 0.0)) for k in params}
        return self._call("jvp", [x, v], where, (full,), params)[0]
