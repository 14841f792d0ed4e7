"""The bounds of the tangents beside the proved expressions, as in `proved`."""

from __future__ import annotations

import numpy as np

from proofs import rounding_gradient, rounding_place_tangent, rounding_tangents
from proofs.numeric import mp
from refsoft.catalogue import (
    _bounds_log_softmax,
    _bounds_self_adjust_normalized,
    _bounds_symax,
    self_adjust,
)
from tests.helpers.proved_values import at, copy_of, e, exact, lost, most, rows

TREE, EAGER, FAST = "float32-tree", "float16-eager", "float32-fast-exp"


class Row:
    """The exact values of a row, and the mean of its tangent with its error."""

    def __init__(self, arithmetic, kept, v, r, *, longer=0, each=None):
        self.u, self.q = exact(arithmetic.u), exact(arithmetic.quantum)
        self.h, self.quantum = exact(kept.height[r, 0]), exact(kept.quantum[r, 0])
        self.y, self.phi = [e(a) for a in kept.log_y[r]], [e(a) for a in kept.error[r]]
        self.v, self.most = list(map(exact, v[r])), most(kept, r)
        self.mean = mp.fsum(a * b for a, b in zip(self.y, self.v, strict=True))
        known = {"Q": self.quantum, "q": self.q if each is None else each}
        known["V"] = mp.exp((self.h + 1 + longer) * self.u)
        terms = zip(self.y, self.phi, self.v, strict=True)
        self.delta = mp.fsum(
            at(rounding_gradient.MEAN, y=a, Phi=b, g=c, **known) for a, b, c in terms
        )
        self.reach = abs(self.mean) + self.delta

    def pushed(self, j, inner, error, underflow, k):
        """The error of y c, with its quanta."""
        own = {"y": self.y[j], "Phi": self.phi[j], "Q": self.quantum, "c": inner, "G": error}
        return at(rounding_tangents.PUSHED, **own) + underflow * mp.exp(k * self.u)


def weighed(code, arithmetic, x, dtype=None):
    """The quotient of scores, as derivatives use it."""
    dtype, where = dtype or arithmetic.format, np.ones(x.shape, bool)
    weights = code.exponential(x, where, arithmetic, dtype, code.identity(x))
    return weights.quotient.kept(dtype)


def log_tangents(code):
    """The tangent of log_softmax."""
    for name, dtype in ((TREE, "float32"), (TREE, "float64"), (EAGER, "float16")):
        for temperature in (0.7, 3e4):
            arithmetic = code.PRESETS[name]
            x, v = rows(21)
            kept = weighed(code, arithmetic, x, dtype)
            scale = code.reciprocal(np.full((3, 1), temperature), arithmetic)
            found = code.log_tangent(kept, v, scale)[1]
            for r, j in np.ndindex(x.shape):
                k = exact(scale.roundings[r, 0])
                row, c = Row(arithmetic, kept, v, r, longer=k, each=0), exact(scale.value[r, 0])
                moved = mp.exp((1 + k) * row.u + exact(kept.reading))
                own = {"c": c, "Delta_c": scale.error[r, 0], "K": moved, "v": row.v[j]}
                own |= {"e": row.mean, "Delta": row.delta}
                pairs = zip(row.most, row.v, strict=True)
                products = mp.fsum(lost(arithmetic, row.q, a, b, c) for a, b in pairs)
                products *= mp.exp((row.h + 2 + k) * row.u)
                bound = at(rounding_tangents.LOG_TANGENT, **own) + products + 3 * row.q * moved
                yield found[r, j], bound
    bounds, x, v = copy_of(_bounds_log_softmax, code), *rows(22)
    where, arithmetic = np.ones(x.shape, bool), code.PRESETS[TREE]
    temperature = np.full((3, 1), 1.0)
    y = np.log(weighed(code, arithmetic, x).y)
    given = (y, where, arithmetic, "float32")
    found = bounds.jvp_bound(x, v, *given, temperature=temperature)
    scale = code.identity(x)
    weights = code.exponential(x, where, arithmetic, "float32", scale)
    kept = bounds._exponential(y, weights, arithmetic, "float32")
    for r, j in np.ndindex(x.shape):
        row = Row(arithmetic, kept, v, r, each=0)
        known = {"c": 1, "Delta_c": 0, "K": mp.exp(row.u), "e": row.mean, "Delta": row.delta}
        bound = at(rounding_tangents.LOG_TANGENT, v=row.v[j], **known) + 3 * row.q * mp.exp(row.u)
        pairs = zip(row.most, row.v, strict=True)
        products = mp.fsum(lost(arithmetic, row.q, a, b) for a, b in pairs)
        bound += products * mp.exp((row.h + 2) * row.u)
        yield found[r, j] / code._arithmetic.OWN_ROUNDING, bound


def score_tangents(code):
    """The tangent of self_adjust."""
    bounds = copy_of(self_adjust, code)
    cases = ((TREE, 3.0, "float32"), (EAGER, 3.0, "float16"), (EAGER, 30.0, "float16"))
    for name, size, dtype in (*cases, (TREE, 3.0, "float64")):
        arithmetic, (x, v) = code.PRESETS[name], rows(23, size=size)
        kept, where = weighed(code, arithmetic, x, dtype), np.ones(x.shape, bool)
        found = bounds.jvp_bound(x, v, kept.y, where, arithmetic, dtype)
        for r, j in np.ndindex(x.shape):
            row, score, b = Row(arithmetic, kept, v, r), exact(x[r, j]), exact(v[r, j])
            grown = mp.exp(4 * row.u + 2 * exact(kept.reading))
            own = {"x": score, "v": b, "e": row.mean, "Delta": row.delta, "K": grown}
            error, weight = at(rounding_tangents.SCORE_TANGENT, **own), row.most[j]
            underflow = lost(arithmetic, row.q, weight, score, b)
            underflow += lost(arithmetic, row.q, weight, score, row.reach)
            underflow += lost(arithmetic, row.q, weight, b)
            bound = row.pushed(j, score * (b - row.mean) + b, error, underflow, 4)
            yield found[r, j] / code._arithmetic.OWN_ROUNDING, bound


def place_tangents(code):
    """The tangent of self_adjust_normalized."""
    bounds = copy_of(_bounds_self_adjust_normalized, code)
    cases = ((TREE, 3.0, "float32", 0.0), (EAGER, 3.0, "float16", 0.0))
    cases += ((EAGER, 0.01, "float16", 0.0), (TREE, 3.0, "float64", 0.0))
    for name, size, dtype, offset in (*cases, (EAGER, 1.0, "float16", 9.0)):
        x, v = rows(24, size=size)
        x[0, 3] = x[0].max() * (1 - 2.0**-30)  # which float32 does not tell from the largest
        yield from _place_tangents(code, bounds, code.PRESETS[name], x + offset, v, dtype)


def _place_tangents(code, bounds, arithmetic, x, v, dtype):
    kept, where = weighed(code, arithmetic, x, dtype), np.ones(x.shape, bool)
    place = bounds._place(x, where, arithmetic, dtype)
    found = bounds.jvp_bound(x, v, kept.y, where, arithmetic, dtype)
    beta = exact(arithmetic.division)
    for r in range(len(x)):
        row, scores, k = Row(arithmetic, kept, v, r), list(map(exact, x[r])), 10 + 2 * beta
        least, largest = min(*scores, 0), max(*scores, 0)
        rate, grown = 1 / (largest - least), mp.exp(k * row.u + 2 * exact(kept.reading))
        ends, sizes, apart = {}, {}, {}
        for part, end in (("low", least), ("high", largest)):
            ends[part] = row.v[scores.index(end)] if end else mp.mpf(0)
            close = 2 * exact(arithmetic.reading(dtype)) * abs(end)
            near = zip(scores, row.v, strict=True)
            apart[part] = max(
                [abs(b - ends[part]) for a, b in near if abs(a - end) < close], default=mp.mpf(0)
            )
            sizes[part] = abs(ends[part]) + apart[part]
        near = row.q * max(1, rate)
        for j, b in enumerate(row.v):
            p, zeta = (scores[j] - least) * rate, exact(place.error[r, j])
            inner = p * (b - row.mean) + rate * (b - p * ends["high"] - (1 - p) * ends["low"])
            own = {"p": p, "v": b, "e": row.mean, "Delta": row.delta, "R": rate, "K": grown}
            own |= {"zeta": zeta, "v_h": sizes["high"], "v_l": sizes["low"]}
            error = at(rounding_place_tangent.PLACE_TANGENT, **own)
            other = {"R": rate, "p": p, "H": apart["high"], "L": apart["low"]}
            error += at(rounding_place_tangent.OTHER_ENDS, **other)
            underflow, weight = row.q, row.most[j]
            for t in (b, row.reach):
                underflow += lost(arithmetic, 2 * near, weight, t)
            for t in (b, sizes["high"], sizes["low"], sizes["low"]):
                underflow += lost(arithmetic, 3 * near + row.q, weight, t, rate)
            bound = row.pushed(j, inner, error, underflow, k)
            yield found[r, j] / code._arithmetic.OWN_ROUNDING, bound


def power_tangents(code):
    """The tangent of symax, beside the error of its slope that `powers_back` looks at."""
    bounds, eager = copy_of(_bounds_symax, code), code.PRESETS[EAGER]
    for arithmetic in (code.PRESETS[TREE], code.PRESETS[FAST], eager, eager.flushing()):
        for p in (0.25, 2.3):
            yield from _power_tangents(code, bounds, arithmetic, p)


def _power_tangents(code, bounds, arithmetic, order):
    (x, v), where = rows(25), np.ones((3, 7), bool)
    x[:, 2] = 2.0**-16  # which flushing reads as 0 in float16
    eta, p, dtype = np.full((3, 1), 0.7), np.full((3, 1), order), arithmetic.format
    whole, log_x, top = bounds._quotient(x, where, arithmetic, dtype, eta, p)
    gone = bounds._lost(x, where, whole.y, arithmetic)
    kept = bounds._without(whole, gone).kept(dtype)
    found = bounds.jvp_bound(x, v, kept.y, where, arithmetic, dtype, eta=eta, p=p)
    _, log_slope, slope_error = bounds._slope(kept, log_x, top, arithmetic, dtype, p)
    quanta = bounds._slope_quanta(kept, log_x, top, arithmetic, p, v)
    for r in range(len(x)):
        row, power = Row(arithmetic, kept, v, r), exact(order)
        own = [
            e(a) * b * int(np.sign(c)) for a, b, c in zip(log_slope[r], row.v, x[r], strict=True)
        ]
        errors, passed = [e(a) for a in slope_error[r]], mp.exp((row.h + 1) * row.u)
        mean = mp.fsum(own)
        lost_own = [abs(a) * bool(b) for a, b in zip(own, gone[r], strict=True)]
        mean_error = mp.fsum(
            at(rounding_gradient.MEAN, g=abs(a), y=1, Phi=b, V=passed, Q=0, q=0)
            + exact(c) * passed * mp.exp(8 * row.u)
            + d
            for a, b, c, d in zip(own, errors, quanta[r], lost_own, strict=True)
        )
        reach = (abs(mean) + mean_error) * e(kept.log_total[r, 0]) / min(power, 1)
        for j, value in enumerate(own):
            known = {"y": row.y[j], "Phi": row.phi[j], "Q": row.quantum, "U": mp.exp(row.u)}
            known |= {"s": value, "v": 1, "A": errors[j], "m": mean, "M": mean_error}
            bound = at(rounding_tangents.POWER_TANGENT, **known) + lost_own[j]
            after = lost(arithmetic, 3 * row.q, row.most[j], power, mp.mpf(2) ** power, reach)
            bound += (exact(quanta[r, j]) + after) * mp.exp(8 * row.u)
            yield found[r, j] / code._arithmetic.OWN_ROUNDING, bound


CHECKS = (log_tangents, score_tangents, place_tangents, power_tangents)
