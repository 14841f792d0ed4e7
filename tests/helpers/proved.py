"""Bounds that `refsoft.rounding` computes, beside the expressions that `proofs.rounding` proves.

Every function takes the package (``refsoft.rounding`` or a copy) and yields pairs: what it
computes, and the proved expression at the same rows, in 160 digits.
"""

from __future__ import annotations

import numpy as np

from proofs import (
    rounding_exponential,
    rounding_gradient,
    rounding_moment,
    rounding_quotient,
    rounding_underflow,
    rounding_weights,
)
from proofs.numeric import mp
from tests.helpers import proved_gradients as gradients
from tests.helpers import proved_parameters as parameters
from tests.helpers import proved_readings as readings
from tests.helpers import proved_results as results
from tests.helpers import proved_tangents as tangents
from tests.helpers.proved_values import at, e, exact, lost, most, rows

TREE, SCALED, FAST, EAGER = (
    *("float32-tree", "float32-scale-first", "float32-fast-exp", "float16-eager"),
)


def quotient_of(code, arithmetic, seed=1, size=3.0):
    """A quotient of weights with errors of their own."""
    log_w, errors = rows(seed, size=size)
    log_w -= log_w.max(axis=1, keepdims=True)
    return code.Quotient.of(log_w, np.abs(errors) * 1e-3, arithmetic), log_w


def quotient(code):
    """L, F, Q and the error of y."""
    flushing = code.PRESETS[EAGER].flushing()
    for arithmetic, size in (
        (code.PRESETS[TREE], 3.0),
        (code.PRESETS[SCALED], 40.0),
        (code.PRESETS[EAGER], 3.0),
        (flushing, 3.0),
    ):
        u, q = exact(arithmetic.u), exact(arithmetic.quantum)
        k = exact(arithmetic.function_quantum) / q
        found, log_w = quotient_of(code, arithmetic, size=size)
        for r in range(len(log_w)):
            weights = [e(v) for v in log_w[r]]
            total, n = mp.fsum(weights), len(weights)
            factors = [e(v) for v in found.weight_error[r]]
            average = mp.fsum(w * f for w, f in zip(weights, factors, strict=True)) / total
            lost = at(rounding_quotient.LOST, P=average, z=n * k * q / total)
            whole = average * mp.exp((n - 1) * u) * lost
            yield found.sum_error[r, 0], mp.log(whole)
            divided = mp.exp(exact(arithmetic.division) * u)
            known = {"Lambda": whole, "B": divided, "K": k, "q": q, "S": total}
            # exp itself comes last where results are formed from the log-sum-exp.
            quanta = max(at(rounding_quotient.QUANTA, **known), k * q)
            for j, (w, f) in enumerate(zip(weights, factors, strict=True)):
                error = at(rounding_quotient.QUOTIENT, y=w / total, A=f, **known)
                yield found.absolute()[r, j], error + quanta


def shifted(code):
    """tau and E where scores are shifted first."""
    arithmetic = code.PRESETS[TREE]
    u = exact(arithmetic.u)
    x, _ = rows(2)
    scale = code.reciprocal(np.full((3, 1), 0.7), arithmetic)
    weights = code.exponential(x, np.ones(x.shape, bool), arithmetic, "float32", scale)
    one = {"W": mp.exp(u), "U": mp.exp(u), "T": 0.7}
    yield scale.error[0, 0], at(rounding_exponential.RECIPROCAL, **one)
    for r, j in np.ndindex(x.shape):
        c, gap = exact(scale.value[r, 0]), exact(x[r].max()) - exact(x[r, j])
        known = {"gamma": gap, "c": c, "W": mp.exp(2 * u), "Delta": scale.error[r, 0]}
        tau = at(rounding_exponential.SHIFT, **known)
        known = {"d": c * gap, "u": u, "a": arithmetic.exp[0], "b": 0, "rho_top": 0}
        found = weights.quotient.weight_error[r, j]
        yield found, at(rounding_weights.EXPONENT, tau=tau, **known)


def scaled(code):
    """tau, E, ell and F where scores are scaled first, or results formed from the log-sum-exp."""
    for name, size in ((FAST, 300.0), (EAGER, 30.0)):
        yield from _scaled(code, code.PRESETS[name], size)


def _scaled(code, arithmetic, size):
    u, quantum, (a, b) = exact(arithmetic.u), exact(arithmetic.quantum), arithmetic.exp
    x, _ = rows(3, size=size)
    scale = code.reciprocal(np.full((3, 1), 0.7), arithmetic)
    weights = code.exponential(x, np.ones(x.shape, bool), arithmetic, arithmetic.format, scale)
    c = exact(scale.value[0, 0])
    delta = at(rounding_exponential.BASE_TWO, Delta=scale.error[0, 0], u=u, c=c)
    for r in range(len(x)):
        top, kept = exact(x[r].max()), weights.quotient
        sigma = exact(kept.log_total[r, 0])
        base = {"c": c, "Delta": delta, "U": mp.exp(u), "u": u, "a": a, "b": b, "sigma": sigma}
        # What underflows in a product with c adds a quantum: `lost_distance`.
        rho_top = at(rounding_exponential.RHO, x=top, gamma=0, **base) + quantum
        logarithm = {"K": mp.exp(exact(arithmetic.log) * u), "rho_top": rho_top, **base}
        ell = at(rounding_weights.ELL, L=kept.sum_error[r, 0], **logarithm)
        lam = {"ell_max": ell, "lambda": c * top + sigma, "theta": delta * top, "u": u}
        v = at(rounding_weights.LAMBDA, **lam)
        for j in range(x.shape[1]):
            gap = top - exact(x[r, j])
            rho = at(rounding_exponential.RHO, x=x[r, j], gamma=gap, **base) + quantum
            first = {**base, "gamma": gap, "W": mp.exp(2 * u), "Delta": scale.error[0, 0]}
            own = {"rho": rho, "rho_top": rho_top, "d": c * gap, "v": v, **base}
            tau = at(rounding_exponential.TAU, **own)
            shifted_first = at(rounding_exponential.SHIFT, **first) + (quantum if gap else 0)
            tau = max(tau, shifted_first)
            error = at(rounding_weights.EXPONENT, tau=tau, **own)
            yield kept.weight_error[r, j], error
            w = at(rounding_weights.DIFFERENCE, **own)
            error += exact(kept.sum_error[r, 0]) + exact(arithmetic.division) * u
            yield kept.error[r, j], max(error, at(rounding_weights.FROM_LSE, w=w, **own))


def gradient(code):
    """Delta_e, y (g - e), the product with c, g - p sum(g) and the moment."""
    for name in (TREE, EAGER):
        arithmetic = code.PRESETS[name]
        kept = quotient_of(code, arithmetic, 4)[0]
        g, t = rows(5)[1], rows(6)[1]
        u, q = exact(arithmetic.u), exact(arithmetic.quantum)
        pulled, logs = code.pull(kept, g), code.log_pull(kept, g)
        moment = code.moment(kept, g, t, np.abs(t))[1]
        scale = code.reciprocal(np.full((3, 1), 0.7), arithmetic)
        scaled_error = scale.apply(pulled.h, pulled.h_error, arithmetic)
        for r, h in enumerate(kept.height[:, 0]):
            phi = [e(v) for v in kept.error[r]]
            y = [e(v) for v in kept.log_y[r]]
            row = list(map(exact, g[r]))
            quantum = exact(kept.quantum[r, 0])
            mean, whole = mp.fsum(a * b for a, b in zip(y, row, strict=True)), mp.fsum(row)

            def delta(k, y=y, phi=phi, row=row, quantum=quantum, u=u, q=q):
                known = {"V": mp.exp(exact(k) * u), "Q": quantum, "q": q}
                terms = zip(y, phi, row, strict=True)
                return mp.fsum(
                    at(rounding_gradient.MEAN, y=a, Phi=b, g=c, **known) for a, b, c in terms
                )

            error = delta(h + 1)
            yield pulled.e_error[r, 0], error
            lacking = mp.fsum(map(abs, row)) * mp.expm1(exact(h) * u)
            known = {"U": mp.exp(u), "Q": quantum, "q": q, "K": mp.exp(u)}
            c = {"c": scale.value[r, 0], "Delta_c": scale.error[r, 0]}
            for j in range(len(row)):
                own = {"y": y[j], "Phi": phi[j], "g": row[j], "e": mean, "Delta": error}
                bound = at(rounding_gradient.PULLED, **own, **known) + 2 * q
                yield pulled.h_error[r, j], bound
                exact_h = y[j] * (row[j] - mean)
                product = at(rounding_gradient.SCALED, B=bound, h=exact_h, **c, **known) + q
                yield scaled_error[r, j], product
                own |= {"e": whole, "Delta": lacking, "h": row[j] - y[j] * whole}
                yield logs.h_error[r, j], at(rounding_moment.LOG_PULLED, **own, **known)
            grown = [a * (f * mp.exp((exact(h) + 4) * u) - 1) for a, f in zip(y, phi, strict=True)]
            reach = [abs(exact(v)) for v in t[r]]
            sums = {
                "P": mp.fsum(abs(a) * b * c for a, b, c in zip(row, reach, grown, strict=True)),
                "H": mp.fsum(b * c for b, c in zip(reach, grown, strict=True)),
                "R": mp.fsum(a * b for a, b in zip(y, reach, strict=True)),
                "Delta": delta(h + 4),
                "e": mean,
            }
            sizes = [abs(a) + abs(mean) + sums["Delta"] for a in row]
            whole, largest = abs(mean) + sums["Delta"], most(kept, r)
            quanta = mp.fsum(
                a * quantum * (b + 1)
                + lost(arithmetic, q, c, d, b)
                + lost(arithmetic, q, c, whole, b)
                for a, b, c, d in zip(sizes, reach, largest, row, strict=True)
            ) * mp.exp((exact(h) + 4) * u)
            yield moment[r, 0], at(rounding_moment.MOMENT, **sums) + quanta


def modulated(code):
    """y (w - <w, y> + x)."""
    arithmetic = code.PRESETS[EAGER]
    kept, _ = quotient_of(code, arithmetic, 7)
    (w, x), u, q = rows(8), exact(arithmetic.u), exact(arithmetic.quantum)
    quanta = np.full_like(w, 3e-6), np.full_like(w, 5e-6)
    found = code.modulated(kept, w, x, 1, np.full_like(w, 1e-6), quanta)
    lost_w, lost_x, k = exact(3e-6), exact(5e-6), mp.exp(4 * u)
    beside = exact(1e-6)
    for r, h in enumerate(kept.height[:, 0]):
        quantum, y = exact(kept.quantum[r, 0]), [e(v) for v in kept.log_y[r]]
        phi, row = [e(v) for v in kept.error[r]], list(map(exact, w[r]))
        mean = mp.fsum(a * b for a, b in zip(y, row, strict=True))
        longer, passed = mp.exp((exact(h) + 2) * u), mp.exp((exact(h) + 1) * u)
        known = {"V": longer, "Q": quantum, "q": lost_w}
        error = mp.fsum(
            at(rounding_gradient.MEAN, y=a, Phi=b, g=c, **known)
            + beside * (a * b + quantum) * passed
            for a, b, c in zip(y, phi, row, strict=True)
        )
        for j in range(len(row)):
            own = {"y": y[j], "Phi": phi[j], "w": row[j], "m": mean, "M": error, "x": x[r, j]}
            bound = at(rounding_gradient.MODULATED, **own, K=k, W=beside, Q=quantum)
            parts = {"E_1": lost_w, "E_2": q, "E_3": lost_x, "K": k}
            yield found[r, j], bound + at(rounding_underflow.SUM, **parts)


_ALL = (quotient, shifted, scaled, gradient, modulated, *results.CHECKS, *readings.CHECKS)
_ALL = (*_ALL, parameters.slopes, parameters.offsets, parameters.log_moments)
_ALL = (*_ALL, parameters.means, parameters.powers, parameters.squares, parameters.losses)
_ALL = (*_ALL, parameters.scaled_after, parameters.device, *gradients.CHECKS, *tangents.CHECKS)
CHECKS = {f.__name__: f for f in _ALL}
