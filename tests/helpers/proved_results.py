"""The bounds of results, and what they are made of: heights, last roundings; as in `proved`."""

from __future__ import annotations

import numpy as np

import refsoft as rs
from proofs import (
    rounding_exponential,
    rounding_model,
    rounding_own,
    rounding_quotient,
    rounding_split,
    rounding_weights,
)
from proofs.numeric import mp
from refsoft.catalogue import _bounds_log_softmax as log_softmax
from refsoft.catalogue import _bounds_ssmax as ssmax
from tests.helpers.proved_values import at, e, exact, rows

TREE, SCALED = "float32-tree", "float32-scale-first"


def last(code):
    """The rounding of a result to a narrower format, and to two of them."""
    values = np.array([[1.5, 1e-3, 1e-7, 3e-9]])
    first, second = (2.0**-24, 2.0**-149), (2.0**-11, 2.0**-24)
    for arithmetic, formats in (
        (code.PRESETS[TREE], (second,)),
        (code.OWN["refsoft-float32"], (first, second)),
    ):
        found = arithmetic.finish(values, values / 512, "float16")[0]
        for y, bound in zip(values[0], found, strict=True):
            known = exact(y / 512)
            for u, q in formats:
                known += at(rounding_model.LAST, u=u, q=q, m=exact(y) + known)
            yield bound / code._arithmetic.OWN_ROUNDING, known


def heights(code):
    """Of a sum in order, of NumPy's, and of one in blocks of 1024."""
    tree, own = code.PRESETS[TREE], code.OWN["refsoft-float64"]
    for n in (1, 20, 1000, 1024, 1025, 10**6):
        entries = np.array([[float(n)]])
        yield code.PRESETS[SCALED].height(entries, n)[0, 0] + 1, mp.mpf(n)
        balanced = (n - 1).bit_length() + 18
        yield tree.height(entries, n)[0, 0] + 1, mp.mpf(min(n - 1, balanced) + 1)
        yield own.height(entries, n)[0, 0] + 1, mp.mpf(min(n - 1, min(n, 1024) + 2) + 1)


def own(code):
    """F of our kernels, and its units in the last place."""
    arithmetic, last_ = code.OWN["refsoft-float64"], code._arithmetic.OWN_ROUNDING
    u, a = exact(arithmetic.u), exact(arithmetic.exp[0])
    for n in (1, 50, 10**5):
        factors = {
            "A": mp.exp(a * u),
            "V": mp.exp(min(n - 1, at(rounding_split.SPLIT, N=n, B=-(-n // 1024) - 1)) * u),
            "U": mp.exp(2 * u),
        }
        units = at(rounding_own.LARGEST, y=1, **factors) / u
        found = code.exponential_ulps(n, arithmetic, "float64", roundings=2.0) / last_
        yield found, units + 1
    for half in (0.25, 0.75):
        yield (
            code.ulps(half * 2.0**-53, arithmetic, "float64") / last_,
            mp.mpf(half) + mp.mpf("0.5"),
        )


def maps(code):
    """log_softmax, self_adjust, ssmax's coefficient and softmax_n's virtual weight."""
    arithmetic = code.PRESETS[TREE]
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    x, where = rows(9)[0], np.ones((3, 7), bool)
    weights = code.exponential(x, where, arithmetic, "float32", code.identity(x))
    kept = weights.quotient
    size = np.abs(kept.log_y)
    found = log_softmax._before_storage(kept.log_y, weights, arithmetic)
    product = rs.self_adjust.definition.bound(x, x * kept.y, where, arithmetic, "float32")
    placed = rs.self_adjust_normalized.definition.bound(x, kept.y, where, arithmetic, "float32")
    for r, j in np.ndindex(x.shape):
        errors = {"U": mp.exp(u), "y": size[r, j], "tau": weights.log_error[r, j], "ell_max": 0}
        yield found[r, j], at(rounding_weights.ABSOLUTE, **errors) + q
        own = {"w": x[r, j], "y": e(kept.log_y[r, j]), "Phi": e(kept.error[r, j]), "q": q}
        own |= {"U": mp.exp(u), "Q": kept.quantum[r, 0]}
        bound = at(rounding_quotient.TIMES_SCORE, **own)
        yield product[r, j] / code._arithmetic.OWN_ROUNDING, bound
        low, high = min(exact(x[r].min()), 0), max(exact(x[r].max()), 0)
        # 1/(high - low) may underflow, and so may the place.
        own |= {"p": (exact(x[r, j]) - low) / (high - low), "zeta": q * (high - low + 1)}
        bound = at(rounding_quotient.TIMES_PLACE, C=mp.exp(4 * u), **own)
        bound += q * mp.exp(4 * u) * (1 + own["zeta"]) / (high - low)  # the product first
        yield placed[r, j] / code._arithmetic.OWN_ROUNDING, bound
    s, b, log_n = 0.3, -0.7, np.log(7.0)
    column = np.ones((1, 1))
    scale = ssmax._coefficient(log_n * column, arithmetic, s * column, b * column)
    known = {"p": s * log_n, "ell": log_n, "R": s * u, "B_r": -b * u, "b": b, "U": mp.exp(u)}
    logarithm = mp.exp(exact(arithmetic.log) * u)
    yield scale.error[0, 0], at(rounding_exponential.COEFFICIENT, K=logarithm, **known)
    found = rs.softmax_n.definition._weights(x, where, arithmetic, "float32", 0.3 * np.ones((3, 1)))
    plain = code.exponential(
        x,
        where,
        arithmetic,
        "float32",
        code.identity(x),
        (np.log(0.3 * np.ones((3, 1))), 0.0 * x[:, :1]),
    )
    virtual = {"r": u, "K": logarithm, "u": u, "t": np.log(0.3), "b": arithmetic.exp[1]}
    for r in range(3):
        more = exact(found.offset.weight_error[r, 0]) - exact(plain.offset.weight_error[r, 0])
        yield float(more), at(rounding_weights.VIRTUAL, **virtual)


CHECKS = (last, heights, own, maps)
