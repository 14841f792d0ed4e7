"""Each variant as operations of torch or jax.numpy, which differentiate them.

A kernel gives the value and its first derivative; the derivative of that one is taken
from these. A form receives the library, the rows x (..., n), which of their entries are
seen, and the parameters as columns (..., 1), all of one format.

Subgradients are those of the kernels: 0 at a kink, and the first of equal extremes. A
score of -inf is left out of the row where its result is 0 by its limit: so are then its
derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

Rows = Any


class Library(NamedTuple):
    """What the forms, and their derivatives, need of torch or JAX.

    Attributes
    ----------
    xp : module
        The operations.
    constant : callable
        Hides a value from differentiation: the scale of a row, on which no result depends.
    func : module
        Has ``vjp`` and ``grad``.
    cast : callable
        An array in another format.
    widest : dtype
        The format to compute in.
    """

    xp: Any
    constant: Callable[[Any], Any]
    func: Any
    cast: Callable[[Any, Any], Any]
    widest: Any


def softmax(lib: Library, x: Rows, seen: Rows, temperature: Rows) -> Rows:
    """The entries exp(x / T) / sum exp(x / T)."""
    x, seen = _finite(lib, x, seen)
    return _share(lib, x / temperature, seen)


def log_softmax(lib: Library, x: Rows, seen: Rows, temperature: Rows) -> Rows:
    """The entries x / T - log sum exp(x / T)."""
    x, finite = _finite(lib, x, seen)
    logits = x / temperature
    top = _largest(lib, logits, finite)
    z = lib.xp.sum(_weights(lib, logits, finite, top), -1)[..., None]
    y = logits - top - lib.xp.log(lib.xp.where(z == 0, z + 1, z))
    return lib.xp.where(seen, y, lib.xp.zeros_like(y))


def softmax_one(lib: Library, x: Rows, seen: Rows) -> Rows:
    """The entries exp(x) / (1 + sum exp(x))."""
    x, seen = _finite(lib, x, seen)
    zero = lib.xp.zeros_like(x[..., :1])
    return _share(lib, x, seen, zero, lambda top: lib.xp.exp(-top))


def softmax_n(lib: Library, x: Rows, seen: Rows, n: Rows) -> Rows:
    """The entries exp(x) / (n + sum exp(x))."""
    x, seen = _finite(lib, x, seen)
    return _share(lib, x, seen, lib.xp.log(n), lambda top: n * _exp(lib, -top))


def softmax_sink(lib: Library, x: Rows, seen: Rows, sink: Rows) -> Rows:
    """The entries exp(x) / (exp(sink) + sum exp(x))."""
    x, seen = _finite(lib, x, seen)
    return _share(lib, x, seen, sink, lambda top: lib.xp.exp(sink - top))


def symax(lib: Library, x: Rows, seen: Rows, eta: Rows, p: Rows) -> Rows:
    """The entries |x|^p / (eta + sum |x|^p)."""
    xp = lib.xp
    x = xp.where(seen, x, xp.zeros_like(x))
    top = xp.maximum(_largest(lib, xp.abs(x), seen), lib.constant(eta ** (1 / p)))
    scale = xp.where(top > 0, top, xp.ones_like(top))
    flat = x == 0
    power = (xp.where(flat, scale, xp.abs(x)) / scale) ** p
    # At 0 a derivative is 0 or by convention 0, but for the second one of the square.
    at_zero = xp.where(p == 2, (x / scale) ** 2, xp.zeros_like(x))
    weights = xp.where(flat, at_zero, power)
    return _divided(lib, weights, eta * _exp(lib, -p * xp.log(scale)))


def ssmax(lib: Library, x: Rows, seen: Rows, s: Rows, b: Rows) -> Rows:
    """The entries exp(c x) / sum exp(c x), c = s log n + b, n the number of those seen."""
    c = _coefficient(lib, x, seen, s, b)
    x, seen = _finite(lib, x, seen, c > 0)
    return _share(lib, c * x, seen)


def _coefficient(lib: Library, x: Rows, seen: Rows, s: Rows, b: Rows) -> Rows:
    n = lib.xp.sum(seen * lib.xp.ones_like(x), -1)[..., None]
    return s * lib.xp.log(lib.xp.where(n == 0, n + 1, n)) + b


def self_adjust(lib: Library, x: Rows, seen: Rows) -> Rows:
    """The entries x softmax(x)."""
    x, seen = _finite(lib, x, seen)
    return x * _share(lib, x, seen)


def self_adjust_normalized(lib: Library, x: Rows, seen: Rows) -> Rows:
    """The entries (x - l) / (h - l) softmax(x), l = min(min x, 0), h = max(max x, 0)."""
    xp = lib.xp
    endless = xp.sum(seen & (x == -math.inf), -1)[..., None] > 0
    x, seen = _finite(lib, x, seen)
    high, low = _first(lib, x), -_first(lib, -x)
    width = high - low
    place = (x - low) / xp.where(width == 0, xp.ones_like(width), width)
    # Beside a score of -inf the others have place 1, which moves no more. Of zeros there is none.
    place = xp.where(endless, xp.ones_like(x), xp.where(width == 0, xp.zeros_like(x), place))
    return place * _share(lib, x, seen)


def _finite(lib: Library, x: Rows, seen: Rows, when: Any = True) -> tuple[Rows, Rows]:
    """The scores with 0 for those that are not in the row, and which are."""
    seen = seen & ~((x == -math.inf) & when)
    return lib.xp.where(seen, x, lib.xp.zeros_like(x)), seen


def _largest(lib: Library, x: Rows, seen: Rows) -> Rows:
    """The largest entry seen, a constant; 0 of a row that shows nothing."""
    top = lib.xp.amax(lib.xp.where(seen, x, lib.xp.full_like(x, -math.inf)), -1)[..., None]
    return lib.constant(lib.xp.where(top == -math.inf, lib.xp.zeros_like(top), top))


def _first(lib: Library, x: Rows) -> Rows:
    """The largest entry, the first of equal ones, if it is positive; otherwise 0."""
    xp = lib.xp
    at = xp.arange(x.shape[-1]) == xp.argmax(x, -1)[..., None]
    return xp.sum(xp.where(at & (x > 0), x, xp.zeros_like(x)), -1)[..., None]


def _exp(lib: Library, x: Rows) -> Rows:
    """The exponential where it is finite: an offset of 0 times an infinite one is NaN."""
    most = lib.xp.full_like(x, 700.0 if x.dtype.itemsize == 8 else 80.0)
    return lib.xp.exp(lib.xp.where(x > most, most, x))


def _weights(lib: Library, logits: Rows, seen: Rows, top: Rows) -> Rows:
    """The exponentials at the scale exp(top), 0 where nothing is seen."""
    zero = lib.xp.zeros_like(logits)
    w = lib.xp.exp(lib.xp.where(seen, logits - top, zero))
    return lib.xp.where(seen, w, zero)


def _share(
    lib: Library,
    logits: Rows,
    seen: Rows,
    rival: Rows = None,
    offset: Callable[[Rows], Rows] | None = None,
) -> Rows:
    """Exponentials over their sum and an offset(top), of the size of exp(rival)."""
    top = _largest(lib, logits, seen)
    if offset is None:
        return _divided(lib, _weights(lib, logits, seen, top), 0.0)
    top = lib.xp.maximum(top, lib.constant(rival))
    return _divided(lib, _weights(lib, logits, seen, top), offset(top))


def _divided(lib: Library, w: Rows, offset: Rows) -> Rows:
    """The weights over their sum and the offset; 0/0 is 0."""
    z = lib.xp.sum(w, -1)[..., None] + offset
    return w / lib.xp.where(z == 0, z + 1, z)


def _log_sum(
    lib: Library,
    logits: Rows,
    seen: Rows,
    rival: Rows = None,
    offset: Callable[[Rows], Rows] | None = None,
) -> Rows:
    """The logarithm of what `_share` divides by, (..., 1)."""
    top = _largest(lib, logits, seen)
    if rival is not None:
        top = lib.xp.maximum(top, lib.constant(rival))
    z = lib.xp.sum(_weights(lib, logits, seen, top), -1)[..., None]
    z = z if offset is None else z + offset(top)
    return top + lib.xp.log(lib.xp.where(z == 0, z + 1, z))


def _lse_of_temperature(lib: Library, x: Rows, seen: Rows, temperature: Rows) -> Rows:
    x, seen = _finite(lib, x, seen)
    return _log_sum(lib, x / temperature, seen)


def _lse_of_one(lib: Library, x: Rows, seen: Rows) -> Rows:
    x, seen = _finite(lib, x, seen)
    zero = lib.xp.zeros_like(x[..., :1])
    return _log_sum(lib, x, seen, zero, lambda top: lib.xp.exp(-top))


def _lse_of_n(lib: Library, x: Rows, seen: Rows, n: Rows) -> Rows:
    x, seen = _finite(lib, x, seen)
    return _log_sum(lib, x, seen, lib.xp.log(n), lambda top: n * _exp(lib, -top))


def _lse_of_sink(lib: Library, x: Rows, seen: Rows, sink: Rows) -> Rows:
    x, seen = _finite(lib, x, seen)
    return _log_sum(lib, x, seen, sink, lambda top: lib.xp.exp(sink - top))


def _lse_of_ssmax(lib: Library, x: Rows, seen: Rows, s: Rows, b: Rows) -> Rows:
    c = _coefficient(lib, x, seen, s, b)
    x, seen = _finite(lib, x, seen, c > 0)
    return _log_sum(lib, c * x, seen)


def _lse(lib: Library, x: Rows, seen: Rows) -> Rows:
    x, seen = _finite(lib, x, seen)
    return _log_sum(lib, x, seen)


Forms = dict[str, Callable[..., Rows]]
FORMS: Forms = {
    form.__name__: form
    for form in (
        softmax, log_softmax, softmax_one, softmax_n, softmax_sink,
        symax, ssmax, self_adjust, self_adjust_normalized,
    )
}  # fmt: skip
# The logarithms of their normalisers.
LOG_SUMS: Forms = {
    "softmax": _lse_of_temperature,
    "log_softmax": _lse_of_temperature,
    "softmax_one": _lse_of_one,
    "softmax_n": _lse_of_n,
    "softmax_sink": _lse_of_sink,
    "ssmax": _lse_of_ssmax,
    "self_adjust": _lse,
    "self_adjust_normalized": _lse,
}
