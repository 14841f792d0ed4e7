"""Mutants of masks: they take mask=, True = visible, and are right without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right

FILLED = "a finite number, as -1e9, in place of a mask"


def _seen(x: Any, mask: Any) -> Any:
    return np.broadcast_to(True if mask is None else mask, x.shape)


def _filled(name: str) -> Callable[..., Any]:
    golden = right(name)
    return lambda x, mask=None: golden(np.where(_seen(x, mask), x, x.dtype.type(-1e9)))


def _inverted(x: Any, mask: Any = None) -> Any:
    return right("softmax")(x, where=None if mask is None else ~_seen(x, mask))


def _ignored(x: Any, mask: Any = None) -> Any:
    return right("softmax_one")(x)


def _result_masked(x: Any, mask: Any = None) -> Any:
    return np.where(_seen(x, mask), right("self_adjust")(x), x.dtype.type(0))


def _log_zero(x: Any, mask: Any = None) -> Any:
    return np.where(_seen(x, mask), right("log_softmax")(x, where=mask), x.dtype.type(0))


def _multiplied(x: Any, mask: Any = None) -> Any:
    # 0 times what exp makes of the masked score, and the maximum of all scores.
    w = np.exp(x - np.max(x, axis=-1, keepdims=True, initial=-np.inf))
    w = w * _seen(x, mask)
    z = np.sum(w, axis=-1, keepdims=True)
    return w / np.where(z == 0, 1, z).astype(x.dtype)


def _nan_row(x: Any, mask: Any = None) -> Any:
    blind = ~_seen(x, mask).any(axis=-1, keepdims=True) & (x.shape[-1] > 0)
    return np.where(blind, x.dtype.type(np.nan), right("softmax_sink")(x, where=mask))


def _ssmax(count: Callable[[Any], Any]) -> Callable[..., Any]:
    def ssmax(x: Any, mask: Any = None) -> Any:
        seen = _seen(x, mask)
        c = np.log(np.maximum(count(seen), 1)).astype(np.float64)
        return right("softmax")(c * x, where=seen, dtype=x.dtype)

    return ssmax


def _every_key(seen: Any) -> Any:
    return seen.shape[-1]


def _first_row(seen: Any) -> Any:
    return seen.reshape(-1, seen.shape[-1])[:1].sum() if seen.shape[-1] else 0


def _scaled_after(x: Any, mask: Any = None) -> Any:
    seen = _seen(x, mask)
    c = np.log(np.maximum(seen.sum(axis=-1, keepdims=True), 1))
    hidden = np.where(seen, x, -np.inf)
    y = right("softmax")(c * hidden, dtype=x.dtype)
    return np.where(seen.any(axis=-1, keepdims=True), y, x.dtype.type(0))


def _extremes_of_all(x: Any, mask: Any = None) -> Any:
    seen = _seen(x, mask)
    low = np.minimum(np.min(x, axis=-1, keepdims=True, initial=0.0), 0)
    high = np.maximum(np.max(x, axis=-1, keepdims=True, initial=0.0), 0)
    below = low == -np.inf
    place = (x.astype(np.float64) - low) / np.where(high == low, 1.0, high - low)
    place = np.where(below, np.where(x == -np.inf, 0.0, 1.0), place)
    weight = right("softmax")(x, where=seen, dtype="float64")
    return np.where(seen, place * weight, 0.0).astype(x.dtype)


def _mutant(name: str, function: Any, case: str, severity: str, error: str, named: str) -> Mutant:
    options = {"mask_keyword": "mask"}
    return Mutant(name, name.partition("-")[0], function, case, severity, error, named,
                  options=options)  # fmt: skip


MUTANTS = (
    _mutant("softmax-mask-filled", _filled("softmax"), "mask-none/4", "special",
            "-1e9 in place of a mask: a row without a visible entry is uniform", FILLED),
    _mutant("symax-mask-filled", _filled("symax"), "mask-random/33", "wrong",
            "-1e9 in place of a mask: its magnitude outweighs the row", FILLED),
    _mutant("softmax-mask-inverted", _inverted, "mask-random/33", "wrong",
            "True is taken for masked", "the mask is inverted"),
    _mutant("softmax_one-mask-ignored", _ignored, "mask-random/33", "wrong",
            "the mask is not looked at", "ignores the mask"),
    _mutant("self_adjust-mask-result", _result_masked, "mask-random/33", "wrong",
            "masked keys count in the sum", "masks the results, not the scores"),
    _mutant("log_softmax-mask-zero", _log_zero, "mask-random/33", "wrong",
            "a masked entry is 0, which is the logarithm of 1", ""),
    _mutant("softmax-mask-multiplied", _multiplied, "mask-nan/33", "wrong",
            "the mask multiplies the weights: 0 times NaN", "a masked value leaks"),
    _mutant("softmax_sink-mask-nan-row", _nan_row, "mask-none/4", "special",
            "a row without a visible entry is NaN", "gives NaN where nothing is visible"),
    _mutant("ssmax-mask-every-key", _ssmax(_every_key), "mask-random/33", "wrong",
            "n is the length, masked keys included", "counts masked keys in n"),
    _mutant("ssmax-mask-first-row", _ssmax(_first_row), "mask-random/33", "wrong",
            "n is counted in the first row for all", ""),
    _mutant("ssmax-mask-scaled-after", _scaled_after, "mask-one/4", "wrong",
            "-inf times log 1 is NaN", "scales after masking"),
    _mutant("self_adjust_normalized-mask-extremes", _extremes_of_all, "mask-random/33", "wrong",
            "minimum and maximum are those of masked keys too", "a masked value leaks"),
)  # fmt: skip
