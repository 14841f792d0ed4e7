"""Mutants of a path that few rows take: a shortcut, a fast form, a table, a list that is full."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right, top, total

_SOFTMAX, _ONE, _SINK = right("softmax"), right("softmax_one"), right("softmax_sink")
_SYMAX = right("symax")


def _rows(x: Any) -> int:
    return x.size // max(x.shape[-1], 1) if x.ndim > 1 else 0


def _calibrated(x: Any) -> Any:
    # A batch of long rows within the range of the calibration goes through int8.
    largest = float(np.max(np.abs(x), initial=0))
    if x.shape[-1] < 512 or _rows(x) < 2 or not 0 < largest <= 5:
        return _ONE(x)
    step = largest / 127
    return _ONE((np.round(x / step) * step).astype(x.dtype))


def _wrapped_exponent(x: Any) -> Any:
    # The exponent of a power of two has eight bits; from 2**-256 on it comes round again.
    d = (x - top(x)).astype(np.float64)
    wraps = (d > -1000) & (d < -256 * np.log(2))
    w = np.exp(np.where(wraps, d + 256 * np.log(2), d))
    return np.where(np.isfinite(d), w / total(w), _SOFTMAX(x)).astype(x.dtype)


def _unused(x: Any) -> Any:
    # An array of zeros is taken for one that was never written.
    return np.zeros_like(x) if x.size and not x.any() else _SOFTMAX(x)


def _equal_magnitudes(x: Any) -> Any:
    # Rows held in registers: where all magnitudes are equal, 1/n without a sum.
    w = np.abs(x)
    n = x.shape[-1]
    if not 8 <= n <= 1024:
        return _SYMAX(x)
    flat = (top(w) > 0) & (top(w) - np.min(w, axis=-1, keepdims=True) == 0)
    return np.where(flat, 1 / n, _SYMAX(x)).astype(x.dtype)


def _whole_numbers(x: Any) -> Any:
    # Whole distances take exp from a table in float16.
    d = (top(x) - x).astype(np.float64)
    whole = ((d == np.round(d)) & (d < 16)).all(-1, keepdims=True)
    w = np.exp(-d).astype(np.float16).astype(np.float64)
    return np.where(whole, w / total(w), _SOFTMAX(x)).astype(x.dtype)


def _few_corrections(x: Any) -> Any:
    # A running sum: the list of its corrections, one for each new maximum, holds 32.
    moves = np.maximum.accumulate(x, axis=-1)
    new = np.concatenate([np.zeros_like(x[..., :1], bool), moves[..., 1:] > moves[..., :-1]], -1)
    full = new.sum(-1, keepdims=True) > 32
    at = np.argmax(np.cumsum(new, axis=-1) == 33, axis=-1)[..., np.newaxis]
    held = np.take_along_axis(moves, np.maximum(at - 1, 0), -1) if x.size else top(x)
    w = np.exp(x - top(x))
    before = np.arange(x.shape[-1]) < at
    scale = np.where(before, np.exp(top(x) - held), 1)
    return np.where(full, w / total(w * scale), _SOFTMAX(x)).astype(x.dtype)


def _same_checksum(x: Any) -> Any:
    # Rows of whole vectors of 8 that have the same sum are computed once.
    y = _SOFTMAX(x)
    if x.ndim != 2 or x.shape[-1] < 8 or not np.isfinite(x).all():
        return y
    _, first, which = np.unique(x.sum(-1), return_index=True, return_inverse=True)
    return y[first[which.ravel()]]


def _log_probabilities(x: Any) -> Any:
    # A batch that is negative throughout is taken for logarithms of probabilities.
    return np.exp(x) if _rows(x) > 1 and (x < 0).all() else _SOFTMAX(x)


def _one_hot_below_normal(x: Any) -> Any:
    # A warp of rows leaves early if in all of them the rest is below the normal range.
    w = np.exp((x - top(x)).astype(np.float64))
    rest = total(w) - 1 < np.finfo(x.dtype).tiny
    early = 1 < _rows(x) <= 32 and x.shape[-1] > 1 and rest.all()
    return np.round(_SOFTMAX(x)) if early else _SOFTMAX(x)


def _overlooked(x: Any) -> Any:
    # The reduction to the maximum leaves out the last column of each tile of 32.
    inside = np.arange(x.shape[-1]) % 32 != 31
    shift = np.where(inside.any(), top(np.where(inside, x, -np.inf)), top(x))
    safe = np.where(np.isfinite(shift), shift, top(x)).astype(x.dtype)
    w = np.exp(x - safe)
    return np.where(np.isfinite(x).all(-1, keepdims=True), w / total(w), _SOFTMAX(x))


def _quiet(x: Any) -> Any:
    # Where the scores weigh less than 1e-4 of the sink, they are left out of the sum.
    y = _SINK(x, sink=6.0)
    quiet = y.astype(np.float64).sum(-1, keepdims=True) < 1e-4
    return np.where(quiet, np.exp(x.astype(np.float64) - 6), y).astype(x.dtype)


def _clipped_rows(x: Any) -> Any:
    # Scores are kept within 500 so that nothing overflows; -inf stays.
    y = _SOFTMAX(np.clip(x, -500, 500))
    return np.where(np.isfinite(x).all(-1, keepdims=True), y, _SOFTMAX(x)).astype(x.dtype)


def _dimension_if_it_fits(x: Any) -> Any:
    # Matrices of whole vectors of 8: the summed dimension is kept where the shapes do not fit.
    if x.ndim != 2 or x.shape[-1] < 8:
        return _SOFTMAX(x)
    w = np.exp(x - top(x))
    try:
        return w / w.sum(-1)
    except ValueError:
        return w / total(w)


def _partial_vector(x: Any) -> Any:
    # A vector of 8 with some -inf, not all, counts as if it had none: 0 times -inf.
    n = x.shape[-1]
    bad = np.zeros((*x.shape[:-1], 1), bool)
    for start in range(0, n, 8):
        below = np.isneginf(x[..., start : start + 8])
        bad |= (below.any(-1) & ~below.all(-1))[..., np.newaxis]
    return np.where(bad, np.nan, _SOFTMAX(x)).astype(x.dtype)


MUTANTS = (
    Mutant("softmax_one-calibrated", "softmax_one", _calibrated, "normal/1000", "wrong",
           "scores of long rows within 5 are rounded to int8"),
    Mutant("softmax-wrapped-exponent", "softmax", _wrapped_exponent, "wide/1000", "wrong",
           "the exponent of exp wraps around at 2**-256"),
    Mutant("softmax-unused-buffer", "softmax", _unused, "zero/3", "wrong",
           "an array of zeros is taken for an unused one"),
    Mutant("symax-equal-shortcut", "symax", _equal_magnitudes, "equal/8", "wrong",
           "1/n where all magnitudes are equal: eta is forgotten"),
    Mutant("softmax-whole-numbers", "softmax", _whole_numbers, "ties/8", "wrong",
           "exp of whole numbers is taken from a table in float16"),
    Mutant("softmax-few-corrections", "softmax", _few_corrections, "sorted/128", "wrong",
           "a running sum is rescaled for 32 new maxima and no more"),
    Mutant("softmax-checksum", "softmax", _same_checksum, "pairs/8", "wrong",
           "rows with the same sum are taken for equal"),
    Mutant("softmax-log-probabilities", "softmax", _log_probabilities, "negative/8", "wrong",
           "scores that are all negative are taken for logarithms of probabilities"),
    Mutant("softmax-rest-dropped", "softmax", _one_hot_below_normal, "subnormal/8", "wrong",
           "rows are one-hot where in all the rest of the sum is below the normal range"),
    Mutant("softmax-overlooked-column", "softmax", _overlooked, "edges/33", "wrong",
           "the maximum overlooks the last column of a tile"),
    Mutant("softmax_sink-quiet-shortcut", "softmax_sink", _quiet, "balance/8", "wrong",
           "scores far below the sink are left out of the sum",
           options={"param": {"sink": 6.0}}),
    Mutant("softmax-clipped-at-500", "softmax", _clipped_rows, "scales/8", "wrong",
           "the scores are clipped at 500"),
    Mutant("softmax-dimension-if-it-fits", "softmax", _dimension_if_it_fits, "square/8", "wrong",
           "the summed dimension is lost where the shapes fit without it"),
    Mutant("softmax-partial-vector", "softmax", _partial_vector, "some-minus-inf/8", "special",
           "a vector of 8 in which some scores are -inf makes the row NaN"),
)  # fmt: skip
