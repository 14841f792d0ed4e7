"""What is read into the format, and products that underflow; as in `proved`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from proofs import rounding_exponential, rounding_reading, rounding_weights
from proofs.numeric import mp
from refsoft.catalogue import _bounds_self_adjust_normalized
from refsoft.catalogue import _bounds_ssmax as ssmax
from tests.helpers.proved_values import at, copy_of, exact, rows

TREE, SCALED, EAGER = "float32-tree", "float32-scale-first", "float16-eager"


def readings(code):
    """Scores of more digits than the work has, and parameters below its normal range."""
    for name, size in ((TREE, 3.0), (SCALED, 30.0)):
        arithmetic = code.PRESETS[name]
        x, where = rows(21, size=size)[0], np.ones((3, 7), bool)
        scale = code.reciprocal(np.full((3, 1), 0.7), arithmetic)
        found = code.exponential(x, where, arithmetic, "float64", scale).quotient.weight_error
        u, (a, b), c = exact(arithmetic.u), arithmetic.exp, exact(scale.value[0, 0])
        delta, w = exact(scale.error[0, 0]), mp.exp(2 * u)
        wide = at(rounding_exponential.BASE_TWO, Delta=delta, u=u, c=c)
        for r, j in np.ndindex(x.shape):
            top, own = exact(x[r].max()), exact(x[r, j])
            gap, moved = top - own, (abs(top) + abs(own)) * u
            tau = {"E": gap + moved, "c": c, "W": w, "Delta": delta, "R": abs(own) * u}
            tau, rho_top = at(rounding_reading.READ_SHIFT, **tau), 0
            if arithmetic.scale_first:
                known = {"c": c, "Delta": wide, "U": mp.exp(u)}
                rho = at(rounding_reading.READ_RHO, x=own, gamma=gap, R=abs(own) * u, **known)
                rho_top = at(rounding_reading.READ_RHO, x=top, gamma=0, R=abs(top) * u, **known)
                first = {"u": u, "d": c * gap, "rho": rho, "rho_top": rho_top}
                tau = max(tau, at(rounding_exponential.TAU, **first))
            known = {"tau": tau, "rho_top": rho_top, "d": c * gap, "a": a, "b": b, "u": u}
            yield found[r, j], at(rounding_weights.EXPONENT, **known)
    arithmetic = code.PRESETS[EAGER]
    for value, share in ((1e-5, mp.mpf(2) ** -25 / exact(1e-5)), (0.3, 0), (1e-9, 1)):
        error = max(share, exact(arithmetic.u)) * exact(value)
        yield arithmetic.parameter_error(np.full(1, value))[0], error
        if share < 1:
            reading = arithmetic.parameter_reading(np.full(1, value))[0]
            yield reading, -mp.log(1 - share) if share else exact(arithmetic.u)
    yield arithmetic.flushing().parameter_error(np.full(1, 2.0**-20))[0], exact(2.0**-20)
    places = copy_of(_bounds_self_adjust_normalized, code)._place
    x, where = rows(22)[0], np.ones((3, 7), bool)
    for preset, dtype in ((TREE, "float64"), (EAGER, "float16")):
        arithmetic = code.PRESETS[preset]
        arithmetic = arithmetic.flushing() if dtype == "float16" else arithmetic
        found = places(x, where, arithmetic, dtype).error
        u, q = exact(arithmetic.u), exact(arithmetic.quantum)
        for r, j in np.ndindex(x.shape):
            low, high = min(exact(x[r].min()), 0), max(exact(x[r].max()), 0)
            width, own = high - low, abs(exact(x[r, j]))
            known = {"D": width, "u": u, "a": own, "b": -low, "L": 3 * q}
            more = rounding_reading.READ_PLACE if dtype == "float64" else 0
            lost = at(rounding_reading.LOST_PLACE, **(known | {"L": 3 * q}))
            yield found[r, j], q * width + lost + (at(more, **known) if more != 0 else 0)


def small_products(code):
    """A distance, and ssmax's product, that underflow."""
    flushing = code.PRESETS[EAGER].flushing()
    u, q = exact(flushing.u), exact(flushing.quantum)
    s, b, log_n = 1e-5, 0.5, np.log(7.0)
    column = np.ones((1, 1))
    found = ssmax._coefficient(log_n * column, flushing, s * column, b * column)
    known = {"p": s * log_n, "ell": log_n, "R": s, "B_r": 0, "b": b, "U": mp.exp(u), "q": q}
    known["A"] = at(rounding_exponential.COEFFICIENT, K=mp.exp(exact(flushing.log) * u), **known)
    yield found.error[0, 0], at(rounding_reading.LOST_PRODUCT, **known)
    tree, x = replace(flushing, scale_first=False), rows(23)[0]
    scale = code.reciprocal(np.full((3, 1), 0.7), tree)
    weights = code.exponential(x, np.ones(x.shape, bool), tree, "float16", scale)
    c, (a, b) = exact(scale.value[0, 0]), flushing.exp
    for r, j in np.ndindex(x.shape):
        gap = exact(x[r].max()) - exact(x[r, j])
        own = {"gamma": gap, "c": c, "W": mp.exp(2 * u), "Delta": scale.error[r, 0], "q": q}
        tau = at(rounding_reading.LOST_SHIFT, **own) if gap else 0
        known = {"tau": tau, "d": c * gap, "u": u, "a": a, "b": b, "rho_top": 0}
        yield weights.quotient.weight_error[r, j], at(rounding_weights.EXPONENT, **known)


CHECKS = (readings, small_products)
