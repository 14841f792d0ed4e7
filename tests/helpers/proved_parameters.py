"""The bounds of the gradients of parameters, beside the proved expressions: as in `proved`."""

from __future__ import annotations

import numpy as np

import refsoft as rs
from proofs import rounding_both, rounding_powers
from proofs import rounding_offsets as offset_proofs
from proofs import rounding_parameters as proven
from proofs.numeric import mp
from refsoft.catalogue import _bounds_symax as symax
from tests.helpers.proved_values import at, e, exact, rows

TREE, SCALED, FAST = "float32-tree", "float32-scale-first", "float32-fast-exp"
TEMPERATURE = 0.7


def slopes(code):
    """The products with 1/T^2 and with log n."""
    arithmetic = code.PRESETS[TREE]
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    square = code.reciprocal(np.full((3, 1), TEMPERATURE), arithmetic, power=2)
    length = rs.ssmax.definition._log_length(np.ones((3, 7), bool), arithmetic)
    moments, errors = rows(11, n=1)[0], np.full((3, 1), 1e-5)
    tiny = 0 * moments
    for m, error in ((moments, errors), (tiny, tiny)):
        found = square.apply(m, error, arithmetic), length.apply(m, error, arithmetic)
        for r in range(3):
            own = {"B": error[r, 0], "m": m[r, 0], "U": mp.exp(u), "q": q}
            c, ell = square.value[r, 0], length.value[r, 0]
            spread = at(proven.SQUARE, c=c, W=mp.exp(u), U=mp.exp(u))
            yield square.error[r, 0], spread
            bound = at(proven.TEMPERATURE, c=c, Delta_c=spread, X=mp.sqrt(exact(c)), **own)
            yield found[0][r, 0], bound
            logarithm = mp.exp(exact(arithmetic.log) * u)
            yield found[1][r, 0], at(proven.LENGTH, ell=ell, K=logarithm, **own)


def offsets(code):
    """-e/Z and -e y_s."""
    for name, size in ((TREE, 3.0), (SCALED, 3.0), (FAST, 30.0)):
        yield from _offsets(code, code.PRESETS[name], size)


def _offsets(code, arithmetic, size):
    x, g = rows(12, size=size)
    u, q, (a, b) = exact(arithmetic.u), exact(arithmetic.quantum), arithmetic.exp
    offset = (np.full((3, 1), -0.4), np.full((3, 1), 1e-6))
    where, c = np.ones(x.shape, bool), code.identity(x)
    weights = code.exponential(x, where, arithmetic, "float32", c, offset)
    kept = weights.quotient
    pulled = code.pull(kept, g)
    found = weights.over_total(pulled)[1], weights.times_offset(pulled, kept)[1]
    for r in range(len(x)):
        own = {"e": pulled.e[r, 0], "Delta": pulled.e_error[r, 0], "U": mp.exp(u), "q": q, "u": u}
        top, lse = exact(weights.top[r, 0]), exact(weights.lse[r, 0])
        divided = (exact(arithmetic.division) + 1) * u
        error = exact(kept.sum_error[r, 0]) + (a + b * abs(top)) * u + divided
        if arithmetic.scale_first:
            away = exact(weights.lse_error[r, 0]) + u
            error = max(error, away + (a + b * (abs(lse) + away)) * u)
        bound = at(offset_proofs.OVER_SUM, z=mp.exp(-lse), Phi=mp.exp(error), **own)
        kappa = exact(arithmetic.function_quantum) / q
        yield found[0][r, 0], bound + at(offset_proofs.OVER_SUM_QUANTA, k=kappa, **own)
        own |= {"y": e(weights.offset.log_y[r, 0]), "Phi": e(weights.offset.error[r, 0])}
        result = at(offset_proofs.SINK_RESULT, Q=weights.offset.quantum[r, 0], **own)
        if arithmetic.scale_first:
            height = mp.exp(exact(kept.height[r, 0]) * u)
            pairs = zip(kept.log_y[r], kept.error[r], strict=True)
            rest = mp.fsum(e(y) * (e(f) * height - 1) for y, f in pairs)
            rest += x.shape[1] * (exact(kept.quantum[r, 0]) + q) * height
            result = max(result, at(offset_proofs.COMPLEMENT, P=rest, **own))
        yield found[1][r, 0], at(offset_proofs.SINK, V=result, **own)


def log_moments(code):
    """<g - p sum(g), t>."""
    arithmetic = code.PRESETS[TREE]
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    x, g = rows(13)
    kept = code.exponential(
        x, np.ones(x.shape, bool), arithmetic, "float32", code.identity(x)
    ).quotient
    found = code.log_moment(kept, g, x, np.abs(x))[1]
    for r, h in enumerate(kept.height[:, 0]):
        k, quantum = mp.exp((exact(h) + 4) * u), exact(kept.quantum[r, 0])
        row, reach = list(map(exact, g[r])), [abs(exact(t)) for t in x[r]]
        weights = list(zip(kept.log_y[r], kept.error[r], reach, strict=True))
        sums = {
            "P": mp.fsum(abs(v) * t * (k - 1) for v, t in zip(row, reach, strict=True)),
            "H": mp.fsum(e(y) * t * (e(f) * k - 1) for y, f, t in weights),
            "R": mp.fsum(e(y) * t for y, _, t in weights),
            "Delta": mp.fsum(map(abs, row)) * (k - 1),
            "e": mp.fsum(row),
        }
        size = abs(sums["e"]) + sums["Delta"]
        quanta = mp.fsum((size * quantum + q) * (t + 1) for t in reach) * k
        yield found[r, 0], at(proven.LOG_MOMENT, **sums) + quanta


def means(code):
    """<y, x>, for a loss on the log-sum-exp."""
    arithmetic = code.PRESETS[TREE]
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    x, gap = rows(14)[0], np.abs(rows(15)[0])
    where, c = np.ones(x.shape, bool), code.identity(x)
    kept = code.exponential(x, where, arithmetic, "float32", c).quotient
    found = code.mean_score(kept, x, np.abs(x) + gap)[1]
    for r, h in enumerate(kept.height[:, 0]):
        k, quantum = mp.exp((exact(h) + 4) * u), exact(kept.quantum[r, 0])
        bound = exact(0)
        for j in range(x.shape[1]):
            own = {"y": e(kept.log_y[r, j]), "Phi": e(kept.error[r, j]), "V": k, "x": x[r, j]}
            bound += at(rounding_both.MEAN_SCORE, gamma=gap[r, j], **own)
            bound += (quantum + q) * (abs(exact(x[r, j])) + exact(gap[r, j]) + 1) * k
        yield found[r, 0], bound


def powers(code):
    """The logarithmic error of |x|^p, at the scale of the largest or before it is removed."""
    log_x, p = rows(16, size=2.0)[0], np.array([[0.1], [0.7], [2.3]])
    top = log_x.max(axis=1, keepdims=True)
    for name in (TREE, SCALED, FAST):
        arithmetic = code.PRESETS[name]
        u, (a, b) = exact(arithmetic.u), arithmetic.exp
        found = symax._power_error(log_x, p, top, arithmetic, p)
        for r, j in np.ndindex(log_x.shape):
            apart = exact(top[r, 0] - log_x[r, j])
            far = max(abs(exact(log_x[r, j])), apart)
            own = {"R": exact(p[r, 0]) * u, "A": apart, "ell": mp.log(2), "p": p[r, 0], "u": u}
            power = exact(arithmetic.power) * u
            bound = at(rounding_powers.LIBRARY, alpha=power, **own)
            if arithmetic.scale_first:
                log = exact(arithmetic.log)
                own |= {"M": far, "W": mp.exp((log + 5) * u)}
                logs = at(rounding_powers.LOGARITHM, alpha=log, **own)
                logs += (a + b * (exact(p[r, 0]) * far + 3 * logs)) * u
                bound = max(at(rounding_powers.DIVIDED, alpha=power, **own), logs)
            yield found[r, j], bound
