"""softmax in exact or ball arithmetic.

Termination: by Lindemann–Weierstrass an entry is rational only if all finite
scores are equal, where it is 1/m; m < 2²⁵ makes that no tie, and balls end. A
gradient is a quotient of sums of exponentials with rational coefficients: it
equals a tie t only if every coefficient of numerator − t·denominator, grouped
by exponent, is zero. That is decided in ``_symbolic.py``.
"""

from __future__ import annotations

from refsoft.oracle._shared import NAN, Entry, Gradients, Normalised, Number, Row, dot, leader


def _map(x: Row, temperature: Number) -> tuple[Normalised, Row, int | None]:
    lead = leader(x)
    z = [None if v is None else v - x[lead or 0] for v in x]
    return Normalised([0 if v is None else (v / temperature).exp() for v in z]), z, lead


def forward(x: Row, temperature: Number) -> Entry:
    """y_i = exp(x_i/T) / Σ exp(x_j/T)."""
    return _map(x, temperature)[0]


def vjp(x: Row, g: Row, temperature: Number) -> tuple[Entry, Gradients]:
    """Pull g back: dx = y(g − ⟨g,y⟩)/T, dT = −Σ y_j (g_j − ⟨g,y⟩) x_j / T²."""
    y, z, lead = _map(x, temperature)
    if lead is None:
        return lambda _: NAN, {"temperature": lambda: NAN}
    pull = y.pullback(g, lead)
    h, mean = y.excess(g, lead)
    # y·x → 0 as x → -inf. The common shift of z drops out: the factors sum to 0.
    moment = [0 if v is None else w * v for w, v in zip(y.weights, z, strict=True)]

    def slope() -> Number:
        covariance = (dot(h, moment) - mean * sum(moment)) / y.normaliser
        return -covariance / temperature / temperature

    return lambda k: pull(k) / temperature, {"temperature": slope}


def lse_gradient(x: Row, temperature: Number) -> tuple[Entry, Gradients]:
    """The gradient of log Σ exp(x_j/T): dx = y/T, dT = −Σ y_j x_j / T²."""
    y, z, lead = _map(x, temperature)
    if lead is None:
        return lambda _: NAN, {"temperature": lambda: NAN}
    moment = sum(w * v for w, v in zip(y.weights, z, strict=True) if v is not None)
    mean = x[lead] + moment / y.normaliser
    return lambda k: y(k) / temperature, {"temperature": lambda: -mean / temperature / temperature}
