"""Known mistakes in the gradient of a parameter, row by row; none of them is a reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refsoft.conformance.gradients.parts import Parts, Wrong

Compute = Callable[[Parts], Any]


def known_slopes(name: str, of: tuple[str, ...]) -> tuple[Wrong, ...]:
    """The mistakes in the gradient of a parameter, the most specific first.

    Parameters
    ----------
    name : str
        The parameter.
    of : tuple of str
        All parameters of the variant.
    """
    found = [
        Wrong("is 0", _times(lambda _: 0.0)),
        Wrong("has the wrong sign", _times(lambda _: -1.0)),
        *_own(name),
        Wrong("is twice too large", _times(lambda _: 2.0)),
        Wrong("is half of it", _times(lambda _: 0.5)),
        Wrong("is averaged over the rows, not summed", _times(lambda p: 1 / len(p.x))),
        Wrong("is divided by n, the row's length", _times(lambda p: 1 / p.n)),
        Wrong("is of the first row alone", lambda p: p.slope * _row(p, 0)),
        Wrong("is of the last row alone", lambda p: p.slope * _row(p, -1)),
        Wrong("is summed over rows that have their own value", _summed),
    ]
    for other in of:
        found += [
            Wrong(f"is {other} times too large", _times(_power(other, 1))),
            Wrong(f"misses a factor {other}", _times(_power(other, -1))),
            Wrong(f"misses a factor 1/{other}^2", _times(_power(other, 2))),
        ]
    signed = [Wrong(f"{w.sentence}, and the wrong sign", _negative(w)) for w in found[2:]]
    return (*found, *signed)


def _own(name: str) -> list[Wrong]:
    match name:
        case "sink":
            return [
                Wrong("misses the weight of the sink, 1 - sum(y)", lambda p: -p.e),
                Wrong("weighs by sum(y) in place of 1 - sum(y)", lambda p: -p.e * _sum(p.y)),
                Wrong(
                    "weighs by exp(sink), not divided by the normaliser",
                    lambda p: -p.e * np.exp(p.params["sink"]),
                ),
                Wrong("is that of exp(sink)", _times(lambda p: np.exp(-p.params["sink"]))),
                Wrong("takes sum(g) in place of <g,y>", lambda p: -_sum(p.g) * _rest(p)),
                Wrong("misses the factor <g,y>", lambda p: -_rest(p)),
            ]
        case "n" | "eta":
            return [
                Wrong("misses the factor 1/Z", lambda p: -p.e),
                Wrong(f"is that of ln {name}", _times(_power(name, 1))),
                Wrong("is divided by Z twice", _times(lambda p: 1 / p.normaliser)),
                Wrong("takes sum(g) in place of <g,y>", lambda p: -_sum(p.g) / p.normaliser),
            ]
        case "temperature":
            return [
                Wrong("misses the factor 1/T^2", _times(_power(name, 2))),
                Wrong("misses one factor 1/T", _times(_power(name, 1))),
                Wrong("is that of 1/T", _times(lambda p: -(p.params["temperature"] ** 2))),
            ]
        case "s":
            return [
                Wrong("misses the factor ln n", _times(lambda p: 1 / np.log(p.n))),
                Wrong("takes log2 n in place of ln n", _times(lambda _: 1 / np.log(2.0))),
            ]
        case "b":
            return [Wrong("has a factor ln n too many", _times(lambda p: np.log(p.n)))]
    return []


def _times(factor: Compute) -> Compute:
    return lambda p: factor(p) * p.slope


def _power(name: str, power: float) -> Compute:
    return lambda p: p.params[name] ** power


def _negative(wrong: Wrong) -> Compute:
    return lambda p: -wrong.compute(p)


def _row(p: Parts, index: int) -> Any:
    chosen = np.zeros((len(p.x), 1))
    chosen[index] = 1.0
    return chosen


def _summed(p: Parts) -> Any:
    return np.full(p.slope.shape, np.sum(p.slope))


def _sum(values: Any) -> Any:
    return np.sum(values, axis=1, keepdims=True)


def _rest(p: Parts) -> Any:
    """1 - sum(y) without cancellation: the sink's own result."""
    return np.exp(p.params["sink"]) / p.normaliser
