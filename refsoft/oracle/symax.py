"""symax in exact or ball arithmetic.

Termination: scores, eta and p are dyadic rationals, so an entry is a quotient
of sums of real radicals, rational for integer p and possibly rational for any
other (eta = 0, p = ½, x = [2, 8] gives 1/3). Radicals without rational
quotients are independent over the rationals (Besicovitch), which decides
entry = tie for y, dx and deta. dp is a sum of logarithms with algebraic
coefficients: by Baker's theorem it is 0 or transcendental, and 0 only if every
coefficient is, over a multiplicatively independent basis.
"""

from __future__ import annotations

from refsoft.oracle._shared import NAN, Entry, Gradients, Normalised, Number, Row, dot, leader


def _map(x: Row, eta: Number, p: Number) -> Normalised:
    return Normalised([abs(v) ** p for v in x], eta)


def forward(x: Row, eta: Number, p: Number) -> Entry:
    """y_i = |x_i|^p / (eta + Σ |x_j|^p); 0/0 is 0, an infinite score gives NaN."""
    if any(v is None for v in x):
        return lambda _: NAN
    if eta == 0 and all(v == 0 for v in x):
        return lambda _: 0
    return _map(x, eta, p)


def vjp(x: Row, g: Row, eta: Number, p: Number) -> tuple[Entry, Gradients]:
    """Pull g back: dx = p|x|^{p−1} sgn(x) (g − ⟨g,y⟩)/Z, deta = −⟨g,y⟩/Z.

    dp = Σ w log|x| (g − ⟨g,y⟩)/Z, with w = |x|^p, Z = eta + Σw. At x = 0, dx is
    0 (a kink for p = 1, without bound for p < 1), and so is the term of dp.
    """
    if any(v is None for v in x):
        return lambda _: NAN, {"eta": lambda: NAN, "p": lambda: NAN}
    if eta == 0 and all(v == 0 for v in x):
        return lambda _: 0, {"eta": lambda: 0, "p": lambda: 0}
    y = _map(x, eta, p)
    anchor = leader([abs(v) for v in x]) or 0
    pull = y.pullback(g, anchor)
    h, mean = y.excess(g, anchor)

    def power() -> Number:
        logs = [0 if v == 0 else w * abs(v).log() for v, w in zip(x, y.weights, strict=True)]
        return (dot(h, logs) - mean * sum(logs)) / y.normaliser

    return lambda k: 0 if x[k] == 0 else p * pull(k) / x[k], {
        "eta": lambda: -dot(g, y.weights) / y.normaliser / y.normaliser,
        "p": power,
    }
