"""softmax_sink in exact or ball arithmetic.

Termination: by Lindemann–Weierstrass an entry is rational only if all finite
scores equal the sink, where it is 1/(m + 1), or the sink is -inf and it is
softmax. Gradients: as for softmax, with a coefficient 1 at exponent sink.
"""

from __future__ import annotations

from refsoft.oracle._shared import NAN, Entry, Gradients, Number, Row, dot, leader, with_offset


def forward(x: Row, sink: Number | None) -> Entry:
    """y_i = exp(x_i) / (exp(sink) + Σ exp(x_j)); sink None is -inf."""
    return with_offset(x, sink)[0]


def vjp(x: Row, g: Row, sink: Number | None) -> tuple[Entry, Gradients]:
    """Pull g back: dx = y(g − ⟨g,y⟩), dsink = −(1 − Σy)⟨g,y⟩."""
    y, _ = with_offset(x, sink)
    if y.empty:
        return lambda _: NAN, {"sink": lambda: NAN}
    return y.pullback(g, leader(x) or 0), {
        "sink": lambda: -(y.offset * dot(g, y.weights)) / y.normaliser / y.normaliser
    }


def lse_gradient(x: Row, sink: Number | None) -> tuple[Entry, Gradients]:
    """The gradient of log(exp(sink) + Σ exp(x_j)): dx = y, dsink = 1 − Σ y."""
    y, _ = with_offset(x, sink)
    if y.empty:
        return lambda _: NAN, {"sink": lambda: NAN}
    if leader(x) is None:
        return lambda _: 0, {"sink": lambda: 1}
    return y, {"sink": lambda: y.offset / y.normaliser}
