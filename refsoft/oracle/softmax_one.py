"""softmax_one in exact or ball arithmetic.

Termination: by Lindemann–Weierstrass an entry is rational only if all finite
scores are 0, where it is 1/(m + 1): no tie. Gradients: as for softmax, with
the 1 as the coefficient of exponent 0.
"""

from __future__ import annotations

from refsoft.oracle._shared import Entry, Gradients, Row, leader, with_offset


def forward(x: Row) -> Entry:
    """y_i = exp(x_i) / (1 + Σ exp(x_j))."""
    return with_offset(x, 0)[0]


def vjp(x: Row, g: Row) -> tuple[Entry, Gradients]:
    """Pull g back: dx = y(g − ⟨g,y⟩)."""
    return with_offset(x, 0)[0].pullback(g, leader(x) or 0), {}


def lse_gradient(x: Row) -> tuple[Entry, Gradients]:
    """The gradient of log(1 + Σ exp(x_j)): dx = y."""
    return (with_offset(x, 0)[0] if leader(x) is not None else lambda _: 0), {}
