"""What the recipes of exponential weights f(x) = exp(x) have in common."""

from __future__ import annotations

from refsoft.catalogue._primitives import (
    cast,
    difference,
    exp,
    exp_at,
    is_infinite,
    log,
    log1p,
    log_at,
    rest_at,
)


def key(x: float, *params: float) -> float:
    """The score itself."""
    return x


def shift(top: float, *params: float) -> float:
    """The largest score: the scale of a row without an offset."""
    return top


def weight(x: float, m: float, *params: float) -> float:
    """The weight exp(x), at the scale of m."""
    return exp_at(x, m)


def rest(x: float, m: float, *params: float) -> float:
    """What rounding has taken from that weight."""
    return rest_at(x, m)


def no_offset(m: float, *params: float) -> float:
    """No offset."""
    return cast(0.0, m)


def share(x: float, w: float, m: float, z: float, *params: float) -> float:
    """The share w / z of an entry, as its slope is if y = w / z."""
    return w * (cast(1.0, z) / z)


def scale(x: float, y: float, *params: float) -> float:
    """The m for which exp(x - m) is y."""
    return x - log(y)


def rescale(m: float, onto: float, *params: float) -> float:
    """The factor exp(m - onto) that takes a weight from the scale m to another."""
    return exp(difference(m, onto))


def no_gradients(*arguments: float) -> tuple[()]:
    """No parameter."""
    return ()


def lse(m: float, total: float, *params: float) -> float:
    """The logarithm of the normaliser without an offset."""
    return m if is_infinite(m) else m + log_at(total, m)


def lse_with(log_offset: float, offset: float, m: float, total: float) -> float:
    """The logarithm of an offset and a total, both at the scale of m."""
    if total == cast(0.0, total):
        return log_offset
    if is_infinite(m):
        return m
    # The smaller as a part of the larger: a sum just above 1 has a small logarithm.
    if total < offset:
        return log_offset + log1p(total / offset)
    return m + log_at(total, m) + log1p(offset / total)
