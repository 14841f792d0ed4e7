"""self_adjust_normalized in exact or ball arithmetic.

Termination: the multiplier u is rational, so y_i = t is u_i e^{x_i} − tΣe^{x_j}
= 0: by Lindemann–Weierstrass u_i = t = 0, or all finite scores are equal, where u
is 0 or 1 and y is 0 or 1/m. Gradients: as for softmax, on
numerator − t·denominator.
"""

from __future__ import annotations

from refsoft.oracle._shared import (
    NAN,
    Entry,
    Gradients,
    Normalised,
    Number,
    Row,
    exponentials,
    leader,
)


def forward(x: Row) -> Entry:
    """y_i = (x_i − l)/(h − l) α_i, α = softmax(x), l = min(min x, 0), h = max(max x, 0).

    A row of zeros is 0/0, taken as 0. Beside a score of -inf, l is -inf and the
    multiplier of a finite score is 1.
    """
    last = leader(x)
    if last is None:
        return lambda _: NAN
    alpha = Normalised(exponentials(x, x[last]))
    if any(v is None for v in x):
        return alpha
    low, high = x[_first_smallest(x)], x[last]
    if low == 0 and high == 0:
        return lambda _: 0
    low, high = (low if low < 0 else 0), (high if high > 0 else 0)
    return lambda i: (x[i] - low) * alpha.weights[i] / (alpha.normaliser * (high - low))


def vjp(x: Row, g: Row) -> tuple[Entry, Gradients]:
    """Pull g back: dx = α(w − ⟨w,α⟩) + gα/D − extremes, w = g u, u = (x − l)/D, D = h − l.

    dx[argmin] −= Σgα(1 − u)/D if min x < 0; dx[argmax] −= Σgαu/D if max x > 0; at
    ties the first index. Beside a score of -inf it is the gradient of softmax.
    """
    last = leader(x)
    if last is None:
        return lambda _: NAN, {}
    alpha = Normalised(exponentials(x, x[last]))
    if any(v is None for v in x):
        return alpha.pullback(g, last), {}
    first = _first_smallest(x)
    low, high = x[first], x[last]
    if low == 0 and high == 0:
        return lambda _: 0, {}
    low, high = (low if low < 0 else 0), (high if high > 0 else 0)
    width = high - low
    pulled = [c * w for c, w in zip(g, alpha.weights, strict=True)]
    # At an extreme that moves, its own gα/D cancels the extreme's own term: both are left out.
    moved = {}
    if x[first] < 0:
        moved[first] = sum(p * (high - v) for p, v in _others(pulled, x, first)) / width
    if x[last] > 0:
        moved[last] = sum(p * (v - low) for p, v in _others(pulled, x, last)) / width
    # D·w instead of w keeps everything before the last division free of D.
    h, mean = alpha.excess([c * (v - low) for c, v in zip(g, x, strict=True)], last)

    def entry(k: int) -> Number:
        direct = -moved[k] if k in moved else pulled[k]
        inner = alpha.weights[k] * (h[k] - mean) + direct
        return inner / (alpha.normaliser * width)

    return entry, {}


def _others(a: Row, b: Row, left_out: int) -> list[tuple[Number, Number]]:
    return [pair for j, pair in enumerate(zip(a, b, strict=True)) if j != left_out]


def _first_smallest(x: Row) -> int:
    return leader([-v for v in x]) or 0


def lse_gradient(x: Row) -> tuple[Entry, Gradients]:
    """The gradient of log Σ exp(x_j): dx = softmax(x)."""
    lead = leader(x)
    if lead is None:
        return lambda _: NAN, {}
    return Normalised(exponentials(x, x[lead])), {}
