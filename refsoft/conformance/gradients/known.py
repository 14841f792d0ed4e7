"""Known mistakes of backwards, each a line or two of NumPy; none of them is a reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft.card import Card

Floats = NDArray[np.float64]
OFFSETS = ("softmax_one", "softmax_n", "softmax_sink", "symax")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a backward is made of: rows of float64, 0 at masked entries, and columns.

    Attributes
    ----------
    dx : ndarray
        The right one.
    slope : ndarray (rows, 1)
        The right gradient of the parameter that is looked at, if one is.
    lse : ndarray (rows, 1)
        The cotangent of the log-sum-exp, if the loss depends on it.
    """

    name: str
    x: Floats
    g: Floats
    y: Floats
    dx: Floats
    params: dict[str, Floats]
    n: Floats
    slope: Floats
    lse: Any = 0.0

    @property
    def e(self) -> Floats:
        """The term <g,y>, or sum(g) for log_softmax, less the cotangent of the log-sum-exp."""
        terms = self.g if self.name == "log_softmax" else self.g * self.y
        return np.asarray(_sum(terms) - self.lse)

    @property
    def weights(self) -> Floats:
        """What e is multiplied by, and g."""
        return np.asarray(np.exp(self.y)) if self.name == "log_softmax" else self.y

    @property
    def scale(self) -> Any:
        """The derivative of what is exponentiated: 1/T, or s ln n + b."""
        if "temperature" in self.params:
            return 1 / self.params["temperature"]
        if "s" in self.params:
            return self.params["s"] * np.log(self.n) + self.params["b"]
        return 1.0

    @property
    def rate(self) -> Any:
        """What y*(g - e) is multiplied by."""
        if self.name != "symax":
            return self.scale
        size = np.abs(self.x)
        return np.where(size > 0, self.params["p"] * np.sign(self.x) / size, 0.0)

    @property
    def normaliser(self) -> Floats:
        """Z, where it does not overflow."""
        if self.name == "symax":
            return np.asarray(self.params["eta"] + _sum(np.abs(self.x) ** self.params["p"]))
        offset = {"softmax_n": self.params.get("n"), "softmax_one": np.ones(1)}.get(self.name)
        if offset is None:
            offset = np.exp(self.params["sink"]) if "sink" in self.params else np.zeros(1)
        return np.asarray(offset + _sum(np.where(self.y != 0, np.exp(self.x), 0.0)))


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong gradient with a name.

    Attributes
    ----------
    sentence : str
    compute : (Parts) -> ndarray
    exact : bool
        Whether a backward that makes it agrees to rounding; otherwise it is enough to
        be nearer to the mistake than the mistake is to the truth.
    """

    sentence: str
    compute: Callable[[Parts], Any]
    exact: bool = True


def known(card: Card) -> tuple[Wrong, ...]:
    """The mistakes in dx, the most specific first."""
    own = _modulated(card.name) if card.name.startswith("self_adjust") else _quotient(card.name)
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
                lambda p: p.weights * (p.g - _sum(p.g * p.weights)) * p.scale,
            ),
            Wrong("sum(g) is a mean", lambda p: (p.g - p.weights * p.e / p.n) * p.scale),
            Wrong("sum(g) in float16", lambda p: (p.g - p.weights * _half(p.e)) * p.scale, False),
        ]
    found = [
        Wrong(f"the term {term} is missing: dx = y*g", lambda p: p.y * p.g * p.rate),
        Wrong(f"adds the term {term}", lambda p: p.y * (p.g + p.e) * p.rate),
        Wrong(f"only the term {term} is there", lambda p: -p.y * p.e * p.rate),
        Wrong(f"takes sum(g) in place of {term}", lambda p: p.y * (p.g - _sum(p.g)) * p.rate),
        Wrong(f"{term} is a mean", lambda p: p.y * (p.g - p.e / p.n) * p.rate),
        Wrong(f"{term} is of all rows", lambda p: p.y * (p.g - np.sum(p.e)) * p.rate),
        Wrong("dx = y (1 - y) g, the diagonal alone", lambda p: p.y * (1 - p.y) * p.g * p.rate),
    ]
    if name in OFFSETS:
        found += [
            Wrong(
                f"{term} is taken with y that sum to 1 (softmax's Jacobian)",
                lambda p: p.y * (p.g - _sum(p.g * _unit(p))) * p.rate,
            ),
            Wrong(
                "y is that of another forward, without the offset: its rows sum to 1",
                lambda p: _unit(p) * (p.g - _sum(p.g * _unit(p))) * p.rate,
            ),
        ]
    if name == "symax":
        found += [
            Wrong("the sign of x is missing", lambda p: p.dx * np.sign(p.x)),
            Wrong("the factor |x|^(p-1) is missing", _without_power),
        ]
    return [
        *found,
        Wrong(f"{term} in float16", lambda p: p.y * (p.g - _half(p.e)) * p.rate, False),
        Wrong(
            "y in float16",
            lambda p: _half(p.y) * (p.g - _sum(p.g * _half(p.y))) * p.rate,
            False,
        ),
    ]


def _unit(p: Parts) -> Any:
    """The result without the offset, whose rows sum to 1 also where y is too small to tell."""
    if p.name == "symax":
        w = np.abs(p.x) ** p.params["p"]
    else:
        w = np.exp(p.x - np.max(p.x, axis=1, keepdims=True))
    whole = _sum(w)
    return w / np.where(whole == 0, 1, whole)


def _without_power(p: Parts) -> Any:
    return p.params["p"] * np.sign(p.x) * (p.g - p.e) / p.normaliser


def _modulated(name: str) -> list[Wrong]:
    def inner(p: Parts, mean: float = 1.0, extra: float = 1.0) -> Any:
        a, u, width = _place(p)
        w = p.g * u
        return a * (w - mean * _sum(w * a)) + extra * p.g * a / width

    factor = "x" if name == "self_adjust" else "u"
    found = [
        Wrong("the term <w,a> is missing", lambda p: _corrected(p, inner(p, mean=0.0))),
        Wrong(
            f"the derivative of the factor {factor} is missing",
            lambda p: inner(p, extra=0.0),
        ),
        Wrong("is the gradient of softmax", _softmax),
        Wrong("<w,a> in float16", lambda p: _corrected(p, _half_mean(p)), False),
    ]
    if name == "self_adjust":
        return found
    return [
        Wrong(
            "the correction at the smallest score is missing",
            lambda p: _corrected(p, inner(p), low=False),
        ),
        Wrong(
            "the correction at the largest score is missing",
            lambda p: _corrected(p, inner(p), high=False),
        ),
        Wrong("the corrections at the smallest and the largest score are missing", inner),
        *found,
    ]


def _place(p: Parts) -> tuple[Any, Any, Any]:
    """The softmax, the multiplier and its width."""
    w = np.exp(p.x - np.max(p.x, axis=1, keepdims=True))
    a = w / _sum(w)
    if p.name == "self_adjust":
        return a, p.x, 1.0
    low = np.minimum(np.min(p.x, axis=1, keepdims=True), 0)
    width = np.maximum(np.max(p.x, axis=1, keepdims=True), 0) - low
    return a, (p.x - low) / width, width


def _corrected(p: Parts, dx: Any, low: bool = True, high: bool = True) -> Any:
    """With what the minimum and the maximum of the row add to the extremes."""
    if p.name == "self_adjust":
        return dx
    a, u, width = _place(p)
    rows, dx = np.arange(len(p.x)), dx.copy()
    for wanted, at, sign, part in (
        (low, p.x.argmin(1), -1, 1 - u),
        (high, p.x.argmax(1), 1, u),
    ):
        moved = wanted & (sign * p.x[rows, at] > 0)
        dx[rows, at] -= np.where(moved, _sum(p.g * a * part / width)[:, 0], 0)
    return dx


def _half_mean(p: Parts) -> Any:
    a, u, width = _place(p)
    return a * (p.g * u - _half(_sum(p.g * u * a))) + p.g * a / width


def _softmax(p: Parts) -> Any:
    a = _place(p)[0]
    return a * (p.g - _sum(p.g * a))


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


def _sum(values: Any) -> Any:
    return np.sum(values, axis=1, keepdims=True)


def _half(values: Any) -> Any:
    return np.asarray(values).astype(np.float16).astype(np.float64)
