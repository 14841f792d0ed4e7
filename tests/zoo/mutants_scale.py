"""Mutants of the maximum, the temperature and ln n: not subtracted, of another set or base."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, normalised, right, top, total

_SOFTMAX, _SSMAX, _LOG = right("softmax"), right("ssmax"), right("log_softmax")
_COLD: dict[str, Any] = {"param": {"temperature": 0.5}}


def _plain(x: Any) -> Any:
    return np.exp(x) / total(np.exp(x))


def _plain_in_double(x: Any) -> Any:
    return _plain(x.astype(np.float64)).astype(x.dtype)


def _first_as_shift(x: Any) -> Any:
    return normalised(x, shift=x[..., :1])


def _mean_as_shift(x: Any) -> Any:
    return normalised(x, shift=np.mean(x, axis=-1, keepdims=True) if x.size else 0)


def _over_batch(x: Any) -> Any:
    return normalised(x, shift=np.max(x, initial=-np.inf))


def _from(start: float) -> Any:
    return lambda x: normalised(x, shift=np.maximum(top(x), np.asarray(start, x.dtype)))


def _first_block_as_shift(x: Any) -> Any:
    return normalised(x, shift=top(x[..., :65_536]))


def _scaled_first(x: Any) -> Any:
    z = x / np.float32(0.5)
    return normalised(z) if x.shape[-1] > 1 else np.ones_like(x)


def _temperature_after(x: Any) -> Any:
    # Divides the result, not the scores; then normalises again.
    w = _SOFTMAX(x) ** np.float32(1.5)
    return w / total(w)


def _first_temperature(x: Any, temperature: Any) -> Any:
    return _SOFTMAX(x, temperature=float(np.ravel(temperature)[0]) if np.size(temperature) else 1.0)


def _ssmax(count: Any) -> Any:
    return lambda x: _SOFTMAX(x, temperature=1 / count(x)) if x.shape[-1] > 1 else _SSMAX(x)


def _padded(width: int) -> Any:
    return lambda x: math.log(-(-x.shape[-1] // width) * width)


def _sixteen_bits(x: Any) -> Any:
    n = x.shape[-1]
    return math.log(n) if n < 2**15 else math.log(2**16 - 2**14)


def _largest_at_negative_scale(x: Any, s: Any) -> Any:
    # The maximum of x is taken before the scale, which may be negative.
    c = np.asarray(s, x.dtype) * np.float32(np.log(max(x.shape[-1], 1)))
    c = c[..., np.newaxis] if np.ndim(s) else c
    w = np.exp(c * (x - top(x)))
    return w / total(w)


def _b_forgotten(x: Any, b: Any) -> Any:
    return _SSMAX(x)


def _log_without_shift(x: Any) -> Any:
    return x - np.log(total(np.exp(x)))


MUTANTS = (
    Mutant("softmax-not-shifted", "softmax", _plain, "scales/3", "wrong",
           "the maximum is not subtracted", "the maximum is not subtracted (exp overflows)"),
    Mutant("softmax-not-shifted-in-double", "softmax", _plain_in_double, "scales/3", "wrong",
           "the maximum is not subtracted, in float64",
           "the maximum is not subtracted (exp overflows)"),
    Mutant("softmax-shifted-by-the-first", "softmax", _first_as_shift, "wide/33", "wrong",
           "the first score is subtracted in place of the maximum"),
    Mutant("softmax-shifted-by-the-mean", "softmax", _mean_as_shift, "wide/33", "wrong",
           "the mean is subtracted in place of the maximum"),
    Mutant("softmax-shifted-over-the-batch", "softmax", _over_batch, "scales/3", "wrong",
           "the maximum is taken over the whole batch"),
    Mutant("softmax-maximum-from-tiny", "softmax", _from(1e-38), "scales/3", "wrong",
           "the running maximum starts at the smallest positive number",
           "the maximum starts at 0 in place of -inf"),
    Mutant("softmax-maximum-of-the-first-block", "softmax", _first_block_as_shift,
           "long-outlier/100000", "wrong", "the maximum of the first 65,536 scores is subtracted",
           "the maximum is not subtracted (exp overflows)"),
    Mutant("softmax-scaled-before-the-shift", "softmax", _scaled_first, "huge/3", "wrong",
           "the scores are divided by the temperature before the shift and overflow",
           "the scaled scores overflow",
           options=_COLD),
    Mutant("softmax-multiplied", "softmax", lambda x: _SOFTMAX(x, temperature=0.5), "normal/3",
           "wrong", "multiplies by the temperature", "multiplies by the temperature",
           options={"param": {"temperature": 2.0}}),
    Mutant("softmax-temperature-ignored", "softmax", lambda x: _SOFTMAX(x), "normal/3", "wrong",
           "ignores the temperature", "ignores the temperature", options=_COLD),
    Mutant("softmax-temperature-on-the-result", "softmax", _temperature_after, "normal/3", "wrong",
           "raises the result to a power in place of scaling", options=_COLD),
    Mutant("softmax-first-temperature", "softmax", _first_temperature, "normal/8", "wrong",
           "the first row's temperature is taken for every row",
           options={"passes": ["temperature"]}),
    Mutant("softmax-base-2", "softmax", lambda x: _SOFTMAX(x, temperature=1 / math.log(2)),
           "normal/3", "wrong", "exp2 in place of exp", "takes 2**x in place of exp(x)"),
    Mutant("log_softmax-base-2", "log_softmax", lambda x: _LOG(x) / np.float32(math.log(2)),
           "normal/3", "wrong", "log2 in place of ln", "gives log2 in place of ln"),
    Mutant("log_softmax-base-10", "log_softmax", lambda x: _LOG(x) / np.float32(math.log(10)),
           "normal/3", "wrong", "log10 in place of ln", "gives log10 in place of ln"),
    Mutant("log_softmax-not-shifted", "log_softmax", _log_without_shift, "scales/3", "wrong",
           "the maximum is not subtracted", "the maximum is not subtracted (exp overflows)"),
    Mutant("ssmax-log2", "ssmax", _ssmax(lambda x: math.log2(x.shape[-1])), "normal/3", "wrong",
           "log2 n in place of ln n", "takes log2 in place of ln"),
    Mutant("ssmax-log10", "ssmax", _ssmax(lambda x: math.log10(x.shape[-1])), "normal/3", "wrong",
           "log10 n in place of ln n", "takes log10 in place of ln"),
    Mutant("ssmax-one-more", "ssmax", _ssmax(lambda x: math.log1p(x.shape[-1])), "normal/3",
           "wrong", "counts n + 1", "counts n wrongly (n + 1)"),
    Mutant("ssmax-padding", "ssmax", _ssmax(_padded(64)), "normal/3", "wrong",
           "counts the padding to a multiple of 64", "counts the padding to a multiple of 64"),
    Mutant("ssmax-padding-8", "ssmax", _ssmax(_padded(8)), "normal/3", "wrong",
           "counts the padding to a multiple of 8", "counts the padding to a multiple of 8"),
    Mutant("ssmax-all-entries", "ssmax", _ssmax(lambda x: math.log(x.size)), "normal/3", "wrong",
           "counts all entries of the batch", "counts n wrongly (all entries)"),
    Mutant("ssmax-fixed-n", "ssmax", _ssmax(lambda _: math.log(128)), "normal/3", "wrong",
           "n is that of training, 128"),
    Mutant("ssmax-sixteen-bit-n", "ssmax", _ssmax(_sixteen_bits), "blocks/32768", "wrong",
           "n is kept in 16 bits"),
    Mutant("ssmax-negative-scale", "ssmax", _largest_at_negative_scale, "wide/1000", "wrong",
           "the largest score is subtracted although the scale is negative",
           options={"passes": ["s"]}),
    Mutant("ssmax-b-forgotten", "ssmax", _b_forgotten, "normal/8", "wrong", "b is forgotten",
           options={"passes": ["b"]}),
)  # fmt: skip
