"""Backwards of self_adjust and its normalised form: a term or a correction is missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.backward import Backward, Step, dot, formed
from tests.zoo.mutants import normalised

_NAME = "self_adjust_normalized"


def _adjusted(mean: float = 1.0, factor: float = 1.0) -> Any:
    """The formula a(w - <w,a>) + g a of self_adjust, w = g x, with weights on two terms."""

    def dx(r: Step) -> Any:
        a = normalised(r.x)
        w = r.g * r.x
        return a * (w - mean * dot(w, a)) + factor * r.g * a

    return formed("self_adjust", dx)


def _placed(
    low: Any = "moves", high: Any = "moves", width_of: float = 1.0, factor: float = 1.0
) -> Any:
    """The formula of the normalised form; each correction is there, missing, or always taken."""

    def dx(r: Step) -> Any:
        a = normalised(r.x)
        least, most = r.x.min(-1, keepdims=True), r.x.max(-1, keepdims=True)
        bottom, width = np.minimum(least, 0), np.maximum(most, 0) - np.minimum(least, 0)
        u = (r.x - bottom) / width
        w = r.g * u
        made = a * (w - dot(w, a)) + factor * r.g * a / width
        columns = np.arange(r.n)
        for taken, at, moves, part in (
            (low, r.x.argmin(-1), least < 0, 1 - u),
            (high, r.x.argmax(-1), most > 0, u),
        ):
            whole = dot(r.g * part, a) / width**width_of
            here = columns == at[..., np.newaxis]
            wanted = {"moves": moves, "always": True, "never": False}[taken]
            made = made - np.where(here & wanted, whole, 0)
        return np.where(width > 0, made, 0)

    return lambda x, g: formed(_NAME, dx)(x, g) if x.size else np.zeros_like(x)


def _softmax(r: Step) -> Any:
    a = normalised(r.x)
    return a * (r.g - dot(r.g, a))


MUTANTS = (
    Backward("self_adjust-mean-missing", "self_adjust", _adjusted(mean=0.0),
             "vjp-normal/3/normal", "wrong", "<w,a> is missing", "the term <w,a> is missing"),
    Backward("self_adjust-factor-missing", "self_adjust", _adjusted(factor=0.0),
             "vjp-normal/3/normal", "wrong", "x is held constant",
             "the derivative of the factor x is missing", "float64"),
    Backward("self_adjust-is-softmax", "self_adjust", formed("self_adjust", _softmax),
             "vjp-normal/3/normal", "wrong", "softmax's backward", "is the gradient of softmax",
             "float16"),
    Backward("self_adjust_normalized-no-smallest", _NAME, _placed(low="never"),
             "vjp-normal/3/normal", "wrong", "the minimum is held constant",
             "the correction at the smallest score is missing"),
    Backward("self_adjust_normalized-no-largest", _NAME, _placed(high="never"),
             "vjp-normal/3/normal", "wrong", "the maximum is held constant",
             "the correction at the largest score is missing", "float64"),
    Backward("self_adjust_normalized-no-extremes", _NAME, _placed("never", "never"),
             "vjp-normal/3/normal", "wrong", "minimum and maximum are held constant",
             "the corrections at the smallest and the largest score are missing", "bfloat16"),
    Backward("self_adjust_normalized-always", _NAME, _placed(high="always"),
             "vjp-negative/3/normal", "wrong",
             "the largest score is corrected where the maximum is 0 as well"),
    Backward("self_adjust_normalized-whole", _NAME, _placed(width_of=0.0),
             "vjp-normal/3/normal", "wrong", "the corrections are not divided by the width"),
    Backward("self_adjust_normalized-factor-missing", _NAME, _placed("never", "never", factor=0.0),
             "vjp-normal/3/normal", "wrong", "the multiplier is held constant",
             "the derivative of the factor u is missing"),
)  # fmt: skip
