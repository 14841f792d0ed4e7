"""ssmax in exact or ball arithmetic; n counts the visible entries of the row.

Termination: for b ≠ 0 and n ≥ 2, exp(c d) = e^{b d} n^{s d} for distinct rational
d are independent over the rationals (Lindemann–Weierstrass with algebraic
coefficients): an entry is rational only if all scores are equal, and a sum is 0
only if all its grouped coefficients are. For b = 0 they are radicals of n, and
y may be rational and a tie: s = 1, n = 36, x = 3.5×3, 3×4, 2.5×2, 2×2, 1.5×18,
1×3, 0×4 gives y(3.5) = 2187/8192, a tie of float16. Decided over the basis of
fractional powers of n. dx, ds and db: a zero is decided so. For b = 0, dx and ds
are log n times an algebraic number, hence 0 or transcendental, and db is
algebraic. For b ≠ 0 no theorem excludes a tie of dx or ds; none is known, and
one would end in the error of the precision cap.
"""

from __future__ import annotations

import math

from refsoft.oracle._shared import NAN, Entry, Gradients, Normalised, Number, Row, dot, leader


def _rate(x: Row, s: Number, b: Number) -> tuple[Number, Number]:
    log_n = type(s)(len(x)).log()
    return s * log_n + b, log_n


def _shifted(x: Row, c: Number) -> tuple[Row, int]:
    """Subtract the score of the largest weight; also return its index."""
    lead = leader([None if v is None else -v for v in x] if c < 0 else x) or 0
    return [None if v is None else v - x[lead] for v in x], lead


def _weights(z: Row, c: Number) -> Row:
    return [0 if v is None else (c * v).exp() for v in z]


def forward(x: Row, s: Number, b: Number) -> Entry:
    """y_i = exp(c x_i) / Σ exp(c x_j), c = s log n + b.

    At a score of -inf: 0 for c > 0, 1/n for c = 0; for c < 0, 1 if it is the only
    one and NaN if not. A row of -inf alone is NaN.
    """
    c, _ = _rate(x, s, b)
    lost = [i for i, v in enumerate(x) if v is None]
    if len(lost) == len(x):
        return lambda _: NAN
    if lost and c < 0:
        return lambda i: NAN if len(lost) > 1 else int(i == lost[0])
    if lost and c == 0:
        return Normalised([type(s)(1)] * len(x))
    if lost and not c > 0:
        return _unknown(c)
    return Normalised(_weights(_shifted(x, c)[0], c))


def vjp(x: Row, g: Row, s: Number, b: Number) -> tuple[Entry, Gradients]:
    """Pull g back: dx = c y(g − ⟨g,y⟩), db = Σ y_j (g_j − ⟨g,y⟩) x_j, ds = log(n) db.

    Beside a score of -inf, c = 0 makes db and ds infinite, unless g is its mean there.
    """
    c, log_n = _rate(x, s, b)
    lost = sum(v is None for v in x)
    if lost == len(x) or (lost > 1 and c < 0):
        return lambda _: NAN, {"s": lambda: NAN, "b": lambda: NAN}
    if lost and c < 0:
        return lambda _: 0, {"s": lambda: 0, "b": lambda: 0}
    if lost and c == 0:
        flat = _flat_slope(x, g)
        return lambda _: 0, {"s": lambda: _scaled(flat, log_n), "b": lambda: flat}
    if lost and not c > 0:
        return _unknown(c), {"s": lambda: _unknown(c)(0), "b": lambda: _unknown(c)(0)}
    z, lead = _shifted(x, c)
    y = Normalised(_weights(z, c))
    pull = y.pullback(g, lead)
    h, mean = y.excess(g, lead)
    moment = [0 if v is None else w * v for w, v in zip(y.weights, z, strict=True)]

    def slope() -> Number:
        return (dot(h, moment) - mean * sum(moment)) / y.normaliser

    return lambda k: c * pull(k), {"s": lambda: log_n * slope(), "b": slope}


def _flat_slope(x: Row, g: Row) -> Number:
    """Σ (g_j − mean g) x_j / n with scores of -inf, whose own terms decide."""
    factors = [c * len(x) - sum(g) for c in g]
    # A ball around 0 is neither equal nor unequal to 0: it stays, and asks for more precision.
    infinite = [f for v, f in zip(x, factors, strict=True) if v is None and not f == 0]  # noqa: SIM201
    signs = {1 if f > 0 else -1 if f < 0 else 0 for f in infinite}
    if 0 in signs:
        return _unknown(infinite[0])(0)
    if signs:
        return -signs.pop() * math.inf if len(signs) == 1 else NAN
    finite = [(v, f) for v, f in zip(x, factors, strict=True) if v is not None]
    return sum(v * f for v, f in finite) / len(x) ** 2


def _scaled(slope: Number, log_n: Number) -> Number:
    return slope if isinstance(slope, float) else log_n * slope


def _unknown(c: Number) -> Entry:
    """A ball without bounds: the sign of c takes more precision."""
    return lambda _: c / (c - c)


def lse_gradient(x: Row, s: Number, b: Number) -> tuple[Entry, Gradients]:
    """The gradient of log Σ exp(c x_j): dx = c y, db = Σ y_j x_j, ds = log(n) db.

    Beside a score of -inf only for c > 0: elsewhere it, or db, is not finite.
    """
    c, log_n = _rate(x, s, b)
    lost = sum(v is None for v in x)
    if lost == len(x) or (lost and (c < 0 or c == 0)):
        return lambda _: NAN, {"s": lambda: NAN, "b": lambda: NAN}
    if lost and not c > 0:
        return _unknown(c), {"s": lambda: _unknown(c)(0), "b": lambda: _unknown(c)(0)}
    z, lead = _shifted(x, c)
    y = Normalised(_weights(z, c))
    moment = sum(w * v for w, v in zip(y.weights, z, strict=True) if v is not None)
    mean = x[lead] + moment / y.normaliser
    return lambda k: c * y(k), {"s": lambda: log_n * mean, "b": lambda: mean}
