"""self_adjust in exact or ball arithmetic.

Termination: y_i = t means that x_i e^{x_i} − tΣe^{x_j} is 0, by
Lindemann–Weierstrass only if its coefficients grouped by exponent are: x_i = 0
and t = 0, or all finite scores equal, where y = x/m may be a tie and is decided
as one. Gradients: as for softmax, on numerator − t·denominator.
"""

from __future__ import annotations

from refsoft.oracle._shared import (
    NAN,
    Entry,
    Gradients,
    Normalised,
    Row,
    exponentials,
    leader,
)


def forward(x: Row) -> Entry:
    """y_i = x_i exp(x_i) / Σ exp(x_j); 0 at a score of -inf."""
    lead = leader(x)
    if lead is None:
        return lambda _: NAN
    alpha = Normalised(exponentials(x, x[lead]))
    return lambda i: 0 if x[i] is None else x[i] * alpha(i)


def vjp(x: Row, g: Row) -> tuple[Entry, Gradients]:
    """Pull g back: dx = α(g x − ⟨g x, α⟩ + g)."""
    lead = leader(x)
    if lead is None:
        return lambda _: NAN, {}
    alpha = Normalised(exponentials(x, x[lead]))
    products = [0 if v is None else v * c for v, c in zip(x, g, strict=True)]
    h, mean = alpha.excess(products, lead)
    return lambda k: alpha.weights[k] * (h[k] + g[k] - mean) / alpha.normaliser, {}


def lse_gradient(x: Row) -> tuple[Entry, Gradients]:
    """The gradient of log Σ exp(x_j): dx = softmax(x)."""
    lead = leader(x)
    if lead is None:
        return lambda _: NAN, {}
    return Normalised(exponentials(x, x[lead])), {}
