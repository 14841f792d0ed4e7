"""softmax_n in exact or ball arithmetic.

Termination: for n > 0, by Lindemann–Weierstrass an entry is rational only if
all finite scores are 0, where it is 1/(n + m). That is a tie where n + m is the
power of two under a format's quantum: float16, n = 2²⁵ − 1, x = 0. Decided, like
gradients, on numerator − t·denominator, n the coefficient of exponent 0.
"""

from __future__ import annotations

from refsoft.oracle._shared import NAN, Entry, Gradients, Number, Row, dot, leader, with_offset


def forward(x: Row, n: Number) -> Entry:
    """y_i = exp(x_i) / (n + Σ exp(x_j))."""
    return with_offset(x, 0 if n > 0 else None, n)[0]


def vjp(x: Row, g: Row, n: Number) -> tuple[Entry, Gradients]:
    """Pull g back: dx = y(g − ⟨g,y⟩), dn = −⟨g,y⟩/(n + Σ exp(x_j))."""
    y, shift = with_offset(x, 0 if n > 0 else None, n)
    if y.empty:
        return lambda _: NAN, {"n": lambda: NAN}
    # The normaliser at hand is the true one times exp(-shift).
    unit = 1 if isinstance(shift, int) else (-shift).exp()
    return y.pullback(g, leader(x) or 0), {
        "n": lambda: -(dot(g, y.weights) * unit) / y.normaliser / y.normaliser
    }


def lse_gradient(x: Row, n: Number) -> tuple[Entry, Gradients]:
    """The gradient of log(n + Σ exp(x_j)): dx = y, dn = 1/(n + Σ exp(x_j))."""
    y, shift = with_offset(x, 0 if n > 0 else None, n)
    if y.empty:
        return lambda _: NAN, {"n": lambda: NAN}
    unit = type(n)(1) if isinstance(shift, int) else (-shift).exp()
    return y, {"n": lambda: unit / y.normaliser}
