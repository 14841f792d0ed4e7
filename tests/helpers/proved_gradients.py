"""The bounds of the gradients of self_adjust_normalized and symax, as in `proved`.

They stand in files of the catalogue: ``code`` may bring a changed copy of one.
"""

from __future__ import annotations

import numpy as np

from proofs import (
    rounding_extremes,
    rounding_gradient,
    rounding_moment,
    rounding_power_edges,
    rounding_power_gradients,
    rounding_power_logs,
    rounding_powers,
    rounding_underflow,
)
from proofs.numeric import mp
from refsoft.catalogue import _bounds_self_adjust_normalized, _bounds_symax
from tests.helpers.proved_values import at, copy_of, e, exact, lost, most, rows

TREE, EAGER, FAST = "float32-tree", "float16-eager", "float32-fast-exp"


def places(code):
    """dx of self_adjust_normalized, its extremes and what underflows in it."""
    bounds = copy_of(_bounds_self_adjust_normalized, code)
    for name, size in ((TREE, 3.0), (EAGER, 3.0), (EAGER, 0.1)):
        yield from _places(code, bounds.vjp_bound, code.PRESETS[name], size)


def _places(code, vjp_bound, arithmetic, size):
    (x, g), where = rows(17, size=size), np.ones((3, 7), bool)
    u, q, beta = exact(arithmetic.u), exact(arithmetic.quantum), exact(arithmetic.division)
    weights = code.exponential(x, where, arithmetic, arithmetic.format, code.identity(x))
    kept = weights.quotient.kept(arithmetic.format)
    found, _ = vjp_bound(x, g, kept.y, where, arithmetic, arithmetic.format)
    for r, h in enumerate(map(exact, kept.height[:, 0])):
        row, scores = list(map(exact, g[r])), list(map(exact, x[r]))
        low, high, quantum = min(*scores, 0), max(*scores, 0), exact(kept.quantum[r, 0])
        width = high - low
        place, rest = [(s - low) / width for s in scores], [(high - s) / width for s in scores]
        y, phi = [e(v) for v in kept.log_y[r]], [e(v) for v in kept.error[r]]
        zeta, near, rate = q * width, q * max(1, 1 / width), 1 / width
        top = most(kept, r)
        w = [a * b for a, b in zip(row, place, strict=True)]
        mean = mp.fsum(a * b for a, b in zip(y, w, strict=True))
        lost_w = [lost(arithmetic, 2 * near, a, b) for a, b in zip(top, row, strict=True)]
        k, passed = 3 + beta, mp.exp((h + 1) * u)
        longer, mean_error = mp.exp((h + 1 + k) * u), 0
        for j, a in enumerate(w):
            own = {"y": y[j], "Phi": phi[j], "V": longer, "Q": quantum}
            mean_error += at(rounding_gradient.MEAN, g=a, q=lost_w[j], **own)
            mean_error += abs(row[j]) * zeta * passed * (y[j] * phi[j] + quantum)
        k_extreme = mp.exp((k + h + beta + 3) * u)
        sums = {"rest": q, "place": q}
        for j, b in enumerate(row):
            known = {"y": y[j], "Phi": phi[j], "K": k_extreme, "Q": quantum, "g": b, "zeta": zeta}
            off = lost(arithmetic, 3 * near + q, top[j], b, rate) * k_extreme
            for part, t, apart in (("rest", rest[j], place[j]), ("place", place[j], 0)):
                known["W"] = at(rounding_extremes.ABSOLUTE, K=k_extreme, zeta=zeta, p=apart)
                sums[part] += at(rounding_extremes.TERM, t=t, **known) * rate + off
        direct = mp.exp((3 + k) * u)
        for j, b in enumerate(row):
            third = max(abs(b), rate, top[j])
            own = {"y": y[j], "Phi": phi[j], "K": direct, "W": abs(b) * zeta, "Q": quantum}
            own |= {"w": w[j], "m": mean, "M": mean_error, "x": b * rate}
            bound = at(rounding_gradient.MODULATED, **own)
            extra = at(rounding_underflow.THREE, M=third, t=top[j], g=b, q=q)
            quanta = {"E_1": lost_w[j], "E_2": q, "E_3": extra, "K": direct}
            bound += at(rounding_underflow.SUM, **quanta)
            value = y[j] * (w[j] - mean + b * rate)
            for part, ends, parts in (("rest", low, rest), ("place", high, place)):
                if scores[j] == ends != 0:
                    taken = mp.fsum(c * d * f for c, d, f in zip(row, y, parts, strict=True)) * rate
                    both = {"B": bound, "M": sums[part], "U": mp.exp(u), "h": value, "v": taken}
                    bound, value = at(rounding_extremes.LAST, **both), value - taken
            yield found[r, j] / code._arithmetic.OWN_ROUNDING, bound


def powers_back(code):
    """The gradients of symax."""
    bounds = copy_of(_bounds_symax, code)
    flushing = code.PRESETS[EAGER].flushing()
    eager = ((code.PRESETS[EAGER], 1.0), (code.PRESETS[EAGER], 0.05), (flushing, 1.0))
    for arithmetic, size in ((code.PRESETS[TREE], 2.0), (code.PRESETS[FAST], 2.0), *eager):
        for p in (0.25, 0.7, 1.5, 2.3):
            yield from _powers_back(code, bounds, arithmetic, size, p)


def _powers_back(code, bounds, arithmetic, size, order):
    (x, g), where = rows(18, size=size), np.ones((3, 7), bool)
    x[:, 2] = 2.0**-16  # which flushing reads as 0 in float16
    eta, p = np.full((3, 1), 0.7), np.full((3, 1), order)
    dtype, last = arithmetic.format, code._arithmetic.OWN_ROUNDING
    whole, log_x, top = bounds._quotient(x, where, arithmetic, dtype, eta, p)
    flushed = bounds._lost(x, where, whole.y, arithmetic)
    kept = bounds._without(whole, flushed).kept(dtype)
    found, slopes = bounds.vjp_bound(x, g, kept.y, where, arithmetic, dtype, eta=eta, p=p)
    u, q, beta = exact(arithmetic.u), exact(arithmetic.quantum), exact(arithmetic.division)
    pulled, power, kappa = code.pull(kept, g), exact(order), exact(arithmetic.function_quantum)
    for r, m in enumerate(map(exact, top[:, 0])):
        read = exact(arithmetic.parameter_error(p)[r, 0])
        total, sum_error = exact(kept.log_total[r, 0]), exact(kept.sum_error[r, 0])
        gone = [exact(v) for v in flushed[r]]
        share, left_out = (
            mp.fsum(gone),
            mp.fsum(exact(abs(a)) * b for a, b in zip(g[r], gone, strict=True)),
        )
        shrunk = exact(whole.sum_error[r, 0]) - mp.log(1 - share)
        yield kept.sum_error[r, 0], shrunk
        mean, delta = exact(pulled.e[r, 0]), exact(pulled.e_error[r, 0]) + left_out
        below = mp.mpf(2) ** power
        known = {"R": read, "u": u, "p": power, "ell": mp.log(2), "L": sum_error}
        for j in range(x.shape[1]):
            t = exact(log_x[r, j])
            own = known | {"t": t, "A": m - t}
            error = max(
                _power_error(arithmetic, {**own, "p": abs(o)}, t, o) for o in (power, power - 1)
            )
            slope = {**own, "Phi": error, "beta": beta}
            error = at(rounding_power_gradients.SLOPE, **slope)
            if arithmetic.scale_first:
                tail = (beta + 4) * u + read / power
                error = max(error, _from_log(arithmetic, own, m, total) + tail)
            value = power * mp.exp((power - 1) * t - power * m - total)
            own = {"y": value, "Phi": mp.exp(error), "g": g[r, j], "e": mean, "Delta": delta}
            bound = at(rounding_gradient.PULLED, Q=0, U=mp.exp(u), **own)
            # `small_base`: where |x|/m may be below the normal range.
            small = power > 1 and t - m < mp.log(4 * exact(code.FORMATS[dtype].normal))
            base = (q ** (power - 1) if power < 2 else power * q) if small else 0
            for factor in (exact(g[r, j]), abs(mean) + delta):
                near = mp.exp((power - 1) * (t - m if power > 1 else t))
                scale = mp.exp(-min(power, 1) * m)
                before = 5 * q + kappa + base
                scaled = lost(arithmetic, before, power, near, scale, below, factor)
                before = 3 * q + exact(kept.quantum[r, 0]) + base
                ratio = lost(arithmetic, before, power, mp.exp(-t), factor)
                bound += max(scaled, ratio) * mp.exp(8 * u)
            yield found[r, j] / last, bound
        own = known | {"t": 0, "A": 0}
        half = _power_error(arithmetic, own | {"p": power / 2}, m, power / 2)
        error = at(rounding_powers.TOTAL, alpha=half, s=m, beta=beta, **known)
        if arithmetic.scale_first:
            via_log = _from_log(arithmetic, own, m, total, slope=False) + u
            error = max(error, via_log + read * abs(m))
        z = mp.exp(-power * m - total)
        bound = z * ((mp.exp(error) - 1) * abs(mean) + mp.exp(error) * delta)
        quanta = lost(arithmetic, 5 * q + kappa, abs(mean) + delta, below, mp.exp(-power * m))
        yield slopes["eta"][r] / last, bound + quanta * mp.exp(6 * u)


def power_moments(code):
    """The gradient of symax's p."""
    bounds = copy_of(_bounds_symax, code)
    eager = code.PRESETS[EAGER]
    for arithmetic in (code.PRESETS[TREE], code.PRESETS[FAST], eager, eager.flushing()):
        yield from _power_moments(code, bounds, arithmetic)


def _power_moments(code, bounds, arithmetic):
    (x, g), where = rows(19), np.ones((3, 7), bool)
    x[:, 2] = 2.0**-16
    eta, p = np.full((3, 1), 0.7), np.full((3, 1), 0.5)
    dtype, last = arithmetic.format, code._arithmetic.OWN_ROUNDING
    whole, log_x, _ = bounds._quotient(x, where, arithmetic, dtype, eta, p)
    flushed = bounds._lost(x, where, whole.y, arithmetic)
    kept = bounds._without(whole, flushed).kept(dtype)
    found = bounds.vjp_bound(x, g, kept.y, where, arithmetic, dtype, eta=eta, p=p)[1]["p"]
    u, q, near = exact(arithmetic.u), exact(arithmetic.quantum), arithmetic.name != TREE
    logarithm = mp.exp(exact(arithmetic.log) * u)
    for r, h in enumerate(map(exact, kept.height[:, 0])):
        row, k = list(map(exact, g[r])), mp.exp((h + 4) * u)
        y, t = [e(v) for v in kept.log_y[r]], [exact(v) for v in log_x[r]]
        factors = [e(v) * logarithm * k for v in kept.error[r]]
        reach, quantum = [abs(v) + near for v in t], exact(kept.quantum[r, 0])
        mean = mp.fsum(a * b for a, b in zip(row, y, strict=True))
        delta = mp.fsum(
            at(rounding_gradient.MEAN, y=a, Phi=f / k, V=k, Q=quantum, q=q, g=b)
            for a, f, b in zip(y, factors, row, strict=True)
        )
        gone = [exact(v) for v in flushed[r]]
        delta += mp.fsum(abs(a) * b for a, b in zip(row, gone, strict=True))
        # Where it errs absolutely near 1, |t| + 1 stands for |t|.
        terms = [
            at(rounding_power_gradients.MOMENT_TERM, y=a, t=v, Phi=f / logarithm, C=logarithm)
            if near
            else a * abs(v) * (f - 1)
            for a, v, f in zip(y, t, factors, strict=True)
        ]
        sums = {
            "P": mp.fsum(abs(a) * b for a, b in zip(row, terms, strict=True)),
            "H": mp.fsum(terms),
            "R": mp.fsum(a * b for a, b in zip(y, reach, strict=True)),
            "Delta": delta,
            "e": mean,
        }
        bound, wide = at(rounding_moment.MOMENT, **sums), abs(mean) + delta
        for j, b in enumerate(row):
            largest = y[j] * factors[j] / k + quantum
            lost_both = [lost(arithmetic, q, largest, v, reach[j]) for v in (b, wide)]
            bound += ((abs(b) + wide) * quantum * (reach[j] + 1) + mp.fsum(lost_both)) * k
            left = {"T": reach[j], "y": gone[j], "g": b, "e": mean}
            bound += at(rounding_power_edges.LEFT_OUT, **left)
        yield found[r] / last, bound


def _power_error(arithmetic, own, t, exponent):
    """The larger of what `power_error` proves of each way, where it is allowed."""
    u, (a, b) = exact(arithmetic.u), arithmetic.exp
    alpha = 0 if exponent in (0, 1) else exact(arithmetic.power) * u
    library = at(rounding_powers.LIBRARY, alpha=alpha, **own)
    if not arithmetic.scale_first:
        return library
    log, far = exact(arithmetic.log), max(abs(t), own["A"])
    logs = at(rounding_powers.LOGARITHM, alpha=log, **{**own, "M": far, "W": mp.exp((log + 5) * u)})
    logs += (a + b * (own["p"] * far + 3 * logs)) * u
    divided = at(rounding_powers.DIVIDED, alpha=alpha, **own)
    return max(divided, 0 if exponent == 1 else logs)


def _from_log(arithmetic, own, top, total, slope=True):
    """The error of exp((p - 1) t - log Z), or of exp(-log Z)."""
    u, (a, b), log = exact(arithmetic.u), arithmetic.exp, exact(arithmetic.log)
    away = (own["p"] + own["R"]) * abs(top) + total
    known = {"L": own["L"], "N": mp.exp((log + 2) * u), "s": away, "U": mp.exp(u), "u": u}
    v = at(rounding_power_logs.LOG_OF_TOTAL, **known)
    order, rho = (abs(own["p"] - 1), None) if slope else (0, 0)
    if slope:
        rounded = u if own["p"] < 0.5 else 0
        moved = {"o": order, "d": rounded, "K": mp.exp((log + 1) * u), "t": own["t"]}
        rho = at(rounding_power_logs.MOVED, R=own["R"], A=own["A"], **moved)
    known |= {"o": order, "t": own["t"], "rho": rho, "v": v, "alpha": a, "b": b}
    w = at(rounding_power_logs.DIFFERENCE, **known)
    return at(rounding_power_logs.FROM_LOG, w=w, **known)


CHECKS = (places, powers_back, power_moments)
