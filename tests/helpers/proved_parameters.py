"""The bounds of the gradients of parameters, beside the proved expressions: as in `proved`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from proofs import (
    rounding_at_once,
    rounding_both,
    rounding_device,
    rounding_moment,
    rounding_pairs,
    rounding_powers,
    rounding_underflow,
)
from proofs import rounding_offsets as offset_proofs
from proofs import rounding_parameters as proven
from proofs.numeric import mp
from refsoft.catalogue import _bounds_ssmax as ssmax
from refsoft.catalogue import _bounds_symax as symax
from tests.helpers.proved_values import at, e, exact, lost, most, rows

TREE, SCALED, FAST, EAGER = (
    *("float32-tree", "float32-scale-first", "float32-fast-exp", "float16-eager"),
)
TEMPERATURE = 0.7


def slopes(code):
    """The products with 1/T^2 and with log n."""
    arithmetic = code.PRESETS[TREE]
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    square = code.reciprocal(np.full((3, 1), TEMPERATURE), arithmetic, power=2)
    length = ssmax._log_length(np.ones((3, 7), bool), arithmetic)
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
    for name in (TREE, EAGER):
        yield from _log_moments(code, code.PRESETS[name])


def _log_moments(code, arithmetic):
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    x, g = rows(13)
    kept = code.exponential(
        x, np.ones(x.shape, bool), arithmetic, arithmetic.format, code.identity(x)
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
        pairs = zip(most(kept, r), reach, strict=True)
        quanta = mp.fsum(
            size * quantum * (t + 1) + q + lost(arithmetic, q, y, size, t) for y, t in pairs
        )
        quanta *= k
        yield found[r, 0], at(proven.LOG_MOMENT, **sums) + quanta


def means(code):
    """<y, x>, for a loss on the log-sum-exp."""
    for name in (TREE, EAGER):
        yield from _means(code, code.PRESETS[name])


def _means(code, arithmetic):
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    x, gap = rows(14)[0], np.abs(rows(15)[0])
    where, c = np.ones(x.shape, bool), code.identity(x)
    kept = code.exponential(x, where, arithmetic, arithmetic.format, c).quotient
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


def squares(code):
    """1/T^2 and 1/T where they, or T^2, are below the normal range, or T has no inverse."""
    arithmetic = code.PRESETS[TREE]
    u, q, least = exact(arithmetic.u), exact(arithmetic.quantum), exact(2) ** -126
    for power, temperature in ((2, 3e-21), (2, 7e-21), (2, 3e18), (2, 3e19), (1, 3e38), (1, 0.3)):
        found = code.reciprocal(np.full((1, 1), temperature), arithmetic, power=power).error[0, 0]
        whole = exact(temperature) ** power
        lost_square = q / whole if power == 2 and whole < 2 * least else 0
        known = {"z": lost_square, "q": q if 1 / whole < 2 * least else 0, "c": 1 / whole}
        # A reciprocal is read once and has one rounding: half of each in its square.
        root = mp.exp(u / (3 - power))
        yield found, at(rounding_at_once.SQUARE, W=root, U=root, **known)


def losses(code):
    """A loss on both results, and parameters that rows share."""
    for name in (TREE, SCALED):
        arithmetic = code.PRESETS[name]
        u, q = exact(arithmetic.u), exact(arithmetic.quantum)
        for scale in (1.0, float(q)):
            of_y, of_lse, gamma = scale * np.array([0.3]), np.array([scale]), np.array([0.25])
            known = {"B": of_y[0], "M": exact(gamma[0]) * exact(of_lse[0])}
            whole = at(rounding_both.ON_BOTH, **known) + 4 * q
            yield code.on_both(of_y, gamma, of_lse, arithmetic)[0], whole
        bound, value, n = np.array([1e-3, 2e-3, 5e-4]), np.zeros(3), 40
        heights = (n + 1, 3 * (n + 1))
        short, long = (exact(arithmetic.height(np.full((1, 1), m), m)[0, 0]) for m in heights)
        ratio = at(rounding_moment.RATIO, H=long, h=short)
        total = mp.fsum(map(exact, bound))
        yield code.shared(bound, value, n, arithmetic), total * ratio + total * mp.expm1(3 * u)


def scaled_after(code):
    """A product with the coefficient before the rest of a gradient's entry."""
    arithmetic = code.PRESETS[EAGER]
    u, q = exact(arithmetic.u), exact(arithmetic.quantum)
    scale, h = code.reciprocal(np.full((3, 1), TEMPERATURE), arithmetic), np.full((3, 2), 0.25)
    size = np.abs(rows(20, n=2)[0])
    before = scale.apply(h, 1e-6 * h, arithmetic)
    found = scale.apply(h, 1e-6 * h, arithmetic, size)
    for r, j in np.ndindex(h.shape):
        factors = {"delta_1": 1, "E_1": q, "E_2": 0, "E_3": 0, "K": mp.exp(2 * u)}
        after = exact(size[r, j]) * at(rounding_underflow.SUM, **factors)
        yield found[r, j], exact(before[r, j]) + after


def device(code):
    """What is documented of a GPU, its exponential's pair, and its moved parts."""
    for name, units, reach in (("refsoft-cuda-float32", 2, 150), ("refsoft-cuda-float64", 1, 800)):
        arithmetic = code.OWN[name]
        u = exact(arithmetic.u)
        yield arithmetic.exp[0], mp.log(at(rounding_device.DOCUMENTED, a=units, u=u)) / u + 1
        yield arithmetic.log, mp.log(at(rounding_device.DOCUMENTED, a=1, u=u)) / u
        yield arithmetic.power, mp.log(at(rounding_device.DOCUMENTED, a=2 * units, u=u)) / u
        assert arithmetic.exp[1] >= at(rounding_device.PAIR, u=u, d=reach)
        assert at(rounding_pairs.INVERSE, u=u) <= exact(arithmetic.inverse) * u + 32 * u * u
        farthest = 1 - mp.log(exact(code.FORMATS[arithmetic.format].subnormal))
        alpha = exact(arithmetic.exp[0]) + exact(arithmetic.exp[1]) * farthest
        for n, moves in ((2049, 2), (2**20 + 5, 3)):
            for power in (0.0, arithmetic.power):
                moving = replace(arithmetic, power=power)
                found = [code.sum_error(m, moving, 0.0) for m in (n, 2048)]
                yield found[0] - found[1], moves * (max(alpha, exact(power)) + 1) * u
