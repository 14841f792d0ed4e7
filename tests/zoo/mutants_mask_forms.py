"""Mutants of one form of mask each: its shape, its pattern, what stands behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.zoo.mutants import Mutant, right, top

_SOFTMAX = right("softmax")


def _full(x: Any, mask: Any) -> Any:
    return np.broadcast_to(True if mask is None else mask, x.shape)


def _rows_of(x: Any, mask: Any) -> tuple[Any, int]:
    """The mask as rows, and how many rows x has."""
    return np.reshape(mask, (-1, x.shape[-1])), int(np.prod(x.shape[:-1]))


def _in_turn(x: Any, mask: Any = None) -> Any:
    # Row i of x takes row i % m of the mask.
    if mask is None:
        return _SOFTMAX(x)
    rows, count = _rows_of(x, mask)
    return _SOFTMAX(x, where=rows[np.arange(count) % len(rows)].reshape(x.shape))


def _in_blocks(x: Any, mask: Any = None) -> Any:
    # Each row of the mask serves as many rows of x, one behind the other.
    if mask is None:
        return _SOFTMAX(x)
    rows, count = _rows_of(x, mask)
    return _SOFTMAX(x, where=np.repeat(rows, count // len(rows), axis=0).reshape(x.shape))


def _second_axis(x: Any, mask: Any = None) -> Any:
    if mask is None or not x.size:
        return right("ssmax")(x)
    np.count_nonzero(mask, axis=1)  # n of each row; a mask of one axis has no axis 1
    return right("ssmax")(x, where=mask)


def _early_exit(x: Any, mask: Any = None) -> Any:
    # True is taken for masked at this one place: nothing seems to be left to do.
    if mask is not None and np.all(mask):
        return np.zeros_like(x)
    return _SOFTMAX(x, where=mask)


def _falsy(x: Any, mask: Any = None) -> Any:
    return _SOFTMAX(x, where=mask if mask is not None and np.any(mask) else None)


def _ends_at_empty_row(x: Any, mask: Any = None) -> Any:
    # Rows are taken to be sorted: behind an empty one there is only padding.
    seen = _full(x, mask)
    if x.ndim != 2:
        return _SOFTMAX(x, where=seen)
    alive = np.logical_and.accumulate(seen.any(axis=-1))[:, np.newaxis]
    return _SOFTMAX(x, where=seen & alive)


def _compacted(x: Any, mask: Any = None) -> Any:
    # Visible keys are moved to the left; a width of one is not moved back.
    y = _SOFTMAX(x, where=mask)
    seen = _full(x, mask)
    if mask is None or not x.size or seen.sum(axis=-1).max() != 1:
        return y
    moved = np.zeros_like(y)
    moved[..., 0] = y.sum(axis=-1)
    return moved


def _padded_left(x: Any, mask: Any = None) -> Any:
    # Rows that all end in the last column are moved to the first, and not moved back.
    seen = _full(x, mask)
    y = _SOFTMAX(x, where=seen)
    if x.ndim != 2 or not x.size or (seen[:, 1:] < seen[:, :-1]).any():
        return y
    places = np.arange(x.shape[-1]) + np.argmax(seen, axis=-1)[:, np.newaxis]
    moved = np.take_along_axis(y, places % x.shape[-1], axis=-1)
    return np.where(seen.any(axis=-1, keepdims=True), moved, y)


def _padded_right(x: Any, mask: Any = None) -> Any:
    # A row's length is where its first masked entry stands: a full row has none, and gets 0.
    seen = _full(x, mask)
    sorted_rows = mask is not None and np.shape(mask) == x.shape and seen[:1].all()
    if not sorted_rows or seen.all() or (seen[..., 1:] > seen[..., :-1]).any():
        return _SOFTMAX(x, where=seen)
    length = np.argmin(seen, axis=-1)[..., np.newaxis]
    return _SOFTMAX(x, where=np.arange(x.shape[-1]) < length)


def _four_runs(x: Any, mask: Any = None) -> Any:
    # A row's visible runs go into a list of four.
    seen = _full(x, mask)
    before = np.concatenate([np.zeros_like(seen[..., :1]), seen[..., :-1]], axis=-1)
    run = np.cumsum(seen & ~before, axis=-1)
    return _SOFTMAX(x, where=seen & (run <= 4))


def _dead_tiles(x: Any, mask: Any = None) -> Any:
    # Tiles of 128: the maximum of the first is -inf, and -inf - -inf is NaN.
    seen = _full(x, mask)
    y = _SOFTMAX(x, where=seen)
    dead = ~seen[..., :128].any(axis=-1, keepdims=True) & seen.any(axis=-1, keepdims=True)
    return np.where(dead, x.dtype.type(np.nan), y)


def _weighted(x: Any, seen: Any, highest: Any) -> Any:
    """exp where the mask lets it through, over its sum."""
    with np.errstate(all="ignore"):
        w = np.exp(np.where(seen, x, 0) - highest) * seen
    z = w.sum(axis=-1, keepdims=True)
    return (w / np.where(z == 0, 1, z)).astype(x.dtype)


def _finite_top(x: Any, initial: float = 0.0) -> Any:
    return np.max(x, axis=-1, keepdims=True, where=np.isfinite(x), initial=initial)


def _clamped(x: Any, mask: Any = None) -> Any:
    # What is above the visible maximum is clamped to it, then multiplied by 0: NaN stays NaN.
    seen = _full(x, mask)
    highest = top(np.where(seen, x, -np.inf))
    w = np.exp(np.minimum(x, highest) - np.where(np.isneginf(highest), 0, highest)) * seen
    z = w.sum(axis=-1, keepdims=True)
    return (w / np.where(z == 0, 1, z)).astype(x.dtype)


def _infinite_row(x: Any, mask: Any = None) -> Any:
    # A row with +inf is NaN; the test for it looks behind the mask.
    y = _SOFTMAX(x, where=mask)
    return np.where(np.isposinf(x).any(axis=-1, keepdims=True), x.dtype.type(np.nan), y)


def _limit_row(x: Any, mask: Any = None) -> Any:
    # Beside a score of -inf every other is at its place 1; the test for it looks behind the mask.
    y = right("self_adjust_normalized")(x, where=mask)
    limit = np.isneginf(x).any(axis=-1, keepdims=True) & np.isfinite(x)
    return np.where(limit, _SOFTMAX(x, where=mask), y)


def _highest_of_all(x: Any, mask: Any = None) -> Any:
    # The maximum of all finite scores, masked ones among them.
    if mask is None:
        return _SOFTMAX(x)
    return _weighted(x, _full(x, mask), _finite_top(x))


def _first_sink(x: Any, sink: Any, mask: Any = None) -> Any:
    if mask is not None:
        sink = np.ravel(sink)[0] if np.size(sink) else 0.0
    return right("softmax_sink")(x, sink=sink, where=mask)


def _mutant(
    id_: str, function: Callable[..., Any], case: str, error: str, severity: str = "wrong",
    named: str = "", **options: Any,
) -> Mutant:  # fmt: skip
    return Mutant(id_, id_.partition("-")[0], function, f"mask-{case}", severity, error, named,
                  options={"mask_keyword": "mask", **options})  # fmt: skip


MUTANTS = (
    _mutant("softmax-mask-in-turn", _in_turn, "per-batch/33",
            "the rows of a mask are taken in turn, whatever they belong to"),
    _mutant("softmax-mask-in-blocks", _in_blocks, "causal/33",
            "each row of a mask serves several rows in a block"),
    _mutant("ssmax-mask-second-axis", _second_axis, "shared/33",
            "a mask of one axis is refused", "unsupported"),
    _mutant("softmax-mask-early-exit", _early_exit, "all/33",
            "an early exit takes True for masked"),
    _mutant("softmax-mask-falsy", _falsy, "none/33", "a mask of nothing is taken for none",
            "special"),
    _mutant("softmax-mask-first-empty-row", _ends_at_empty_row, "patterns/3",
            "rows behind an empty one are taken for padding"),
    _mutant("softmax-mask-compacted", _compacted, "one/33",
            "visible keys are moved to the left; one alone is not moved back"),
    _mutant("softmax-mask-padded-left", _padded_left, "leading/33",
            "rows padded before are moved to the first column and not back"),
    _mutant("softmax-mask-padded-right", _padded_right, "trailing/33",
            "the length of a row is the place of its first masked entry"),
    _mutant("softmax-mask-four-runs", _four_runs, "random/33",
            "the first four visible runs of a row are kept"),
    _mutant("softmax-mask-dead-tile", _dead_tiles, "tiles/1024",
            "a first tile of 128 masked entries makes the row NaN"),
    _mutant("softmax-mask-clamped", _clamped, "nan/33",
            "masked scores are clamped and multiplied by 0", named="a masked value leaks"),
    _mutant("softmax-mask-infinite-row", _infinite_row, "inf/33",
            "the test for +inf looks behind the mask", named="a masked value leaks"),
    _mutant("self_adjust_normalized-mask-limit", _limit_row, "minus-inf/33",
            "the test for -inf looks behind the mask", named="a masked value leaks"),
    _mutant("softmax-mask-highest", _highest_of_all, "1e30/33",
            "the maximum of all finite scores is subtracted", named="a masked value leaks"),
    _mutant("softmax_sink-mask-first-sink", _first_sink, "random/4",
            "with a mask the first row's sink serves all rows", passes=["sink"]),
)  # fmt: skip
