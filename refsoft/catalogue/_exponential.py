"""What the recipes of exponential weights f(x) = exp(x) have in common."""

from __future__ import annotations

from refsoft.catalogue._primitives import cast, difference, exp, is_infinite, log, log1p


def key(x: float, *params: float) -> float:
    """The score itself."""
    return x


def shift(top: float, *params: float) -> float:
    """The largest score: the scale of a row without an offset."""
    return top


def weight(x: float, m: float, *params: float) -> float:
    """The weight exp(x - m)."""
    return exp(difference(x, m))


def no_offset(m: float, *params: float) -> float:
    """No offset."""
    return cast(0.0, m)


def share(x: float, w: float, m: float, z: float, *params: float) -> float:
    """The share w / z of an entry, as its slope is if y = w / z."""
    return w * (cast(1.0, z) / z)


def scale(x: float, y: float, *params: float) -> float:
    """The scale m at which exp(x - m) is y."""
    return x - log(y)


def no_gradients(*arguments: float) -> tuple[()]:
    """No parameter."""
    return ()


def lse(m: float, total: float, *params: float) -> float:
    """The logarithm of the normaliser without an offset, m + log(total)."""
    return m if is_infinite(m) else m + log(total)


def lse_with(offset: float, m: float, total: float) -> float:
    """The logarithm m + log(offset + total), where one of the two is at least about 1."""
    return m if is_infinite(m) else m + log1p((offset - cast(1.0, offset)) + total)
