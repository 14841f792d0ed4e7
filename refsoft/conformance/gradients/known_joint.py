"""Known mistakes with the cotangent of the log-sum-exp, of a loss that depends on it too."""

from __future__ import annotations

from typing import Any

import numpy as np

from refsoft.conformance.gradients.parts import Parts, Wrong


def known_joint(name: str, parameter: str | None = None) -> tuple[Wrong, ...]:
    """The mistakes in dx of a variant, or in the gradient of one of its parameters."""
    if parameter is not None:
        return (
            Wrong("ignores the cotangent of lse", lambda p: p.slope - _of_parameter(p, parameter)),
            Wrong(
                "takes the cotangent of lse with the wrong sign",
                lambda p: p.slope - 2 * _of_parameter(p, parameter),
            ),
        )
    found = [
        Wrong("the cotangent of lse is ignored", lambda p: p.dx - _added(p)),
        Wrong("the cotangent of lse has the wrong sign", lambda p: p.dx - 2 * _added(p)),
        Wrong(
            "the cotangent of lse is not weighted: it is added to dx as it is",
            lambda p: p.dx - _added(p) + p.lse,
        ),
    ]
    if not name.startswith("self_adjust"):
        found.append(Wrong("the cotangent of lse is added to g", _added_to_g))
    if name in ("softmax", "log_softmax", "ssmax"):
        words = "the cotangent of lse misses the factor of the scores"
        found.append(Wrong(words, lambda p: p.dx - _added(p) + p.lse * p.weights))
    return tuple(found)


def _added(p: Parts) -> Any:
    if p.name.startswith("self_adjust"):
        return p.lse * _softmax(p)
    return p.lse * p.weights * p.scale


def _added_to_g(p: Parts) -> Any:
    if p.name == "log_softmax":
        pulled = p.lse * (1 - p.weights * p.n)
    else:
        pulled = p.lse * p.weights * (1 - np.sum(p.weights, axis=1, keepdims=True))
    return p.dx - _added(p) + pulled * p.scale


def _softmax(p: Parts) -> Any:
    w = np.exp(p.x - np.max(p.x, axis=1, keepdims=True))
    return w / np.sum(w, axis=1, keepdims=True)


def _of_parameter(p: Parts, name: str) -> Any:
    mean = np.sum(p.weights * p.x, axis=1, keepdims=True)
    match name:
        case "n":
            return p.lse / p.normaliser
        case "sink":
            return p.lse * np.exp(p.params["sink"]) / p.normaliser
        case "temperature":
            return -p.lse * mean / p.params["temperature"] ** 2
        case "s":
            return p.lse * mean * np.log(p.n)
    return p.lse * mean
