"""What a wrong gradient is made of: the parts of the right one, and a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
        return np.asarray(total(terms) - self.lse)

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
            return np.asarray(self.params["eta"] + total(np.abs(self.x) ** self.params["p"]))
        offset = {"softmax_n": self.params.get("n"), "softmax_one": np.ones(1)}.get(self.name)
        if offset is None:
            offset = np.exp(self.params["sink"]) if "sink" in self.params else np.zeros(1)
        return np.asarray(offset + total(np.where(self.y != 0, np.exp(self.x), 0.0)))


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


def total(values: Any) -> Any:
    """Sums over rows, as a column."""
    return np.sum(values, axis=1, keepdims=True)


def half(values: Any) -> Any:
    """Values through float16."""
    return np.asarray(values).astype(np.float16).astype(np.float64)
