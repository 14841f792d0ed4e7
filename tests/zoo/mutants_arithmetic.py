"""Mutants of the arithmetic: low precision, clipping, flushing, an epsilon, noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, normalised, right, top, total

_SOFTMAX, _ONE, _SYMAX = right("softmax"), right("softmax_one"), right("symax")
_NORMALIZED, _LOG = right("self_adjust_normalized"), right("log_softmax")


def _if_finite(x: Any, y: Any, name: str) -> Any:
    # Rows with an infinity or NaN go another way.
    return np.where(np.isfinite(x).all(-1, keepdims=True), y, right(name)(x))


def _half(x: Any) -> Any:
    return x.astype(np.float16).astype(x.dtype)


def _shift_in_half(x: Any) -> Any:
    d = _half(x - top(x))
    return np.exp(d) / total(np.exp(d))


def _exp_in_half(x: Any) -> Any:
    w = _half(np.exp(x - top(x)))
    return w / total(w)


def _sum_in_half(x: Any) -> Any:
    w = np.exp(x - top(x))
    sums = np.add.accumulate(w.astype(np.float16), axis=-1, dtype=np.float16)[..., -1:]
    return w / sums.astype(x.dtype)


def _division_in_half(x: Any) -> Any:
    w = np.exp(x - top(x))
    return w * _half(1 / total(w))


def _scores_in_half(x: Any) -> Any:
    return _SOFTMAX(_half(np.clip(x, -65504, 65504)))


def _truncated_exp(x: Any) -> Any:
    # Schraudolph's trick: the exponent by a cast, the mantissa linear.
    d = np.maximum((x - top(x)) * np.float32(1.4426950408889634), -126)
    whole = np.floor(d)
    w = np.exp2(whole) * (1 + (d - whole))
    return w / total(w)


def _noise(x: Any) -> Any:
    y = _SOFTMAX(x)
    y[..., ::7] *= np.float32(1 + 1e-4)
    return y


def _small_noise(x: Any) -> Any:
    return _SOFTMAX(x) * np.float32(1 + 2e-6)


def _clipped_if_finite(x: Any) -> Any:
    return _if_finite(x, _SOFTMAX(np.clip(x, -1e4, 1e4)), "softmax")


def _flushed(name: str) -> Any:
    def function(x: Any) -> Any:
        y = right(name)(x)
        return np.where(np.abs(y) < np.finfo(x.dtype).tiny, 0, y).astype(x.dtype)

    return function


def _cut_below(x: Any) -> Any:
    # Weights below 2**-24 are dropped, as if they could not matter.
    y = _SOFTMAX(x)
    return np.where(y < 2.0**-24, 0, y).astype(x.dtype)


def _one_hot(x: Any) -> Any:
    y = _SOFTMAX(x)
    return np.where(top(y) > 0.999999, np.round(y), y).astype(x.dtype)


def _epsilon(x: Any) -> Any:
    w = np.exp(x - top(x))
    return w / (total(w) + np.float32(1e-4))


def _epsilon_above(x: Any) -> Any:
    return _SOFTMAX(x) + np.float32(1e-12)


def _symax_epsilon(x: Any) -> Any:
    y = (np.abs(x) / (total(np.abs(x).astype(np.float64)) + 1e-12)).astype(x.dtype)
    return _if_finite(x, y, "symax")


def _range_epsilon(x: Any) -> Any:
    low = np.minimum(np.min(x, axis=-1, keepdims=True, initial=0), 0).astype(np.float64)
    span = np.maximum(top(x), 0) - low
    y = (_NORMALIZED(x) * (span / (span + 1e-8))).astype(x.dtype)
    return _if_finite(x, y, "self_adjust_normalized")


def _log_epsilon(x: Any) -> Any:
    return np.log(_SOFTMAX(x) + np.float32(1e-9))


def _online_in_float32_counts(x: Any) -> Any:
    # The rescaling of an online sum is kept in float16 and saturates.
    w = np.exp(x - top(x))
    return w / np.minimum(total(w), np.asarray(65504, x.dtype))


MUTANTS = (
    Mutant("softmax-shift-in-half", "softmax", _shift_in_half, "normal/3", "wrong",
           "the differences are rounded to float16", "shifts in float16"),
    Mutant("softmax-exp-in-half", "softmax", _exp_in_half, "normal/3", "wrong",
           "the exponentials are rounded to float16"),
    Mutant("softmax-sum-in-half", "softmax", _sum_in_half, "normal/33", "wrong",
           "the sum is kept in float16", "sums in float16"),
    Mutant("softmax-division-in-half", "softmax", _division_in_half, "normal/3", "wrong",
           "the reciprocal is rounded to float16", "divides in float16"),
    Mutant("softmax-scores-in-half", "softmax", _scores_in_half, "scales/3", "wrong",
           "the scores are rounded to float16 and kept in its range",
           "rounds the scores to float16"),
    Mutant("softmax-linear-exp", "softmax", _truncated_exp, "normal/3", "wrong",
           "the mantissa of exp is linear"),
    Mutant("softmax-noise", "softmax", _noise, "normal/3", "wrong",
           "every seventh entry is off by 1e-4"),
    Mutant("softmax-small-noise", "softmax", _small_noise, "normal/3", "inaccurate",
           "every entry is off by 2e-6"),
    Mutant("softmax-clipped-scores", "softmax", lambda x: _SOFTMAX(np.clip(x, -50, 50)),
           "wide/8", "wrong", "the scores are clipped at 50", "clips the scores at 50"),
    Mutant("softmax-clipped-at-1e4", "softmax", _clipped_if_finite,
           "scales/3", "wrong", "the scores are clipped at 1e4", "clips the scores at 10000"),
    Mutant("softmax-flushed", "softmax", _flushed("softmax"), "subnormal/8", "wrong",
           "subnormal results are 0", "flushes subnormal results to 0"),
    Mutant("symax-flushed", "symax", _flushed("symax"), "subnormal/8", "wrong",
           "subnormal results are 0", "flushes subnormal results to 0"),
    Mutant("softmax-small-dropped", "softmax", _cut_below, "long-outlier/100000", "wrong",
           "results below 2**-24 are 0"),
    Mutant("softmax-one-hot", "softmax", _one_hot, "wide/33", "wrong",
           "a saturated row is rounded to one-hot"),
    Mutant("softmax-epsilon", "softmax", _epsilon, "normal/3", "wrong",
           "1e-4 is added to the sum"),
    Mutant("softmax-epsilon-above", "softmax", _epsilon_above, "wide/8", "wrong",
           "1e-12 is added to the result"),
    Mutant("symax-epsilon", "symax", _symax_epsilon, "tiny-scores/3", "wrong",
           "1e-12 stands in for eta = 0", options={"param": {"eta": 0.0}}),
    Mutant("self_adjust_normalized-epsilon", "self_adjust_normalized", _range_epsilon,
           "tiny-scores/3", "wrong", "1e-8 is added to the range"),
    Mutant("log_softmax-of-result", "log_softmax", lambda x: np.log(normalised(x)), "wide/8",
           "wrong", "the logarithm of a result that has underflowed",
           "takes the logarithm of a result that has underflowed"),
    Mutant("log_softmax-epsilon", "log_softmax", _log_epsilon, "wide/8", "wrong",
           "1e-9 is added before the logarithm"),
    Mutant("softmax-saturated-sum", "softmax", _online_in_float32_counts, "long-uniform/100000",
           "wrong", "the sum saturates at 65,504"),
    Mutant("softmax-eager-float16", "softmax", lambda x: normalised(x), "long-uniform/100000",
           "wrong", "the sum of 10**5 weights is kept in float16",
           "rounds every step to the format of the scores", dtype="float16"),
)  # fmt: skip
