"""Mutants at infinities and NaN: tiles of -inf, a NaN swallowed, infinities replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right

_SOFTMAX, _ONE, _ADJUST = right("softmax"), right("softmax_one"), right("self_adjust")
_LOG, _NORMALIZED = right("log_softmax"), right("self_adjust_normalized")


def _tiles(x: Any, width: int) -> Any:
    n = x.shape[-1]
    count = max(1, -(-n // width))
    padded = np.full((*x.shape[:-1], count * width), np.nan, np.float64)
    padded[..., :n] = x
    return padded.reshape(*x.shape[:-1], count, width)


def _dead(x: Any, width: int) -> Any:
    """Which whole tiles hold nothing but -inf."""
    return (np.isneginf(_tiles(x, width))).all(-1)


def _spoiled(x: Any, rows: Any) -> Any:
    return np.where(rows[..., np.newaxis], np.nan, _SOFTMAX(x)).astype(x.dtype)


def _split(width: int) -> Any:
    # exp(-inf - -inf) inside a tile, merged with weight 0 * NaN.
    return lambda x: _spoiled(x, _dead(x, width).any(-1))


def _online(x: Any) -> Any:
    # The running maximum is -inf as long as the first tiles are.
    return _spoiled(x, _dead(x, 32)[..., 0])


def _early_end(x: Any) -> Any:
    # A tile of -inf is taken for the end of the row.
    dead = np.logical_or.accumulate(_dead(x, 128), axis=-1)
    after = np.repeat(dead, 128, axis=-1)[..., : x.shape[-1]]
    return _SOFTMAX(np.where(after, -np.inf, x).astype(x.dtype))


def _swallowed(x: Any) -> Any:
    return _SOFTMAX(np.where(np.isnan(x), -np.inf, x).astype(x.dtype))


def _nan_in_place(x: Any) -> Any:
    y = _SOFTMAX(np.where(np.isnan(x), -np.inf, x).astype(x.dtype))
    return np.where(np.isnan(x), np.nan, y).astype(x.dtype)


def _replaced(x: Any) -> Any:
    return _SOFTMAX(np.where(np.isposinf(x), 0, x).astype(x.dtype))


def _no_number(x: Any) -> Any:
    y = _ONE(x)
    return np.where(np.isneginf(x).all(-1, keepdims=True), np.nan, y).astype(x.dtype)


def _empty_row_uniform(x: Any) -> Any:
    # -1e9 for -inf: a row of nothing but -inf becomes uniform.
    filled = np.maximum(x, -np.finfo(x.dtype).max)
    empty = np.isneginf(x).all(-1, keepdims=True)
    return np.where(empty, 1 / max(x.shape[-1], 1), _SOFTMAX(filled)).astype(x.dtype)


def _naive_product(x: Any) -> Any:
    return x * _SOFTMAX(x)


def _log_floor(x: Any) -> Any:
    y = _LOG(x)
    return np.where(np.isneginf(x) & ~np.isnan(y), np.maximum(y, -1e9), y).astype(x.dtype)


def _one_entry(x: Any) -> Any:
    return np.ones_like(x) if x.shape[-1] == 1 else _ONE(x)


MUTANTS = (
    *(
        Mutant(f"softmax-split-{width}", "softmax", _split(width), f"tiles-minus-inf/{4 * width}",
               "special", f"a tile of {width} times -inf makes the row NaN")
        for width in (32, 64, 128, 256, 1024)
    ),
    Mutant("softmax-online-32", "softmax", _online, "tiles-minus-inf/128", "special",
           "a first tile of 32 times -inf makes the row NaN"),
    Mutant("softmax-early-end", "softmax", _early_end, "tiles-minus-inf/512", "wrong",
           "a tile of 128 times -inf is taken for the end of the row"),
    Mutant("softmax-nan-swallowed", "softmax", _swallowed, "nan/3", "special",
           "a NaN is taken for -inf", "takes a NaN for -inf"),
    Mutant("softmax-nan-in-place", "softmax", _nan_in_place, "nan/3", "special",
           "a NaN stays in its place"),
    Mutant("softmax-infinity-replaced", "softmax", _replaced, "plus-inf/3", "special",
           "+inf is replaced by 0"),
    Mutant("softmax_one-empty-row", "softmax_one", _no_number, "all-minus-inf/3", "special",
           "a row of -inf is NaN"),
    Mutant("softmax-empty-row-uniform", "softmax", _empty_row_uniform, "all-minus-inf/3",
           "special", "a row of -inf becomes uniform"),
    Mutant("self_adjust-naive", "self_adjust", _naive_product, "some-minus-inf/3", "special",
           "-inf times 0", "multiplies -inf by 0: the limit is 0"),
    Mutant("log_softmax-floored", "log_softmax", _log_floor, "some-minus-inf/3", "special",
           "-inf becomes -1e9"),
    Mutant("softmax_one-single", "softmax_one", _one_entry, "one/1", "special",
           "a row of one entry is 1"),
)  # fmt: skip
