"""Known mistakes of backwards, each a line or two of NumPy; none of them is a reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refsoft.card import Card
from refsoft.conformance.gradients.known_modulated import modulated
from refsoft.conformance.gradients.parts import Parts, Wrong, half, total

OFFSETS = ("softmax_one", "softmax_n", "softmax_sink", "symax")


def known(card: Card) -> tuple[Wrong, ...]:
    """The mistakes in dx, the most specific first."""
    own = modulated(card.name) if card.name.startswith("self_adjust") else _quotient(card.name)
    return (
        Wrong("dx is 0", lambda p: 0 * p.dx),
        Wrong("dx has the wrong sign", lambda p: -p.dx),
        *own,
        *_factors(card),
    )


def _quotient(name: str) -> list[Wrong]:
    term = "exp(y) sum(g)" if name == "log_softmax" else "<g,y>"
    if name == "log_softmax":
        return [
            Wrong(f"the term {term} is missing", lambda p: p.g * p.scale),
            Wrong(f"adds the term {term}", lambda p: (p.g + p.weights * p.e) * p.scale),
            Wrong(
                "takes y in place of exp(y)",
                lambda p: (p.g - np.where(np.isfinite(p.y), p.y, 0) * p.e) * p.scale,
            ),
            Wrong(
                "is the gradient of softmax",
                lambda p: p.weights * (p.g - total(p.g * p.weights)) * p.scale,
            ),
            Wrong("sum(g) is a mean", lambda p: (p.g - p.weights * p.e / p.n) * p.scale),
            Wrong("sum(g) in float16", lambda p: (p.g - p.weights * half(p.e)) * p.scale, False),
        ]
    found = [
        Wrong(f"the term {term} is missing: dx = y*g", lambda p: p.y * p.g * p.rate),
        Wrong(f"adds the term {term}", lambda p: p.y * (p.g + p.e) * p.rate),
        Wrong(f"only the term {term} is there", lambda p: -p.y * p.e * p.rate),
        Wrong(f"takes sum(g) in place of {term}", lambda p: p.y * (p.g - total(p.g)) * p.rate),
        Wrong(f"{term} is a mean", lambda p: p.y * (p.g - p.e / p.n) * p.rate),
        Wrong(f"{term} is of all rows", lambda p: p.y * (p.g - np.sum(p.e)) * p.rate),
        Wrong("dx = y (1 - y) g, the diagonal alone", lambda p: p.y * (1 - p.y) * p.g * p.rate),
    ]
    if name in OFFSETS:
        found += [
            Wrong(
                f"{term} is taken with y that sum to 1 (softmax's Jacobian)",
                lambda p: p.y * (p.g - total(p.g * _unit(p))) * p.rate,
            ),
            Wrong(
                "y is that of another forward, without the offset: its rows sum to 1",
                lambda p: _unit(p) * (p.g - total(p.g * _unit(p))) * p.rate,
            ),
        ]
    if name == "symax":
        found += [
            Wrong("the sign of x is missing", lambda p: p.dx * np.sign(p.x)),
            Wrong("the factor |x|^(p-1) is missing", _without_power),
        ]
    return [
        *found,
        Wrong(f"{term} in float16", lambda p: p.y * (p.g - half(p.e)) * p.rate, False),
        Wrong(
            "y in float16",
            lambda p: half(p.y) * (p.g - total(p.g * half(p.y))) * p.rate,
            False,
        ),
    ]


def _unit(p: Parts) -> Any:
    """The result without the offset, whose rows sum to 1 also where y is too small to tell."""
    if p.name == "symax":
        w = np.abs(p.x) ** p.params["p"]
    else:
        w = np.exp(p.x - np.max(p.x, axis=1, keepdims=True))
    whole = total(w)
    return w / np.where(whole == 0, 1, whole)


def _without_power(p: Parts) -> Any:
    return p.params["p"] * np.sign(p.x) * (p.g - p.e) / p.normaliser


def _factors(card: Card) -> list[Wrong]:
    """Dx off by a factor: what multiplies it is missing, inverted, or there twice."""
    found = [
        Wrong(f"dx is {text} times the gradient", _times(k))
        for text, k in (("2", 2.0), ("1/2", 0.5))
    ]
    found += [
        Wrong("dx is divided by n", lambda p: p.dx / p.n),
        Wrong("dx is divided by the number of rows", lambda p: p.dx / len(p.x)),
    ]
    names = [parameter.name for parameter in card.parameters]
    if "temperature" in names:
        found += [
            Wrong("dx misses the factor 1/T", lambda p: p.dx * p.params["temperature"]),
            Wrong("dx is multiplied by T", lambda p: p.dx * p.params["temperature"] ** 2),
            Wrong("dx is divided by T twice", lambda p: p.dx / p.params["temperature"]),
        ]
    if "s" in names:
        found += [
            Wrong("dx misses the factor s ln n + b", lambda p: p.y * (p.g - p.e)),
            Wrong("dx is multiplied by s alone", lambda p: p.y * (p.g - p.e) * p.params["s"]),
            Wrong("dx misses ln n", lambda p: p.dx / np.log(p.n)),
        ]
    if "p" in names:
        found += [
            Wrong("dx misses the factor p", lambda p: p.dx / p.params["p"]),
            Wrong("dx misses the factor 1/Z", lambda p: p.dx * p.normaliser),
        ]
    return found


def _times(factor: float) -> Callable[[Parts], Any]:
    return lambda p: factor * p.dx
