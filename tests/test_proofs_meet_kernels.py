"""VJP, JVP and parameter gradients of golden and the kernels against what SymPy derives.

Tangents are held to the bound of docs/bounds.md, section 6.9, of an arithmetic that every way
of computing them is as good as. The bound of gradients follows from that of
tests/test_proofs_meet_golden.py: with the majorant M of the Jacobian, which is its closed form
with every difference as a sum of sizes, each summand of J^T g is a product of a factor known up
to f, an entry known up to d and an exact number; sums of n of them, and at most 16 more
operations, cost u each. So

    |error of (J^T g)_k| <= (f + d + (n + 16) u) (M^T |g|)_k,

and likewise for a parameter gradient with the sizes of its own summands, in which a score may be
taken relative to another of the row: at most twice the largest.
A kernel that computes in float32 has u = 2^-24.
"""

from __future__ import annotations

import numpy as np
import pytest

import refsoft as rs
from proofs import log_softmax, self_adjust, self_adjust_normalized, ssmax, symax
from proofs.numeric import mp
from refsoft import rounding
from refsoft.catalogue._tangents import jvp_bound
from tests.helpers.derived import IDS, ROWS, SETTINGS, derived, parameter_gradient

UNITS = {"float32": 2.0**-24, "float64": 2.0**-53}
ARITHMETIC = {"float32": "float32-tree", "float64": "float64"}
OFF = {"float32": 1.25, "float64": 1 + 2.0**-20}
COTANGENT = [1.5, -0.75, 0.625, -0.125, 1.0]
FEW = [ROWS[1], ROWS[2], ROWS[5]]
WAYS = [("golden", "float64"), ("plain", "float64"), ("cpu", "float64"), ("cpu", "float32")]
over_settings = pytest.mark.parametrize(
    ("module", "variant", "parameters", "keywords"), SETTINGS, ids=IDS
)


class Majorant:
    """The sizes that a row's derivatives are put together from, and their relative error."""

    def __init__(self, module, row, parameters, u):
        self.x, self.parameters = np.array(row), parameters
        self.n, self.reach = len(row), 2 * np.abs(row).max()
        y = np.array([float(v) for v in derived(module, row, parameters)[0]])
        scale, self.normaliser, lost = 1 / parameters.get("T", 1.0), np.nan, 0.0
        if module is symax:
            term = self._of_symax(y)
        else:
            if module is ssmax:
                parts = parameters["s"] * np.log(self.n), parameters["b"]
                scale, lost = sum(parts), 4 * np.abs(parts).sum()
            largest = max(np.abs(row).max() * scale, abs(parameters.get("s", 0.0)))
            term = 4 * largest + 3 + 2 * lost * np.abs(row).max()
            self._of_exponentials(module, y, scale)
            lost /= scale
        d = 2 * term + self.n + 3
        self.error = 1.001 * u * (2 * d + term + lost + self.n + 22)
        assert self.error < 1e-3

    def _of_symax(self, y):
        p, eta = self.parameters["p"], self.parameters["eta"]
        size = np.abs(self.x)
        logs = np.abs(np.log([*size, eta ** (1 / p)])).max()
        self.normaliser, self.weights, self.logs = eta + (size**p).sum(), y, 2 * logs
        slopes = p * size ** (p - 1) / self.normaliser
        self.jacobian = slopes * (np.eye(self.n) + y[:, None])
        return 2 * p + 4 + 2 * p * logs

    def _of_exponentials(self, module, y, scale):
        row, identity = self.x, np.eye(self.n)
        powers = np.exp(scale * row)
        self.normaliser = powers.sum() + self.parameters.get("nu", 0.0)
        self.weights = powers / powers.sum() if module in SHARED else y
        own = identity + self.weights
        self.jacobian = scale * self.weights[:, None] * own
        if module is log_softmax:
            self.jacobian = scale * own
        if module is self_adjust:
            self.jacobian = self.weights[:, None] * (identity + np.abs(row)[:, None] * own)
        if module is self_adjust_normalized:
            low, high = min(0.0, *row), max(0.0, *row)
            place = (row - low)[:, None] / (high - low)
            moved = identity.copy()
            moved[:, row.argmax()] += place[:, 0] * (high > 0)
            moved[:, row.argmin()] += (1 - place[:, 0]) * (low < 0)
            self.jacobian = self.weights[:, None] * (place * own + moved / (high - low))

    def gradient(self, module, keyword, g):
        """The size of the gradient of a parameter."""
        inner = np.abs(g) @ self.weights
        if keyword in ("n", "eta"):
            return inner / self.normaliser
        if keyword == "sink":
            sink = np.exp(self.parameters["s"])
            return inner * sink / (self.normaliser + sink)
        each = np.abs(g) + np.abs(g).sum() * self.weights
        if module is not log_softmax:
            each = self.weights * (np.abs(g) + inner)
        factor = {
            "temperature": self.reach / self.parameters.get("T", 1.0) ** 2,
            "s": self.reach * np.log(self.n),
            "b": self.reach,
            "p": getattr(self, "logs", 0.0),
        }[keyword]
        return each.sum() * factor


SHARED = (log_softmax, self_adjust, self_adjust_normalized)


def excess(found, exact, limit):
    """The largest |found - exact| over its bound."""
    pairs = zip(np.atleast_1d(found), exact, strict=True)
    error = np.array([float(abs(mp.mpf(float(a)) - b)) for a, b in pairs])
    return float((error / (np.atleast_1d(limit) + 1e-80)).max())


def tangent_bound(module, settings, x, v):
    """Of the variant that the module is about, whatever was computed."""
    ((variant, own),) = ((a, k) for m, a, p, k in SETTINGS if m is module and p == settings)
    columns = {name: np.full((1, 1), value) for name, value in own.items()}
    y = variant.using("golden")(x[None], dtype="float64", **own)
    rows, where = (x[None].astype(np.float64), v[None].astype(np.float64), y), np.ones((1, x.size))
    arithmetic = rounding.PRESETS[ARITHMETIC[x.dtype.name]]
    given = (*rows, where > 0, arithmetic, x.dtype)
    return jvp_bound(variant.definition, *given, **columns)[0]


def worst(module, variant, settings, row, dtype, keywords):
    """The excess of dx, of t, and of every parameter gradient of the row."""
    n, (_, jacobian) = len(row), derived(module, row, settings)
    size, g = Majorant(module, row, settings, UNITS[dtype]), COTANGENT[:n]
    x, vector, span = np.array(row, dtype), np.array(g, dtype), range(n)
    dx, gradients = variant.vjp(x, vector, **keywords)
    t = variant.jvp(x, vector, **keywords)
    pulled = [mp.fsum(mp.mpf(g[a]) * jacobian[a][b] for a in span) for b in span]
    pushed = [mp.fsum(jacobian[a][b] * mp.mpf(g[b]) for b in span) for a in span]
    sizes = np.abs(g)
    found = [
        excess(dx, pulled, size.error * (size.jacobian.T @ sizes)),
        excess(t, pushed, tangent_bound(module, settings, x, vector)),
    ]
    for keyword, gradient in gradients.items():
        if keyword in keywords:
            exact = parameter_gradient(module, row, g, settings, keyword)
            limit = size.error * size.gradient(module, keyword, np.array(g))
            found.append(excess(gradient, [exact], limit))
    return found


@pytest.mark.parametrize(
    "rows", [FEW, pytest.param(ROWS, marks=pytest.mark.slow)], ids=["few", "all"]
)
@pytest.mark.parametrize(("backend", "dtype"), WAYS)
@over_settings
def test_derivatives_are_the_derived_ones(
    module, variant, parameters, keywords, backend, dtype, rows
):
    for row in rows:
        if dtype == "float32" and max(row) - min(row) > 30:
            continue  # terms below the normal range
        found = worst(module, variant.using(backend), parameters, row, dtype, keywords)
        assert len(found) == 2 + len(keywords)
        assert max(found) <= 1, (row, found)


@pytest.mark.parametrize("dtype", UNITS)
@over_settings
def test_the_bound_convicts_derivatives_of_something_else(
    module, variant, parameters, keywords, dtype
):
    off = {name: value * OFF[dtype] for name, value in keywords.items()}
    neighbour = rs.variants[variant.card.neighbour]
    dx, t = worst(module, neighbour, parameters, FEW[2], dtype, {})
    assert min(dx, t) > 1
    if off:
        found = worst(module, variant, parameters, FEW[2], dtype, off)
        assert min(found) > 1, found
