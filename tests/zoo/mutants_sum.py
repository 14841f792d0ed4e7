"""Mutants of the sum: over the wrong axis, without its tail, of signed values, of a neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, normalised, right, top, total

_SOFTMAX, _ONE, _SYMAX = right("softmax"), right("softmax_one"), right("symax")
_ADJUST, _NORMALIZED = right("self_adjust"), right("self_adjust_normalized")
_WRONG_AXIS = "sums over the wrong axis"


def _over(axis: int | None) -> Any:
    def function(x: Any) -> Any:
        w = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
        return w / w.sum(axis=axis, keepdims=True)

    return function


def _implicit(x: Any) -> Any:
    # What an old library took when no axis was given.
    axis = -1 if x.ndim <= 2 else 0 if x.ndim == 3 else 1
    return _over(axis)(x)


def _channels(x: Any) -> Any:
    return _over(1)(x) if x.ndim == 4 else _SOFTMAX(x)


def _lost_dimension(x: Any) -> Any:
    return np.exp(x) / (1 + np.exp(x).sum(-1))


def _tail_outside_the_sum(x: Any) -> Any:
    whole = x.shape[-1] // 4 * 4 or x.shape[-1]
    w = np.exp(x - top(x))
    return w / total(w[..., :whole])


def _tail_outside_the_result(x: Any) -> Any:
    y = _SOFTMAX(x)
    if x.shape[-1] % 64 == 63:
        y[..., -1:] = 0
    return y


def _edge_column(x: Any) -> Any:
    # The last column of a block is masked off where another block follows.
    n = x.shape[-1]
    left = np.arange(n) % 32 == 31
    left[-1:] = False
    return _SOFTMAX(np.where(left, -np.inf, x).astype(x.dtype))


def _cut_at(most: int) -> Any:
    def function(x: Any) -> Any:
        y = _SOFTMAX(x)
        y[..., most:] = 0
        return y

    return function


def _padding_by_sum(x: Any) -> Any:
    # A row whose scores add up to 0 is taken for padding.
    return np.where(x.sum(-1, keepdims=True) == 0, 0, _SOFTMAX(x)).astype(x.dtype)


def _ties_once(x: Any) -> Any:
    w = np.exp(x - top(x))
    ties = np.maximum((x == top(x)).sum(-1, keepdims=True), 1)
    return w / (total(w) - (ties - 1).astype(x.dtype))


def _uniform(x: Any) -> Any:
    return np.full_like(x, 1 / max(x.shape[-1], 1))


def _signed(x: Any) -> Any:
    return x / (1 + total(np.abs(x)))


def _overflowing(x: Any) -> Any:
    y = np.abs(x) / (1 + total(np.abs(x)))
    return np.where(np.isinf(x).any(-1, keepdims=True), _SYMAX(x), y)


def _plain_power(x: Any) -> Any:
    w = x.astype(x.dtype) ** 2
    return w / (1 + total(w))


def _min_max(x: Any) -> Any:
    low = np.min(x, axis=-1, keepdims=True, initial=np.inf)
    return (x - low) / (top(x) - low) * _SOFTMAX(x)


def _zero_row(x: Any) -> Any:
    span = np.maximum(top(x), 0) - np.minimum(np.min(x, axis=-1, keepdims=True, initial=0), 0)
    y = _NORMALIZED(x)
    return np.where(span == 0, np.nan, y).astype(x.dtype)


def _normalised_magnitude(x: Any) -> Any:
    y = _ADJUST(x)
    return y / np.maximum(top(np.abs(x)), np.float32(1e-30))


MUTANTS = (
    Mutant("softmax-axis-0", "softmax", _over(0), "square/8", "wrong", "sums over axis 0",
           f"{_WRONG_AXIS} (0)"),
    Mutant("softmax-all-axes", "softmax", _over(None), "square/8", "wrong", "sums over all axes",
           "sums over all axes"),
    Mutant("softmax-implicit-axis", "softmax", _implicit, "batch-3d/7", "wrong",
           "the axis depends on the number of axes"),
    Mutant("softmax-channels", "softmax", _channels, "batch-4d/7", "wrong",
           "an input of four axes is taken for an image", f"{_WRONG_AXIS} (1)"),
    Mutant("softmax_one-lost-dimension", "softmax_one", _lost_dimension, "square/8", "wrong",
           "the summed dimension is not kept",
           f"{_WRONG_AXIS}: the sum is taken without keeping the dimension"),
    Mutant("softmax-tail-outside-the-sum", "softmax", _tail_outside_the_sum, "normal/33", "wrong",
           "the columns after the last multiple of 4 are not summed"),
    Mutant("softmax-tail-outside-the-result", "softmax", _tail_outside_the_result, "blocks/63",
           "wrong", "the last column of an incomplete block of 64 is left 0"),
    Mutant("softmax-edge-column", "softmax", _edge_column, "edges/128", "wrong",
           "the last column of each block of 32 but the last is masked"),
    Mutant("softmax-cut-at-16384", "softmax", _cut_at(2**14), "blocks/16385", "wrong",
           "columns past 16,384 are left 0"),
    Mutant("softmax-cut-at-65536", "softmax", _cut_at(2**16), "long-uniform/100000", "wrong",
           "columns past 65,536 are left 0"),
    Mutant("softmax-padding-by-sum", "softmax", _padding_by_sum, "pairs/8", "wrong",
           "a row whose sum is 0 is taken for padding"),
    Mutant("softmax-ties-once", "softmax", _ties_once, "ties/8", "wrong",
           "the maximum is summed once though it occurs more often"),
    Mutant("softmax-zeros", "softmax", np.zeros_like, "normal/3", "wrong", "returns zeros",
           "returns all zeros"),
    Mutant("softmax-uniform", "softmax", _uniform, "normal/3", "wrong", "returns 1/n",
           "returns 1/n everywhere"),
    Mutant("softmax-is-softmax_one", "softmax", _ONE, "normal/3", "wrong",
           "is the neighbouring variant", "is softmax_one"),
    Mutant("symax-signed", "symax", _signed, "normal/3", "wrong", "the sign is kept"),
    Mutant("symax-signed-sum", "symax", lambda x: np.abs(x) / (1 + total(x)), "normal/3", "wrong",
           "the magnitude is missing in the sum", "the magnitude is missing in the sum"),
    Mutant("symax-overflow", "symax", _overflowing, "huge/3",
           "wrong", "the sum of the magnitudes overflows", "the sum overflows"),
    Mutant("symax-squares-unscaled", "symax", _plain_power, "huge/3", "wrong",
           "squares overflow and underflow", "the sum overflows",
           options={"param": {"p": 2.0}}),
    Mutant("symax-p-ignored", "symax", lambda x, p: _SYMAX(x), "normal/8", "wrong",  # noqa: ARG005
           "p is ignored", options={"passes": ["p"]}),
    Mutant("self_adjust-is-normalized", "self_adjust", _NORMALIZED, "normal/3", "wrong",
           "is the neighbouring variant", "is self_adjust_normalized"),
    Mutant("self_adjust-magnitude", "self_adjust", lambda x: np.abs(_ADJUST(x)), "normal/3",
           "wrong", "the sign is lost"),
    Mutant("self_adjust_normalized-by-magnitude", "self_adjust_normalized", _normalised_magnitude,
           "normal/3", "wrong", "divided by the largest magnitude"),
    Mutant("self_adjust_normalized-extremes", "self_adjust_normalized", _min_max, "negative/3",
           "wrong", "the extremes are not extended to 0", "does not extend the extremes to 0"),
    Mutant("self_adjust_normalized-zero-row", "self_adjust_normalized", _zero_row, "zero/3",
           "wrong", "0/0 in an all-zero row", "divides 0 by 0 in an all-zero row"),
    Mutant("softmax-normalised-twice", "softmax", lambda x: normalised(_SOFTMAX(x)), "normal/3",
           "wrong", "softmax of softmax", "is applied twice"),
)  # fmt: skip
