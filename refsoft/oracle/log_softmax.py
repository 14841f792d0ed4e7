"""log_softmax in exact or ball arithmetic.

Termination: y_i = t rational means e^{x_i/T − t} = Σ e^{x_j/T}, by
Lindemann–Weierstrass only for a single finite score and t = 0. A score that is
short of a tie by a sum of far exponentials, log1p(e^{−100000}) say, is decided
by the sign of e^{x_i/T − t} − Σ e^{x_j/T}. Gradients: as for softmax.
"""

from __future__ import annotations

import math

from refsoft.oracle._shared import NAN, Entry, Gradients, Number, Row, dot, leader
from refsoft.oracle.softmax import lse_gradient as lse_gradient

MASKED = -math.inf


def forward(x: Row, temperature: Number) -> Entry:
    """y_i = x_i/T − log Σ exp(x_j/T); -inf at a score of -inf."""
    lead = leader(x)
    if lead is None:
        return lambda _: NAN
    z = [None if v is None else (v - x[lead]) / temperature for v in x]
    # Without the largest, whose exponential is 1, a small logarithm keeps its digits.
    others = sum(v.exp() for i, v in enumerate(z) if v is not None and i != lead)
    tail = others.log1p() if not isinstance(others, int) else 0

    def entry(i: int) -> Number:
        score = z[i]
        return -math.inf if score is None else score - tail

    return entry


def vjp(x: Row, g: Row, temperature: Number) -> tuple[Entry, Gradients]:
    """Pull g back: dx = (g − y Σg)/T, dT = −Σ (g_j − y_j Σg) x_j / T², y = softmax(x/T).

    The limit at a score of -inf is g/T; dT is infinite there unless g is 0.
    """
    lead = leader(x)
    if lead is None:
        return lambda _: NAN, {"temperature": lambda: NAN}
    z = [None if v is None else v - x[lead] for v in x]
    e = [0 if v is None else (v / temperature).exp() for v in z]
    normaliser, mass = sum(e), sum(g)

    def entry(k: int) -> Number:
        if z[k] is None:
            return g[k] / temperature
        return (g[k] * normaliser - e[k] * mass) / (normaliser * temperature)

    lost = [v for v, score in zip(g, z, strict=True) if score is None and v != 0]
    if lost:
        agree = all((v > 0) == (lost[0] > 0) for v in lost)
        infinite = math.inf if lost[0] > 0 else -math.inf
        return entry, {"temperature": lambda: infinite if agree else NAN}

    def slope() -> Number:
        finite = [0 if v is None else v for v in z]
        product = (dot(g, finite) * normaliser - mass * dot(e, finite)) / normaliser
        return -product / temperature / temperature

    return entry, {"temperature": slope}
