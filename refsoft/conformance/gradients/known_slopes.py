"""Known mistakes in the gradient of a parameter: the right one of each row times a factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refsoft.conformance.gradients.known import Parts, Wrong


def known_slopes(name: str, of: tuple[str, ...]) -> tuple[Wrong, ...]:
    """The factors by which the gradient of a parameter may be off.

    Parameters
    ----------
    name : str
        The parameter.
    of : tuple of str
        All parameters of the variant.
    """
    found = [
        Wrong("is 0", lambda _: 0.0),
        Wrong("has the wrong sign", lambda _: -1.0),
        *_own(name),
        Wrong("is twice too large", lambda _: 2.0),
        Wrong("is half of it", lambda _: 0.5),
        Wrong("is averaged over the rows, not summed", lambda p: 1 / len(p.x)),
        Wrong("is divided by n, the row's length", lambda p: 1 / p.n),
    ]
    for other in of:
        found += [
            Wrong(f"is {other} times too large", _power(other, 1)),
            Wrong(f"misses a factor {other}", _power(other, -1)),
            Wrong(f"misses a factor 1/{other}^2", _power(other, 2)),
        ]
    signed = [Wrong(f"{w.sentence}, and the wrong sign", _negative(w)) for w in found[2:]]
    return (*found, *signed)


def _power(name: str, power: float) -> Callable[[Parts], Any]:
    return lambda p: p.params[name] ** power


def _negative(wrong: Wrong) -> Callable[[Parts], Any]:
    return lambda p: -wrong.compute(p)


def _own(name: str) -> list[Wrong]:
    match name:
        case "sink":
            return [
                Wrong("misses the weight of the sink, 1 - sum(y)", lambda p: 1 / _rest(p)),
                Wrong(
                    "weighs by sum(y) in place of 1 - sum(y)",
                    lambda p: np.sum(p.y, axis=1, keepdims=True) / _rest(p),
                ),
                Wrong(
                    "weighs by exp(sink), not divided by the normaliser",
                    lambda p: np.exp(p.params["sink"]) / _rest(p),
                ),
                Wrong("is that of exp(sink)", lambda p: np.exp(-p.params["sink"])),
            ]
        case "n":
            return [
                Wrong("misses the factor 1/Z", lambda p: p.normaliser),
                Wrong("is that of ln n", lambda p: p.params["n"]),
                Wrong("is divided by Z twice", lambda p: 1 / p.normaliser),
            ]
        case "eta":
            return [
                Wrong("misses the factor 1/Z", lambda p: p.normaliser),
                Wrong("is that of ln eta", lambda p: p.params["eta"]),
                Wrong("is divided by Z twice", lambda p: 1 / p.normaliser),
            ]
        case "temperature":
            return [
                Wrong("misses the factor 1/T^2", lambda p: p.params["temperature"] ** 2),
                Wrong("misses one factor 1/T", lambda p: p.params["temperature"]),
                Wrong("is that of 1/T", lambda p: -(p.params["temperature"] ** 2)),
            ]
        case "s":
            return [
                Wrong("misses the factor ln n", lambda p: 1 / np.log(p.n)),
                Wrong("takes log2 n in place of ln n", lambda _: 1 / np.log(2.0)),
            ]
        case "b":
            return [Wrong("has a factor ln n too many", lambda p: np.log(p.n))]
    return []


def _rest(p: Parts) -> Any:
    """1 - sum(y) without cancellation: the sink's own result."""
    return np.exp(p.params["sink"]) / p.normaliser
